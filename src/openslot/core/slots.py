"""The starts one host can offer for an event type, and what blocks the others.

What several hosts can do together is for ``offers``, saying why a start is refused for ``refusals``; both stand on the
functions here, so that what is listed, accepted and explained is one rule.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from openslot.core.availability import AvailabilitySchedule, wall_seconds, window_seconds, zone_named
from openslot.core.date_ranges import DateRange, Indefinite, days_open
from openslot.core.epoch import ceil_seconds, whole_seconds
from openslot.core.intervals import Span

_NONE = timedelta()
_SECOND = timedelta(seconds=1)
_UNKNOWN = UUID(int=0)


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


class Busy(NamedTuple):
    """What takes a host's time. All times in epoch seconds, ends excluded; one without length blocks nothing."""

    start: int
    """Buffers of its own included: those of our meetings as they were when booked."""
    end: int
    meeting_start: int = 0
    """Without buffers; what comes from another calendar has none."""
    meeting_end: int = 0
    id: UUID = _UNKNOWN
    """Of the scheduled event."""
    is_hold: bool = False
    seats_left: int | None = None
    """Set where seats are held of a group event that is not made yet, so that others may join at its start.

    0 when full, which is all that is said here of an event that is made: those that can be joined are apart.
    """

    def is_joined_at(self, start: int) -> bool:
        """Whether who books ``start`` joins this event, and makes none."""
        return bool(self.seats_left) and self.meeting_start == start and self.start < self.end


class Full(NamedTuple):
    """A period in which a limit is reached: no further event starts in it. Epoch seconds, end excluded."""

    start: int
    end: int
    code: str
    """``DAILY_MAX``, ``WEEKLY_MAX`` or ``MONTHLY_MAX``."""
    scope: str
    """Whose limit: ``event_type``, ``host`` or ``organization``."""
    maximum: int
    taken: int


class Stretch(NamedTuple):
    """A run of instants at which a meeting may start: from ``start`` until just before ``end``, in epoch seconds."""

    anchor: int
    """Slots lie whole increments after it."""
    start: int
    end: int


class OpenStretch(NamedTuple):
    """A part of the availability with one grid: starts from ``start`` until ``end``, meetings until ``closes``."""

    anchor: int
    start: int
    end: int
    closes: int


def earliest_start(rules: Rules, now: datetime) -> int:
    """The first second that notice leaves."""
    return ceil_seconds(now) + whole_seconds(rules.notice)


def span_of_days(rules: Rules, schedule: AvailabilitySchedule, now: datetime) -> tuple[int | None, int | None]:
    """The seconds between which the date range lies, in the schedule's zone; None where it is open."""
    if isinstance(rules.date_range, Indefinite):
        return None, None
    zone = zone_named(schedule.timezone)
    first_day, last_day = days_open(rules.date_range, now.astimezone(zone).date())
    return (
        wall_seconds(zone, first_day, 0) if first_day > date.min else None,
        # a day ends when the next one begins
        wall_seconds(zone, last_day + timedelta(days=1), 0) if last_day < date.max else None,
    )


def bookable_span(rules: Rules, schedule: AvailabilitySchedule, window: Span, *, now: datetime) -> Span:
    """The part of ``window`` that notice and date range leave."""
    first, last = span_of_days(rules, schedule, now)
    start = max(window.start, earliest_start(rules, now))
    return Span(start if first is None else max(start, first), window.end if last is None else min(window.end, last))


def blocked_spans(rules: Rules, busy: Sequence[Busy], full: Iterable[Full], bookable: Span) -> list[tuple[int, int]]:
    """The spans of ``bookable`` at which no meeting can start, ascending.

    Who joins an event with seats left makes no new one: neither limits nor the buffers that a new one would have stand
    against that, only what meets the event as it was booked.
    """
    first, last = bookable
    reach_back, reach_on = _reach(rules)
    earliest, latest = first - reach_on, last + reach_back
    spans = []
    joins = False
    for begins, ends, _, _, _, _, seats_left in busy:
        if begins < latest and earliest < ends and begins < ends:
            spans.append((begins - reach_back, ends + reach_on))
            joins = joins or bool(seats_left)
    points: list[int] = []
    if joins:
        joined = sorted(
            (one.meeting_start, one.start, one.end)
            for one in busy
            if one.seats_left and one.start < latest and earliest < one.end and one.start < one.end
        )
        points = [start for start, _, _ in joined]
        # One may last longer than a new event would: what meets its end keeps it from being joined as well.
        earliest = min(earliest, *(start for _, start, _ in joined))
        latest = max(latest, *(end for _, _, end in joined))
        spans = []
        for one in busy:
            if one.start < latest and earliest < one.end and one.start < one.end:
                met = _met_by(one, joined)
                apart = [point for point in points if point not in met]
                spans += _around((one.start - reach_back, one.end + reach_on), apart)
                spans += [(point, point + 1) for point in met]
    for period in full:
        if period.start < last and first < period.end:
            spans += _around((period.start, period.end), points)
    spans.sort()
    return spans


