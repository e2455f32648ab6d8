"""Placing: who meets at a start, and taking their time; nobody else can from then on.

Every path that takes time goes through here: bookings of all kinds, reschedules, holds. Locks are taken in one order,
organization, event type, hosts (sorted), scheduled event, and each once; the constraint has the last word.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from psycopg import errors as db_errors

from openslot.core import offers, pooling
from openslot.core.availability import Span
from openslot.core.booking_form import is_given_by_invitee, location_for_all, own_location
from openslot.core.epoch import floor_seconds, instant
from openslot.core.errors import SlotTaken, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.offers import Offer, OfferedHost
from openslot.core.pooling import Mode
from openslot.db import assignments, event_types, invitees, occupancy, organizations, scheduled_events
from openslot.db import holds as held
from openslot.db.event_types import Host, ServedEventType
from openslot.db.holds import Hold
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import EventGuest, EventHost, ScheduledEvent, WallClock
from openslot.services import ledger, slots, zone_data
from openslot.services.ledger import LEDGERED, Because, Choice
from openslot.services.offering import credits_absence, meeting_of, rules_of, standings_of
from openslot.services.slots import Except
from openslot.wire.scheduled_events import Location


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
    whole: ServedEventType
    """The same with every host: whom standings are reckoned over."""
    offer: Offer
    able: Sequence[offers.Able]
    hosts: Sequence[OfferedHost]
    """Who is to meet; where the constraint refuses, others of ``able`` may. Nobody where ``event`` has its own."""
    hold: Hold | None
    event: ScheduledEvent | None = None
    """The event that is joined, where it is made: as it was planned."""
    present: Collection[UUID] | None = None
    """Who has time that day, where the others are credited for being away; None: nobody is credited."""

    @property
    def host_ids(self) -> list[UUID]:
        """Who meets."""
        if self.event is not None:
            return [host.user_id for host in self.event.hosts]
        return [host.id for host in self.hosts]

    @property
    def meeting(self) -> Interval:
        """Without buffers, in UTC."""
        if self.event is not None:
            return Interval(self.event.start_time, self.event.end_time)
        return meeting_of(self.served, self.start_time)


async def place(
    conn: Conn, served: ServedEventType, start_time: datetime, *, hold: Hold | None = None, now: datetime
) -> Place:
    """Lock what decides about the start, and see that it is on offer.

    ``hold`` is the caller's own: what it keeps counts as free. Used or given up meanwhile, it keeps nothing.

    Raises:
        SlotUnavailable: the start is not on offer.
    """
    served, whole = await lock(conn, served, now=now)
    if hold is not None:
        hold = await held.get(conn, hold.organization_id, hold.id)
    if hold is not None and served.pooling_type in LEDGERED:
        served = await _without(conn, served, hold)
    moment = slots.moment(served, start_time)
    if moment is None or start_time.microsecond:
        raise SlotUnavailable(start_time)
    is_group = served.kind == "group"
    leaving_out = Except()
    if hold is not None:
        leaving_out = Except(hold_id=hold.id) if is_group else Except(event_ids=(hold.scheduled_event_id,))
    fair = credits_absence(served)
    offer = await slots.offer_for(conn, served, moment, now=now, leaving_out=leaving_out, whole_days=fair)
    second = floor_seconds(start_time)
    rather = None if hold is None else hold.scheduled_event_id
    able = offers.able_hosts(offer, second, now=now)
    joined = offers.joined_at(able, second, preferred=rather) if is_group else None
    planned = offers.planned_at(offer, second, preferred=rather, now=now)
    if planned is not None and (joined is None or joined.id != rather):
        event = await scheduled_events.get(conn, served.organization_id, planned.id)
        return Place(start_time, planned.id, True, True, served, whole, offer, (), (), hold, event)
    order = ranking(whole, offer, able, hold)
    hosts = offers.choose(offer, able, second, ranking=order)
    if hosts is None:
        raise SlotUnavailable(start_time)
    if joined is not None:
        there = [host for host in offer.hosts if any(busy.id == joined.id for busy in host.busy)]
        there = _still(offer, able, there, second) or _first(offer, able, there, second, order)
        present = await _present(conn, served, whole, offer, moment, now=now) if fair else None
        return Place(start_time, joined.id, True, False, served, whole, offer, able, there, hold, present=present)
    event_id = new_id() if hold is None or is_group else hold.scheduled_event_id
    present = await _present(conn, served, whole, offer, moment, now=now) if fair else None
    return Place(start_time, event_id, False, False, served, whole, offer, able, hosts, hold, present=present)


async def _present(
    conn: Conn, served: ServedEventType, whole: ServedEventType, offer: Offer, moment: Interval, *, now: datetime
) -> set[UUID]:
    """Who of all hosts has time on the day of a start, before it is taken; whoever keeps an event is one of them."""
    (day,) = offers.whole_days(
        served.owner_timezone, Span(floor_seconds(moment.start), floor_seconds(moment.start) + 1)
    )
    if served.keeps_hosts:
        rules = msgspec.structs.replace(whole, duration_minutes=served.duration_minutes)
        offer = await slots.offer_for(conn, rules, moment, now=now, whole_days=True)
    return offers.present_on(offer, day, now=now)


async def _without(conn: Conn, served: ServedEventType, hold: Hold) -> ServedEventType:
    """The event type as if the hold had no host: nobody is hidden for being ahead by what is held for oneself."""
    given = await assignments.list_assigned_hosts(conn, hold.organization_id, hold.scheduled_event_id)
    away = await assignments.absence_credits(conn, hold.organization_id, hold.scheduled_event_id)
    credits_of = Counter[UUID]()
    for user in given:
        credits_of.update(away.get(user, {}))
    hosts = [
        msgspec.structs.replace(
            host,
            assigned=host.assigned - (host.user_id in given),
            credit_millionths=host.credit_millionths - credits_of[host.user_id],
        )
        for host in served.hosts
    ]
    return msgspec.structs.replace(served, hosts=hosts)


def _still(
    offer: Offer, able: Sequence[offers.Able], there: Sequence[OfferedHost], start: int
) -> list[OfferedHost] | None:
    """Those who are held for an event that is not made yet, if all of them can still meet and suffice."""
    held_able = [one for one in able if one.host in there]
    return offers.choose(offer, held_able, start, ranking=()) if len(held_able) == len(there) else None


def _first(
    offer: Offer, able: Sequence[offers.Able], there: Sequence[OfferedHost], start: int, order: Sequence[UUID]
) -> list[OfferedHost]:
    """Whom the event is to have instead: as many of those who are held for it as can, and others by standing."""
    chosen = offers.choose(offer, able, start, ranking=[*[host.id for host in there], *order])
    assert chosen is not None  # since some can be chosen
    return chosen


class Locked(NamedTuple):
    """An event type under its locks."""

    served: ServedEventType
    """With the hosts that are asked for."""
    whole: ServedEventType
    """With all of its hosts."""


async def lock(conn: Conn, served: ServedEventType, *, now: datetime, also: Sequence[UUID] = ()) -> Locked:
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
        return Locked(served, served)
    fresh = await slots.serve(conn, served.organization_id, served.id)
    standing = {host.user_id: host for host in fresh.hosts}
    kept = [_standing_as(host, standing[host.user_id]) for host in served.hosts if host.user_id in standing]
    return Locked(msgspec.structs.replace(served, hosts=kept), fresh)


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


def ranking(whole: ServedEventType, offer: Offer, able: Sequence[offers.Able], hold: Hold | None = None) -> list[UUID]:
    """Hosts in the order in which they are to be tried: who is held first, then by standing, pool by pool."""
    if whole.pooling_type not in LEDGERED:
        return [host.id for host in offer.hosts]
    free = {one.host.id for one in able}
    order = [] if hold is None else [user for user in hold.user_ids if user in free]
    for pool in sorted({one.host.pool for one in able}):
        standings = standings_of(whole, pool if whole.pooling_type == "multi_pool" else None)
        ranked = pooling.ranked(standings, free, mode=Mode(whole.round_robin_mode))
        order += [one.host for one in ranked if one.host not in order]
    return order


async def assign(
    conn: Conn, taken: Place, hosts: Sequence[OfferedHost], able: Sequence[offers.Able] | None = None, *, now: datetime
) -> None:
    """Write down who is given what is placed, where hosts are chosen by standing; ``able`` is who was left to try."""
    if taken.served.pooling_type not in LEDGERED:
        return
    able = taken.able if able is None else able
    start = floor_seconds(taken.start_time)
    choices = [
        Choice(
            host.id,
            _because(taken, host),
            offers.replacements_for(taken.offer, able, hosts, host.id, start),
            {} if taken.present is None else ledger.away(taken.whole, host.pool, {*taken.present, host.id}),
        )
        for host in hosts
    ]
    was_held = taken.hold is not None or taken.joins
    await ledger.give(conn, taken.whole, taken.event_id, choices, was_held=was_held, now=now)


def _because(taken: Place, host: OfferedHost) -> Because:
    if taken.served.keeps_hosts:
        return Because.KEPT
    is_held = taken.hold is not None and host.id in taken.hold.user_ids
    if is_held or any(busy.id == taken.event_id for busy in host.busy):
        return Because.HELD
    return Because.RANKED


@dataclass(frozen=True)
class Seated:
    """Who sits down, and what comes along."""

    invitee: Invitee
    location: Location | None
    """What the invitee said goes with the invitee; the rest is the event's, if it is a new one."""
    guests: Sequence[str]
    set_aside: frozenset[str] = frozenset()


