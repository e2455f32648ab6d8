"""Limits: set over our own API, and seen in the times. Source: rules, sections 5 and 6."""

import pytest

from api.extensions.week import WEEK, days
from factories import API, URIS, Caller, Organization


@pytest.mark.parametrize("scope", ["event_type", "user", "organization"])
async def test_a_limit_hides_the_day_once_it_is_reached(owner: Caller, organization: Organization, scope: str) -> None:
    whose = {
        "event_type": {"event_type": URIS.event_type(organization.event_type_id)},
        "user": {"user": URIS.user(organization.owner.id)},
        "organization": {},
    }[scope]
    await owner.put("/openslot/limits", {"period": "day", "maximum": 5, **whose})
    made = (await owner.put("/openslot/limits", {"period": "day", "maximum": 1, **whose})).json()["resource"]
    body = {
        "event_type": URIS.event_type(organization.event_type_id),
        "start_time": "2027-01-05T10:00:00Z",
        "invitee": {"name": "Ada", "email": "ada@example.org", "timezone": "UTC"},
    }
    before = await days(owner, organization)
    assert (await owner.post("/invitees", body)).status_code == 201
    reached = await days(owner, organization)
    listed = (await owner.get("/openslot/limits", whose)).json()["collection"]
    assert (await owner.delete(made["uri"].removeprefix(API))).status_code == 204

    assert (before, reached) == (WEEK, WEEK[1:])
    assert listed == [made]
    assert (made["period"], made["maximum"]) == ("day", 1)
    assert await days(owner, organization) == WEEK


async def test_a_limit_has_one_owner(owner: Caller, organization: Organization) -> None:
    both = {"user": URIS.user(organization.owner.id), "event_type": URIS.event_type(organization.event_type_id)}
    answer = await owner.put("/openslot/limits", {"period": "day", "maximum": 1, **both})

    assert (answer.status_code, answer.json()["details"][0]["parameter"]) == (400, "user")
    assert (await owner.put("/openslot/limits", {"period": "day", "maximum": -1})).status_code == 400