def what_blocks(rules: Rules, busy: Sequence[Busy], full: Iterable[Full], start: int) -> list[Busy | Full]:
    """Everything for which ``blocked_spans`` holds ``start``."""
    joined = [one for one in busy if one.is_joined_at(start)]

    def holds(one: Sequence[Busy], period: Sequence[Full]) -> bool:
        spans = blocked_spans(rules, [*one, *joined], period, Span(start, start + 1))
        return any(first <= start < last for first, last in spans)

    blocking: list[Busy | Full] = [one for one in busy if holds([one], ())]
    return blocking + [one for one in full if holds((), [one])]


def _met_by(busy: Busy, joined: Sequence[tuple[int, int, int]]) -> list[int]:
    """The starts of events with seats left that ``busy`` keeps from being joined; buffers are those they have.

    ``joined`` are start of the meeting, start and end with buffers.
    """
    return [
        point for point, start, end in joined if not busy.is_joined_at(point) and busy.start < end and start < busy.end
    ]


def _reach(rules: Rules) -> tuple[int, int]:
    """How many seconds before a busy time, and after it, no meeting can start: it or its buffers would meet it."""
    return whole_seconds(rules.duration + rules.buffer_after) - 1, whole_seconds(rules.buffer_before)


def _around(span: tuple[int, int], points: Collection[int]) -> list[tuple[int, int]]:
    """``span`` without ``points``."""
    start, end = span
    parts = []
    for point in sorted(points):
        if start <= point < end:
            if start < point:
                parts.append((start, point))
            start = point + 1
    if start < end:
        parts.append((start, end))
    return parts


def free_stretches(
    rules: Rules, schedule: AvailabilitySchedule, blocked: Sequence[tuple[int, int]], bookable: Span
) -> list[Stretch]:
    """Where meetings may start in ``bookable``, grid aside: ascending and apart."""
    first, last = bookable
    if first >= last:
        return []
    duration = whole_seconds(rules.duration)
    found: list[Stretch] = []
    passed, count = 0, len(blocked)  # how many of the blocked spans lie behind, of how many
    free_from = first
    # No max() and min() in here: this is the innermost loop of every listing.
    for anchor, start, end, closes in open_stretches(schedule, Span(first, last + duration)):
        cursor = start if start > free_from else free_from  # noqa: FURB136
        stop = min(end, last, closes - duration + 1)
        while passed < count:
            blocked_from, blocked_until = blocked[passed]
            if blocked_from >= stop:
                break
            if cursor < blocked_from:
                found.append(Stretch(anchor, cursor, blocked_from))
            if cursor < blocked_until:  # noqa: PLR1730 -- see above
                cursor = blocked_until
            passed += 1
        if cursor < stop:
            found.append(Stretch(anchor, cursor, stop))
        free_from = cursor
    return found


def starts_on_grid(rules: Rules, stretches: Iterable[Stretch]) -> list[int]:
    """The slots of ``stretches``, in epoch seconds."""
    increment = whole_seconds(rules.increment)
    starts: list[int] = []
    for anchor, start, end in stretches:
        starts += range(start + (anchor - start) % increment, end, increment)
    return starts


def open_stretches(schedule: AvailabilitySchedule, window: Span) -> list[OpenStretch]:
    """Share out the time of the windows that meet ``window``: where they overlap, the earlier one's grid holds."""
    stretches: list[OpenStretch] = []
    closes = follows = 0
    for anchor, start, end in reversed(list(_claims(window_seconds(schedule, window.start, window.end)))):
        closes = closes if stretches and end == follows else end
        follows = start
        stretches.append(OpenStretch(anchor, start, end, closes))
    stretches.reverse()
    return stretches


def _claims(windows: Sequence[Span]) -> Iterator[tuple[int, int, int]]:
    """Anchor, start and end of what each of the ascending ``windows`` adds to those before it."""
    claimed = windows[0].start if windows else 0
    for start, end in windows:
        if end > claimed:
            yield start, max(start, claimed), end
            claimed = end
