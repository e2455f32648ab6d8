"""Seating: storing an invitee and taking the time of a placement; nobody else can have it from then on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import msgspec
from psycopg import errors as db_errors

from openslot.core import offers
from openslot.core.booking_form import is_given_by_invitee, location_for_all, own_location
from openslot.core.epoch import floor_seconds, instant
from openslot.core.errors import SlotTaken
from openslot.core.intervals import Interval
from openslot.core.kinds import Kind
from openslot.core.offers import AbleHost, OfferedHost
from openslot.db import assignments, holds, invitees, occupancy, scheduled_events, seats
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import EventGuest, EventHost, ScheduledEvent, WallClock
from openslot.db.served_event_types import Host
from openslot.services import ledger, zone_data
from openslot.services.booking.placing import Placement
from openslot.services.ledger import Choice, ChoiceReason
from openslot.wire.scheduled_events import Location


@dataclass(frozen=True)
class NewInvitee:
    """An invitee who is to be stored, and what comes along."""

    invitee: Invitee
    location: Location | None
    """What the invitee entered goes with the invitee; the rest is the event's, if it is a new one."""
    guests: Sequence[str]


class Seated(NamedTuple):
    """An invitee as it is stored, and the event."""

    invitee: Invitee
    event: ScheduledEvent


async def seat(conn: Conn, placement: Placement, new: NewInvitee, *, now: datetime) -> Seated:
    """Store the invitee, in the event that is joined or a new one; the hold that was used is gone then.

    Raises:
        SlotTaken: somebody else was quicker.
    """
    new = replace(new, invitee=msgspec.structs.replace(new.invitee, location=_own_location(placement, new)))
    if placement.is_made:
        await _take_seat(conn, placement, now=now)
    if placement.hold is not None:
        await _use_up_hold(conn, placement, now=now)
    if placement.is_made:
        await invitees.insert(conn, new.invitee, new.guests)
        joined = await scheduled_events.get(conn, placement.served.organization_id, placement.event_id)
        assert joined is not None  # it has just given a seat
        return Seated(new.invitee, joined)
    if placement.joins:
        placement = await _in_place_of_holds(conn, placement, now=now)
    event = await _make_event(conn, placement, new, now=now)
    await invitees.insert(conn, new.invitee, new.guests)
    return Seated(new.invitee, event)


async def assign(
    conn: Conn,
    placement: Placement,
    hosts: Sequence[OfferedHost],
    able: Sequence[AbleHost] | None = None,
    *,
    now: datetime,
) -> None:
    """Record who was chosen, where hosts are chosen by standing; ``able`` is who was left to try."""
    if not placement.served.chooses_hosts:
        return
    able = placement.able if able is None else able
    start = floor_seconds(placement.start_time)
    present = placement.present
    choices = [
        Choice(
            host.id,
            _choice_reason(placement, host),
            offers.replacements_for(placement.offer, able, hosts, host.id, start),
            {} if present is None else ledger.away(placement.served, host.pool, {*present, host.id}),
        )
        for host in hosts
    ]
    was_held = placement.hold is not None or placement.joins
    await ledger.give(conn, placement.served, placement.event_id, choices, was_held=was_held, now=now)


def _choice_reason(placement: Placement, host: OfferedHost) -> ChoiceReason:
    if placement.served.keeps_hosts:
        return ChoiceReason.KEPT
    is_held = placement.hold is not None and host.id in placement.hold.user_ids
    if is_held or any(busy.id == placement.event_id for busy in host.busy):
        return ChoiceReason.HELD
    return ChoiceReason.RANKED


async def _take_seat(conn: Conn, placement: Placement, *, now: datetime) -> None:
    if not await seats.take_seat(
        conn,
        placement.served.organization_id,
        placement.event_id,
        except_hold_id=None if placement.hold is None else placement.hold.id,
        now=now,
    ):
        raise SlotTaken(placement.start_time)  # the event was canceled a moment ago


async def _use_up_hold(conn: Conn, placement: Placement, *, now: datetime) -> None:
    hold = placement.hold
    assert hold is not None  # the caller has looked
    await holds.delete(conn, hold)
    if hold.scheduled_event_id != placement.event_id:  # what was held is not what it is used for
        await assignments.release_unused(conn, [(hold.organization_id, hold.scheduled_event_id)], now=now)


async def _in_place_of_holds(conn: Conn, placement: Placement, *, now: datetime) -> Placement:
    """An event that is only held so far: the first to confirm makes it, with a seat for everyone who holds one."""
    served = placement.served
    await occupancy.release(conn, served.organization_id, placement.event_id)
    await holds.set_hosts(conn, served.organization_id, placement.event_id, [host.id for host in placement.hosts])
    others = await holds.count(conn, served.organization_id, placement.event_id, now=now)
    return replace(placement, served=served.with_seats(max(served.row.seats, others + 1)))


