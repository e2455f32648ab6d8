from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openslot.core.date_ranges import Fixed, Indefinite, Rolling, days_open

MONDAY = date(2026, 12, 7)
FRIDAY = date(2026, 12, 11)
SATURDAY = date(2026, 12, 12)
SUNDAY = date(2026, 12, 13)
NEXT_MONDAY = date(2026, 12, 14)


def last_day(days: int, today: date, *, business_days: bool = False) -> date:
    return days_open(Rolling(days, business_days), today)[1]


def test_an_indefinite_range_holds_every_day() -> None:
    assert days_open(Indefinite(), MONDAY) == (date.min, date.max)


def test_a_fixed_range_does_not_depend_on_today() -> None:
    assert days_open(Fixed(MONDAY, SUNDAY), date(2030, 1, 1)) == (MONDAY, SUNDAY)


def test_a_rolling_range_ends_so_many_days_after_today() -> None:
    assert [last_day(days, FRIDAY) for days in (0, 1, 3)] == [FRIDAY, SATURDAY, NEXT_MONDAY]


@pytest.mark.parametrize(
    ("today", "days", "last"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 4, FRIDAY),
        (MONDAY, 5, NEXT_MONDAY),
        (FRIDAY, 1, NEXT_MONDAY),
        (SATURDAY, 0, SATURDAY),
        (SATURDAY, 1, NEXT_MONDAY),
        (SUNDAY, 0, SUNDAY),
        (SUNDAY, 5, date(2026, 12, 18)),
        (SUNDAY, 6, date(2026, 12, 21)),
    ],
)
def test_business_days_skip_the_weekend(today: date, days: int, last: date) -> None:
    assert last_day(days, today, business_days=True) == last


@settings(deadline=None)
@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60))
def test_business_days_are_those_counted_one_by_one(today: date, days: int) -> None:
    last, left = today, days
    while left:
        last += timedelta(days=1)
        left -= last.weekday() < 5
    assert last_day(days, today, business_days=True) == last


def test_a_range_beyond_the_calendar_ends_with_it() -> None:
    assert last_day(10_000_000, MONDAY) == date.max


def test_a_rolling_range_looks_ahead() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Rolling(-1)