class Sat(NamedTuple):
    """An invitee as it is stored, and the event."""

    invitee: Invitee
    event: ScheduledEvent


async def seat(conn: Conn, taken: Place, seated: Seated, *, now: datetime) -> Sat:
    """Store the invitee, in the event that is joined or a new one; the hold that was used is gone then.

    Raises:
        SlotTaken: somebody else was quicker.
    """
    served = taken.served
    seated = replace(seated, invitee=msgspec.structs.replace(seated.invitee, location=_own_location(taken, seated)))
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
        if taken.hold.scheduled_event_id != taken.event_id:  # what was held is not what it is used for
            await assignments.release_unused(
                conn, [(taken.hold.organization_id, taken.hold.scheduled_event_id)], now=now
            )
    if not taken.is_made:
        if taken.joins:  # only held so far: the first to confirm makes the event, in the place of the holds
            await occupancy.release(conn, served.organization_id, taken.event_id)
            await held.set_hosts(conn, served.organization_id, taken.event_id, [host.id for host in taken.hosts])
            others = await held.count(conn, served.organization_id, taken.event_id, now=now)
            served = msgspec.structs.replace(served, seats=max(served.seats, others + 1))  # whoever holds one has it
            taken = replace(taken, served=served)
        event = await _make(conn, served, taken, seated, now=now)
        await invitees.insert(conn, seated.invitee, seated.guests)
        return Sat(seated.invitee, event)
    await invitees.insert(conn, seated.invitee, seated.guests)
    joined = await scheduled_events.get(conn, served.organization_id, taken.event_id)
    assert joined is not None  # it has just given a seat
    return Sat(seated.invitee, joined)


