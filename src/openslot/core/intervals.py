"""Half-open intervals of time, and operations on sets of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


class Interval(NamedTuple):
    """All instants from ``start`` until just before ``end``; empty unless ``start`` is before ``end``.

    Both ends in UTC: Python compares two times of one zone by their wall clocks, which repeat when summer time ends.
    """

    start: datetime
    """Aware, UTC, included."""
    end: datetime
    """Aware, UTC, excluded."""

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two (neither empty) share an instant; touching ones do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        """Whether ``instant`` lies in the interval, whose end is excluded."""
        return self.start <= instant < self.end

    @property
    def duration(self) -> timedelta:
        """Elapsed time from start to end."""
        return self.end - self.start


class Span(NamedTuple):
    """An interval in epoch seconds, end excluded."""

    start: int
    end: int


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in the fewest intervals, ascending.

    Overlapping and touching ones are joined, empty ones dropped.
    """
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if interval.start >= interval.end:
            continue
        if merged and interval.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged
