"""Available times: what an event type's rules, its hosts' schedules and their busy times leave over."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from openslot.core import offers
from openslot.core.availability import Span
from openslot.core.epoch import ceil_seconds, floor_seconds, instant
from openslot.core.errors import NotFound, invalid
from openslot.core.intervals import Interval
from openslot.core.offers import Offer, Planned
from openslot.db import event_types, occupancy
from openslot.db.event_types import EventType, ServedEventType
from openslot.db.pool import Conn
from openslot.db.scheduling_links import SchedulingLink
from openslot.services import scheduling_links
from openslot.services.offering import (
    fairness_of,
    hosts_needed,
    joining,
    limits_reached,
    offered_hosts,
    planned_of,
    rules_of,
)


class Slot(NamedTuple):
    """A start that an invitee may take now."""

    start_time: datetime
    """UTC."""
    invitees_remaining: int
    planned: Planned | None = None
    """The event that is joined, with the length it was planned with; None: a new one is made."""


class Except(NamedTuple):
    """What counts as free: the event that a reschedule gives back, the hold that is being used."""

    event_ids: tuple[UUID, ...] = ()
    """Of events, and of the events that holds would become."""
    hold_id: UUID | None = None
    """One seat."""


NOTHING = Except()


async def available_times(
    conn: Conn, event_type: EventType, window: Interval, *, link: SchedulingLink | None = None, now: datetime
) -> list[Slot]:
    """Every slot whose start lies in ``window``, ascending, of the duration that ``event_type`` has.

    Inactive and deleted event types have none, nor do links that have ended.
    """
    if link is not None and link.has_ended(now):
        return []
    served = scheduling_links.applied(await serve(conn, event_type.organization_id, event_type.id), link)
    return await list_served(conn, lasting(served, event_type.duration_minutes), window, now=now)


async def list_served(
    conn: Conn, served: ServedEventType, window: Interval, *, now: datetime, leaving_out: Except = NOTHING
) -> list[Slot]:
    """The same for an event type whose hosts are at hand."""
    asked = await _asked(conn, served, window, now=now, leaving_out=leaving_out)
    if asked is None:
        return []
    joined = {one.start: one for one in reversed(offers.joinable(*asked, now=now))}
    return [Slot(instant(start), remaining, joined.get(start)) for start, remaining in _listed(served, *asked, now=now)]


async def list_seconds(
    conn: Conn, served: ServedEventType, window: Interval, *, now: datetime, leaving_out: Except = NOTHING
) -> list[tuple[int, int]]:
    """The same as starts in epoch seconds with the invitees that remain."""
    asked = await _asked(conn, served, window, now=now, leaving_out=leaving_out)
    return [] if asked is None else _listed(served, *asked, now=now)


async def _asked(
    conn: Conn, served: ServedEventType, window: Interval, *, now: datetime, leaving_out: Except
) -> tuple[Offer, Span] | None:
    """What decides about the starts in ``window``, and the window in seconds; None where there are none."""
    if not is_open(served):
        return None
    window = within_reach(served, window)
    if window.start >= window.end:
        return None
    offer = await offer_for(conn, served, window, now=now, leaving_out=leaving_out)
    return offer, Span(ceil_seconds(window.start), ceil_seconds(window.end))


def _listed(served: ServedEventType, offer: Offer, asked: Span, *, now: datetime) -> list[tuple[int, int]]:
    if served.kind == "group":
        return offers.starts_with_seats(offer, asked, now=now)
    return [(start, 1) for start in offers.starts(offer, asked, now=now)]


async def offer_for(
    conn: Conn,
    served: ServedEventType,
    window: Interval,
    *,
    now: datetime,
    leaving_out: Except = NOTHING,
    whole_days: bool = False,
) -> Offer:
    """All that decides about starts in ``window``: the one road by which times are listed, taken and explained.

    Whoever may be hidden for being ahead is so day by day, so then, or with ``whole_days``, days are read whole.
    """
    rules = rules_of(served)
    needed = hosts_needed(served)
    hosts = served.hosts if served.pooling_type else served.hosts[:1]
    fairness = fairness_of(served)
    asked = days_of(served, window) if fairness is not None or whole_days else window
    widened = Interval(asked.start - rules.buffer_before, asked.end + rules.duration + rules.buffer_after)
    taken = await occupancy.busy_times(
        conn,
        [host.number for host in hosts],
        widened,
        now=now,
        joining=joining(served, window),
        except_ids=leaving_out.event_ids,
        except_hold_id=leaving_out.hold_id,
    )
    reached = await limits_reached(conn, served, hosts, asked, now=now, except_ids=leaving_out.event_ids)
    return Offer(
        rules=rules,
        hosts=offered_hosts(served, hosts, taken.busy, reached.of_host, asked),
        needed=needed,
        full=reached.of_all,
        seats=served.seats,
        planned=planned_of(served, taken.planned),
        threshold=served.lead_threshold,
        fairness=fairness,
    )


def days_of(served: ServedEventType, window: Interval) -> Interval:
    """The whole days, of the event type's owner, that ``window`` meets; as far as time can be kept."""
    days = offers.whole_days(served.owner_timezone, Span(floor_seconds(window.start), ceil_seconds(window.end)))
    return within_reach(served, Interval(instant(days[0].start), instant(days[-1].end)))


