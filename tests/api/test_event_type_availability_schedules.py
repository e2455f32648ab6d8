"""Hours of a host for one event type alone, and slots that obey them. Source: behaviours, sections 7 and 9."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from api.conftest import House
from conftest import Clock
from factories import URIS, Caller, Organization, make_event_type, make_member
from openslot.core.ids import new_id
from openslot.core.kinds import ONE_OFF, Pooling
from openslot.db.pool import Conn

PATH = "/event_type_availability_schedules"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
MORNING = {"type": "wday", "wday": "tuesday", "intervals": [{"from": "10:00", "to": "12:00"}]}
CLOSED = {"type": "date", "date": "2027-01-12", "intervals": []}


def of(event_type_id: UUID) -> str:
    return f"{PATH}?event_type={URIS.event_type(event_type_id)}"


def hours(*rules: dict[str, Any], timezone: str = "Europe/Rome", user: UUID | None = None) -> dict[str, Any]:
    named = {} if user is None else {"user": URIS.user(user)}
    return {"availability_rule": {"timezone": timezone, "rules": list(rules), **named}}


async def listed(caller: Caller, event_type_id: UUID) -> list[dict[str, Any]]:
    answer = await caller.get(of(event_type_id))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["collection"]
    return found


async def offered(caller: Caller, event_type_id: UUID, day: int) -> list[str]:
    """The clock times, in UTC, that are offered on a day of January."""
    window = f"start_time=2027-01-{day:02}T00:00:00Z&end_time=2027-01-{day + 1:02}T00:00:00Z"
    answer = await caller.get(f"/event_type_available_times?event_type={URIS.event_type(event_type_id)}&{window}")
    return [one["start_time"][11:16] for one in answer.json()["collection"]]


async def default_schedule(owner: Caller, user_id: UUID) -> dict[str, Any]:
    answer = await owner.get(f"/openslot/availability_schedules?user={URIS.user(user_id)}")
    (found,) = answer.json()["collection"]
    schedule: dict[str, Any] = found
    return schedule


@pytest.fixture
async def shared(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, elsewhere: Organization, clock: Clock
) -> House:
    """Two event types of the owner's which the member hosts too, with hours; one of them is managed by admins."""
    users = {"owner": organization.owner, "admin": organization.admin, "member": organization.member}
    users |= {"peer": await make_member(conn, organization.id, role="user", now=clock.now), "stranger": elsewhere.owner}
    ids = {f"{name}_id": one.id for name, one in users.items()}
    for name, is_managed in {"pooled": False, "managed": True}.items():
        ids[name] = await make_event_type(
            conn,
            organization.owner.user,
            now=clock.now,
            pooling_type=Pooling.ROUND_ROBIN,
            hosts=[organization.owner.id, organization.member.id],
            admin_managed=is_managed,
        )
    ids |= {"foreign": elsewhere.event_type_id, "nothing": new_id()}
    house = House(
        {name: Caller(http, one.headers) for name, one in users.items()},
        {name: str(one) for name, one in ids.items()},
    )
    for name in ("pooled", "managed"):
        await house.callers["owner"].patch(of(ids[name]), hours(MORNING, user=organization.member.id))
    return house


async def test_hours_are_those_of_the_schedule_at_first(owner: Caller, organization: Organization) -> None:
    user = URIS.user(organization.owner.id)
    schedule = await default_schedule(owner, organization.owner.id)

    answer = await owner.get(of(organization.event_type_id))

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "collection": [
                {
                    "event_type": URIS.event_type(organization.event_type_id),
                    "availability_setting": "host",
                    "availability_rule": {
                        "timezone": schedule["timezone"],
                        "uri": schedule["uri"],
                        "name": schedule["name"],
                        "user": user,
                        "rules": schedule["rules"],
                    },
                }
            ],
            "pagination": {
                "count": 1,
                "next_page": None,
                "previous_page": None,
                "next_page_token": None,
                "previous_page_token": None,
            },
        },
    )