def _own_location(placement: Placement, new: NewInvitee) -> Location | None:
    """The place that the invitee entered, if it is for the invitee alone: in a group where each enters one."""
    where = new.location
    if where is None or not placement.served.is_group or not is_given_by_invitee(where):
        return None
    return where if placement.event is None else own_location(where, placement.event.location)


async def _make_event(conn: Conn, placement: Placement, new: NewInvitee, *, now: datetime) -> ScheduledEvent:
    """Insert the event with the best hosts the constraint lets pass."""
    served = placement.served
    able, hosts = list(placement.able), list(placement.hosts)
    while True:
        has_others = served.chooses_hosts and not placement.joins and len(able) > len(hosts)
        try:
            if not has_others:
                return await _insert(conn, placement, hosts, able, new, now=now)
            async with conn.transaction():  # so that the next one can be tried
                return await _insert(conn, placement, hosts, able, new, now=now)
        except (db_errors.ExclusionViolation, db_errors.DeadlockDetected) as exc:
            # Two who insert overlapping rows at once wait for each other's outcome; PostgreSQL ends one of them.
            refused = occupancy.refused_number(exc)
            numbers = served.numbers_of([host.id for host in hosts])
            able = [one for one in able if numbers.get(one.host.id) != refused]
            again = None
            if has_others and refused in numbers.values():
                order = served.ranking(able)
                again = offers.choose(placement.offer, able, floor_seconds(placement.start_time), ranking=order)
            if again is None:
                raise SlotTaken(placement.start_time) from exc
            hosts = again


async def _insert(
    conn: Conn,
    placement: Placement,
    chosen: Sequence[OfferedHost],
    able: Sequence[AbleHost],
    new: NewInvitee,
    *,
    now: datetime,
) -> ScheduledEvent:
    served = placement.served
    meeting = served.meeting(placement.start_time)
    by_id = {host.user_id: host for host in served.row.hosts}
    event = _event(placement, [(by_id[host.id], _buffered(placement, host, meeting)) for host in chosen], new, now=now)
    set_aside = served.terms.set_aside
    await scheduled_events.insert(
        conn,
        event,
        {host.id: _clock(host, by_id[host.id], meeting.start) for host in chosen},
        {host.id: by_id[host.id].number for host in chosen},
        tzdata_version=zone_data.VERSION,
        notice_minutes=None if "NOTICE" in set_aside else served.row.notice_minutes,
        overrides=sorted(set_aside),
    )
    await assign(conn, placement, chosen, able, now=now)
    return event


def _event(
    placement: Placement, hosts: Sequence[tuple[Host, Interval]], new: NewInvitee, *, now: datetime
) -> ScheduledEvent:
    """The event as it is stored; ``hosts`` come with their time, buffers included."""
    row = placement.served.row
    meeting = placement.served.meeting(placement.start_time)
    return ScheduledEvent(
        id=placement.event_id,
        organization_id=row.organization_id,
        event_type_id=row.id,
        name=row.name,
        status="active",
        start_time=meeting.start,
        end_time=meeting.end,
        location=new.location if row.kind == Kind.SOLO else location_for_all(new.location),
        invitees_total=1,
        invitees_active=1,
        invitees_limit=row.seats,
        cancellation=None,
        created_at=now,
        updated_at=now,
        hosts=[
            EventHost(
                user_id=host.user_id,
                user_email=host.email,
                user_name=host.name,
                buffered_start_time=time.start,
                buffered_end_time=time.end,
            )
            for host, time in sorted(hosts, key=lambda one: one[0].user_id)
        ],
        guests=[EventGuest(email, now, now) for email in new.guests],
    )


def _clock(offered: OfferedHost, host: Host, start: datetime) -> WallClock:
    """What the host's clock is to show: where the hours of that day are read, unless they were given as instants."""
    zone = host.wall_zone
    if zone is None:
        assert offered.schedule is not None  # a host without one is never chosen
        zone = offered.schedule.zone_on(offered.schedule.day_at(floor_seconds(start)))
    return WallClock(zone_data.wall_time(start, zone), zone)


def _buffered(placement: Placement, host: OfferedHost, meeting: Interval) -> Interval:
    """The meeting with its buffers; where it was held already, those it had then."""
    for busy in host.busy:
        if busy.id == placement.event_id:
            return Interval(instant(busy.start), instant(busy.end))
    return placement.served.buffered(meeting)
