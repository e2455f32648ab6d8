"""Putting in the recap of a meeting, for whatever has recorded it; Calendly has a recorder of its own."""

from litestar import Response, put

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, uri_id
from openslot.api.replies import resource
from openslot.edges import AnyRequest
from openslot.presenters import meeting_recaps as present
from openslot.services import recapping
from openslot.wire.meeting_recaps import PutMeetingRecap


@put("/openslot/meeting_recaps", scope="meeting_recaps:write")
async def put_meeting_recap(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set the caller's recap of an event that the caller hosts, in place of an earlier one."""
    body = await body_of(request, PutMeetingRecap)
    event_id = uri_id(body.event, "scheduled_events", "event")
    made = await recapping.put(call.conn, call.principal, event_id, body, uris=call.uris, now=call.now)
    return resource(present.recap(made, call.uris))


HANDLERS = [put_meeting_recap]
