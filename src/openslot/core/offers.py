"""What several hosts offer together: from what is known of each to the starts of an event type.

One rule covers all kinds: an event needs so many hosts of each pool. A personal event type or a round robin needs one,
a collective all of its one pool, a multi_pool n of m of each. Hosts meet at the latest of their grids' anchors.
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
    Busy,
    Full,
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
    """A host of an event type with all that decides when he or she can meet."""

    id: UUID
    schedule: AvailabilitySchedule | None
    """None: never available."""
    busy: Sequence[Busy] = ()
    full: Sequence[Full] = ()
    """The host's own limits, where they are reached."""
    pool: int = 0
    lead: float | None = None
    """Set while the host is hidden, on every day, for being so many meetings ahead in the round robin."""


@dataclass(frozen=True)
class Fairness:
    """Who is hidden for being too many meetings ahead, day by day.

    On each day a host is compared with those alone who have time that day: who is away, without hours or over a limit
    holds nobody back, and where somebody has time there always are times (ADR 0021). The day is one for all, and does
    not depend on what is asked for, so that what is listed is what can be booked.
    """

    standings: Sequence[Standing]
    threshold: int
    timezone: str
    """Whose days."""

    def leads(self, present: Collection[UUID]) -> dict[UUID, float]:
        """The hosts who are hidden where ``present`` have time, with their lead."""
        standings = [one for one in self.standings if one.host in present]
        found = pooling.hidden(standings, mode=Mode.EQUAL_DISTRIBUTION, threshold=self.threshold)
        return {host: float(lead) for host, lead in found.items()}


class Planned(NamedTuple):
    """A group event that is made. It takes place as it was planned, whatever the event type says by now (ADR 0020)."""

    id: UUID
    start: int
    """Epoch seconds, as ``end``."""
    end: int
    seats_left: int
    """Those held by others are taken; 0 or less when full."""
    notice: int | None = None
    """Seconds that were asked when it was planned; None: as many as are asked now."""
    hosts: tuple[UUID, ...] = ()
    """They need not serve the event type any more."""

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return (self.end - self.start) // MINUTE


@dataclass(frozen=True)
class Offer:
    """An event type in the core's terms, with its hosts."""

    rules: Rules
    hosts: Sequence[OfferedHost]
    needed: Sequence[int] = (1,)
    """How many hosts of each pool, by its number."""
    full: Sequence[Full] = ()
    """Limits of event type and organization, where they are reached."""
    seats: int = 1
    planned: Sequence[Planned] = ()
    """Its events that are made, where it is a group event type; of those at one start the first is joined."""
    threshold: int | None = None
    """The lead at which hosts are hidden; only said, not applied here."""
    fairness: Fairness | None = None
    """Where some host may be hidden. All that takes hosts' time on the days asked about has to be at hand then."""
    pools: Mapping[int, int] = field(init=False)
    """How many hosts each pool has."""

    def __post_init__(self) -> None:
        sizes: dict[int, int] = {}
        for host in self.hosts:
            sizes[host.pool] = sizes.get(host.pool, 0) + 1
        object.__setattr__(self, "pools", sizes)


class Able(NamedTuple):
    """A host who can meet at a start, if the others' grids allow it."""

    host: OfferedHost
    anchor: int
    """Of the host's own grid, in epoch seconds."""


def starts(offer: Offer, window: Span, *, now: datetime) -> list[int]:
    """The starts that invitees may take in ``window``, ascending, in epoch seconds."""
    found = _starts(offer, _free(offer, window, now))
    there = {one.start for one in joinable(offer, window, now=now)}
    return sorted(there.union(found)) if there else found


def starts_with_seats(offer: Offer, window: Span, *, now: datetime) -> list[tuple[int, int]]:
    """The same with how many invitees may take each: of the event that a booking joins, or of a new one."""
    free = _free(offer, window, now)
    left: dict[int, int] = {}
    for host, stretches in reversed(free):  # the first host has the last word, as in ``joined_at``
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
    """The planned events in ``window`` that somebody may still join, in the order of ``offer``.

    Hours, grid, date range, limits and the hosts of today decide about new events, not about these. Notice is a term
    for signing up, so it holds: the kinder of what was asked when the event was planned and what is asked now.
    """
    asked = earliest_start(offer.rules, now)
    earliest = asked - whole_seconds(offer.rules.notice)
    return [
        one
        for one in offer.planned
        if one.seats_left > 0
        and window.start <= one.start < window.end
        and (one.start >= asked or (one.notice is not None and one.start >= earliest + one.notice))
    ]


def planned_at(offer: Offer, start: int, *, rather: UUID | None = None, now: datetime) -> Planned | None:
    """The planned event that a booking at ``start`` joins: the first, or ``rather`` one."""
    found = joinable(offer, Span(start, start + 1), now=now)
    return next((one for one in found if one.id == rather), found[0] if found else None)


def joined_at(able: Sequence[Able], start: int, *, rather: UUID | None = None) -> Busy | None:
    """The event with seats left, of those that are only held, that a booking at ``start`` joins; None: it makes one.

    That of the first host who can, or ``rather`` one, of which the invitee holds a seat.
    """
    found = [busy for one in able for busy in one.host.busy if busy.is_joined_at(start)]
    return next((busy for busy in found if busy.id == rather), found[0] if found else None)


def _free(offer: Offer, window: Span, now: datetime) -> list[tuple[OfferedHost, list[Stretch]]]:
    """When each host can meet; nobody where there are too few."""
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


