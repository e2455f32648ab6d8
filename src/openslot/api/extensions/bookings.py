"""Bookings with every option of the engine, and a host's changes to the booking of one invitee."""

from dataclasses import replace

from litestar import Response, get, patch, post
from litestar.params import FromPath
from msgspec import Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, query_of, uri_id
from openslot.api.event_types import ListAvailableTimes
from openslot.api.invitees import take, wanted_booking
from openslot.api.replies import CREATED, reply, resource
from openslot.api.scheduled_events import visible_event
from openslot.api.windows import window_of
from openslot.edges import AnyRequest
from openslot.presenters import event_types as present_event_types
from openslot.presenters import invitees as present
from openslot.presenters import scheduled_events as present_events
from openslot.services import serving, slots
from openslot.services.booking import cancellation, invitees, rescheduling, seats
from openslot.services.terms import Terms
from openslot.wire.bookings import CancelInvitee, ChangeScheduledEvent, CreateBooking, RescheduleInvitee
from openslot.wire.codec import Timestamp
from openslot.wire.common import Collection


class ListMoves(Struct):
    """Source: GET /openslot/invitees/{uuid}/available_times."""

    start_time: Timestamp
    end_time: Timestamp
    any_host: bool = False
    """Whether another host may be given."""


class ListTimes(ListAvailableTimes):
    """Source: GET /openslot/available_times."""

    duration: int | None = None


@get("/openslot/available_times", scope=("availability:read", "event_types:read"))
async def list_available_times(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """As GET /event_type_available_times, for one of several durations."""
    query = await query_of(request, ListTimes)
    event_type_id = uri_id(query.event_type, "event_types", "event_type")
    window = window_of(query.start_time, query.end_time, days=call.settings.available_times_days, now=call.now)
    terms = Terms(duration_minutes=query.duration)
    served = await serving.serve(call.conn, call.organization_id, event_type_id, terms)
    found = await slots.list_seconds(call.conn, served, window, now=call.now)
    return reply(present_event_types.available_times(served.row, found, call.uris))


@post("/openslot/bookings", scope="scheduled_events:write")
async def create_booking(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """As POST /invitees, with a duration, a hold, a payment. Rules are set aside by admins, owners and the hosts."""
    body, wanted = await wanted_booking(call, request, CreateBooking)
    wanted = replace(
        wanted,
        duration_minutes=body.duration,
        hold_token=body.hold,
        payment=body.payment,
        set_aside=frozenset(body.set_aside),
    )
    return await take(call, wanted)


@patch("/openslot/scheduled_events/{uuid:str}", scope="scheduled_events:write")
async def update_scheduled_event(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """The seats of a planned group event. For hosts, admins and owners."""
    body = await body_of(request, ChangeScheduledEvent)
    event_id = path_id(uuid, "scheduled event")
    changed = await seats.set_seats(call.conn, call.principal, event_id, body.seats, now=call.now)
    return resource(present_events.scheduled_event(changed, call.uris))


@get("/openslot/invitees/{uuid:str}", scope="scheduled_events:read")
async def get_invitee(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One invitee with the event as this one sees it: with their own place, where each of a group has one."""
    found = await invitees.find(call.conn, path_id(uuid, "invitee"))
    event = await visible_event(call, str(found.event.id))
    return resource(present.invitee_payload(found.invitee, event, call.uris))


@post("/openslot/invitees/{uuid:str}/cancellation", scope="scheduled_events:write")
async def cancel_invitee(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """One invitee of an event; the last one cancels it. For hosts, admins and owners, whatever the cutoff."""
    body = await body_of(request, CancelInvitee)
    canceled = await cancellation.cancel_invitee(
        call.conn, call.principal, path_id(uuid, "invitee"), reason=body.reason, uris=call.uris, now=call.now
    )
    return resource(canceled, status=CREATED)


@get("/openslot/invitees/{uuid:str}/available_times", scope=("availability:read", "scheduled_events:read"))
async def list_moves(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """The starts to which an invitee can be moved; what the event takes now counts as free."""
    query = await query_of(request, ListMoves)
    window = window_of(query.start_time, query.end_time, days=call.settings.available_times_days, now=call.now)
    found = await rescheduling.available_times_as_host(
        call.conn, call.principal, path_id(uuid, "invitee"), window, any_host=query.any_host, now=call.now
    )
    return reply(Collection([present.time_to_move_to(slot.start_time, slot.invitees_remaining) for slot in found]))


@post("/openslot/invitees/{uuid:str}/rescheduling", scope="scheduled_events:write")
async def reschedule_invitee(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Move an invitee; answers with the new one. For hosts, admins and owners, whatever the cutoff."""
    body = await body_of(request, RescheduleInvitee)
    moved = await rescheduling.reschedule_as_host(
        call.conn,
        call.principal,
        path_id(uuid, "invitee"),
        body.start_time,
        any_host=body.any_host,
        set_aside=frozenset(body.set_aside),
        reason=body.reason,
        uris=call.uris,
        now=call.now,
    )
    return resource(present.invitee(moved.invitee, call.uris), status=CREATED)


HANDLERS = [
    list_available_times,
    create_booking,
    update_scheduled_event,
    get_invitee,
    cancel_invitee,
    list_moves,
    reschedule_invitee,
]