async def test_new_rules_replace_all_and_slots_obey_them(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    event_type_id = organization.event_type_id
    other_id = await make_event_type(conn, organization.owner.user, now=clock.now)
    usual = await offered(owner, event_type_id, 5)
    clock.advance(minutes=1)

    answer = await owner.patch(of(event_type_id), hours(MORNING, CLOSED))

    shown = {
        "event_type": URIS.event_type(event_type_id),
        "availability_setting": "host",
        "availability_rule": {
            "timezone": "Europe/Rome",
            "name": None,
            "user": URIS.user(organization.owner.id),
            "rules": [MORNING, CLOSED],
        },
    }
    assert (answer.status_code, answer.json()) == (200, {"resource": shown})
    assert await listed(owner, event_type_id) == [shown]
    assert [await offered(owner, event_type_id, day) for day in (5, 6, 12)] == [
        ["09:00", "09:30", "10:00", "10:30"], [], [],
    ]  # fmt: skip
    assert await offered(owner, other_id, 5) == usual != []
    assert (await owner.get(f"/event_types/{event_type_id}")).json()["resource"]["updated_at"] == (
        "2027-01-04T08:01:00.000000Z"
    )


async def test_without_rules_the_zone_changes_alone(owner: Caller, organization: Organization) -> None:
    event_type_id = organization.event_type_id
    rules = (await default_schedule(owner, organization.owner.id))["rules"]
    first = await owner.patch(of(event_type_id), {"availability_rule": {"timezone": "Asia/Bangkok"}})
    await owner.patch(of(event_type_id), hours(MORNING))

    second = await owner.patch(
        of(event_type_id), {"availability_rule": {"timezone": "Asia/Bangkok"}, "availability_setting": "host"}
    )

    assert [one.json()["resource"]["availability_rule"]["rules"] for one in (first, second)] == [rules, [MORNING]]
    assert await offered(owner, event_type_id, 5) == ["03:00", "03:30", "04:00", "04:30"]


async def test_keys_that_are_not_known_are_ignored_and_not_kept(owner: Caller, organization: Organization) -> None:
    rule = MORNING | {"date": "x", "note": "Ada", "intervals": [{"from": "10:00", "to": "12:00", "by": "Ada"}]}

    answer = await owner.patch(of(organization.event_type_id), hours(rule) | {"surprise": 1})

    assert answer.json()["resource"]["availability_rule"]["rules"] == [MORNING]


async def test_the_schedule_counts_again_once_the_hours_are_deleted(owner: Caller, organization: Organization) -> None:
    event_type_id, user_id = organization.event_type_id, organization.owner.id
    before = await listed(owner, event_type_id)
    path = f"/openslot/event_types/{event_type_id}/hosts/{user_id}/hours"
    await owner.patch(of(event_type_id), hours(MORNING))

    deleted = [(await owner.delete(path)).status_code for _ in range(2)]

    assert (deleted, await listed(owner, event_type_id)) == ([204, 404], before)


async def test_an_event_type_with_hours_of_its_own_is_not_listed_by_schedule(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    schedule = await default_schedule(owner, organization.owner.id)
    schedule_id = UUID(schedule["uri"].rpartition("/")[2])
    values: dict[str, Any] = {"availability_schedule_id": schedule_id, "name": "Evening"}
    first, second = [await make_event_type(conn, organization.owner.user, now=clock.now, **values) for _ in range(2)]

    await owner.patch(of(first), hours(MORNING))

    query = {"user": URIS.user(organization.owner.id), "user_availability_schedule": schedule["uri"]}
    found = (await owner.get("/event_types", query)).json()["collection"]
    assert [one["uri"] for one in found] == [URIS.event_type(second)]


async def test_each_host_of_several_has_own_hours(
    conn: Conn, admin: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    hosts = [organization.owner.id, organization.member.id]
    pooled = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type=Pooling.COLLECTIVE, hosts=hosts
    )

    by_admin = await admin.patch(of(pooled), hours(MORNING, user=organization.member.id))
    seen_by_admin, seen_by_member = await listed(admin, pooled), await listed(member, pooled)
    own = await member.patch(of(pooled), hours(MORNING, timezone="Asia/Bangkok"))

    assert [one["availability_rule"]["user"] for one in seen_by_admin] == [URIS.user(one) for one in hosts]
    assert [one["availability_rule"]["name"] is None for one in seen_by_admin] == [False, True]
    assert seen_by_member == [by_admin.json()["resource"]] == seen_by_admin[1:]
    assert own.json()["resource"]["availability_rule"]["timezone"] == "Asia/Bangkok"


async def test_hours_stay_with_a_host_who_is_moved_to_another_pool(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    first, second = organization.owner.id, organization.member.id
    pooled = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        pooling_type=Pooling.MULTI_POOL,
        pool_sizes=[1],
        hosts=[first, second],
    )
    await owner.patch(of(pooled), hours(MORNING, user=second))
    moved = [{"user": URIS.user(first), "pool": 0}, {"user": URIS.user(second), "pool": 1}]

    changed = await owner.patch(f"/openslot/event_types/{pooled}", {"hosts": moved, "pool_sizes": [1, 1]})

    assert changed.status_code == 200
    assert (await listed(owner, pooled))[1]["availability_rule"]["rules"] == [MORNING]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_who_may_change_whose_hours(shared: House, method: str) -> None:
    """Hosts their own, whoever owns the event type; admins anybody's, and those of what admins manage."""

    async def status(caller: str, event_type: str, user: str) -> int:
        if method == "DELETE":
            path = f"/openslot/event_types/{{{event_type}}}/hosts/{{{user}}}/hours"
            return (await shared.call(caller, method, path)).status_code
        path = f"{PATH}?event_type={URIS.api}/event_types/{{{event_type}}}"
        rule = {"timezone": "Europe/Rome", "rules": [MORNING], "user": f"{URIS.api}/users/{{{user}}}"}
        return (await shared.call(caller, method, path, {"availability_rule": rule})).status_code

    done, not_a_host = (200, 400) if method == "PATCH" else (204, 404)
    assert [
        await status("peer", "pooled", "member_id"),
        await status("member", "pooled", "owner_id"),
        await status("member", "managed", "member_id"),
        await status("admin", "pooled", "stranger_id"),
        await status("admin", "pooled", "admin_id"),
        await status("admin", "foreign", "stranger_id"),
        await status("admin", "nothing", "member_id"),
        await status("admin", "managed", "member_id"),
        await status("member", "pooled", "member_id"),
    ] == [403, 403, 403, 403, not_a_host, 404, 404, done, done]


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("availability_rule", "is missing")]),
    ({"availability_rule": {}}, [("availability_rule.timezone", "is missing")]),
    (
        hours(timezone="Europe/Nowhere"),
        [("availability_rule.timezone", "is not an IANA time zone, such as Europe/Rome")],
    ),
    (hours(MORNING, MORNING), [("availability_rule.rules", "tuesday has two rules")]),
    (
        {"availability_rule": {"timezone": 1, "rules": 2, "user": "x"}, "availability_setting": "team"},
        [
            ("availability_rule.timezone", "invalid"),
            ("availability_rule.rules", "invalid"),
            ("availability_setting", "invalid"),
            ("availability_rule.user", "invalid"),
        ],
    ),
]


