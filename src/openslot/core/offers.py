"""The starts that an event type with several hosts offers, computed from the hours and busy times of each host.

One rule covers all kinds of pooling: an event needs a number of hosts of each pool. A personal event type or a round
robin needs one, a collective all hosts of its only pool, a multi_pool n of m of each. Where several hosts meet, the
latest anchor among their grids is the anchor of the common grid.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from openslot.core import pooling
from openslot.core.availability import AvailabilitySchedule, wall_seconds, zone_named
from openslot.core.epoch import MINUTE, instant, whole_seconds
from openslot.core.intervals import Span
from openslot.core.pooling import Mode, Standing
from openslot.core.slots import (
    BusyTime,
    ClosedSpan,
    Rules,
    Stretch,
    blocked_spans,
    bookable_span,
    earliest_start,
    free_stretches,
    starts_on_grid,
)


@dataclass(frozen=True)
class OfferedHost:
    """A host of an event type, with everything that decides when the host can meet."""

    id: UUID
    schedule: AvailabilitySchedule | None
    """None: never available."""
    busy: Sequence[BusyTime] = ()
    full: Sequence[ClosedSpan] = ()
    """The host's own limits, where they are reached."""
    pool: int = 0
    lead: float | None = None
    """Set while the host is hidden on all days: the number of meetings the host is ahead in the round robin."""


@dataclass(frozen=True)
class Fairness:
    """Decides, day by day, which hosts are hidden for being too many meetings ahead.

    On each day, hosts are compared only with hosts who have time on that day. Hosts who are away, have no hours or have
    reached a limit hold nobody back, and as long as one host has time, there are starts (ADR 0021). All hosts share the
    same days, and these do not depend on the request, so that what is listed can be booked.
    """

    standings: Sequence[Standing]
    threshold: int
    timezone: str
    """The zone of the days."""

    def leads(self, present: Collection[UUID]) -> dict[UUID, float]:
        """The hosts who are hidden, with their leads, on a day on which the hosts in ``present`` have time."""
        standings = [one for one in self.standings if one.host in present]
        found = pooling.hidden(standings, mode=Mode.EQUAL_DISTRIBUTION, threshold=self.threshold)
        return {host: float(lead) for host, lead in found.items()}


class Planned(NamedTuple):
    """A scheduled group event. It takes place as scheduled, even if the event type has changed since (ADR 0020)."""

    id: UUID
    start: int
    """Epoch seconds, as ``end``."""
    end: int
    seats_left: int
    """Seats that others hold count as taken; 0 or less when full."""
    notice: int | None = None
    """The notice in seconds when it was scheduled; None: the event type's current notice applies."""
    hosts: tuple[UUID, ...] = ()
    """They may no longer be hosts of the event type."""

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return (self.end - self.start) // MINUTE


@dataclass(frozen=True)
class Offer:
    """An event type with its hosts, as the functions here need it."""

    rules: Rules
    hosts: Sequence[OfferedHost]
    needed: Sequence[int] = (1,)
    """How many hosts an event needs of each pool, by the pool's number."""
    full: Sequence[ClosedSpan] = ()
    """Periods in which a limit of the event type or the organization is reached."""
    seats: int = 1
    planned: Sequence[Planned] = ()
    """The scheduled events of a group event type; of several at one start, invitees join the first."""
    threshold: int | None = None
    """The lead at which hosts are hidden; only for explanations, not applied here."""
    fairness: Fairness | None = None
    """Set if a host may be hidden. Then ``busy`` must cover whole days, not just the requested window."""
    pools: Mapping[int, int] = field(init=False)
    """How many hosts each pool has."""

    def __post_init__(self) -> None:
        sizes: dict[int, int] = {}
        for host in self.hosts:
            sizes[host.pool] = sizes.get(host.pool, 0) + 1
        object.__setattr__(self, "pools", sizes)


class AbleHost(NamedTuple):
    """A host who can meet at a start, if the grids of the others allow it."""

    host: OfferedHost
    anchor: int
    """The anchor of the host's own grid, in epoch seconds."""


def starts(offer: Offer, window: Span, *, now: datetime) -> list[int]:
    """The starts that invitees may take in ``window``, ascending, in epoch seconds."""
    found = _starts(offer, _free(offer, window, now))
    there = {one.start for one in joinable(offer, window, now=now)}
    return sorted(there.union(found)) if there else found