def _own_location(taken: Place, seated: Seated) -> Location | None:
    """What the invitee said of the place, if that is for the invitee alone: in a group that asks each for it."""
    where = seated.location
    if where is None or taken.served.kind != "group" or not is_given_by_invitee(where):
        return None
    return where if taken.event is None else own_location(where, taken.event.location)


async def _make(conn: Conn, served: ServedEventType, taken: Place, seated: Seated, *, now: datetime) -> ScheduledEvent:
    """Insert the event with the best hosts the constraint lets pass."""
    able, hosts = list(taken.able), list(taken.hosts)
    while True:
        has_others = served.pooling_type in LEDGERED and not taken.joins and len(able) > len(hosts)
        try:
            if not has_others:
                return await _insert(conn, taken, hosts, able, seated, now=now)
            async with conn.transaction():  # so that the next one can be tried
                return await _insert(conn, taken, hosts, able, seated, now=now)
        except (db_errors.ExclusionViolation, db_errors.DeadlockDetected) as exc:
            # Two who insert overlapping rows at once wait for each other's outcome; PostgreSQL ends one of them.
            refused = occupancy.refused_number(exc)
            numbers = slots.host_numbers(served, [host.id for host in hosts])
            able = [one for one in able if numbers.get(one.host.id) != refused]
            again = None
            if has_others and refused in numbers.values():
                order = ranking(taken.whole, taken.offer, able)
                again = offers.choose(taken.offer, able, floor_seconds(taken.start_time), ranking=order)
            if again is None:
                raise SlotTaken(taken.start_time) from exc
            hosts = again


async def _insert(
    conn: Conn,
    taken: Place,
    chosen: Sequence[OfferedHost],
    able: Sequence[offers.Able],
    seated: Seated,
    *,
    now: datetime,
) -> ScheduledEvent:
    served = taken.served
    meeting = meeting_of(served, taken.start_time)
    by_id = {host.user_id: host for host in served.hosts}
    hosts: list[Host] = [by_id[host.id] for host in chosen]
    buffered = {host.id: _buffered(taken, host, meeting) for host in chosen}
    event = ScheduledEvent(
        id=taken.event_id,
        organization_id=served.organization_id,
        event_type_id=served.id,
        name=served.name,
        status="active",
        start_time=meeting.start,
        end_time=meeting.end,
        location=seated.location if served.kind == "solo" else location_for_all(seated.location),
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
                buffered_start_time=buffered[host.user_id].start,
                buffered_end_time=buffered[host.user_id].end,
            )
            for host in sorted(hosts, key=lambda host: host.user_id)
        ],
        guests=[EventGuest(email, now, now) for email in seated.guests],
    )
    clocks = {host.id: _clock(host, by_id[host.id], meeting.start) for host in chosen}
    numbers = {host.user_id: host.number for host in hosts}
    await scheduled_events.insert(
        conn,
        event,
        clocks,
        numbers,
        tzdata_version=zone_data.VERSION,
        notice_minutes=None if "NOTICE" in seated.set_aside else served.notice_minutes,
        overrides=sorted(seated.set_aside),
    )
    await assign(conn, taken, chosen, able, now=now)
    return event


def _clock(offered: OfferedHost, host: Host, start: datetime) -> WallClock:
    """What the host's clock is to show: where the hours of that day are read, unless they were given as instants."""
    zone = host.wall_zone
    if zone is None:
        assert offered.schedule is not None  # who has none is never chosen
        zone = offered.schedule.zone_on(offered.schedule.day_at(floor_seconds(start)))
    return WallClock(zone_data.wall_time(start, zone), zone)


def _buffered(taken: Place, host: OfferedHost, meeting: Interval) -> Interval:
    """The meeting with its buffers; where it was held already, those it had then."""
    for busy in host.busy:
        if busy.id == taken.event_id:
            return Interval(instant(busy.start), instant(busy.end))
    rules = rules_of(taken.served)
    return Interval(meeting.start - rules.buffer_before, meeting.end + rules.buffer_after)
