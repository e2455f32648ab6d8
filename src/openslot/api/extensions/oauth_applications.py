"""OAuth applications of the organization, for admins and owners."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id
from openslot.api.replies import CREATED, collection, no_content, resource
from openslot.edges import AnyRequest
from openslot.presenters import oauth_applications as present
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication
from openslot.wire.oauth_applications import (
    ChangeOAuthApplication,
    CreateOAuthApplication,
    OAuthApplicationSecret,
)

READ, WRITE = "organizations:read", "organizations:write"
WHAT = "OAuth application"


@get("/openslot/oauth_applications", scope=READ)
async def list_oauth_applications(call: ThisCall) -> Response[bytes]:
    """The oldest first."""
    found = await applications.listing(call.conn, call.principal)
    return collection([present.oauth_application(one, call.uris) for one in found])


@post("/openslot/oauth_applications", scope=WRITE)
async def create_oauth_application(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """An application, with its secrets, which are shown once."""
    body = await body_of(request, CreateOAuthApplication)
    new = NewApplication(
        name=body.name,
        redirect_uris=body.redirect_uris,
        is_native=body.native,
        has_secret=not body.native,
        scopes=body.scopes,
    )
    made = await applications.create(call.conn, call.principal, new, vault=call.vault, now=call.now)
    shown = present.created_oauth_application(
        made.application, call.uris, secret=made.secret, signing_key=made.signing_key
    )
    return resource(shown, status=CREATED)


@get("/openslot/oauth_applications/{uuid:str}", scope=READ)
async def get_oauth_application(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Without its secrets."""
    found = await applications.get(call.conn, call.principal, path_id(uuid, WHAT))
    return resource(present.oauth_application(found, call.uris))


@patch("/openslot/oauth_applications/{uuid:str}", scope=WRITE)
async def update_oauth_application(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Its name, and where it may be answered."""
    body = await body_of(request, ChangeOAuthApplication)
    changed = await applications.change(
        call.conn,
        call.principal,
        path_id(uuid, WHAT),
        name=None if body.name is UNSET else body.name,
        redirect_uris=None if body.redirect_uris is UNSET else body.redirect_uris,
    )
    return resource(present.oauth_application(changed, call.uris))


@post("/openslot/oauth_applications/{uuid:str}/secret", scope=WRITE)
async def renew_oauth_application_secret(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Another secret, shown once; the one before works no more."""
    made = await applications.renew_secret(call.conn, call.principal, path_id(uuid, WHAT), vault=call.vault)
    shown = OAuthApplicationSecret(
        client_id=str(made.application.id),
        client_secret=made.secret or "",
        webhook_signing_key=made.signing_key or None,
    )
    return resource(shown, status=CREATED)


@delete("/openslot/oauth_applications/{uuid:str}", status_code=204, scope=WRITE)
async def delete_oauth_application(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Whatever members allowed it ends."""
    await applications.delete(call.conn, call.principal, path_id(uuid, WHAT), now=call.real_now)
    return no_content()


HANDLERS = [
    list_oauth_applications,
    create_oauth_application,
    get_oauth_application,
    update_oauth_application,
    renew_oauth_application_secret,
    delete_oauth_application,
]
