"""Rescheduling: one transaction that cancels the old invitee and makes the new one.

Source: rules, section 11; webhooks, section 7. The canceled half is recorded, and so delivered, first (ADR 0005).
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.intervals import Interval
from openslot.db import holds, invitees, scheduled_events, scheduling_links
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters import scheduled_events as present
from openslot.presenters.uris import Uris
from openslot.services import access, outbox, serving, slots
from openslot.services.access import Principal
from openslot.services.booking import cancellation, placing, policies
from openslot.services.booking.cancellation import Canceler
from openslot.services.booking.command import Booked
from openslot.services.booking.invitees import BookedInvitee, find, refresh
from openslot.services.booking.moving import AfterMove, Move, after_move, lacks_place, move
from openslot.services.contacts import meeting
from openslot.services.mails import announcing
from openslot.services.serving import Served
from openslot.services.slots import NOTHING_IGNORED, Ignored, Slot
from openslot.services.terms import Moved, Terms
from openslot.telemetry import correlation
from openslot.wire.scheduled_events import Location


async def available_times(conn: Conn, invitee_id: UUID, window: Interval, *, now: datetime) -> list[Slot]:
    """The slots an invitee may move to; the time that would be given back counts as free.

    With the hosts of the event where hosts share the event type: a move keeps them unless a host decides otherwise.

    Raises:
        NotFound: no such invitee.
    """
    booked = await find(conn, invitee_id)
    return await _times(conn, booked, await _served(conn, booked.invitee, booked.event), window, now=now)


class Meeting(NamedTuple):
    """What an invitee would move to."""

    when: Interval
    name: str
    location: Location | None
    """Where it is for the invitee."""
    joins: UUID | None
    """The planned event that would be joined."""


class Shown(NamedTuple):
    """What an invitee was shown before a move."""

    minutes: int
    joins: UUID | None


async def meeting_at(conn: Conn, invitee_id: UUID, start_time: datetime, *, now: datetime) -> Meeting | None:
    """The meeting to which an invitee would move at ``start_time``; None where that is not on offer.

    Raises:
        NotFound: no such invitee.
    """
    booked = await find(conn, invitee_id)
    served = await _served(conn, booked.invitee, booked.event)
    moment = served.moment(start_time)
    found = [] if moment is None else await _times(conn, booked, served, moment, now=now)
    if not found:
        return None
    joins = found[0].planned and await _planned(conn, served, found[0].planned.id)
    there = after_move(served.row, present.location_of(booked.invitee, booked.event), joins)
    when = Interval(start_time, start_time + timedelta(minutes=there.minutes))
    name = served.row.name if joins is None else joins.name
    return Meeting(when, name, there.location, None if joins is None else joins.id)


async def _planned(conn: Conn, served: Served, event_id: UUID | None) -> ScheduledEvent | None:
    """The event of the event type that ``event_id`` names, if it does."""
    event = None if event_id is None else await scheduled_events.get(conn, served.organization_id, event_id)
    return event if event is not None and event.event_type_id == served.id else None


async def _times(conn: Conn, booked: BookedInvitee, served: Served, window: Interval, *, now: datetime) -> list[Slot]:
    given_back = await _given_back(conn, booked.event, now=now)
    found = await slots.list_served(conn, served, window, now=now, ignoring=given_back)
    others = [slot for slot in found if slot.start_time != booked.event.start_time or not served.is_group]
    return await _with_known_places(conn, booked, others)


async def _with_known_places(conn: Conn, booked: BookedInvitee, found: list[Slot]) -> list[Slot]:
    """Without the planned events that require a place of each invitee which this one has not entered."""
    planned = [slot.planned.id for slot in found if slot.planned is not None]
    if not planned:
        return found
    types = await scheduled_events.list_location_types(conn, booked.event.organization_id, planned)
    own = present.location_of(booked.invitee, booked.event)
    unknown = {event_id for event_id, kind in types.items() if lacks_place(own, Location(kind))}
    return [slot for slot in found if slot.planned is None or slot.planned.id not in unknown]


async def available_times_as_host(
    conn: Conn, principal: Principal, invitee_id: UUID, window: Interval, *, any_host: bool = False, now: datetime
) -> list[Slot]:
    """The slots to which ``reschedule_as_host`` moves an invitee; none where the event can't be moved any more.

    Raises:
        NotFound: no such invitee in the organization. Forbidden: not a host and no admin.
    """
    booked = await _of_host(conn, principal, invitee_id)
    if booked.invitee.status != "active" or booked.event.start_time <= now:
        return []
    served = await _served(conn, booked.invitee, booked.event, keeps_hosts=not any_host, by_host=True)
    found = await _times(conn, booked, served, window, now=now)
    return [slot for slot in found if any_host or slot.start_time != booked.event.start_time]


async def reschedule(
    conn: Conn,
    invitee_id: UUID,
    start_time: datetime,
    *,
    timezone: str | None = None,
    reason: str | None = None,
    shown: Shown | None = None,
    uris: Uris,
    now: datetime,
) -> Booked:
    """Move an invitee to another start; answers, guests, payment and tracking come along, a no-show mark does not.

    Of a group event only this invitee moves, to the event at the new start if there is one. Where ``shown`` is known,
    nothing else is made.

    Raises:
        NotFound: no such invitee, or the event type takes no bookings any more.
        Forbidden: canceled already; in the past; too late by the event type's policy.
        SlotUnavailable: the start is not on offer. SlotTaken: somebody else was quicker.
        Invalid: length or place are not as shown any more.
    """
    found = await find(conn, invitee_id)
    by = Canceler(found.invitee.name, "invitee")
    return await _move(conn, found, start_time, _How(by, timezone, reason, shown=shown), uris=uris, now=now)


async def reschedule_as_host(
    conn: Conn,
    principal: Principal,
    invitee_id: UUID,
    start_time: datetime,
    *,
    any_host: bool = False,
    set_aside: frozenset[str] = frozenset(),
    reason: str | None = None,
    uris: Uris,
    now: datetime,
) -> Booked:
    """The same as a host, admin or owner: no cutoff holds, another host may be given, notice may be set aside.

    Nor does it matter that the event type takes no bookings any more: what was booked can be moved.

    Raises:
        NotFound: no such invitee in the organization.
        Forbidden: not a host and no admin; canceled already; in the past.
        SlotUnavailable, SlotTaken: as above.
    """
    found = await _of_host(conn, principal, invitee_id)
    by = Canceler(principal.user.name, "host")
    how = _How(by, None, reason, keeps_host=not any_host, set_aside=set_aside)
    return await _move(conn, found, start_time, how, uris=uris, now=now)


async def _of_host(conn: Conn, principal: Principal, invitee_id: UUID) -> BookedInvitee:
    found = await find(conn, invitee_id)
    if found.event.organization_id != principal.organization_id:
        raise NotFound("invitee")
    if not await access.may_manage_event(conn, principal, found.event):
        raise Forbidden("You are not allowed to reschedule this event")
    return found


class _How(NamedTuple):
    by: Canceler
    timezone: str | None
    reason: str | None
    keeps_host: bool = True
    set_aside: frozenset[str] = frozenset()
    shown: Shown | None = None


async def _move(
    conn: Conn, found: BookedInvitee, start_time: datetime, how: _How, *, uris: Uris, now: datetime
) -> Booked:
    is_host = how.by.type == "host"
    served = await _served(
        conn, found.invitee, found.event, keeps_hosts=how.keeps_host, by_host=is_host, set_aside=how.set_aside
    )
    if not served.is_open:
        raise NotFound("event type")
    await placing.lock(conn, served, now=now, also=[host.user_id for host in found.event.hosts])
    old, old_event = await cancellation.hold_for_invitee(conn, found.invitee, now=now)
    if not is_host:
        policies.require_reschedulable(found.event_type, old_event, now=now)
    if start_time == old_event.start_time and how.keeps_host:
        raise Forbidden("The event takes place at that time already")
    await cancellation.end_for_reschedule(conn, old, old_event, by=how.by, reason=how.reason, now=now)
    location = present.location_of(old, old_event)
    shown = how.shown
    moved = Move(
        old=old,
        location=location,
        guests=await invitees.list_guests(conn, old.organization_id, old.id),
        payment=old.payment,
        timezone=how.timezone,
        shown=shown
        and AfterMove(
            shown.minutes, after_move(served.row, location, await _planned(conn, served, shown.joins)).location
        ),
    )
    new = await move(conn, served, start_time, moved, now=now)
    await invitees.link_reschedule(
        conn, old.organization_id, old.id, new_invitee_id=new.invitee.id, new_event_id=new.event.id
    )
    correlation_id = correlation.current()
    ended = await refresh(conn, old.organization_id, old.id)
    await outbox.record_invitee(conn, "invitee.canceled", ended.invitee, ended.event, uris, correlation_id, now=now)
    await outbox.record_invitee(conn, "invitee.created", new.invitee, new.event, uris, correlation_id, now=now)
    sides = (ended.invitee, ended.event), (new.invitee, new.event)
    await outbox.record_rescheduled(conn, *sides, uris, correlation_id, now=now)
    await meeting.become_known(conn, new.invitee, new.event, uris=uris, now=now)
    await announcing.moved(conn, *sides, moved.guests, reminders=served.row.reminder_minutes, now=now)
    return new


async def _served(
    conn: Conn,
    invitee: Invitee,
    event: ScheduledEvent,
    *,
    keeps_hosts: bool = True,
    by_host: bool = False,
    set_aside: frozenset[str] = frozenset(),
) -> Served:
    """The event type as the event has it: its hosts, its length, the link it was booked by."""
    link = None
    if invitee.scheduling_link_id is not None:
        link = await scheduling_links.get(conn, event.organization_id, invitee.scheduling_link_id)
    terms = Terms(link=link, set_aside=set_aside, moved=Moved(event, keeps_hosts, by_host))
    return await serving.serve(conn, event.organization_id, event.event_type_id, terms)


async def _given_back(conn: Conn, event: ScheduledEvent, *, now: datetime) -> Ignored:
    """What a move frees: the whole event if its only invitee goes, else a seat, which blocks nobody's time.

    Nor is anything free of an event of which somebody holds a seat.
    """
    if event.invitees_active > 1 or (
        event.invitees_limit > 1 and await holds.is_held(conn, event.organization_id, event.id, now=now)
    ):
        return NOTHING_IGNORED
    return Ignored(event_ids=(event.id,))