@pytest.mark.parametrize(("body", "details"), WRONG)
async def test_all_that_is_wrong_is_named(
    owner: Caller, organization: Organization, body: dict[str, Any], details: list[tuple[str, str]]
) -> None:
    answer = await owner.patch(of(organization.event_type_id), body)

    found = [(one["parameter"], one["message"]) for one in answer.json()["details"]]
    assert (answer.status_code, found) == (400, details)


async def test_the_event_type_is_named_together_with_what_is_wrong_in_the_body(owner: Caller) -> None:
    answer = await owner.patch(PATH, {"availability_rule": {}})

    assert [one["parameter"] for one in answer.json()["details"]] == ["event_type", "availability_rule.timezone"]


async def test_an_admin_who_is_no_host_names_one(admin: Caller, organization: Organization) -> None:
    answer = await admin.patch(of(organization.event_type_id), hours(MORNING))

    assert (answer.status_code, answer.json()["details"]) == (
        400,
        [{"message": "must be filled", "parameter": "availability_rule.user"}],
    )


async def test_a_one_off_keeps_its_hours_and_a_deleted_one_is_not_there(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    one_off = await make_event_type(conn, organization.owner.user, now=clock.now, type=ONE_OFF)
    await owner.delete(f"/openslot/event_types/{organization.event_type_id}")

    answers = [await owner.patch(of(one), hours(MORNING)) for one in (one_off, organization.event_type_id)]

    assert [one.status_code for one in answers] == [400, 404]
    assert (await owner.get(of(organization.event_type_id))).status_code == 200


async def test_a_change_is_recorded_in_the_event_log(owner: Caller, organization: Organization) -> None:
    await owner.patch(of(organization.event_type_id), hours(MORNING))

    recorded = (await owner.get("/openslot/events?event=event_type.updated")).json()["collection"]
    assert [one["payload"]["uri"] for one in recorded] == [URIS.event_type(organization.event_type_id)]
