"""How often something may happen. Source: ADR 0030."""

from collections import deque
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from openslot.core.rates import Rate

START = datetime(2027, 1, 4, 8, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_so_many_pass_at_once_and_the_next_gets_the_time_to_wait() -> None:
    rate = Rate(3, 60)

    assert [rate.take("a", START) for _ in range(5)] == [0, 0, 0, 20, 20]
    assert rate.take("a", after(19)) == 1
    assert [rate.take("a", after(20)) for _ in range(2)] == [0, 20]
    assert rate.take("b", START) == 0


def test_who_waits_has_all_of_them_again() -> None:
    rate = Rate(3, 60)
    for _ in range(4):
        rate.take("a", START)

    assert [rate.take("a", after(60)) for _ in range(4)] == [0, 0, 0, 20]


def test_what_led_to_nothing_is_given_back() -> None:
    rate = Rate(1, 60)
    rate.take("a", START)
    rate.give_back("a", START)

    assert [rate.take("a", START), rate.take("a", START)] == [0, 60]
    rate.give_back("b", START)
    assert [rate.take("b", START), rate.take("b", START)] == [0, 60]


def test_nothing_is_counted_where_there_is_no_bound() -> None:
    rate = Rate(0, 60)

    assert {rate.take("a", START) for _ in range(1000)} == {0}
    rate.give_back("a", START)
    assert len(rate) == 0


def test_the_remaining_uses_are_counted() -> None:
    rate = Rate(500, 60)

    assert (rate.remaining("a", START), rate.seconds_until_full("a", START)) == (500, 0)
    for _ in range(500):
        assert rate.take("a", START) == 0
    assert (rate.remaining("a", START), rate.seconds_until_full("a", START)) == (0, 60)
    assert rate.remaining("a", after(30)) == 250


def test_however_many_strangers_come_the_memory_is_bounded_and_the_last_ones_are_remembered() -> None:
    rate = Rate(1, 60, keys=100)
    for number in range(10_000):
        rate.take(str(number), START)
        rate.take("regular", START)

    assert len(rate) == 100
    assert rate.take("regular", START) > 0
    assert rate.take("9999", START) > 0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    rate = Rate(2, 60)
    for _ in range(2):
        rate.take("a", after(1_000_000))

    assert 0 < rate.take("a", START) <= 30
    assert rate.take("a", after(30)) == 0


@given(st.integers(1, 20), st.lists(st.integers(0, 50), max_size=200))
def test_never_more_pass_than_twice_the_bound_in_its_time_and_never_fewer_than_the_bound(
    most: int, steps: list[int]
) -> None:
    """All at once, and as many again while they come back."""
    rate, seconds, at = Rate(most, 100), 100, 0
    passed = deque[int]()
    for tried, step in enumerate(steps, start=1):
        at += step
        waits = rate.take("a", after(at))
        if waits == 0:
            passed.append(at)
        else:
            assert tried > most
            assert waits <= seconds / most
        while passed and passed[0] <= at - seconds:
            passed.popleft()
        assert len(passed) <= 2 * most
