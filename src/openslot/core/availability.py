"""A host's hours: weekly wall-clock rules and date overrides in one zone, and the open windows that follow in UTC.

The API's form of the rules is for ``schedule_rules``; busy times, buffers and starts are for ``slots``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from openslot.core.epoch import DAY, EPOCH, MINUTE, ceil_seconds, floor_seconds, instant
from openslot.core.intervals import Interval, Span

MIDNIGHT = 24 * 60
"""In minutes; the end of a day."""
_LAST_MINUTE = MIDNIGHT - 1
_EPOCH_ORDINAL = EPOCH.toordinal()
# The first and last day whose windows stay within Python's calendar in every zone.
_FIRST_ORDINAL = date.min.toordinal() + 3
_LAST_ORDINAL = date.max.toordinal() - 3


@dataclass(frozen=True)
class WallInterval:
    """A window of a day by the wall clock, in minutes since midnight.

    A window whose end is not after its start ends on the next day: 22:00 to 02:00, or 00:00 to 00:00 for a whole day.
    An end of 23:59 means 24:00, for clients that can't enter 24:00; it is kept as written.

    Raises:
        ValueError: a minute out of range.
    """

    start_minute: int
    """0 to 1439."""
    end_minute: int
    """0 to 1440 (24:00), excluded."""

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < MIDNIGHT:
            raise ValueError("an interval starts from 00:00 to 23:59")
        if not 0 <= self.end_minute <= MIDNIGHT:
            raise ValueError("an interval ends from 00:00 to 24:00")

    @property
    def closing_minute(self) -> int:
        """The end in minutes since the midnight at which the window's day began; over 1440 on the next day."""
        end = MIDNIGHT if self.end_minute == _LAST_MINUTE else self.end_minute
        return end + MIDNIGHT if self.end_minute <= self.start_minute else end


@dataclass(frozen=True)
class Trip:
    """Days on which a host's hours are in another zone: from ``first`` to ``last``, both included."""

    first: date
    last: date | None
    """None: until further notice."""
    timezone: str

    def covers(self, day: date) -> bool:
        """Whether ``day`` is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class AvailabilitySchedule:
    """A host's hours in the IANA zone ``timezone``.

    A rule for a date beats a day off, which beats the rule for the weekday. A window belongs to the day it starts on,
    also past midnight, and is read in the zone of that day.
    """

    timezone: str
    weekly: Mapping[int, tuple[WallInterval, ...]]
    """By weekday, 0 for Monday; a missing day is closed."""
    dates: Mapping[date, tuple[WallInterval, ...]] = field(default_factory=dict)
    """Overrides; an empty one closes the day."""
    closed: Mapping[date, str] = field(default_factory=dict)
    """Public holidays and days off, with their names."""
    trips: tuple[Trip, ...] = ()
    """Where two overlap, the one that begins later counts."""

    def on(self, day: date) -> tuple[WallInterval, ...]:
        """The windows that start on ``day``."""
        override = self.dates.get(day)
        if override is not None:
            return override
        return () if day in self.closed else self.weekly.get(day.weekday(), ())

    def zone_on(self, day: date) -> str:
        """The zone in which the windows that start on ``day`` are read."""
        trips = [trip for trip in self.trips if trip.covers(day)]
        return max(trips, key=lambda trip: trip.first).timezone if trips else self.timezone

    def day_at(self, second: int) -> date:
        """The local day at ``second`` (epoch), in the zone that applies on that day.

        At the ends of a trip, an instant may lie in two days, each in its own zone: then this is the later one. It may
        also lie in none: then this is the day in the schedule's own zone.
        """
        if self.trips:
            ordinal = second // DAY + _EPOCH_ORDINAL
            for day in map(date.fromordinal, (ordinal + 1, ordinal, ordinal - 1)):
                if day_of(second, self.zone_on(day)) == day:
                    return day
        return day_of(second, self.timezone)

    def ruled_by(self, day: date) -> "Ruling":
        """The rule that decides the hours of ``day``."""
        if day in self.dates:
            return Ruling("date", None)
        if day in self.closed:
            return Ruling("holiday", self.closed[day])
        return Ruling("weekly", None)


class Ruling(NamedTuple):
    """The rule that a day's hours come from: the kind and, for a holiday, its name."""

    kind: str
    """``date`` (an override), ``holiday`` (a day off of any kind) or ``weekly``."""
    name: str | None
    """The name of the holiday; None for the other kinds."""


