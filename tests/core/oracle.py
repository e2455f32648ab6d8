"""What an offer should be, worked out the slow and obvious way: minute by minute, host by host, set by set.

Shares nothing with the engine but its data types. A minute is its number since 1970, in UTC or as a clock on a wall
shows it. Source: rules, sections 1 to 8 and 10.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from openslot.core.availability import AvailabilitySchedule
from openslot.core.date_ranges import Fixed, Rolling
from openslot.core.offers import Offer, OfferedHost, Planned
from openslot.core.slots import BusyTime, Rules

DAY = timedelta(days=1)
DAY_MINUTES = 1440
MINUTE = timedelta(minutes=1)


def offered(offer: Offer, first: datetime, last: datetime, *, now: datetime) -> list[datetime]:
    """The starts from ``first`` until just before ``last``, both whole minutes in UTC."""
    return list(each_offered(offer, first, last, now=now))


def each_offered(offer: Offer, first: datetime, last: datetime, *, now: datetime) -> Iterator[datetime]:
    """The same one by one, for who needs to know of the first alone."""
    grids = [anchors(host, first, last) for host in offer.hosts]
    for start in range(minute_of(first), minute_of(last)):
        able = [
            (host, grid[start])
            for host, grid in zip(offer.hosts, grids, strict=True)
            if start in grid and can_meet(offer, host, start, grid, now=now)
        ]
        if staffed(offer, able, start):
            yield at(start * 60)


def joinable(offer: Offer, first: datetime, last: datetime, *, now: datetime) -> list[Planned]:
    """The planned events with seats from ``first`` until just before ``last``, while there is time to sign up."""
    return [
        one
        for one in offer.planned
        if one.seats_left > 0
        and first <= at(one.start) < last
        and any(
            at(one.start) >= now + notice
            for notice in [offer.rules.notice, *([] if one.notice is None else [timedelta(seconds=one.notice)])]
        )
    ]


def hidden_on(offer: Offer, day: date, *, now: datetime) -> set[UUID]:
    """Who is too far ahead of those who have time on a day: a slot for a new event, were nobody hidden."""
    assert offer.fairness is not None
    first, last = bounds(offer.fairness.timezone, day)
    there = [
        host.id
        for host in offer.hosts
        if next(each_offered(replace(offer, hosts=[host], fairness=None), first, last, now=now), None)
    ]
    members = [one for one in offer.fairness.standings if one.host in there]
    if len({one.weight for one in members}) > 1:
        raise NotImplementedError("what being ahead is with different weights is for tests/core/test_pooling.py")
    least = min((one.count for one in members), default=0)
    return {one.host for one in members if one.count - least >= offer.fairness.threshold}


def bounds(zone: str, day: date) -> tuple[datetime, datetime]:
    """The first instant of a day in a zone, and of the next, by reading the clock."""
    clock, midnight = wall_clock(zone, day), minute_of(day)
    first = next(minute for minute, shown in clock if shown >= midnight)
    return at(first * 60), at(next(minute for minute, shown in clock if shown >= midnight + DAY_MINUTES) * 60)


def staffed(offer: Offer, able: Sequence[tuple[OfferedHost, int]], start: int) -> bool:
    """Whether some hosts, so many of each pool, have ``start`` on the latest of their grids."""
    pools = []
    for pool, needed in enumerate(offer.needed):
        members = [one for one in able if one[0].pool == pool]
        pools.append(list(itertools.combinations(members, needed)))
    for choice in itertools.product(*pools):
        chosen = [one for group in choice for one in group]
        if chosen:
            latest = max(anchor for _, anchor in chosen)
            if (start - latest) * MINUTE % offer.rules.increment == timedelta():
                return True
    return False


def can_meet(offer: Offer, host: OfferedHost, start: int, grid: dict[int, int], *, now: datetime) -> bool:
    """Whether one host could meet at the minute ``start``, the others and the grid aside."""
    rules, schedule = offer.rules, host.schedule
    if schedule is None or at(start * 60) < now + rules.notice:
        return False
    if not in_range(rules, schedule, start, now):
        return False
    if not all(minute in grid for minute in range(start, start + rules.duration // MINUTE)):
        return False
    joined = [busy for busy in host.busy if joins(busy, start)]
    others = [busy for busy in host.busy if busy not in joined and busy.start < busy.end]
    if joined:  # as it was booked: what would stand against a new event does not matter
        return not any(other.start < one.end and one.start < other.end for one in joined for other in others)
    begins = start * 60 - rules.buffer_before.total_seconds()
    ends = start * 60 + (rules.duration + rules.buffer_after).total_seconds()
    if host.lead is not None or any(busy.start < ends and begins < busy.end for busy in others):
        return False
    return not any(full.start <= start * 60 < full.end for full in [*host.full, *offer.full])


def seats(offer: Offer, start: datetime, *, now: datetime) -> int:
    """How many invitees a start that is offered takes: those whom the first host's event there has seats left for."""
    minute = minute_of(start)
    for host in offer.hosts:
        grid = anchors(host, start, start)
        if minute in grid and can_meet(offer, host, minute, grid, now=now):
            for busy in host.busy:
                if joins(busy, minute):
                    return busy.seats_left or 0
    return offer.seats