def starts_with_seats(offer: Offer, window: Span, *, now: datetime) -> list[tuple[int, int]]:
    """``starts`` with the number of seats at each: those of the event that a booking joins, or of a new one."""
    free = _free(offer, window, now)
    left: dict[int, int] = {}
    for host, stretches in reversed(free):  # reversed, so that the first host wins, as in ``joined_at``
        for busy in reversed(host.busy):
            if busy.is_joined_at(busy.meeting_start) and _is_in(stretches, busy.meeting_start):
                left[busy.meeting_start] = busy.seats_left or 0
    found = {start: left.get(start, offer.seats) for start in _starts(offer, free)}
    there = joinable(offer, window, now=now)
    if not there:
        return list(found.items())
    found |= {one.start: one.seats_left for one in reversed(there)}
    return sorted(found.items())


def joinable(offer: Offer, window: Span, *, now: datetime) -> list[Planned]:
    """The scheduled events in ``window`` that an invitee may still join, in the order of ``offer``.

    Hours, grid, date range, limits and current hosts restrict only new events. Notice restricts invitees, so it applies
    here too: the shorter of the notice when the event was scheduled and the current one.
    """
    earliest = earliest_start(offer.rules, now)
    now_second = earliest - whole_seconds(offer.rules.notice)
    return [
        one
        for one in offer.planned
        if one.seats_left > 0
        and window.start <= one.start < window.end
        and (one.start >= earliest or (one.notice is not None and one.start >= now_second + one.notice))
    ]


def planned_at(offer: Offer, start: int, *, preferred: UUID | None = None, now: datetime) -> Planned | None:
    """The scheduled event that a booking at ``start`` joins: ``preferred`` if it is among them, else the first."""
    found = joinable(offer, Span(start, start + 1), now=now)
    return next((one for one in found if one.id == preferred), found[0] if found else None)


def joined_at(able: Sequence[AbleHost], start: int, *, preferred: UUID | None = None) -> BusyTime | None:
    """The held event with seats left that a booking at ``start`` joins; None: the booking makes a new event.

    That is ``preferred``, of which the invitee holds a seat, or the event of the first able host.
    """
    found = [busy for one in able for busy in one.host.busy if busy.is_joined_at(start)]
    return next((busy for busy in found if busy.id == preferred), found[0] if found else None)


def _free(offer: Offer, window: Span, now: datetime) -> list[tuple[OfferedHost, list[Stretch]]]:
    """When each host can meet; empty where there are fewer hosts than an event needs."""
    if not offer.hosts or not sum(offer.needed):
        return []
    if any(needed > offer.pools.get(pool, 0) for pool, needed in enumerate(offer.needed)):
        return []
    closed = _hidden_days(offer, window, now)
    return [(host, stretches_of(offer, host, window, closed.get(host.id, ()), now=now)) for host in offer.hosts]


def _starts(offer: Offer, free: Sequence[tuple[OfferedHost, Sequence[Stretch]]]) -> list[int]:
    if not free:
        return []
    if len(free) == 1:
        return starts_on_grid(offer.rules, free[0][1])
    if sum(offer.needed) == len(offer.hosts):
        return starts_on_grid(offer.rules, _common([stretches for _, stretches in free]))
    candidates = set[int]().union(*(starts_on_grid(offer.rules, stretches) for _, stretches in free))
    if tuple(offer.needed) == (1,):
        return sorted(candidates)
    return [
        start for start, able in _sweep(sorted(candidates), free) if choose(offer, able, start, ranking=()) is not None
    ]


def _is_in(stretches: Sequence[Stretch], start: int) -> bool:
    index = bisect_right(stretches, start, key=lambda stretch: stretch.start) - 1
    return index >= 0 and start < stretches[index].end


def able_hosts(offer: Offer, start: int, *, now: datetime) -> list[AbleHost]:
    """The hosts who can meet at ``start`` (epoch seconds), in the order of ``offer``."""
    moment = Span(start, start + 1)
    closed = _hidden_days(offer, moment, now)
    return [
        AbleHost(host, stretch.anchor)
        for host in offer.hosts
        for stretch in stretches_of(offer, host, moment, closed.get(host.id, ()), now=now)
    ]


