"""Holds, and requests that wait for a host's answer."""

from datetime import timedelta

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import AnyRequest, body_of, path_id, uri_id
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.presenters import booking_requests as present
from openslot.presenters import invitees as present_invitees
from openslot.services import approvals, holds
from openslot.services.holds import Reason
from openslot.wire.bookings import CreateHold, EndHold
from openslot.wire.common import Collection


@post("/openslot/holds")
async def create_hold(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Keep a start, or a seat of it, until a moment that is always set."""
    call.principal.require_scope("scheduled_events:write")
    body = await body_of(request, CreateHold)
    made = await holds.place(
        call.conn,
        call.organization_id,
        uri_id(body.event_type, "event_types", "event_type"),
        body.start_time,
        reason=Reason(body.reason),
        lasts=None if body.minutes is None else timedelta(minutes=body.minutes),
        duration_minutes=body.duration,
        now=call.now,
    )
    return resource(present.hold(made.hold, made.token, call.links), status=CREATED)


@delete("/openslot/holds", status_code=204)
async def end_hold(call: ThisCall, request: AnyRequest) -> Response[None]:
    """Give a hold up; well too where it has ended by itself."""
    call.principal.require_scope("scheduled_events:write")
    body = await body_of(request, EndHold)
    await holds.give_up(call.conn, body.token, now=call.now)
    return no_content()


@get("/openslot/booking_requests")
async def list_booking_requests(call: ThisCall) -> Response[bytes]:
    """Those the caller may answer, by start."""
    call.principal.require_scope("scheduled_events:read")
    found = await approvals.list_open(call.conn, call.principal, now=call.now)
    rows = [present.booking_request(one.hold, one.name, one.booking.email, call.links) for one in found]
    return reply(Collection(rows))


@post("/openslot/booking_requests/{uuid:str}/approval")
async def approve(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Book what was asked for; answers with the invitee."""
    call.principal.require_scope("scheduled_events:write")
    request_id = path_id(uuid, "booking request")
    booked = await approvals.approve(call.conn, call.principal, request_id, links=call.links, now=call.now)
    return resource(present_invitees.invitee(booked.invitee, call.links), status=CREATED)


@post("/openslot/booking_requests/{uuid:str}/refusal", status_code=204)
async def refuse(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Give the slot back."""
    call.principal.require_scope("scheduled_events:write")
    request_id = path_id(uuid, "booking request")
    await approvals.refuse(call.conn, call.principal, request_id, links=call.links, now=call.now)
    return no_content()


HANDLERS = [create_hold, end_hold, list_booking_requests, approve, refuse]
