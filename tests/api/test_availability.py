"""Schedules, busy times and meeting limits of users. Source: behaviours, section 9; since-september, section 1."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization, make_booking
from openslot.core.ids import new_id
from openslot.db.pool import Conn

SCHEDULES, BUSY, LIMITS = "/user_availability_schedules", "/user_busy_times", "/user_meeting_limits"
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
WEEK = [{"type": "wday", "wday": day, "intervals": []} for day in DAYS]
BODY = {"name": "Evenings", "timezone": "Europe/Rome", "rules": WEEK}


def on(date: str) -> dict[str, Any]:
    """A rule of one date."""
    return {"type": "date", "date": date, "intervals": [{"from": "18:00", "to": "20:00"}]}


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(one["parameter"], one["message"]) for one in answer.json()["details"]]


async def test_a_new_schedule_is_the_callers_and_not_the_default(
    member: Caller, organization: Organization, clock: Clock
) -> None:
    clock.advance(minutes=1)
    made = await member.post(SCHEDULES, BODY | {"rules": [*WEEK, on("2027-01-04")]})
    resource = made.json()["resource"]
    listed = await member.get(SCHEDULES, {"user": URIS.user(organization.member.id)})
    assert (made.status_code, resource) == (
        201,
        {
            "uri": resource["uri"],
            "default": False,
            "name": "Evenings",
            "user": URIS.user(organization.member.id),
            "timezone": "Europe/Rome",
            "rules": [*WEEK, on("2027-01-04")],
        },
    )
    assert [one["default"] for one in listed.json()["collection"]] == [True, False]
    assert listed.json()["collection"][1] == resource
    assert (await member.get(resource["uri"].removeprefix(API))).json() == made.json()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (WEEK[1:], "must have exactly one rule of type wday for each weekday"),
        ([], "must have exactly one rule of type wday for each weekday"),
        ([*WEEK, on("2027-01-03")], "must not have a date before 2027-01-04"),
        ([*WEEK, on("2027-1-3")], "must not have a date before 2027-01-04"),
    ],
)
async def test_a_new_schedule_has_every_weekday_and_no_date_before_today(
    member: Caller, rules: list[Any], message: str
) -> None:
    assert wrong(await member.post(SCHEDULES, BODY | {"rules": rules})) == [("rules", message)]


async def test_rules_are_answered_without_what_is_not_of_them(member: Caller) -> None:
    """Senders that have one shape for both kinds of rules send the other's keys as null, or empty."""
    weekdays: list[dict[str, Any]] = [rule | {"date": None} for rule in WEEK]
    made = await member.post(SCHEDULES, BODY | {"rules": [*weekdays, on("2027-2-5") | {"wday": "", "note": "x"}]})
    address = made.json()["resource"]["uri"].removeprefix(API)
    changed = await member.patch(address, {"rules": [*weekdays, on("2027-2-6") | {"wday": None}]})

    assert made.json()["resource"]["rules"] == [*WEEK, on("2027-02-05")]
    assert changed.json()["resource"]["rules"] == [*WEEK, on("2027-02-06")]


async def test_today_is_the_day_of_the_schedules_zone(member: Caller, clock: Clock) -> None:
    clock.now = datetime(2027, 1, 4, 23, 30, tzinfo=UTC)
    rome = await member.post(SCHEDULES, BODY | {"rules": [*WEEK, on("2027-01-04")]})
    new_york = await member.post(SCHEDULES, BODY | {"timezone": "America/New_York", "rules": [*WEEK, on("2027-01-04")]})
    assert (wrong(rome), new_york.status_code) == ([("rules", "must not have a date before 2027-01-05")], 201)


async def test_all_that_is_wrong_with_a_schedule_is_named_at_once(member: Caller) -> None:
    kinds = await member.post(SCHEDULES, {"name": 1, "timezone": 2, "rules": 3})
    faults: list[dict[str, Any]] = [{"timezone": "Mars/Base"}, {"rules": [{}]}]
    values = [await member.post(SCHEDULES, BODY | one | {"name": " "}) for one in faults]
    assert [[name for name, _ in wrong(one)] for one in (kinds, *values)] == [
        ["name", "timezone", "rules"], ["name", "timezone"], ["name", "rules"],
    ]  # fmt: skip


async def test_a_changed_schedule_keeps_what_is_left_out_and_may_have_dates_of_yesterday(member: Caller) -> None:
    made = (await member.post(SCHEDULES, BODY)).json()["resource"]
    path = made["uri"].removeprefix(API)
    changed = await member.patch(path, {"rules": [*WEEK, on("2027-01-03")]})
    refused = await member.patch(path, {"rules": [*WEEK, on("2027-01-02")]})
    assert changed.json() == {"resource": made | {"rules": [*WEEK, on("2027-01-03")]}}
    assert wrong(refused) == [("rules", "must not have a date before 2027-01-03")]


async def test_an_old_date_keeps_no_other_change_back(member: Caller, clock: Clock) -> None:
    made = (await member.post(SCHEDULES, BODY | {"rules": [*WEEK, on("2027-01-04")]})).json()["resource"]
    clock.advance(days=30)
    renamed = await member.patch(made["uri"].removeprefix(API), {"name": "Nights"})
    assert renamed.json() == {"resource": made | {"name": "Nights"}}


async def test_the_default_changes_hands_in_one_step_and_is_never_none(
    member: Caller, organization: Organization, clock: Clock
) -> None:
    clock.advance(minutes=1)
    made = (await member.post(SCHEDULES, BODY)).json()["resource"]
    path = made["uri"].removeprefix(API)
    swapped = await member.patch(path, {"default": True})
    refused = await member.patch(path, {"default": False})
    listed = await member.get(SCHEDULES, {"user": URIS.user(organization.member.id)})
    assert swapped.json()["resource"]["default"] is True
    assert refused.status_code == 400
    assert [one["default"] for one in listed.json()["collection"]] == [False, True]


