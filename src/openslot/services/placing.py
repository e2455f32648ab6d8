"""Placing: who meets at a start, and taking their time; nobody else can from then on.

Every path that takes time goes through here: bookings of all kinds, reschedules, holds. Locks are taken in one order,
organization, event type, hosts (sorted), scheduled event, and each once; the constraint has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import errors as db_errors

from openslot.core import offers, pooling
from openslot.core.epoch import floor_seconds
from openslot.core.errors import SlotTaken, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.offers import Offer, OfferedHost
from openslot.core.pooling import Mode
from openslot.db import assignments, event_types, invitees, occupancy, organizations, scheduled_events
from openslot.db import holds as held
from openslot.db.event_types import Host, ServedEventType
from openslot.db.holds import Hold
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import EventGuest, EventHost, ScheduledEvent, WallClock
from openslot.services import slots, zone_data
from openslot.services.offering import meeting_of, rules_of, standings_of
from openslot.services.slots import Except
from openslot.wire.scheduled_events import Location

LEDGERED = frozenset({"round_robin", "multi_pool"})
"""Pooling types that choose among hosts, and so keep a ledger."""


@dataclass(frozen=True)
class Place:
    """A start that is on offer, with all locks held that it takes to have it."""

    start_time: datetime
    event_id: UUID
    """Of the scheduled event that is to be, or that is joined."""
    joins: bool
    """Whether somebody has, or holds, a seat of that event already."""
    is_made: bool
    """Whether the event exists; a hold alone makes none."""
    served: ServedEventType
    """As it is under the locks."""
    offer: Offer
    able: Sequence[offers.Able]
    hosts: Sequence[OfferedHost]
    """Who is to meet; where the constraint refuses, others of ``able`` may."""
    hold: Hold | None


async def place(
    conn: Conn, served: ServedEventType, start_time: datetime, *, hold: Hold | None = None, now: datetime
) -> Place:
    """Lock what decides about the start, and see that it is on offer.

    ``hold`` is the caller's own: what it keeps counts as free. Used or given up meanwhile, it keeps nothing.

    Raises:
        SlotUnavailable: the start is not on offer.
    """
    served = await lock(conn, served, now=now)
    if hold is not None:
        hold = await held.get(conn, hold.organization_id, hold.id)
    moment = slots.moment(served, start_time)
    if moment is None or start_time.microsecond:
        raise SlotUnavailable(start_time)
    is_group = served.kind == "group"
    leaving_out = Except()
    if hold is not None:
        leaving_out = Except(hold_id=hold.id) if is_group else Except(event_ids=(hold.scheduled_event_id,))
    offer = await slots.offer_for(conn, served, moment, now=now, leaving_out=leaving_out)
    second = floor_seconds(start_time)
    able = offers.able_hosts(offer, second, now=now)
    hosts = offers.choose(offer, able, second, ranking=ranking(served, offer, able, hold))
    if hosts is None:
        raise SlotUnavailable(start_time)
    if is_group:
        for host in (one.host for one in able):
            for busy in host.busy:
                if busy.seats_left and busy.meeting_start == second:
                    there = [one.host for one in able if any(other.id == busy.id for other in one.host.busy)]
                    return Place(start_time, busy.id, True, not busy.is_hold, served, offer, able, there, hold)
    event_id = new_id() if hold is None or is_group else hold.scheduled_event_id
    return Place(start_time, event_id, False, False, served, offer, able, hosts, hold)


async def lock(conn: Conn, served: ServedEventType, *, now: datetime, also: Sequence[UUID] = ()) -> ServedEventType:
    """Take the locks in order; where hosts are chosen by standing, the standings are read again under them.

    ``also`` are further hosts whose time the caller is about to change. A second call in a transaction finds the locks
    taken, so it waits for nobody.
    """
    if any(limit.event_type_id is None and limit.user_id is None for limit in served.limits):
        await organizations.lock(conn, served.organization_id)
    if served.pooling_type is not None:
        await event_types.lock(conn, served.organization_id, served.id)
    hosts = {host.user_id for host in served.hosts}.union(also)
    await occupancy.lock_hosts(conn, list(hosts), now=now)
    if served.pooling_type not in LEDGERED:
        return served
    fresh = await slots.serve(conn, served.organization_id, served.id)
    standing = {host.user_id: host for host in fresh.hosts}
    kept = [_standing_as(host, standing[host.user_id]) for host in served.hosts if host.user_id in standing]
    return msgspec.structs.replace(served, hosts=kept)


def _standing_as(host: Host, fresh: Host) -> Host:
    """The host with the standing of ``fresh``; hours may be a scheduling link's, so they stay."""
    return msgspec.structs.replace(
        host,
        position=fresh.position,
        pool=fresh.pool,
        priority=fresh.priority,
        weight=fresh.weight,
        assigned=fresh.assigned,
        credit_millionths=fresh.credit_millionths,
        last_sequence=fresh.last_sequence,
    )


def ranking(served: ServedEventType, offer: Offer, able: Sequence[offers.Able], hold: Hold | None = None) -> list[UUID]:
    """Hosts in the order in which they are to be tried: who is held first, then by standing, pool by pool."""
    if served.pooling_type not in LEDGERED:
        return [host.id for host in offer.hosts]
    free = {one.host.id for one in able}
    order = [] if hold is None else [user for user in hold.user_ids if user in free]
    for pool in sorted({one.host.pool for one in able}):
        standings = standings_of(served, pool if served.pooling_type == "multi_pool" else None)
        ranked = pooling.ranked(standings, free, mode=Mode(served.round_robin_mode))
        order += [one.host for one in ranked if one.host not in order]
    return order


