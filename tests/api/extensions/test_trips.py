"""Trips: set over our own API, and seen in the times. Source: rules, sections 5 and 6."""

from api.extensions.week import WEEK, days
from factories import API, Caller, Organization


async def test_a_trip_moves_the_hours(owner: Caller, organization: Organization) -> None:
    made = await owner.post(
        "/openslot/trips", {"first_day": "2027-01-06", "last_day": "2027-01-06", "timezone": "America/New_York"}
    )
    away = await days(owner, organization)
    listed = (await owner.get("/openslot/trips")).json()["collection"]
    assert (await owner.delete(made.json()["resource"]["uri"].removeprefix(API))).status_code == 204

    assert away == [WEEK[0], "06 14:00-21:30", *WEEK[2:]]
    assert listed == [made.json()["resource"]]
    assert await days(owner, organization) == WEEK
