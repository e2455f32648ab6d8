"""The starts that one host can offer for an event type, and what blocks other starts.

``offers`` combines several hosts, and ``refusals`` explains why a start is refused. Both use the functions here, so
that the same rules list, accept and explain.
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
    """The rules of an event type for its starts. All durations are elapsed time in whole seconds.

    Raises:
        ValueError: a duration or increment that is not positive, another value below zero, or a fraction of a second.
    """

    duration: timedelta
    increment: timedelta
    """The distance between starts on the grid."""
    buffer_before: timedelta = _NONE
    """Buffers must be free of busy time, but may lie outside the hours."""
    buffer_after: timedelta = _NONE
    notice: timedelta = _NONE
    """The time from now to the earliest start, which is included."""
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


class BusyTime(NamedTuple):
    """A time at which a host can't meet. Epoch seconds, ends excluded; an empty one blocks nothing."""

    start: int
    """Its own buffers included: those of our meetings as they were at booking."""
    end: int
    meeting_start: int = 0
    """Without buffers. Busy times from other calendars have none, and leave both fields at 0."""
    meeting_end: int = 0
    id: UUID = _UNKNOWN
    """Of the scheduled event."""
    is_hold: bool = False
    seats_left: int | None = None
    """Set for a held group event that is not scheduled yet, so that others may join at its start; 0 when it is full.

    For scheduled events it is 0 when full, else None: those to join are in ``offers.Offer.planned``.
    """

    def is_joined_at(self, start: int) -> bool:
        """Whether a booking at ``start`` joins this held event instead of making a new one."""
        return bool(self.seats_left) and self.meeting_start == start and self.start < self.end


class ClosedSpan(NamedTuple):
    """A period in which no further event may start, and why. Epoch seconds, end excluded."""

    start: int
    end: int
    code: str
    """Which limit is reached: ``DAILY_MAX``, ``WEEKLY_MAX`` or ``MONTHLY_MAX``; ``FAIRNESS``: the host is hidden."""
    scope: str
    """Whose limit: ``event_type``, ``host`` or ``organization``; ``pool`` for ``FAIRNESS``."""
    maximum: int
    taken: int


class Stretch(NamedTuple):
    """A range of instants at which a meeting may start: from ``start`` until just before ``end``, in epoch seconds."""

    anchor: int
    """Slots lie a multiple of the increment after it."""
    start: int
    end: int


class OpenStretch(NamedTuple):
    """A part of the open hours with one grid. Starts: from ``start`` until ``end``; meetings end by ``closes``."""

    anchor: int
    start: int
    end: int
    closes: int


def earliest_start(rules: Rules, now: datetime) -> int:
    """The first second that notice allows."""
    return ceil_seconds(now) + whole_seconds(rules.notice)


def span_of_days(rules: Rules, schedule: AvailabilitySchedule, now: datetime) -> tuple[int | None, int | None]:
    """The first second and the end of the date range, in the schedule's zone; None where it is open."""
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
    """The part of ``window`` that notice and date range allow."""
    first, last = span_of_days(rules, schedule, now)
    start = max(window.start, earliest_start(rules, now))
    return Span(start if first is None else max(start, first), window.end if last is None else min(window.end, last))


def blocked_spans(
    rules: Rules, busy: Sequence[BusyTime], full: Iterable[ClosedSpan], bookable: Span
) -> list[tuple[int, int]]:
    """The spans of ``bookable`` in which no meeting can start, ascending.

    A booking that joins a held event with seats left makes no new event: limits and the buffers of a new event do not
    apply then. Only busy times that overlap the held event, with its own buffers, block such a start.
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
        # A held event may last longer than a new one would, and a busy time at its end blocks joining it as well.
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


def what_blocks(
    rules: Rules, busy: Sequence[BusyTime], full: Iterable[ClosedSpan], start: int
) -> list[BusyTime | ClosedSpan]:
    """Every busy time and full period because of which ``blocked_spans`` includes ``start``."""
    joined = [one for one in busy if one.is_joined_at(start)]

    def holds(one: Sequence[BusyTime], period: Sequence[ClosedSpan]) -> bool:
        spans = blocked_spans(rules, [*one, *joined], period, Span(start, start + 1))
        return any(first <= start < last for first, last in spans)

    blocking: list[BusyTime | ClosedSpan] = [one for one in busy if holds([one], ())]
    return blocking + [one for one in full if holds((), [one])]


def _met_by(busy: BusyTime, joined: Sequence[tuple[int, int, int]]) -> list[int]:
    """The starts of held events that ``busy`` overlaps, so that they can't be joined.

    ``joined`` are the events as start without buffers, then start and end with buffers.
    """
    return [
        point for point, start, end in joined if not busy.is_joined_at(point) and busy.start < end and start < busy.end
    ]


def _reach(rules: Rules) -> tuple[int, int]:
    """For how many seconds before and after a busy time no meeting can start, since it or its buffers would overlap."""
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
    """The stretches of ``bookable`` in which meetings may start, apart from the grid; ascending and disjoint."""
    first, last = bookable
    if first >= last:
        return []
    duration = whole_seconds(rules.duration)
    found: list[Stretch] = []
    passed, count = 0, len(blocked)  # blocked spans that lie behind, and all of them
    free_from = first
    # Comparisons instead of max() and min(), whose calls are slow: this is the innermost loop of every listing.
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
    """The open windows that meet ``window`` as disjoint parts: in an overlap, the grid of the earlier one counts."""
    stretches: list[OpenStretch] = []
    closes = follows = 0
    for anchor, start, end in reversed(list(_claims(window_seconds(schedule, window.start, window.end)))):
        closes = closes if stretches and end == follows else end
        follows = start
        stretches.append(OpenStretch(anchor, start, end, closes))
    stretches.reverse()
    return stretches


def _claims(windows: Sequence[Span]) -> Iterator[tuple[int, int, int]]:
    """Anchor, start and end of the part that each of the ascending ``windows`` adds to the ones before it."""
    claimed = windows[0].start if windows else 0
    for start, end in windows:
        if end > claimed:
            yield start, max(start, claimed), end
            claimed = end