@dataclass(frozen=True)
class Seated:
    """Who sits down, and what comes along."""

    invitee: Invitee
    location: Location | None
    guests: Sequence[str]
    set_aside: frozenset[str] = frozenset()


async def seat(conn: Conn, taken: Place, seated: Seated, *, now: datetime) -> ScheduledEvent:
    """Store the invitee, in the event that is joined or a new one; the hold that was used is gone then.

    Raises:
        SlotTaken: somebody else was quicker.
    """
    served = taken.served
    if taken.is_made and not await scheduled_events.take_seat(
        conn,
        served.organization_id,
        taken.event_id,
        except_hold_id=None if taken.hold is None else taken.hold.id,
        now=now,
    ):
        raise SlotTaken(taken.start_time)  # the event was canceled a moment ago
    if taken.hold is not None:
        await held.delete(conn, taken.hold)
    if not taken.is_made:
        if taken.joins:  # only held so far: the first to confirm makes the event, in the place of the holds
            await occupancy.release(conn, served.organization_id, taken.event_id)
        event = await _make(conn, served, taken, seated, now=now)
        await invitees.insert(conn, seated.invitee, seated.guests)
        return event
    await invitees.insert(conn, seated.invitee, seated.guests)
    joined = await scheduled_events.get(conn, served.organization_id, taken.event_id)
    assert joined is not None  # it has just given a seat
    return joined


async def _make(conn: Conn, served: ServedEventType, taken: Place, seated: Seated, *, now: datetime) -> ScheduledEvent:
    """Insert the event with the best hosts the constraint lets pass."""
    able, hosts = list(taken.able), list(taken.hosts)
    while True:
        has_others = served.pooling_type in LEDGERED and not taken.joins and len(able) > len(hosts)
        try:
            if not has_others:
                return await _insert(conn, served, taken, hosts, seated, now=now)
            async with conn.transaction():  # so that the next one can be tried
                return await _insert(conn, served, taken, hosts, seated, now=now)
        except (db_errors.ExclusionViolation, db_errors.DeadlockDetected) as exc:
            # Two who insert overlapping rows at once wait for each other's outcome; PostgreSQL ends one of them.
            refused = occupancy.refused_number(exc)
            numbers = slots.host_numbers(served, [host.id for host in hosts])
            able = [one for one in able if numbers.get(one.host.id) != refused]
            again = None
            if has_others and refused in numbers.values():
                order = ranking(served, taken.offer, able)
                again = offers.choose(taken.offer, able, floor_seconds(taken.start_time), ranking=order)
            if again is None:
                raise SlotTaken(taken.start_time) from exc
            hosts = again


async def _insert(
    conn: Conn, served: ServedEventType, taken: Place, chosen: Sequence[OfferedHost], seated: Seated, *, now: datetime
) -> ScheduledEvent:
    rules = rules_of(served)
    meeting = meeting_of(served, taken.start_time)
    by_id = {host.user_id: host for host in served.hosts}
    hosts: list[Host] = [by_id[host.id] for host in chosen]
    event = ScheduledEvent(
        id=taken.event_id,
        organization_id=served.organization_id,
        event_type_id=served.id,
        name=served.name,
        status="active",
        start_time=meeting.start,
        end_time=meeting.end,
        location=seated.location,
        invitees_total=1,
        invitees_active=1,
        invitees_limit=served.seats,
        cancellation=None,
        created_at=now,
        updated_at=now,
        hosts=[
            EventHost(
                user_id=host.user_id,
                user_email=host.email,
                user_name=host.name,
                buffered_start_time=meeting.start - rules.buffer_before,
                buffered_end_time=meeting.end + rules.buffer_after,
            )
            for host in sorted(hosts, key=lambda host: host.user_id)
        ],
        guests=[EventGuest(email, now, now) for email in seated.guests],
    )
    clocks = {host.id: _clock(host, by_id[host.id], meeting.start) for host in chosen}
    numbers = {host.user_id: host.number for host in hosts}
    await scheduled_events.insert(
        conn, event, clocks, numbers, tzdata_version=zone_data.VERSION, overrides=sorted(seated.set_aside)
    )
    if served.pooling_type in LEDGERED:
        reasons = {host.user_id: _reason(served, taken, host) for host in hosts}
        await assignments.assign(conn, served.organization_id, served.id, event.id, reasons, now=now)
    return event


def _clock(offered: OfferedHost, host: Host, start: datetime) -> WallClock:
    """What the host's clock is to show: where the hours of that day are read, unless they were given as instants."""
    zone = host.wall_zone
    if zone is None:
        assert offered.schedule is not None  # who has none is never chosen
        zone = offered.schedule.zone_on(offered.schedule.day_at(floor_seconds(start)))
    return WallClock(zone_data.wall_time(start, zone), zone)


def _reason(served: ServedEventType, taken: Place, host: Host) -> dict[str, Any]:
    """The numbers behind a choice, for the ledger."""
    standings = standings_of(served, host.pool if served.pooling_type == "multi_pool" else None)
    why = pooling.why(standings, host.user_id, mode=Mode(served.round_robin_mode))
    able = {one.host.id for one in taken.able}
    return {**why, "free": [str(one.host) for one in standings if one.host in able]}
