from datetime import date

from openslot.pages.months import next_month, previous_month


def test_months_follow_each_other_over_the_year() -> None:
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert previous_month(date(2027, 1, 1)) == date(2026, 12, 1)
    assert next_month(date(2027, 1, 1)) == date(2027, 2, 1)
