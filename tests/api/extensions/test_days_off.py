"""Days off: set over our own API, and seen in the times. Source: rules, sections 5 and 6."""

from typing import Any

import pytest

from api.extensions.week import WEEK, days
from factories import API, URIS, Caller, Organization


async def test_days_off_of_one_and_of_all_close_days_until_they_are_taken_back(
    owner: Caller, organization: Organization
) -> None:
    own = await owner.post(
        "/openslot/days_off",
        {
            "name": "Fair",
            "first_day": "2027-01-06",
            "last_day": "2027-01-07",
            "user": URIS.user(organization.owner.id),
        },
    )
    everybody = await owner.post(
        "/openslot/days_off", {"name": "Stocktaking", "first_day": "2027-01-08", "last_day": "2027-01-08"}
    )
    closed = await days(owner, organization)
    listed = (await owner.get("/openslot/days_off", {"user": URIS.user(organization.owner.id)})).json()["collection"]
    of_all = (await owner.get("/openslot/days_off")).json()["collection"]
    for made in (own, everybody):
        assert (await owner.delete(made.json()["resource"]["uri"].removeprefix(API))).status_code == 204

    assert closed == WEEK[:1]
    assert listed == [own.json()["resource"]]
    assert of_all == [everybody.json()["resource"]]
    assert listed[0] | {"uri": "", "created_at": ""} == {
        "uri": "", "name": "Fair", "first_day": "2027-01-06", "last_day": "2027-01-07",
        "user": URIS.user(organization.owner.id), "created_at": "",
    }  # fmt: skip
    assert await days(owner, organization) == WEEK


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        ("days_off", {"name": "x", "first_day": "2027-01-06", "last_day": "2027-01-05"}, "last_day"),
        ("days_off", {"name": " ", "first_day": "2027-01-06", "last_day": "2027-01-06"}, "name"),
        ("days_off", {"name": "x", "first_day": "2027-01-06", "last_day": "2037-01-06"}, "last_day"),
        ("days_off", {"name": "x", "first_day": "tomorrow", "last_day": "2037-01-06"}, "first_day"),
        ("trips", {"first_day": "2027-01-06", "timezone": "Mars/Base"}, "timezone"),
        ("trips", {"first_day": "2027-01-06", "last_day": "2027-01-05", "timezone": "UTC"}, "last_day"),
    ],
)
async def test_days_that_can_not_be_are_refused(owner: Caller, path: str, body: Any, parameter: str) -> None:
    answer = await owner.post(f"/openslot/{path}", body)

    assert (answer.status_code, answer.json()["details"][0]["parameter"]) == (400, parameter)
