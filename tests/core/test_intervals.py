from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from openslot.core.intervals import Interval, merge
from running import examples

law = settings(deadline=None, max_examples=examples(200))

MIDNIGHT = datetime(2026, 12, 7, tzinfo=UTC)


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def hours(*ends: tuple[int, int]) -> list[Interval]:
    return [Interval(at(start), at(end)) for start, end in ends]


some_intervals = st.lists(st.builds(Interval, *[st.integers(0, 30).map(at)] * 2), max_size=8)


def instants(intervals: list[Interval]) -> set[int]:
    """The hours in any of them: every interval here starts and ends on the hour."""
    return {hour for hour in range(31) for interval in intervals if interval.contains(at(hour))}


def test_an_interval_contains_its_start_and_not_its_end() -> None:
    (interval,) = hours((1, 3))
    assert [interval.contains(at(hour)) for hour in range(5)] == [False, True, True, False, False]


def test_touching_intervals_do_not_overlap() -> None:
    first, second, across = hours((1, 2), (2, 3), (1, 3))
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(across)
    assert across.overlaps(second)


def test_a_duration_is_elapsed_time() -> None:
    assert hours((1, 3))[0].duration == timedelta(hours=2)


def test_merge_joins_what_overlaps_or_touches() -> None:
    assert merge(hours((8, 9), (1, 2), (2, 4), (3, 5), (6, 9), (7, 8))) == hours((1, 5), (6, 9))


def test_merge_drops_empty_intervals() -> None:
    assert merge(hours((3, 3), (5, 4))) == []


@law
@given(some_intervals)
def test_merging_changes_no_instant(intervals: list[Interval]) -> None:
    assert instants(merge(intervals)) == instants(intervals)


@law
@given(some_intervals)
def test_merged_intervals_ascend_with_gaps_between(intervals: list[Interval]) -> None:
    merged = merge(intervals)
    assert all(interval.start < interval.end for interval in merged)
    assert all(before.end < after.start for before, after in pairwise(merged))
