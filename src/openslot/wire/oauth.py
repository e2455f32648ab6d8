"""Bodies of the OAuth endpoints. Source: behaviours, section 4; RFC 6749, 7591, 7662, 8414, 9728."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from openslot.wire.common import Open


class TokenAnswer(Open, kw_only=True):
    """Answer of POST /oauth/token."""

    token_type: str = "Bearer"  # noqa: S105 -- the name of a kind
    access_token: str
    refresh_token: str
    scope: str
    created_at: int
    """Seconds since 1970."""
    expires_in: int
    """Seconds."""
    owner: str
    """URI of the user."""
    organization: str


class ActiveToken(Open, kw_only=True):
    """Answer of POST /oauth/introspect for a token that works."""

    active: bool = True
    scope: str
    client_id: str
    token_type: str = "Bearer"  # noqa: S105 -- the name of a kind
    exp: int | UnsetType = UNSET
    """Seconds since 1970; missing for a refresh token, which does not expire."""
    iat: int
    owner: str
    organization: str


class DeadToken(Open):
    """Answer of POST /oauth/introspect for every other text."""

    active: bool = False


class OAuthProblem(Open):
    """What every refusal answers."""

    error: str
    error_description: str


class RegisterClient(Struct, kw_only=True):
    """Body of POST /oauth/register; what is not named here is ignored (RFC 7591, section 2)."""

    redirect_uris: list[str]
    client_name: str = ""
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 -- the name of a method
    grant_types: list[str] | UnsetType = UNSET
    response_types: list[str] | UnsetType = UNSET
    application_type: str = ""
    """``native`` or ``web`` (OpenID Connect registration)."""
    scope: str = ""


class RegisteredClient(Open, kw_only=True):
    """Answer of POST /oauth/register."""

    client_id: str
    client_id_issued_at: int
    client_secret: str | UnsetType = UNSET
    client_secret_expires_at: int | UnsetType = UNSET
    """0: never. Present where there is a secret."""
    client_name: str
    redirect_uris: list[str]
    token_endpoint_auth_method: str
    grant_types: list[str]
    response_types: list[str]
    scope: str


class ServerMetadata(Open, kw_only=True):
    """Answer of GET /.well-known/oauth-authorization-server."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str | UnsetType = UNSET
    introspection_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool


class ResourceMetadata(Open, kw_only=True):
    """Answer of GET /.well-known/oauth-protected-resource."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    resource_name: str


class PublicKeys(Open):
    """Answer of GET /.well-known/jwks.json."""

    keys: list[dict[str, Any]]
