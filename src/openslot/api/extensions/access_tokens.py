"""Personal access tokens: made, listed and revoked over the API."""

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id
from openslot.api.replies import CREATED, collection, no_content, resource
from openslot.edges import AnyRequest
from openslot.presenters import access_tokens as present
from openslot.services import access_tokens
from openslot.wire.access_tokens import CreateAccessToken

READ, WRITE = "users:read", "organizations:write"


@get("/openslot/access_tokens", scope=READ)
async def list_access_tokens(call: ThisCall) -> Response[bytes]:
    """The caller's, the oldest first; ended ones too."""
    found = await access_tokens.listing(call.conn, call.principal.user)
    return collection([present.access_token(one, call.uris) for one in found])


@post("/openslot/access_tokens", scope=WRITE)
async def create_access_token(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A token of the caller, shown once."""
    body = await body_of(request, CreateAccessToken)
    made, text = await access_tokens.issue_own(
        call.conn,
        call.principal,
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        now=call.now,
    )
    return resource(present.created_access_token(made, text, call.uris), status=CREATED)


@delete("/openslot/access_tokens/{uuid:str}", status_code=204, scope=WRITE)
async def revoke_access_token(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """End a token: the next call with it is refused."""
    await access_tokens.revoke_own(call.conn, call.principal, path_id(uuid, "access token"), now=call.now)
    return no_content()


HANDLERS = [list_access_tokens, create_access_token, revoke_access_token]
