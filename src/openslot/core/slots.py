"""The starts one host can offer for an event type: the function that lists them is the one that checks a booking.

What hosts can do together, seats, limits and holds are for others: they turn their facts into busy intervals, or
choose among the starts found here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from openslot.core.availability import AvailabilitySchedule, Span, wall_seconds, window_seconds, zone_named
from openslot.core.date_ranges import DateRange, Indefinite, days_open
from openslot.core.epoch import EPOCH, ceil_seconds, floor_seconds, instant, whole_seconds
from openslot.core.intervals import Interval

_NONE = timedelta()
_SECOND = timedelta(seconds=1)
_LAST_BUT_ONE = datetime.max.replace(tzinfo=UTC) - datetime.resolution


@dataclass(frozen=True)
class Rules:
    """What an event type asks of a start. All spans are elapsed time in whole seconds.

    Raises:
        ValueError: a duration or increment that is not positive, another span below zero, or a fraction of a second.
    """

    duration: timedelta
    increment: timedelta
    """From one start to the next on the grid."""
    buffer_before: timedelta = _NONE
    """Kept free of busy time, not of closing time."""
    buffer_after: timedelta = _NONE
    notice: timedelta = _NONE
    """From now to the earliest start, included."""
    date_range: DateRange = field(default_factory=Indefinite)

    def __post_init__(self) -> None:
        for name in ("duration", "increment"):
            if getattr(self, name) <= _NONE:
                raise ValueError(f"{name} must be positive")
        for name in ("buffer_before", "buffer_after", "notice"):
            if getattr(self, name) < _NONE:
                raise ValueError(f"{name} must not be negative")
        for name in ("duration", "increment", "buffer_before", "buffer_after", "notice"):
            if getattr(self, name) % _SECOND:
                raise ValueError(f"{name} must be whole seconds")


def free_slots(
    rules: Rules, schedule: AvailabilitySchedule, busy: Sequence[Interval], window: Interval, *, now: datetime
) -> list[datetime]:
    """The starts an invitee may take from ``window.start`` until just before ``window.end``, ascending, in UTC.

    ``busy`` may be in any order and overlap; an interval without length blocks nothing. Meetings of our own come
    widened by their own buffers, events of other calendars as they are; the buffers of ``rules`` are added here.

    Starts lie on a grid from the start of each availability window, so they do not depend on what is asked for. A
    meeting lies in one window from start to end, buffers may reach beyond. Windows that touch or overlap are one for
    what fits into them; each has its own grid, and where two are open the earlier one's holds.

    Raises:
        ValueError: the schedule's zone is unknown.
        TypeError: a naive time.
    """
    first, last = _bookable(rules, schedule, window, now)
    if first >= last:
        return []
    duration, increment = whole_seconds(rules.duration), whole_seconds(rules.increment)
    blocked = _blocked_starts(rules, busy, Span(first, last))
    starts: list[int] = []
    passed = 0  # how many of the blocked spans lie behind
    free_from = first
    for anchor, start, end, closes in _stretches(window_seconds(schedule, first, last + duration)):
        cursor = _on_grid(max(start, free_from), anchor, increment)
        stop = min(end, last, closes - duration + 1)
        while passed < len(blocked) and blocked[passed][0] < stop:
            blocked_from, blocked_until = blocked[passed]
            starts.extend(range(cursor, blocked_from, increment))
            free_from = max(free_from, blocked_until)
            cursor = max(cursor, _on_grid(free_from, anchor, increment))
            passed += 1
        starts.extend(range(cursor, stop, increment))
    return [instant(start) for start in starts]


def is_free(
    rules: Rules, schedule: AvailabilitySchedule, busy: Sequence[Interval], start: datetime, *, now: datetime
) -> bool:
    """Whether ``free_slots`` lists ``start`` (aware)."""
    utc = EPOCH + (start - EPOCH)
    just_after = min(utc, _LAST_BUT_ONE) + datetime.resolution
    return bool(free_slots(rules, schedule, busy, Interval(utc, just_after), now=now))


def _bookable(rules: Rules, schedule: AvailabilitySchedule, window: Interval, now: datetime) -> Span:
    """The seconds of ``window`` that notice and date range leave."""
    first = max(ceil_seconds(window.start), ceil_seconds(now) + whole_seconds(rules.notice))
    last = ceil_seconds(window.end)
    if isinstance(rules.date_range, Indefinite):
        return Span(first, last)
    zone = zone_named(schedule.timezone)
    first_day, last_day = days_open(rules.date_range, now.astimezone(zone).date())
    if first_day > date.min:
        first = max(first, wall_seconds(zone, first_day, 0))
    if last_day < date.max:  # a day ends when the next one begins
        last = min(last, wall_seconds(zone, last_day + timedelta(days=1), 0))
    return Span(first, last)


def _blocked_starts(rules: Rules, busy: Sequence[Interval], bookable: Span) -> list[tuple[int, int]]:
    """The spans of ``bookable`` at which no meeting can start, because it or its buffers would meet a busy interval."""
    reach_back = whole_seconds(rules.duration + rules.buffer_after) - 1
    reach_on = whole_seconds(rules.buffer_before)
    spans = [(floor_seconds(start) - reach_back, ceil_seconds(end) + reach_on) for start, end in busy if start < end]
    first, last = bookable
    return sorted(span for span in spans if span[0] < last and first < span[1])


class _Stretch(NamedTuple):
    """A part of the availability with one grid: starts from ``start`` until ``end``, meetings until ``closes``."""

    anchor: int
    start: int
    end: int
    closes: int


def _stretches(windows: Sequence[Span]) -> list[_Stretch]:
    """Share out the time of ascending ``windows``: where they overlap, the earlier one's grid holds."""
    stretches: list[_Stretch] = []
    closes = follows = 0
    for anchor, start, end in reversed(list(_claims(windows))):
        closes = closes if stretches and end == follows else end
        follows = start
        stretches.append(_Stretch(anchor, start, end, closes))
    stretches.reverse()
    return stretches


def _claims(windows: Sequence[Span]) -> Iterator[tuple[int, int, int]]:
    """Anchor, start and end of what each of the ascending ``windows`` adds to those before it."""
    claimed = windows[0].start if windows else 0
    for start, end in windows:
        if end > claimed:
            yield start, max(start, claimed), end
            claimed = end


def _on_grid(second: int, anchor: int, increment: int) -> int:
    """The first point of the grid at or after ``second``."""
    return second + (anchor - second) % increment
