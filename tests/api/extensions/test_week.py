"""The week that tests of availability compare with."""

from datetime import date, timedelta

from api.extensions.week import WEEK, days
from factories import Caller, Organization


async def test_the_week_as_it_is(owner: Caller, organization: Organization) -> None:
    assert await days(owner, organization) == WEEK


def test_the_week_of_these_tests_begins_on_a_tuesday() -> None:
    assert date(2027, 1, 5).strftime("%A") == "Tuesday"
    assert date(2027, 1, 4) + timedelta(days=1) == date(2027, 1, 5)