def whole_days(timezone: str, window: Span) -> list[Span]:
    """The days of a zone, from midnight to midnight, that overlap ``window``."""
    zone = zone_named(timezone)
    day = instant(window.start).astimezone(zone).date()
    start = wall_seconds(zone, day, 0)
    days = []
    while start < window.end:
        day += timedelta(days=1)
        end = wall_seconds(zone, day, 0)
        days.append(Span(start, end))
        start = end
    return days


def present_on(offer: Offer, day: Span, *, now: datetime) -> set[UUID]:
    """The hosts who have time for a new event on a day, hidden or not."""
    return {
        host.id
        for host in offer.hosts
        if any(_has_start(offer, stretch) for stretch in stretches_of(offer, host, day, now=now))
    }


def leads_at(offer: Offer, start: int, *, now: datetime) -> dict[UUID, float]:
    """The hosts who are hidden at ``start``, with their leads."""
    if offer.fairness is None:
        return {host.id: host.lead for host in offer.hosts if host.lead is not None}
    (day,) = whole_days(offer.fairness.timezone, Span(start, start + 1))
    return offer.fairness.leads(present_on(offer, day, now=now))


def set_aside_at(offer: Offer, start: int, *, now: datetime) -> dict[UUID, float]:
    """The hosts who are ahead by the threshold and yet not hidden at ``start``, with their leads.

    They are not hidden because the hosts who are behind have no time on that day.
    """
    if offer.fairness is None:
        return {}
    hidden = leads_at(offer, start, now=now)
    ahead = offer.fairness.leads({one.host for one in offer.fairness.standings})
    return {host: lead for host, lead in ahead.items() if host not in hidden}


def _hidden_days(offer: Offer, window: Span, now: datetime) -> dict[UUID, list[ClosedSpan]]:
    """The days on which each host is hidden, as periods in which no new event may start."""
    closed: dict[UUID, list[ClosedSpan]] = {}
    if offer.fairness is None:
        return closed
    days = whole_days(offer.fairness.timezone, window)
    whole = Span(days[0].start, days[-1].end) if days else window
    present: list[set[UUID]] = [set() for _ in days]
    ends = [day.end for day in days]
    for host in offer.hosts:
        for stretch in stretches_of(offer, host, whole, now=now):
            index = bisect_right(ends, stretch.start)
            while index < len(days) and days[index].start < stretch.end:
                day = days[index]
                part = Stretch(stretch.anchor, max(stretch.start, day.start), min(stretch.end, day.end))
                if host.id not in present[index] and _has_start(offer, part):
                    present[index].add(host.id)
                index += 1
    for day, there in zip(days, present, strict=True):
        for host_id in offer.fairness.leads(there):
            closed.setdefault(host_id, []).append(ClosedSpan(day.start, day.end, "FAIRNESS", "pool", 0, 0))
    return closed


def _has_start(offer: Offer, stretch: Stretch) -> bool:
    """Whether a slot lies in ``stretch``. Where several hosts must meet, the common grid may include any instant."""
    if sum(offer.needed) > 1:
        return True
    return stretch.start + (stretch.anchor - stretch.start) % whole_seconds(offer.rules.increment) < stretch.end


def choose(offer: Offer, able: Sequence[AbleHost], start: int, *, ranking: Sequence[UUID]) -> list[OfferedHost] | None:
    """The hosts to meet at ``start``, those first in ``ranking`` if there is a choice; None: too few can.

    Hosts missing from ``ranking`` come last, in the order of ``able``.
    """
    increment = whole_seconds(offer.rules.increment)
    place = {host: index for index, host in enumerate(ranking)}
    ordered = sorted(able, key=lambda one: place.get(one.host.id, len(place)))
    # The latest anchor among the hosts who meet sets their common grid, so one of them must have that anchor.
    found = [
        chosen
        for anchor in {one.anchor for one in able if (start - one.anchor) % increment == 0}
        for chosen in _fill(offer, [one for one in ordered if one.anchor <= anchor], anchor)
    ]
    best = min(found, key=lambda chosen: _places(chosen, place), default=None)
    return None if best is None else [one.host for one in best]


def choose_for_held(
    offer: Offer, able: Sequence[AbleHost], held: Sequence[OfferedHost], start: int, *, ranking: Sequence[UUID]
) -> list[OfferedHost] | None:
    """The hosts of an event that is only held so far: those it is held for, if all can still meet and suffice.

    Otherwise as many of those as can, and others by ``ranking``; None: too few can.
    """
    held_able = [one for one in able if one.host in held]
    if len(held_able) == len(held) and (kept := choose(offer, held_able, start, ranking=())) is not None:
        return kept
    return choose(offer, able, start, ranking=[*[host.id for host in held], *ranking])


