"""Holds, and requests that wait for a host's answer."""

from datetime import timedelta

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import AnyRequest, body_of, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.db import holds as rows
from openslot.presenters import booking_requests as present
from openslot.presenters import invitees as present_invitees
from openslot.services import quotas
from openslot.services.booking import approvals, holds
from openslot.services.booking.holds import Reason
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
        holder_id=call.user_id,
        share=quotas.share_of_member(call.principal, call.settings),
        now=call.now,
    )
    call.rates.count_taking(call.principal, made.hold.user_ids, now=call.now)
    return resource(present.new_hold(made.hold, made.token, call.uris), status=CREATED)


@get("/openslot/holds")
async def list_holds(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The standing ones that the caller may end."""
    call.principal.require_scope("scheduled_events:read")
    query = await query_of(request, PageQuery)
    page = await rows.list_page(
        call.conn,
        call.organization_id,
        page_request(query, by_creation("holds")),
        for_user=None if call.principal.is_admin else call.user_id,
        now=call.now,
    )
    return paged(request, call.uris, "/openslot/holds", query, page, lambda row: present.hold(row, call.uris))


@delete("/openslot/holds/{uuid:str}", status_code=204)
async def delete_hold(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """End a hold that somebody else made, or oneself: for who made it, its hosts, and admins. A request is refused."""
    call.principal.require_scope("scheduled_events:write")
    found = await holds.find(call.conn, call.principal, path_id(uuid, "hold"), now=call.now)
    if found.reason == Reason.APPROVAL:
        await approvals.refuse(call.conn, call.principal, found.id, uris=call.uris, now=call.now)
    else:
        await holds.end(call.conn, found, now=call.now)
    return no_content()


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
    rows = [present.booking_request(one.hold, one.name, one.booking.email, call.uris) for one in found]
    return reply(Collection(rows))


@post("/openslot/booking_requests/{uuid:str}/approval")
async def approve(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Book what was asked for; answers with the invitee."""
    call.principal.require_scope("scheduled_events:write")
    request_id = path_id(uuid, "booking request")
    booked = await approvals.approve(call.conn, call.principal, request_id, uris=call.uris, now=call.now)
    return resource(present_invitees.invitee(booked.invitee, call.uris), status=CREATED)


@post("/openslot/booking_requests/{uuid:str}/refusal", status_code=204)
async def refuse(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Give the slot back."""
    call.principal.require_scope("scheduled_events:write")
    request_id = path_id(uuid, "booking request")
    await approvals.refuse(call.conn, call.principal, request_id, uris=call.uris, now=call.now)
    return no_content()


HANDLERS = [create_hold, end_hold, list_holds, delete_hold, list_booking_requests, approve, refuse]
