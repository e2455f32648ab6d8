"""Limits, days off, trips, holidays, hours: set over our own API, and seen in the times. Source: rules, 5 and 6."""

from datetime import date, timedelta
from typing import Any

import pytest

from factories import API, URIS, Caller, Organization

EVERYBODY = None


async def days(caller: Caller, organization: Organization) -> list[str]:
    """The days from Monday 4 to Sunday 10 January 2027 on which there are times, with their first and last."""
    found = await caller.get(
        "/event_type_available_times",
        {
            "event_type": URIS.event_type(organization.event_type_id),
            "start_time": "2027-01-04T23:00:00Z",
            "end_time": "2027-01-10T23:00:00Z",
        },
    )
    starts = [one["start_time"] for one in found.json()["collection"]]
    listed: dict[str, list[str]] = {}
    for start in starts:
        listed.setdefault(start[8:10], []).append(start[11:16])
    return [f"{day} {times[0]}-{times[-1]}" for day, times in listed.items()]


WEEK = ["05 08:00-15:30", "06 08:00-15:30", "07 08:00-15:30", "08 08:00-15:30"]
"""Tuesday to Friday, 9 to 17 in Rome. What is asked about begins with Tuesday there."""


async def test_the_week_as_it_is(owner: Caller, organization: Organization) -> None:
    assert await days(owner, organization) == WEEK


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


async def test_hours_and_date_overrides_are_those_of_the_schedule(owner: Caller, organization: Organization) -> None:
    path = f"/openslot/users/{organization.owner.id}"
    rules: list[dict[str, Any]] = [
        {"type": "wday", "wday": "tuesday", "intervals": [{"from": "22:00", "to": "02:00"}]},
        {"type": "date", "date": "2027-01-07", "intervals": [{"from": "10:00", "to": "11:00"}]},
    ]
    changed = (await owner.patch(path, {"availability": {"timezone": "UTC", "rules": rules}})).json()["resource"]

    assert changed["availability"] == {"timezone": "UTC", "rules": rules}
    assert await days(owner, organization) == ["05 22:00-23:30", "06 00:00-01:30", "07 10:00-10:30"]


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


async def test_the_organization_s_calendar_is_for_admins(
    owner: Caller, member: Caller, organization: Organization
) -> None:
    changed = await owner.patch("/openslot/organization", {"timezone": "Asia/Bangkok", "week_start": "sunday"})

    assert changed.json()["resource"] == {
        "organization": URIS.organization(organization.id), "timezone": "Asia/Bangkok", "week_start": "sunday",
    }  # fmt: skip
    assert (await member.get("/openslot/organization")).json() == changed.json()
    assert (await member.patch("/openslot/organization", {"week_start": "monday"})).status_code == 403


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


async def test_a_limit_has_one_owner(owner: Caller, organization: Organization) -> None:
    both = {"user": URIS.user(organization.owner.id), "event_type": URIS.event_type(organization.event_type_id)}
    answer = await owner.put("/openslot/limits", {"period": "day", "maximum": 1, **both})

    assert (answer.status_code, answer.json()["details"][0]["parameter"]) == (400, "user")
    assert (await owner.put("/openslot/limits", {"period": "day", "maximum": -1})).status_code == 400
    assert (await owner.get("/openslot/holidays", {"region": "IT", "year": 1990})).status_code == 400
    assert (await owner.get("/openslot/holidays", {"region": "XX", "year": 2027})).status_code == 400


def test_the_week_of_these_tests_begins_where_they_say() -> None:
    assert date(2027, 1, 5).strftime("%A") == "Tuesday"
    assert date(2027, 1, 4) + timedelta(days=1) == date(2027, 1, 5)