def replacements_for(
    offer: Offer, able: Sequence[AbleHost], chosen: Sequence[OfferedHost], host: UUID, start: int
) -> list[UUID]:
    """The hosts of the pool, ``host`` included, who can meet at ``start`` together with the others of ``chosen``."""
    increment = whole_seconds(offer.rules.increment)
    pools = {one.id: one.pool for one in chosen}
    others = [one for one in able if one.host.id in pools and one.host.id != host]
    return [
        one.host.id
        for one in able
        if one.host.pool == pools[host]
        and one not in others
        and (start - max(other.anchor for other in [*others, one])) % increment == 0
    ]


def stretches_of(
    offer: Offer, host: OfferedHost, window: Span, hidden: Sequence[ClosedSpan] = (), *, now: datetime
) -> list[Stretch]:
    """When one host can meet in ``window``. A hidden host can meet only at held events with seats to join.

    ``hidden`` are the days on which the host is hidden; with ``host.lead`` the host is hidden on all days.
    """
    is_hidden = host.lead is not None
    if host.schedule is None or (is_hidden and not any(busy.seats_left for busy in host.busy)):
        return []
    bookable = bookable_span(offer.rules, host.schedule, window, now=now)
    if bookable.start >= bookable.end:
        return []
    full = [*host.full, *offer.full, *hidden]
    if is_hidden:
        full.append(ClosedSpan(bookable.start, bookable.end, "FAIRNESS", "pool", 0, 0))
    blocked = blocked_spans(offer.rules, host.busy, full, bookable)
    return free_stretches(offer.rules, host.schedule, blocked, bookable)


def _fill(offer: Offer, ordered: Sequence[AbleHost], anchor: int) -> Iterable[list[AbleHost]]:
    """Choices from ``ordered`` that fill the pools with the first hosts, and include one with ``anchor``."""
    chosen = _first_of(offer, ordered)
    if chosen is None:
        return
    if any(one.anchor == anchor for one in chosen):
        yield chosen
        return
    for pool, needed in enumerate(offer.needed):
        sets_grid = next((one for one in ordered if one.anchor == anchor and one.host.pool == pool), None)
        if needed and sets_grid is not None:
            filled = _first_of(offer, [sets_grid, *(one for one in ordered if one is not sets_grid)])
            assert filled is not None  # the same hosts in another order were enough above
            yield filled


def _first_of(offer: Offer, ordered: Iterable[AbleHost]) -> list[AbleHost] | None:
    missing = list(offer.needed)
    chosen = []
    for one in ordered:
        pool = one.host.pool
        if pool < len(missing) and missing[pool]:
            missing[pool] -= 1
            chosen.append(one)
    return None if any(missing) else chosen


def _places(chosen: Iterable[AbleHost], place: Mapping[UUID, int]) -> list[int]:
    return sorted(place.get(one.host.id, len(place)) for one in chosen)


def _common(each: Sequence[Sequence[Stretch]]) -> list[Stretch]:
    """When all can meet, with the latest of their anchors."""
    common = list(each[0])
    for stretches in each[1:]:
        shared: list[Stretch] = []
        index = 0
        for anchor, start, end in common:
            while index < len(stretches) and stretches[index].end <= start:
                index += 1
            ahead = index
            while ahead < len(stretches) and stretches[ahead].start < end:
                other = stretches[ahead]
                shared.append(Stretch(max(anchor, other.anchor), max(start, other.start), min(end, other.end)))
                ahead += 1
        common = shared
    return common


def _sweep(
    candidates: Sequence[int], free: Sequence[tuple[OfferedHost, Sequence[Stretch]]]
) -> Iterable[tuple[int, list[AbleHost]]]:
    """Each candidate with the hosts who can meet then."""
    at = [0] * len(free)
    for start in candidates:
        able = []
        for number, (host, stretches) in enumerate(free):
            index = at[number]
            while index < len(stretches) and stretches[index].end <= start:
                index += 1
            at[number] = index
            if index < len(stretches) and stretches[index].start <= start:
                able.append(AbleHost(host, stretches[index].anchor))
        yield start, able
