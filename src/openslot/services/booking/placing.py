"""Placing: who meets at a start, under the locks that keep it theirs. Taking the time is for ``seating``.

Every path that takes time goes through here: bookings of all kinds, reschedules, holds. Locks are taken in one order,
organization, event type, hosts (sorted), scheduled event, and each once; the constraint has the last word.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core import offers
from openslot.core.epoch import floor_seconds
from openslot.core.errors import SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.offers import AbleHost, Offer, OfferedHost
from openslot.db import assignments, event_types, holds, occupancy, organizations, scheduled_events
from openslot.db.holds import Hold
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services import serving, slots
from openslot.services.serving import Served
from openslot.services.slots import NOTHING_IGNORED, Ignored


@dataclass(frozen=True)
class Placement:
    """A start that is on offer, with all locks held that it takes to have it."""

    start_time: datetime
    event_id: UUID
    """Of the scheduled event that is to be, or that is joined."""
    joins: bool
    """Whether somebody has, or holds, a seat of that event already."""
    is_made: bool
    """Whether the event exists; a hold alone makes none."""
    served: Served
    """As it is under the locks."""
    offer: Offer
    able: Sequence[AbleHost]
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
        return self.served.meeting(self.start_time)


async def place(
    conn: Conn, served: Served, start_time: datetime, *, hold: Hold | None = None, now: datetime
) -> Placement:
    """Lock what decides about the start, and see that it is on offer.

    ``hold`` is the caller's own: what it keeps counts as free. Used or given up meanwhile, it keeps nothing.

    Raises:
        SlotUnavailable: the start is not on offer.
    """
    served, hold = await _under_locks(conn, served, hold, now=now)
    moment = served.moment(start_time)
    if moment is None or start_time.microsecond:
        raise SlotUnavailable(start_time)
    offer = await slots.offer_for(
        conn, served, moment, now=now, ignoring=_kept_by(served, hold), whole_days=served.credits_absence
    )
    second = floor_seconds(start_time)
    preferred = None if hold is None else hold.scheduled_event_id
    able = offers.able_hosts(offer, second, now=now)
    joined = offers.joined_at(able, second, preferred=preferred) if served.is_group else None
    planned = offers.planned_at(offer, second, preferred=preferred, now=now)
    if planned is not None and (joined is None or joined.id != preferred):
        event = await scheduled_events.get(conn, served.organization_id, planned.id)
        return Placement(start_time, planned.id, True, True, served, offer, (), (), hold, event)
    order = served.ranking(able, held_for=() if hold is None else hold.user_ids)
    if joined is None:
        hosts = offers.choose(offer, able, second, ranking=order)
        event_id = new_id() if hold is None or served.is_group else hold.scheduled_event_id
    else:
        there = [host for host in offer.hosts if any(busy.id == joined.id for busy in host.busy)]
        hosts, event_id = offers.choose_for_held(offer, able, there, second, ranking=order), joined.id
    if hosts is None:
        raise SlotUnavailable(start_time)
    present = await slots.present_on_day(conn, served, offer, second, now=now) if served.credits_absence else None
    return Placement(start_time, event_id, joined is not None, False, served, offer, able, hosts, hold, present=present)


async def _under_locks(conn: Conn, served: Served, hold: Hold | None, *, now: datetime) -> tuple[Served, Hold | None]:
    """The event type and the hold as they are under the locks; only standings are read again, where they count."""
    await lock(conn, served, now=now)
    if served.chooses_hosts:
        fresh = await serving.find(conn, served.organization_id, served.id)
        served = served.refreshed(fresh.hosts)
    if hold is not None:
        hold = await holds.get(conn, hold.organization_id, hold.id)
    if hold is not None and served.chooses_hosts:
        served = await _without(conn, served, hold)
    return served, hold


def _kept_by(served: Served, hold: Hold | None) -> Ignored:
    """What counts as free for the owner of a hold: a seat of a group event, else the whole time."""
    if hold is None:
        return NOTHING_IGNORED
    return Ignored(hold_id=hold.id) if served.is_group else Ignored(event_ids=(hold.scheduled_event_id,))


async def _without(conn: Conn, served: Served, hold: Hold) -> Served:
    """The event type as if the hold had no host: nobody is hidden for being ahead by what is held for oneself."""
    given = await assignments.list_assigned_hosts(conn, hold.organization_id, hold.scheduled_event_id)
    away = await assignments.absence_credits(conn, hold.organization_id, hold.scheduled_event_id)
    credits_of = Counter[UUID]()
    for user in given:
        credits_of.update(away.get(user, {}))
    return served.without(given, credits_of)


async def lock(conn: Conn, served: Served, *, now: datetime, also: Sequence[UUID] = ()) -> None:
    """Take the locks in order.

    ``also`` are further hosts whose time the caller is about to change. A second call in a transaction finds the locks
    taken, so it waits for nobody.
    """
    row = served.row
    if any(limit.event_type_id is None and limit.user_id is None for limit in row.limits):
        await organizations.lock(conn, served.organization_id)
    if row.pooling_type is not None:
        await event_types.lock(conn, served.organization_id, served.id)
    hosts = {host.user_id for host in row.hosts}.union(also)
    await occupancy.lock_hosts(conn, list(hosts), now=now)
