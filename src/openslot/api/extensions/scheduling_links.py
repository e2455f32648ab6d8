"""Scheduling links with ends of one's choice."""

from litestar import Response, post

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, uri_id
from openslot.api.replies import CREATED, resource
from openslot.edges import AnyRequest
from openslot.presenters import scheduling_links as present
from openslot.services import sharing
from openslot.wire.scheduling_links import CreateLastingLink


@post("/openslot/scheduling_links", scope="scheduling_links:write")
async def create_link(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """As POST /scheduling_links, for so many bookings, until a moment, or both."""
    body = await body_of(request, CreateLastingLink)
    event_type_id = uri_id(body.event_type, "event_types", "event_type")
    event_type = await sharing.own_event_type(call.conn, call.principal, event_type_id)
    made = await sharing.create_link(
        call.conn,
        call.principal,
        event_type,
        max_uses=body.max_uses,
        expires_at=body.expires_at,
        returns_on_cancel=body.returns_on_cancel,
        now=call.now,
    )
    return resource(present.scheduling_link(event_type, made.token, call.uris), status=CREATED)


HANDLERS = [create_link]
