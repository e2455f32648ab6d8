"""How often something may happen. Source: ADR 0030, 0036; behaviours, section 5."""

from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.rates import Counts, OwnCounts, Refill, Rule, Taken, Use, Window, give_back, take

START = datetime(2027, 1, 4, 8, tzinfo=UTC)
RULES = [Window, Refill]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Limit:
    """One rule, and what is stored of its keys."""

    def __init__(self, *rules: Rule, counts: Counts | None = None) -> None:
        self.rules = rules
        self.counts = OwnCounts() if counts is None else counts

    def uses(self, key: str) -> list[Use]:
        return [Use(rule, self.counts.key(str(number), key)) for number, rule in enumerate(self.rules)]

    def take(self, key: str, seconds: float = 0) -> float:
        return self.shown(key, seconds).wait_seconds

    def shown(self, key: str, seconds: float = 0) -> Taken:
        return take(self.counts, self.uses(key), after(seconds))

    def give_back(self, key: str, seconds: float = 0) -> None:
        give_back(self.counts, self.uses(key), after(seconds))


def test_a_burst_passes_at_once_and_the_next_gets_the_time_to_wait() -> None:
    limit = Limit(Refill(3, 60))

    assert [limit.take("a") for _ in range(5)] == [0, 0, 0, 20, 20]
    assert limit.take("a", 19) == 1
    assert [limit.take("a", 20) for _ in range(2)] == [0, 20]
    assert limit.take("b") == 0


def test_a_window_begins_with_the_first_use_and_ends_for_all_at_once() -> None:
    limit = Limit(Window(3, 60))

    assert [limit.take("a", seconds) for seconds in (0, 50, 59, 59, 59.5)] == [0, 0, 0, 1, 0.5]
    assert [limit.take("a", 60) for _ in range(4)] == [0, 0, 0, 60]
    assert limit.take("b", 60) == 0


@pytest.mark.parametrize("rule", RULES)
def test_who_waits_has_all_of_them_again(rule: type[Window | Refill]) -> None:
    limit = Limit(rule(3, 60))
    for _ in range(4):
        limit.take("a")

    assert [limit.take("a", 60) > 0 for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize("rule", RULES)
def test_what_led_to_nothing_is_given_back(rule: type[Window | Refill]) -> None:
    limit = Limit(rule(1, 60))
    limit.take("a")
    limit.give_back("a")

    assert [limit.take("a"), limit.take("a")] == [0, 60]
    limit.give_back("b")
    assert [limit.take("b"), limit.take("b")] == [0, 60]


def test_the_remaining_uses_are_shown() -> None:
    window, refill = Limit(Window(500, 60)), Limit(Refill(500, 60))

    assert window.shown("a") == Taken(500, 499, 60, 0)
    assert window.shown("a", 10) == Taken(500, 498, 50, 0)
    for _ in range(500):
        refill.take("a")
    assert refill.shown("a") == Taken(500, 0, 60, 0.12)
    assert refill.shown("a", 30) == Taken(500, 249, 30.12, 0)


def test_of_several_rules_all_count_or_none_and_the_tightest_is_shown() -> None:
    limit = Limit(Window(2, 60), Window(3, 3600), Window(100, 86_400))

    assert [limit.shown("a", seconds) for seconds in (0, 1, 2)] == [
        Taken(2, 1, 60, 0), Taken(2, 0, 59, 0), Taken(2, 0, 58, 58),
    ]  # fmt: skip
    assert [limit.shown("a", seconds) for seconds in (60, 61, 120)] == [
        Taken(3, 0, 3540, 0), Taken(3, 0, 3539, 3539), Taken(3, 0, 3480, 3480),
    ]  # fmt: skip
    assert [limit.shown("a", 3600), limit.shown("a", 86_399)][1].remaining == 1


def test_the_limit_that_refuses_for_longest_is_shown() -> None:
    limit = Limit(Window(1, 60), Window(1, 3600))

    assert [limit.shown("a"), limit.shown("a", 1)] == [Taken(1, 0, 3600, 0), Taken(1, 0, 3599, 3599)]


def test_however_many_strangers_come_the_memory_is_bounded_and_the_last_ones_are_remembered() -> None:
    counts = OwnCounts(keys=100)
    limit = Limit(Refill(1, 60), counts=counts)
    for number in range(10_000):
        limit.take(str(number))
        limit.take("regular")
        counts.put(counts.key("0", "regular"), counts.get(counts.key("0", "regular")))

    assert len(counts) == 100
    assert limit.take("9999") > 0


@pytest.mark.parametrize(("rule", "longest"), [(Window, 60), (Refill, 30)])
def test_a_clock_that_is_set_back_locks_nobody_out(rule: type[Window | Refill], longest: float) -> None:
    limit = Limit(rule(2, 60))
    for _ in range(2):
        limit.take("a", 1_000_000)

    assert 0 <= limit.take("a") <= longest
    limit.take("a")
    assert limit.take("a", 60) == 0


@given(
    st.sampled_from(RULES), st.integers(1, 9), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30)), max_size=99)
)
def test_a_use_that_waited_and_comes_with_an_older_moment_counts_like_any_other(
    rule: type[Window | Refill], most: int, steps: list[tuple[int, int]]
) -> None:
    """Processes read the clock before they have the lock, so moments are not in order."""
    limit, at, passed = Limit(rule(most, 60)), 0, list[int]()
    for step, late in steps:
        at += step
        if limit.take("a", at - late) == 0:
            passed.append(at)
        assert len([one for one in passed if one > at - 60]) <= 2 * most


@given(st.integers(1, 20), st.lists(st.integers(0, 50), max_size=200))
def test_never_more_pass_than_twice_the_bound_in_its_time_and_never_fewer_than_the_bound(
    most: int, steps: list[int]
) -> None:
    """All at once, and as many again while they come back."""
    limit, seconds, at = Limit(Refill(most, 100)), 100, 0
    passed = deque[int]()
    for tried, step in enumerate(steps, start=1):
        at += step
        waits = limit.take("a", at)
        if waits == 0:
            passed.append(at)
        else:
            assert tried > most
            assert waits <= seconds / most
        while passed and passed[0] <= at - seconds:
            passed.popleft()
        assert len(passed) <= 2 * most


@given(st.integers(1, 20), st.lists(st.integers(0, 50), max_size=200))
def test_every_window_has_exactly_as_many_uses_as_may_be_or_as_were_tried(most: int, steps: list[int]) -> None:
    limit, at, begins, used = Limit(Window(most, 100)), 0, 0, 0
    for number, step in enumerate(steps):
        at += step
        if number == 0 or at >= begins + 100:
            begins, used = at, 0
        outcome = limit.shown("a", at)
        if used < most:
            used += 1
            assert outcome == Taken(most, most - used, begins + 100 - at, 0)
        else:
            assert outcome == Taken(most, 0, begins + 100 - at, begins + 100 - at)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from([10, 60, 300])), min_size=1, max_size=3),
       st.lists(st.integers(0, 40), max_size=60))  # fmt: skip
def test_who_waits_as_long_as_that_is_not_refused(bounds: list[tuple[int, int]], steps: list[int]) -> None:
    limit, at = Limit(*[Window(most, seconds) for most, seconds in bounds]), 0.0
    for step in steps:
        at += step
        if waits := limit.take("a", at):
            at += waits
            assert limit.take("a", at) == 0
