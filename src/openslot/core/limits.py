"""Limits on the number of events in a day, week or month. The events are counted elsewhere (``db.meeting_limits``).

Source: rules, section 5.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from openslot.core.availability import wall_seconds, zone_named
from openslot.core.epoch import floor_seconds
from openslot.core.intervals import Span

_WEEK = 7
_DECEMBER = 12
# Periods between these stay within Python's calendar in every zone.
_FIRST = floor_seconds(datetime(1, 3, 1, tzinfo=UTC))
_LAST = floor_seconds(datetime(9999, 10, 1, tzinfo=UTC))


class Period(StrEnum):
    """The period of a limit."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Limit:
    """At most ``maximum`` events that start in one period, by the calendar of ``timezone``.

    Raises:
        ValueError: a negative maximum, or a week that starts on no weekday.
    """

    period: Period
    maximum: int
    timezone: str
    """The IANA name of the zone of the limit's owner."""
    week_start: int = 0
    """0 for Monday, as ``date.weekday()``."""

    def __post_init__(self) -> None:
        if self.maximum < 0:
            raise ValueError("maximum must not be negative")
        if not 0 <= self.week_start < _WEEK:
            raise ValueError("week_start must be 0 to 6")


def is_full(limit: Limit, count: int) -> bool:
    """Whether a period with ``count`` events has no room for another."""
    return count >= limit.maximum


def periods(limit: Limit, first: int, last: int) -> list[Span]:
    """Every whole period that overlaps the time from ``first`` until just before ``last`` (epoch seconds), ascending.

    A period ends when the next one begins, even where clocks are set back past midnight and a date occurs twice. The
    first and the last months of Python's calendar have none.

    Raises:
        ValueError: an unknown zone.
    """
    zone = zone_named(limit.timezone)
    first, last = max(first, _FIRST), min(last, _LAST)
    found: list[Span] = []
    if first >= last:
        return found
    day = _first_day(limit, day_of(zone, first))
    while True:
        following = _next(limit, day)
        span = Span(wall_seconds(zone, day, 0), wall_seconds(zone, following, 0))
        if span.start >= last:
            return found
        if span.start < span.end and first < span.end:
            found.append(span)
        day = following


def day_of(zone: ZoneInfo, second: int) -> date:
    return datetime.fromtimestamp(second, zone).date()


def _first_day(limit: Limit, day: date) -> date:
    match limit.period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=(day.weekday() - limit.week_start) % _WEEK)
        case Period.MONTH:
            return day.replace(day=1)


def _next(limit: Limit, day: date) -> date:
    match limit.period:
        case Period.DAY:
            return day + timedelta(days=1)
        case Period.WEEK:
            return day + timedelta(days=_WEEK)
        case Period.MONTH:
            return date(day.year + day.month // _DECEMBER, day.month % _DECEMBER + 1, 1)
