"""Preferences of hosts and of the organization: set over our own API, and seen in the times. Source: rules, 5 and 6."""

from typing import Any

import pytest

from api.extensions.week import days
from factories import URIS, Caller, Organization


async def test_hours_and_date_overrides_are_those_of_the_schedule(owner: Caller, organization: Organization) -> None:
    path = f"/openslot/users/{organization.owner.id}"
    rules: list[dict[str, Any]] = [
        {"type": "wday", "wday": "tuesday", "intervals": [{"from": "22:00", "to": "02:00"}]},
        {"type": "date", "date": "2027-01-07", "intervals": [{"from": "10:00", "to": "11:00"}]},
    ]
    changed = (await owner.patch(path, {"availability": {"timezone": "UTC", "rules": rules}})).json()["resource"]

    assert changed["availability"] == {"timezone": "UTC", "rules": rules}
    assert await days(owner, organization) == ["05 22:00-23:30", "06 00:00-01:30", "07 10:00-10:30"]


async def test_the_organization_s_calendar_is_for_admins(
    owner: Caller, member: Caller, organization: Organization
) -> None:
    changed = await owner.patch("/openslot/organization", {"timezone": "Asia/Bangkok", "week_start": "sunday"})

    assert changed.json()["resource"] == {
        "organization": URIS.organization(organization.id), "timezone": "Asia/Bangkok", "week_start": "sunday",
        "frame_ancestors": None, "logo_url": None,
    }  # fmt: skip
    assert (await member.get("/openslot/organization")).json() == changed.json()
    assert (await member.patch("/openslot/organization", {"week_start": "monday"})).status_code == 403


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"holiday_region": "XX"}, "holiday_region"),
        ({"worked_holidays": ["Epiphany"]}, "worked_holidays[0]"),
        ({"holiday_region": "IT", "worked_holidays": ["Moon Day"]}, "worked_holidays[0]"),
        ({"week_start": "moonday"}, "week_start"),
        ({"availability": {"timezone": "Mars/Base", "rules": []}}, "availability"),
        ({"availability": {"timezone": "UTC", "rules": [{"type": "wday", "wday": "tuesday"}]}}, "availability"),
    ],
)
async def test_preferences_that_can_not_be_are_refused(
    owner: Caller, organization: Organization, body: Any, parameter: str
) -> None:
    answer = await owner.patch(f"/openslot/users/{organization.owner.id}", body)

    assert (answer.status_code, answer.json()["details"][0]["parameter"]) == (400, parameter)
