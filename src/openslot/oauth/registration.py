"""POST /oauth/register: an application registers itself, as clients of the Model Context Protocol do (RFC 7591)."""

from urllib.parse import urlsplit

import msgspec
from litestar import Response, post
from litestar.datastructures import State

from openslot.core.errors import Invalid, NotFound
from openslot.core.oauth import LOOPBACK, UnknownScope, read_scopes
from openslot.db.connection_shares import Shares
from openslot.edges import AnyRequest
from openslot.oauth.replies import reply
from openslot.presenters import oauth as present
from openslot.presenters.oauth import BASIC, GRANT_TYPES, IN_BODY, NO_SECRET
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication
from openslot.services.oauth.errors import OAuthError
from openslot.wire.oauth import RegisterClient

UNNAMED = "Unnamed application"
CREATED = 201
MAX_BODY = 8 * 1024
"""Bytes; whoever comes by may have as many stored."""


@post("/oauth/register", status_code=CREATED)
async def register(request: AnyRequest, state: State) -> Response[bytes]:
    """Register an application."""
    if state.settings.oauth_registration != "open":
        raise NotFound("registration of applications")
    body = _read(await request.body())
    state.rates.registrations.count(state.clients.of(request.scope), "any", now=state.clock())
    shares: Shares = state.shares
    try:
        async with shares.connection(None, "oauth") as lease, lease.conn.transaction():
            made = await applications.register(lease.conn, _new(body), now=state.clock())
    except Invalid as exc:
        is_uri = any(one.parameter.startswith("redirect_uris") for one in exc.details)
        raise OAuthError("invalid_redirect_uri" if is_uri else "invalid_client_metadata", str(exc)) from exc
    method = body.token_endpoint_auth_method
    return reply(present.registered_client(made.application, made.secret, method), status=CREATED)


def _read(body: bytes) -> RegisterClient:
    if len(body) > MAX_BODY:
        raise OAuthError("invalid_client_metadata", f"The body has more than {MAX_BODY} bytes")
    try:
        read = msgspec.json.decode(body, type=RegisterClient)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as exc:
        raise OAuthError("invalid_client_metadata", f"The body can't be read: {exc}") from exc
    if read.token_endpoint_auth_method not in {BASIC, IN_BODY, NO_SECRET}:
        raise OAuthError("invalid_client_metadata", "token_endpoint_auth_method is not supported")
    if read.grant_types and not set(GRANT_TYPES) & set(read.grant_types):
        raise OAuthError("invalid_client_metadata", "grant_types must have authorization_code")
    if read.response_types and "code" not in read.response_types:
        raise OAuthError("invalid_client_metadata", "response_types must have code")
    return read


def _new(body: RegisterClient) -> NewApplication:
    try:
        scopes = read_scopes(body.scope)
    except UnknownScope:
        scopes = None  # a client may name scopes of other servers (RFC 7591, section 2); what is asked for counts
    return NewApplication(
        name=body.client_name.strip() or UNNAMED,
        redirect_uris=body.redirect_uris,
        is_native=body.application_type == "native" or all(map(_is_on_device, body.redirect_uris)),
        has_secret=body.token_endpoint_auth_method != NO_SECRET,
        scopes=scopes,
    )


def _is_on_device(uri: str) -> bool:
    """Whether a redirect URI leads to an app on the member's own device."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme not in {"http", "https"} or parts.hostname in LOOPBACK


HANDLERS = [register]
