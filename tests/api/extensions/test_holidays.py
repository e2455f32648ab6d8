"""Public holidays: listed over our own API, and seen in the times. Source: rules, sections 5 and 6."""

from api.extensions.week import WEEK, days
from factories import Caller, Organization


async def test_holidays_close_the_day_unless_one_works_on_them(owner: Caller, organization: Organization) -> None:
    path = f"/openslot/users/{organization.owner.id}"
    known = (await owner.get("/openslot/holidays", {"region": "IT", "year": 2027})).json()["collection"]
    epiphany = {one["date"]: one["name"] for one in known}["2027-01-06"]
    closed = (await owner.patch(path, {"holiday_region": "IT"})).json()["resource"]
    without = await days(owner, organization)
    await owner.patch(path, {"worked_holidays": [epiphany]})

    assert (closed["holiday_region"], closed["week_start"]) == ("IT", "monday")
    assert without == [WEEK[0], *WEEK[2:]]
    assert await days(owner, organization) == WEEK


async def test_a_region_or_year_without_known_holidays_is_refused(owner: Caller) -> None:
    assert (await owner.get("/openslot/holidays", {"region": "IT", "year": 1990})).status_code == 400
    assert (await owner.get("/openslot/holidays", {"region": "XX", "year": 2027})).status_code == 400
