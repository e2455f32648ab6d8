"""Calendly's requests to delete data. Source: contract, POST /data_compliance/deletion/{invitees,events}."""

from litestar import Response, post

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of
from openslot.api.replies import ACCEPTED, reply
from openslot.edges import AnyRequest
from openslot.services import erasure, event_erasure
from openslot.services.plans import Plan
from openslot.wire.erasures import EraseEvents, EraseInvitees


@post("/data_compliance/deletion/invitees", scope="data_compliance:write", plan=Plan.ENTERPRISE)
async def delete_invitee_data(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Erase persons by their addresses. It is done by the time of the answer; Calendly takes up to 7 days."""
    body = await body_of(request, EraseInvitees)
    await call.take_time()
    await erasure.erase_as_admin(call.conn, call.principal, body.emails, uris=call.uris, now=call.now)
    return reply({}, status=ACCEPTED)


@post("/data_compliance/deletion/events", scope="data_compliance:write", plan=Plan.ENTERPRISE)
async def delete_scheduled_event_data(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Erase scheduled events by their time. It is done by the time of the answer, as above."""
    body = await body_of(request, EraseEvents)
    await call.take_time()
    await event_erasure.erase_as_admin(call.conn, call.principal, body.start_time, body.end_time, now=call.now)
    return reply({}, status=ACCEPTED)


HANDLERS = [delete_invitee_data, delete_scheduled_event_data]