async def test_members_change_their_own_schedules_and_admins_those_of_all(
    owner: Caller, admin: Caller, member: Caller
) -> None:
    made = (await owner.post(SCHEDULES, BODY)).json()["resource"]
    path = made["uri"].removeprefix(API)
    by_admin = await admin.patch(path, {"name": "Ours"})
    by_member = await member.patch(path, {"name": "Mine"})
    assert (by_admin.status_code, by_member.status_code) == (200, 403)
    assert (await member.patch(f"{SCHEDULES}/{new_id()}", {"name": "Mine"})).status_code == 404


async def test_busy_times_are_events_with_their_buffers_and_holds_in_order(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    await owner.patch(f"/openslot/event_types/{organization.event_type_id}", {"buffer_after": 15})
    event = await make_booking(conn, organization, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)
    held = await owner.post(
        "/openslot/holds",
        {"event_type": URIS.event_type(organization.event_type_id), "start_time": "2027-01-05T10:00:00Z"},
    )
    assert held.status_code == 201, held.text
    window = {"start_time": "2027-01-05T00:00:00Z", "end_time": "2027-01-06T00:00:00Z"}
    answer = await owner.get(BUSY, window | {"user": URIS.user(organization.owner.id)})
    assert answer.json() == {
        "collection": [
            {
                "type": "reserved",
                "start_time": "2027-01-05T10:00:00.000000Z",
                "end_time": "2027-01-05T10:30:00.000000Z",
            },
            {
                "type": "calendly",
                "start_time": "2027-01-05T12:00:00.000000Z",
                "end_time": "2027-01-05T12:30:00.000000Z",
                "buffered_start_time": "2027-01-05T12:00:00.000000Z",
                "buffered_end_time": "2027-01-05T12:45:00.000000Z",
                "event": {"uri": URIS.scheduled_event(event.event.id)},
            },
        ]
    }


async def test_an_event_is_busy_in_every_window_that_it_reaches_into_and_in_no_other(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    await make_booking(conn, organization, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)

    async def count(start: str, end: str) -> int:
        query = {"user": URIS.user(organization.owner.id), "start_time": f"2027-01-05T{start}Z",
                 "end_time": f"2027-01-05T{end}Z"}  # fmt: skip
        return len((await owner.get(BUSY, query)).json()["collection"])

    windows = [("11:00:00", "12:00:00"), ("12:10:00", "12:20:00"), ("12:29:59", "13:00:00"), ("12:30:00", "13:00:00")]
    assert [await count(*one) for one in windows] == [0, 1, 1, 0]


async def test_a_window_of_busy_times_is_ahead_and_at_most_seven_days_long(
    owner: Caller, organization: Organization
) -> None:
    user = {"user": URIS.user(organization.owner.id)}
    answers = [
        await owner.get(BUSY, user | {"start_time": start, "end_time": end})
        for start, end in (
            ("2027-01-04T07:00:00Z", "2027-01-05T00:00:00Z"),
            ("2027-01-05T00:00:00Z", "2027-01-05T00:00:00Z"),
            ("2027-01-05T00:00:00Z", "2027-01-12T00:00:01Z"),
        )
    ]
    assert [wrong(one) for one in answers] == [
        [("start_time", "start_time must be in the future")],
        [("start_time", "start_time must be before end_time")],
        [("end_time", "end_time must be at most 7 days after start_time")],
    ]


async def test_meeting_limits_are_set_changed_and_lifted_one_by_one(member: Caller, organization: Organization) -> None:
    user = {"user": URIS.user(organization.member.id)}
    none = await member.get(LIMITS)
    both = await member.patch(LIMITS, {"daily": 3, "weekly": 10})
    lifted = await member.patch(LIMITS, user | {"daily": None})
    seen = await member.get(LIMITS, user)
    assert none.json() == {"collection": [user | {"daily": None, "weekly": None, "monthly": None}]}
    assert both.json() == {"resource": user | {"daily": 3, "weekly": 10, "monthly": None}}
    assert lifted.json() == {"resource": user | {"daily": None, "weekly": 10, "monthly": None}}
    assert seen.json() == {"collection": [lifted.json()["resource"]]}


async def test_a_meeting_limit_is_a_whole_number_from_one_on(member: Caller) -> None:
    answers = [await member.patch(LIMITS, {"daily": value}) for value in (0, 1.5, "3", -1)]
    assert [[name for name, _ in wrong(one)] for one in answers] == [["daily"]] * 4


async def test_nobody_sets_the_limits_of_another_not_even_an_admin(admin: Caller, organization: Organization) -> None:
    answer = await admin.patch(LIMITS, {"user": URIS.user(organization.member.id), "daily": 1})
    seen = await admin.get(LIMITS, {"user": URIS.user(organization.member.id)})
    assert (answer.status_code, answer.json()["title"]) == (403, "Permission Denied")
    assert seen.json()["collection"][0]["daily"] is None


async def test_a_meeting_limit_takes_the_rest_of_the_day_off_the_list(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    await make_booking(conn, organization, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)
    query = {
        "event_type": URIS.event_type(organization.event_type_id),
        "start_time": "2027-01-05T00:00:00Z",
        "end_time": "2027-01-06T00:00:00Z",
    }
    before = await owner.get("/event_type_available_times", query)
    await owner.patch(LIMITS, {"daily": 1})
    after = await owner.get("/event_type_available_times", query)
    assert (bool(before.json()["collection"]), after.json()["collection"]) == (True, [])
