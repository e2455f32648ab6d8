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


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """The instants in both, merged and ascending."""
    ours, theirs = merge(left), merge(right)
    common: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start = max(ours[i].start, theirs[j].start)
        end = min(ours[i].end, theirs[j].end)
        if start < end:
            common.append(Interval(start, end))
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1
    return common


def subtract(whole: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """The instants of ``whole`` that are not in ``taken``, merged and ascending."""
    holes = merge(taken)
    left: list[Interval] = []
    passed = 0
    for start, end in merge(whole):
        cursor = start
        while passed < len(holes) and holes[passed].start < end:
            hole = holes[passed]
            if cursor < hole.start:
                left.append(Interval(cursor, hole.start))
            cursor = max(cursor, hole.end)
            if hole.end > end:
                break  # it may reach into the next one
            passed += 1
        if cursor < end:
            left.append(Interval(cursor, end))
    return left