def windows(schedule: AvailabilitySchedule, window: Interval) -> list[Interval]:
    """The schedule's open windows that overlap ``window``, ascending, in UTC.

    They are not clipped to ``window``, since the start of each one anchors its grid of slots. They may touch or overlap
    as the rules do; ``intervals.merge`` joins them.

    When clocks go forward, a start or end in the gap is the instant of the change. When they go back, a start means the
    first of two equal times and an end the second. Windows that are empty because of a change are left out.

    Raises:
        ValueError: an unknown zone.
    """
    return [
        Interval(instant(start), instant(end))
        for start, end in window_seconds(schedule, floor_seconds(window.start), ceil_seconds(window.end))
    ]


def window_seconds(schedule: AvailabilitySchedule, first: int, last: int) -> list[Span]:
    """``windows`` in epoch seconds: those that overlap the time from ``first`` until just before ``last``.

    Raises:
        ValueError: an unknown zone.
    """
    home = zone_named(schedule.timezone)
    # No zone is a day or more away from UTC, and no window is longer than two days.
    first_ordinal = max(first // DAY + _EPOCH_ORDINAL - 2, _FIRST_ORDINAL)
    last_ordinal = min(last // DAY + _EPOCH_ORDINAL + 1, _LAST_ORDINAL)
    spans: list[Span] = []
    for ordinal in range(first_ordinal, last_ordinal + 1):
        day = date.fromordinal(ordinal)
        zone = zone_named(schedule.zone_on(day)) if schedule.trips else home
        for hours in schedule.on(day):
            span = _span(zone, ordinal, hours.start_minute, hours.closing_minute)
            if span.start < span.end and span.start < last and first < span.end:
                spans.append(span)
    return sorted(set(spans))


@lru_cache(maxsize=16_384)  # hosts of a zone share many hours; one cache entry for both ends is a third faster than two
def _span(zone: ZoneInfo, ordinal: int, start_minute: int, closing_minute: int) -> Span:
    day = date.fromordinal(ordinal)
    return Span(wall_seconds(zone, day, start_minute), wall_seconds(zone, day, closing_minute, last=True))


@lru_cache(maxsize=16_384)  # converting between wall clock and UTC is the slow part of a listing
def wall_seconds(zone: ZoneInfo, day: date, minute: int, *, last: bool = False) -> int:
    """The epoch second at which clocks in ``zone`` show ``minute`` minutes after 00:00 of ``day``.

    ``minute`` may reach into the next days. A time that occurs twice means the first of the two, or the second with
    ``last``; a skipped time means the instant of the change, the first one after the gap.
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    before = _offset_seconds(wall)
    after = _offset_seconds(wall.replace(fold=1))
    seconds = (day.toordinal() - _EPOCH_ORDINAL) * DAY + minute * MINUTE
    if before < after:
        return _change_between(zone, seconds - after, seconds - before)
    return seconds - (after if last else before)


def day_of(second: int, timezone: str) -> date:
    """The day that it is in a time zone at an epoch second."""
    return datetime.fromtimestamp(second, zone_named(timezone)).date()


def zone_named(timezone: str) -> ZoneInfo:
    """The zone with this IANA name.

    Raises:
        ValueError: there is none.
    """
    # Some systems have more names than IANA's: the machine's own zone, and two copies of the whole set.
    if timezone != "localtime" and not timezone.startswith(("posix/", "right/")):
        try:
            return ZoneInfo(timezone)
        except (KeyError, ValueError, OSError):  # OSError: a folder such as "Europe", or a name too long for a file
            pass
    raise ValueError(f"unknown time zone {timezone!r}")


def _offset_seconds(local: datetime) -> int:
    offset = local.utcoffset()
    assert offset is not None
    return offset.days * DAY + offset.seconds


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second after ``before``, up to ``after``, with another offset, by binary search."""
    offset = _offset_seconds(datetime.fromtimestamp(before, zone))
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_seconds(datetime.fromtimestamp(middle, zone)) == offset:
            before = middle
        else:
            after = middle
    return after