def able_hosts(offer: Offer, start: int, *, now: datetime) -> list[Able]:
    """The hosts who can meet at ``start`` (epoch seconds), in the order of ``offer``."""
    moment = Span(start, start + 1)
    closed = _hidden_days(offer, moment, now)
    return [
        Able(host, stretch.anchor)
        for host in offer.hosts
        for stretch in stretches_of(offer, host, moment, closed.get(host.id, ()), now=now)
    ]


def whole_days(timezone: str, window: Span) -> list[Span]:
    """The days of a zone, from midnight to midnight, that ``window`` meets."""
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
    """The hosts who are hidden at ``start``, with their lead."""
    if offer.fairness is None:
        return {host.id: host.lead for host in offer.hosts if host.lead is not None}
    (day,) = whole_days(offer.fairness.timezone, Span(start, start + 1))
    return offer.fairness.leads(present_on(offer, day, now=now))


def set_aside_at(offer: Offer, start: int, *, now: datetime) -> dict[UUID, float]:
    """The hosts who are ahead by the threshold and not hidden at ``start``, with their lead over all the others.

    Those others have no time on that day.
    """
    if offer.fairness is None:
        return {}
    hidden = leads_at(offer, start, now=now)
    ahead = offer.fairness.leads({one.host for one in offer.fairness.standings})
    return {host: lead for host, lead in ahead.items() if host not in hidden}


def _hidden_days(offer: Offer, window: Span, now: datetime) -> dict[UUID, list[Full]]:
    """The days on which each host is hidden, as what no new event may begin in."""
    closed: dict[UUID, list[Full]] = {}
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
            closed.setdefault(host_id, []).append(Full(day.start, day.end, "FAIRNESS", "pool", 0, 0))
    return closed


def _has_start(offer: Offer, stretch: Stretch) -> bool:
    """Whether a slot lies in it; where several have to meet the grid is that of them all, so any instant may be one."""
    if sum(offer.needed) > 1:
        return True
    return stretch.start + (stretch.anchor - stretch.start) % whole_seconds(offer.rules.increment) < stretch.end


def choose(offer: Offer, able: Sequence[Able], start: int, *, ranking: Sequence[UUID]) -> list[OfferedHost] | None:
    """Who is to meet at ``start``, the first of ``ranking`` wherever there is a choice; None: it can't be staffed.

    Hosts left out of ``ranking`` come last, in the order of ``able``.
    """
    increment = whole_seconds(offer.rules.increment)
    place = {host: index for index, host in enumerate(ranking)}
    ordered = sorted(able, key=lambda one: place.get(one.host.id, len(place)))
    # The latest anchor among those who meet is their grid, so one of them must have it.
    found = [
        chosen
        for anchor in {one.anchor for one in able if (start - one.anchor) % increment == 0}
        for chosen in _fill(offer, [one for one in ordered if one.anchor <= anchor], anchor)
    ]
    best = min(found, key=lambda chosen: _places(chosen, place), default=None)
    return None if best is None else [one.host for one in best]


def free_in_place_of(
    offer: Offer, able: Sequence[Able], chosen: Sequence[OfferedHost], host: UUID, start: int
) -> list[UUID]:
    """Among whom ``host`` was chosen: who of the pool could meet at ``start`` with the others of ``chosen``."""
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
    offer: Offer, host: OfferedHost, window: Span, hidden: Sequence[Full] = (), *, now: datetime
) -> list[Stretch]:
    """When one host can meet in ``window``; one who is hidden only where seats are held that others may join.

    ``hidden`` are the days on which the host is, besides ``host.lead``.
    """
    is_hidden = host.lead is not None
    if host.schedule is None or (is_hidden and not any(busy.seats_left for busy in host.busy)):
        return []
    bookable = bookable_span(offer.rules, host.schedule, window, now=now)
    if bookable.start >= bookable.end:
        return []
    full = [*host.full, *offer.full, *hidden]
    if is_hidden:
        full.append(Full(bookable.start, bookable.end, "FAIRNESS", "pool", 0, 0))
    blocked = blocked_spans(offer.rules, host.busy, full, bookable)
    return free_stretches(offer.rules, host.schedule, blocked, bookable)


def _fill(offer: Offer, ordered: Sequence[Able], anchor: int) -> Iterable[list[Able]]:
    """The first of ``ordered`` as their pools need them, at least one with ``anchor``: one of each pool may set it."""
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
            assert filled is not None  # there were enough before
            yield filled


def _first_of(offer: Offer, ordered: Iterable[Able]) -> list[Able] | None:
    missing = list(offer.needed)
    chosen = []
    for one in ordered:
        pool = one.host.pool
        if pool < len(missing) and missing[pool]:
            missing[pool] -= 1
            chosen.append(one)
    return None if any(missing) else chosen


def _places(chosen: Iterable[Able], place: Mapping[UUID, int]) -> list[int]:
    return sorted(place.get(one.host.id, len(place)) for one in chosen)


def _common(each: Sequence[Sequence[Stretch]]) -> list[Stretch]:
    """Where all can meet, on the latest of their grids."""
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
) -> Iterable[tuple[int, list[Able]]]:
    """Each candidate with who can meet there."""
    at = [0] * len(free)
    for start in candidates:
        able = []
        for number, (host, stretches) in enumerate(free):
            index = at[number]
            while index < len(stretches) and stretches[index].end <= start:
                index += 1
            at[number] = index
            if index < len(stretches) and stretches[index].start <= start:
                able.append(Able(host, stretches[index].anchor))
        yield start, able
