"""A member allows an application something: from the request in a browser to a code. Source: RFC 6749, section 4.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from openslot.core.errors import ErrorKind, OpenSlotError
from openslot.core.ids import ordered_id
from openslot.core.oauth import (
    CODE_LIFETIME,
    MAX_STATE_LENGTH,
    S256,
    Resources,
    UnknownScope,
    is_challenge,
    is_registered,
    read_scopes,
    within,
)
from openslot.db import oauth_applications, oauth_grants
from openslot.db.oauth_applications import OAuthApplication
from openslot.db.oauth_grants import OAuthGrant
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.security.tokens import digest, new_grant_secret
from openslot.services.oauth import applications
from openslot.services.oauth.errors import OAuthError, invalid_request, servers_of


class UntrustedRequest(OpenSlotError):
    """The application or the redirect URI is not known: the member must not be sent there (RFC 6749, 4.1.2.1)."""

    kind = ErrorKind.INVALID


@dataclass(frozen=True)
class AuthorizationRequest:
    """What an application asks a member for."""

    application: OAuthApplication
    redirect_uri: str
    names_redirect_uri: bool
    state: str | None
    scopes: list[str] | None
    """None: every scope."""
    code_challenge: str | None

    def answer(self, issuer: str, **values: str) -> str:
        """The redirect URI with ``values``, the state and the issuer (RFC 9207) in its query."""
        values["iss"] = issuer
        return answer_uri(self.redirect_uri, self.state, values)


class RefusedRequest(OpenSlotError):
    """What is wanted can't be granted; the application is answered so."""

    kind = ErrorKind.INVALID

    def __init__(self, application: OAuthApplication, redirect_uri: str, state: str | None, error: OAuthError) -> None:
        self.application = application
        self.redirect_uri = redirect_uri
        self.state = state
        self.error = error
        super().__init__(str(error))

    def answer(self, issuer: str) -> str:
        """Where the browser goes."""
        values = {"error": self.error.code, "error_description": self.error.description, "iss": issuer}
        return answer_uri(self.redirect_uri, self.state, values)


def answer_uri(redirect_uri: str, state: str | None, values: Mapping[str, str]) -> str:
    """A redirect URI with more in its query; what it has there stays."""
    parts = urlsplit(redirect_uri)
    added = urlencode(dict(values) | ({} if state is None else {"state": state}))
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))


async def read(conn: Conn, parameters: Mapping[str, str], resources: Resources) -> AuthorizationRequest:
    """The request behind the parameters of an address.

    The resource is only checked: the client names it again when it asks for tokens (RFC 8707, section 2.2).

    Raises:
        UntrustedRequest: application or redirect URI are not known; nobody is sent anywhere.
        RefusedRequest: something else is wrong; the application is told.
    """
    application = await applications.named(conn, parameters.get("client_id", ""))
    if application is None:
        raise UntrustedRequest("the application is not known")
    redirect_uri, is_named = parameters.get("redirect_uri", ""), True
    if not redirect_uri and len(application.redirect_uris) == 1:
        redirect_uri, is_named = application.redirect_uris[0], False
    if not is_registered(redirect_uri, application.redirect_uris, is_native=application.is_native):
        raise UntrustedRequest("the redirect URI is not one of the application's")
    state = parameters.get("state")
    try:
        if state is not None and len(state) > MAX_STATE_LENGTH:
            state = None
            raise invalid_request(f"state has more than {MAX_STATE_LENGTH} characters")
        _require_code(parameters)
        challenge = _challenge(application, parameters)
        scopes = _scopes(application, parameters.get("scope", ""))
        servers_of(resources, parameters.get("resource", ""))
    except OAuthError as error:
        raise RefusedRequest(application, redirect_uri, state, error) from error
    return AuthorizationRequest(application, redirect_uri, is_named, state, scopes, challenge)


async def allow(conn: Conn, user: User, request: AuthorizationRequest, *, now: datetime) -> str:
    """The member agrees: the code to send to the application.

    Raises:
        Forbidden: the application is another organization's.
    """
    applications.require_serving(request.application, user.organization_id)
    code = new_grant_secret()
    grant = OAuthGrant(
        id=ordered_id(now),
        organization_id=user.organization_id,
        application_id=request.application.id,
        user_id=user.id,
        scopes=request.scopes,
        redirect_uri=request.redirect_uri,
        names_redirect_uri=request.names_redirect_uri,
        code_challenge=request.code_challenge,
        code_expires_at=now + CODE_LIFETIME,
        code_used_at=None,
        created_at=now,
        revoked_at=None,
    )
    await oauth_grants.insert(conn, grant, code_digest=digest(code))
    await oauth_applications.touch(conn, request.application.id, now=now)
    return code


def _require_code(parameters: Mapping[str, str]) -> None:
    kind = parameters.get("response_type", "")
    if kind != "code":
        code = "unsupported_response_type" if kind else "invalid_request"
        raise OAuthError(code, "response_type must be code")


def _challenge(application: OAuthApplication, parameters: Mapping[str, str]) -> str | None:
    challenge = parameters.get("code_challenge", "")
    if not challenge:
        if application.secret_digest is None:
            raise invalid_request("code_challenge is missing: a client without a secret must use PKCE")
        return None
    if parameters.get("code_challenge_method", "plain") != S256:
        raise invalid_request("code_challenge_method must be S256")
    if not is_challenge(challenge):
        raise invalid_request("code_challenge must be the base64url of a SHA-256 digest")
    return challenge


def _scopes(application: OAuthApplication, wanted: str) -> list[str] | None:
    try:
        found = within(read_scopes(wanted), application.scopes)
    except UnknownScope as unknown:
        raise OAuthError("invalid_scope", f"{unknown} is no scope") from unknown
    if found == []:
        raise OAuthError("invalid_scope", "the application may ask for none of these scopes")
    return found