async def serve(conn: Conn, organization_id: UUID, event_type_id: UUID) -> ServedEventType:
    """An event type with its hosts.

    Raises:
        NotFound: no such event type.
    """
    served = await event_types.get_served(conn, organization_id, event_type_id)
    if served is None:
        raise NotFound("event type")
    return served


def is_open(event_type: EventType) -> bool:
    """Whether the event type takes bookings at all."""
    is_used_up = isinstance(event_type, ServedEventType) and event_type.is_used_up
    return (
        event_type.active
        and event_type.deleted_at is None
        and event_type.booking_method == "instant"
        and not is_used_up
    )


def lasting(served: ServedEventType, duration_minutes: int | None) -> ServedEventType:
    """The event type with one of its durations chosen; None: its usual one.

    Raises:
        Invalid: it does not offer that duration.
    """
    if duration_minutes is None or duration_minutes == served.duration_minutes:
        return served
    if duration_minutes not in (served.duration_options or ()):
        raise invalid("duration", "is not among the event type's durations")
    return msgspec.structs.replace(served, duration_minutes=duration_minutes)


def keeping(served: ServedEventType, host_ids: Collection[UUID]) -> ServedEventType:
    """The event type with the hosts who have the event already, if they all still serve it; else as it is.

    Nobody is hidden then: who keeps an event gets no further one.
    """
    kept = [host for host in served.hosts if host.user_id in host_ids]
    if not kept or len(kept) < len(host_ids) or served.pooling_type not in {"round_robin", "multi_pool"}:
        return served
    sizes = None
    if served.pool_sizes is not None:
        sizes = [sum(1 for host in kept if host.pool == pool) for pool in range(len(served.pool_sizes))]
    return msgspec.structs.replace(served, hosts=kept, pool_sizes=sizes, lead_threshold=None, keeps_hosts=True)


def within_reach(served: ServedEventType, window: Interval) -> Interval:
    """The part of ``window`` in which hosts' time can be kept, buffers included; it may be empty."""
    rules = rules_of(served)
    return Interval(
        max(window.start, occupancy.REACH.start + rules.buffer_before),
        min(window.end, occupancy.REACH.end - rules.duration - rules.buffer_after),
    )


def moment(served: ServedEventType, start: datetime) -> Interval | None:
    """Just ``start``, as a window to ask about; None where no host's time can be kept."""
    if not occupancy.REACH.contains(start):
        return None
    found = within_reach(served, Interval(start, start + timedelta(microseconds=1)))
    return found if found.contains(start) else None


def host_numbers(served: ServedEventType, host_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The small numbers of hosts, for their occupancy."""
    return {host.user_id: host.number for host in served.hosts if host.user_id in set(host_ids)}
