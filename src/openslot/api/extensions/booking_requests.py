"""Booking requests: bookings that wait for a host's answer."""

from litestar import Response, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import path_id
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.presenters import booking_requests as present
from openslot.presenters import invitees as present_invitees
from openslot.services.booking import approvals
from openslot.wire.common import Collection


@get("/openslot/booking_requests", scope="scheduled_events:read")
async def list_booking_requests(call: ThisCall) -> Response[bytes]:
    """Those the caller may answer, by start."""
    found = await approvals.list_open(call.conn, call.principal, now=call.now)
    rows = [present.booking_request(one.hold, one.name, one.booking.email, call.uris) for one in found]
    return reply(Collection(rows))


@post("/openslot/booking_requests/{uuid:str}/approval", scope="scheduled_events:write")
async def approve(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Book what was requested; answers with the invitee."""
    request_id = path_id(uuid, "booking request")
    booked = await approvals.approve(call.conn, call.principal, request_id, uris=call.uris, now=call.now)
    return resource(present_invitees.invitee(booked.invitee, call.uris), status=CREATED)


@post("/openslot/booking_requests/{uuid:str}/refusal", status_code=204, scope="scheduled_events:write")
async def refuse(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Give the slot back."""
    request_id = path_id(uuid, "booking request")
    await approvals.refuse(call.conn, call.principal, request_id, uris=call.uris, now=call.now)
    return no_content()


HANDLERS = [list_booking_requests, approve, refuse]
