"""Tokens, applications and the server's metadata in their shapes."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from openslot.core.oauth import DEFAULT_SCOPE, MCP_READ, MCP_WRITE, S256, IssuedTokens, TokenFacts, spell_scopes
from openslot.core.scopes import SCOPES
from openslot.db.oauth_applications import OAuthApplication
from openslot.presenters.uris import Uris
from openslot.wire.oauth import (
    ActiveToken,
    PublicKeys,
    RegisteredClient,
    ResourceMetadata,
    ServerMetadata,
    TokenAnswer,
)

BASIC, IN_BODY, NO_SECRET = "client_secret_basic", "client_secret_post", "none"
"""How a client proves who it is."""
GRANT_TYPES = ("authorization_code", "refresh_token")


def token_answer(issued: IssuedTokens, uris: Uris) -> TokenAnswer:
    return TokenAnswer(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        scope=issued.scope,
        created_at=int(issued.created_at.timestamp()),
        expires_in=int((issued.expires_at - issued.created_at).total_seconds()),
        owner=uris.user(issued.user_id),
        organization=uris.organization(issued.organization_id),
    )


def active_token(facts: TokenFacts, uris: Uris) -> ActiveToken:
    return ActiveToken(
        scope=facts.scope,
        client_id=str(facts.client_id),
        exp=UNSET if facts.expires_at is None else int(facts.expires_at.timestamp()),
        iat=int(facts.issued_at.timestamp()),
        owner=uris.user(facts.user_id),
        organization=uris.organization(facts.organization_id),
    )


def registered_client(application: OAuthApplication, secret: str | None, auth_method: str) -> RegisteredClient:
    return RegisteredClient(
        client_id=str(application.id),
        client_id_issued_at=int(application.created_at.timestamp()),
        client_secret=UNSET if secret is None else secret,
        client_secret_expires_at=UNSET if secret is None else 0,
        client_name=application.name,
        redirect_uris=application.redirect_uris,
        token_endpoint_auth_method=auth_method,
        grant_types=list(GRANT_TYPES),
        response_types=["code"],
        scope=spell_scopes(application.scopes),
    )


def server_metadata(uris: Uris, *, registers: bool) -> ServerMetadata:
    """Source: RFC 8414. ``registers``: whether applications may register themselves."""
    issuer = uris.pages
    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oauth/authorize",
        token_endpoint=f"{issuer}/oauth/token",
        registration_endpoint=f"{issuer}/oauth/register" if registers else UNSET,
        introspection_endpoint=f"{issuer}/oauth/introspect",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        scopes_supported=[*sorted(SCOPES), DEFAULT_SCOPE, MCP_READ, MCP_WRITE],
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=list(GRANT_TYPES),
        token_endpoint_auth_methods_supported=[BASIC, IN_BODY, NO_SECRET],
        introspection_endpoint_auth_methods_supported=[BASIC, IN_BODY, NO_SECRET],
        revocation_endpoint_auth_methods_supported=[BASIC, IN_BODY, NO_SECRET],
        code_challenge_methods_supported=[S256],
        authorization_response_iss_parameter_supported=True,
    )


def resource_metadata(uris: Uris) -> ResourceMetadata:
    """Source: RFC 9728."""
    return ResourceMetadata(
        resource=uris.api,
        authorization_servers=[uris.pages],
        scopes_supported=[*sorted(SCOPES), MCP_READ, MCP_WRITE],
        bearer_methods_supported=["header"],
        resource_name="OpenSlot API",
    )


def public_keys(keys: Sequence[dict[str, Any]]) -> PublicKeys:
    return PublicKeys(list(keys))