def joins(busy: BusyTime, start: int) -> bool:
    """Whether it is an event that who books the minute ``start`` joins."""
    return bool(busy.seats_left) and busy.meeting_start == start * 60 and busy.start < busy.end


def anchors(host: OfferedHost, first: datetime, last: datetime) -> dict[int, int]:
    """Every open minute of a host, with the start of the window whose grid holds there: the earliest that is open."""
    found: dict[int, int] = {}
    if host.schedule is None:
        return found
    day = first.date() - 3 * DAY
    while day <= last.date() + DAY:
        for start, end in windows_of(host.schedule, day):
            for minute in range(start, end):
                found[minute] = min(found.get(minute, start), start)
        day += DAY
    return found


def windows_of(schedule: AvailabilitySchedule, day: date) -> Iterable[tuple[int, int]]:
    """The windows that start on ``day``, by reading the clock minute by minute."""
    if day in schedule.dates:
        intervals = schedule.dates[day]
    elif day in schedule.closed:
        intervals = ()
    else:
        intervals = schedule.weekly.get(day.weekday(), ())
    zone = schedule.timezone
    begun = None
    for trip in schedule.trips:
        if trip.first <= day and (trip.last is None or day <= trip.last) and (begun is None or trip.first > begun):
            zone, begun = trip.timezone, trip.first
    for interval in intervals:
        opens = minute_of(day) + interval.start_minute
        closes = minute_of(day) + (DAY_MINUTES if interval.end_minute == DAY_MINUTES - 1 else interval.end_minute)
        if interval.end_minute <= interval.start_minute:
            closes += DAY_MINUTES
        clock = wall_clock(zone, day)
        shown_first = minutes_showing(zone, day).get(opens, [])
        shown_last = minutes_showing(zone, day).get(closes, [])
        start = shown_first[0] if shown_first else next(minute for minute, shown in clock if shown > opens)
        end = shown_last[-1] if shown_last else next(minute for minute, shown in clock if shown > closes)
        if start < end:
            yield start, end


@lru_cache(maxsize=1024)
def minutes_showing(zone: str, day: date) -> dict[int, list[int]]:
    """The minutes, mostly one, at which the clock shows a time."""
    found: dict[int, list[int]] = {}
    for minute, shown in wall_clock(zone, day):
        found.setdefault(shown, []).append(minute)
    return found


@lru_cache(maxsize=1024)
def wall_clock(zone: str, day: date) -> list[tuple[int, int]]:
    """Minutes from a day before ``day`` until three days after, each with what a clock in ``zone`` shows then."""
    first = minute_of(day) // DAY_MINUTES - 1
    shown = [one for number in range(first, first + 5) for one in shown_on(zone, number)]
    return list(enumerate(shown, first * DAY_MINUTES))


def shown_at(zone: str, minute: int) -> int:
    """What a clock in ``zone`` shows at a minute."""
    return shown_on(zone, minute // DAY_MINUTES)[minute % DAY_MINUTES]


@lru_cache(maxsize=1024)
def shown_on(zone: str, number: int) -> list[int]:
    """What a clock in ``zone`` shows at each minute of the day of that number since 1970 in UTC."""
    there = ZoneInfo(zone)
    minutes = [at((number * DAY_MINUTES + minute) * 60) for minute in range(DAY_MINUTES)]
    return [minute_of(minute.astimezone(there).replace(tzinfo=UTC)) for minute in minutes]


def in_range(rules: Rules, schedule: AvailabilitySchedule, start: int, now: datetime) -> bool:
    """Whether the day of the minute ``start``, in the schedule's own zone, can be booked."""
    today, day = [at(shown_at(schedule.timezone, minute) * 60).date() for minute in (minute_of(now), start)]
    match rules.date_range:
        case Fixed(first, last):
            return first <= day <= last
        case Rolling(days, False):
            return day <= today + days * DAY
        case Rolling(days, True):
            until = today
            while days:
                until += DAY
                days -= until.weekday() < 5
            return day <= until
        case _:
            return True


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def minute_of(moment: date) -> int:
    """The minute that an instant lies in, or a day begins with."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return int(moment.timestamp()) // 60
