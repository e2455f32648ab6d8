"""No-shows."""

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, uri_id
from openslot.api.replies import CREATED, no_content, resource
from openslot.edges import AnyRequest
from openslot.presenters import no_shows as present
from openslot.services.booking import no_shows
from openslot.wire.no_shows import CreateNoShow


@post("/invitee_no_shows", scope="scheduled_events:write")
async def create_invitee_no_show(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Marks an invitee, once."""
    body = await body_of(request, CreateNoShow)
    invitee_id = uri_id(body.invitee, "invitees", "invitee")
    made = await no_shows.mark(
        call.conn,
        call.principal,
        invitee_id,
        before_start=call.settings.no_show_before_start,
        uris=call.uris,
        now=call.now,
    )
    return resource(present.no_show(made, call.uris), status=CREATED)


@get("/invitee_no_shows/{uuid:str}", scope="scheduled_events:read")
async def get_invitee_no_show(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One mark."""
    found = await no_shows.get(call.conn, call.principal, path_id(uuid, "no-show"))
    return resource(present.no_show(found, call.uris))


@delete("/invitee_no_shows/{uuid:str}", status_code=204, scope="scheduled_events:write")
async def delete_invitee_no_show(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Takes a mark back; the uuid is the mark's, not the invitee's."""
    await no_shows.unmark(call.conn, call.principal, path_id(uuid, "no-show"), uris=call.uris, now=call.now)
    return no_content()


HANDLERS = [create_invitee_no_show, get_invitee_no_show, delete_invitee_no_show]
