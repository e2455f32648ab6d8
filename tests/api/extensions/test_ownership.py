"""Who may set limits, days off, trips and preferences, and take them back. Source: rules, sections 5 and 6."""

from typing import Any

import pytest

from factories import API, URIS, Caller, Organization


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/openslot/days_off", {"name": "x", "first_day": "2027-01-06", "last_day": "2027-01-06"}),
        (
            "post",
            "/openslot/days_off",
            {"name": "x", "first_day": "2027-01-06", "last_day": "2027-01-06", "user": "{u}"},
        ),
        ("post", "/openslot/trips", {"first_day": "2027-01-06", "timezone": "UTC", "user": "{u}"}),
        ("put", "/openslot/limits", {"period": "day", "maximum": 1}),
        ("put", "/openslot/limits", {"period": "day", "maximum": 1, "user": "{u}"}),
        ("put", "/openslot/limits", {"period": "day", "maximum": 1, "event_type": "{e}"}),
        ("patch", "/openslot/users/{owner}", {"week_start": "monday"}),
        ("get", "/openslot/users/{owner}", None),
        ("get", "/openslot/limits", None),
    ],
)
async def test_members_set_their_own_alone(
    member: Caller, organization: Organization, method: str, path: str, body: Any
) -> None:
    owner = organization.owner.id
    names = {"{u}": URIS.user(owner), "{e}": URIS.event_type(organization.event_type_id)}
    filled = None if body is None else {key: names.get(value, value) for key, value in body.items()}
    answer = await member.http.request(
        method, API + path.replace("{owner}", str(owner)), json=filled, headers=member.headers
    )

    assert answer.status_code == 403


async def test_what_somebody_else_set_is_not_a_member_s_to_take_back(
    owner: Caller, member: Caller, organization: Organization
) -> None:
    whose = {"user": URIS.user(organization.owner.id)}
    made = [
        await owner.post(
            "/openslot/days_off", {"name": "x", "first_day": "2027-01-06", "last_day": "2027-01-06", **whose}
        ),
        await owner.post("/openslot/trips", {"first_day": "2027-01-06", "timezone": "UTC", **whose}),
        await owner.put("/openslot/limits", {"period": "week", "maximum": 3, **whose}),
    ]
    for answer in made:
        path = answer.json()["resource"]["uri"].removeprefix(API)
        assert (await member.delete(path)).status_code == 403
        assert (await owner.delete(path)).status_code == 204
        assert (await owner.delete(path)).status_code == 404
