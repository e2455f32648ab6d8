"""A host's schedules over our own API, and event types that follow one. Source: docs/api-extensions.md."""

from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_event_type
from openslot.db.pool import Conn

PATH = "/openslot/availability_schedules"
MORNING = [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "08:00", "to": "09:00"}]}]
EVENING = [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "19:00", "to": "20:00"}]}]


async def make(caller: Caller, **values: Any) -> dict[str, Any]:
    body = {"name": "Mornings", "timezone": "Europe/Rome", "rules": MORNING, **values}
    answer = await caller.post(PATH, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["resource"]
    return found


def path_of(made: dict[str, Any]) -> str:
    return f"{PATH}/{made['uri'].rpartition('/')[2]}"


def refused(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(detail["parameter"], detail["message"]) for detail in answer.json()["details"]]


async def tuesday(caller: Caller, event_type_id: UUID) -> str:
    """First and last start of Tuesday 5 January 2027 in Rome, in UTC."""
    window = {"start_time": "2027-01-04T23:00:00Z", "end_time": "2027-01-05T23:00:00Z"}
    query = {"event_type": URIS.event_type(event_type_id), **window}
    starts = [
        one["start_time"] for one in (await caller.get("/event_type_available_times", query)).json()["collection"]
    ]
    return f"{starts[0][11:16]}-{starts[-1][11:16]}" if starts else "none"


async def test_what_is_made_is_read_listed_and_changed(owner: Caller, organization: Organization) -> None:
    made = await make(owner, name="  Mornings ")
    (usual,) = [one for one in (await owner.get(PATH)).json()["collection"] if one["default"]]
    changed = (await owner.patch(path_of(made), {"rules": EVENING, "name": "Evenings"})).json()["resource"]

    assert made == {
        "uri": f"{URIS.api}/user_availability_schedules/{made['uri'].rpartition('/')[2]}",
        "user": URIS.user(organization.owner.id), "name": "Mornings", "default": False, "timezone": "Europe/Rome",
        "rules": MORNING, "created_at": made["created_at"], "updated_at": made["updated_at"],
    }  # fmt: skip
    assert changed == made | {"name": "Evenings", "rules": EVENING, "updated_at": changed["updated_at"]}
    assert (await owner.get(path_of(made))).json()["resource"] == changed
    both = (await owner.get(PATH, {"user": URIS.user(organization.owner.id)})).json()["collection"]
    assert sorted(one["name"] for one in both) == ["Evenings", "Working hours"]
    assert usual["name"] == "Working hours"


async def test_times_follow_the_schedule_that_an_event_type_is_given(owner: Caller, organization: Organization) -> None:
    made = await make(owner)
    path = f"/openslot/event_types/{organization.event_type_id}"
    usual = await tuesday(owner, organization.event_type_id)
    given = (await owner.patch(path, {"availability_schedule": made["uri"]})).json()["resource"]
    morning = await tuesday(owner, organization.event_type_id)
    await owner.patch(path_of(made), {"rules": EVENING})
    evening = await tuesday(owner, organization.event_type_id)
    await owner.patch(path, {"name": "Another name"})
    kept = await tuesday(owner, organization.event_type_id)
    taken = (await owner.patch(path, {"availability_schedule": None})).json()["resource"]

    assert (given["availability_schedule"], taken["availability_schedule"]) == (made["uri"], None)
    assert [usual, morning, evening, kept] == ["08:00-15:30", "07:00-07:30", "18:00-18:30", "18:00-18:30"]
    assert await tuesday(owner, organization.event_type_id) == usual


async def test_an_event_type_can_be_made_with_a_schedule(owner: Caller) -> None:
    made = await make(owner)
    body = {"name": "Early", "duration": 30, "notice": 0, "availability_schedule": made["uri"]}
    early = (await owner.post("/openslot/event_types", body)).json()["resource"]

    assert early["availability_schedule"] == made["uri"]
    assert await tuesday(owner, UUID(early["uri"].rpartition("/")[2])) == "07:00-07:30"


async def test_the_other_hosts_of_a_pool_keep_their_default(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hosts = [organization.owner.id, organization.admin.id]
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", hosts=hosts, increment_minutes=30
    )
    made = await make(owner)
    await owner.patch(f"/openslot/event_types/{pool}", {"availability_schedule": made["uri"]})

    assert await tuesday(owner, pool) == "07:00-15:30"


async def test_there_is_one_default_which_another_can_become(owner: Caller, organization: Organization) -> None:
    made = await make(owner)
    (usual,) = [one for one in (await owner.get(PATH)).json()["collection"] if one["default"]]
    not_without = await owner.patch(path_of(usual), {"default": False})
    await owner.patch(path_of(made), {"default": True})
    mornings = await tuesday(owner, organization.event_type_id)
    evenings = await make(owner, name="Evenings", rules=EVENING, default=True)
    listed = {one["name"]: one["default"] for one in (await owner.get(PATH)).json()["collection"]}

    assert refused(not_without) == [("default", "make another one the default instead")]
    assert mornings == "07:00-07:30"
    assert listed == {"Working hours": False, "Mornings": False, "Evenings": True}
    assert await tuesday(owner, organization.event_type_id) == "18:00-18:30"
    preferences = (await owner.get(f"/openslot/users/{organization.owner.id}")).json()["resource"]
    assert preferences["availability"] == {"timezone": "Europe/Rome", "rules": evenings["rules"]}


async def test_what_is_in_use_or_the_default_is_not_deleted(owner: Caller) -> None:
    made = await make(owner)
    body = {"name": "Early", "duration": 30, "availability_schedule": made["uri"]}
    early = (await owner.post("/openslot/event_types", body)).json()["resource"]
    (usual,) = [one for one in (await owner.get(PATH)).json()["collection"] if one["default"]]
    in_use = await owner.delete(path_of(made))
    default = await owner.delete(path_of(usual))
    await owner.delete(f"/openslot/event_types/{early['uri'].rpartition('/')[2]}")

    assert refused(in_use) == [("availability_schedule", "is used by event types: Early")]
    assert refused(default) == [("availability_schedule", "is the default: make another one the default first")]
    assert (await owner.delete(path_of(made))).status_code == 204
    assert (await owner.delete(path_of(made))).status_code == 404
    assert (await owner.get(path_of(made))).status_code == 404


async def test_members_have_their_own_and_admins_anybody_s(
    owner: Caller, member: Caller, organization: Organization, elsewhere: Organization
) -> None:
    whose = URIS.user(organization.member.id)
    own, for_member, owners = await make(member), await make(owner, user=whose, name="Given"), await make(owner)

    assert own["user"] == for_member["user"] == whose
    assert (await owner.patch(path_of(own), {"name": "Renamed"})).json()["resource"]["name"] == "Renamed"
    assert (
        await member.post(PATH, {"name": "x", "timezone": "UTC", "rules": [], "user": owners["user"]})
    ).status_code == 403
    assert (await member.get(PATH, {"user": owners["user"]})).status_code == 403
    assert (await member.get(path_of(owners))).status_code == 403
    assert (await member.patch(path_of(owners), {})).status_code == 403
    assert (await member.delete(path_of(owners))).status_code == 403
    stranger = Caller(owner.http, elsewhere.headers)
    assert (await stranger.get(path_of(owners))).status_code == 404
    assert (await stranger.get(PATH, {"user": whose})).status_code == 403


async def test_an_event_type_has_a_schedule_of_its_owner_s_alone(
    owner: Caller, admin: Caller, organization: Organization
) -> None:
    another = await make(admin)
    path = f"/openslot/event_types/{organization.event_type_id}"
    missing = another["uri"][:-12] + "000000000000"

    for uri in (another["uri"], missing):
        answer = await owner.patch(path, {"availability_schedule": uri})
        assert refused(answer) == [("availability_schedule", "is not a schedule of the owner")]
    assert refused(await owner.patch(path, {"availability_schedule": path})) == [("availability_schedule", "invalid")]


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({"name": " "}, ["name"]),
        ({"timezone": "Mars/Base"}, ["timezone"]),
        ({"name": " ", "rules": [{"type": "moon"}]}, ["name", "rules"]),
        ({"rules": "always"}, ["rules"]),
    ],
)
async def test_hours_that_can_not_be_are_refused(owner: Caller, values: dict[str, Any], parameters: list[str]) -> None:
    made = await make(owner)
    body = {"name": "x", "timezone": "UTC", "rules": []}

    assert [name for name, _ in refused(await owner.post(PATH, body | values))] == parameters
    assert [name for name, _ in refused(await owner.patch(path_of(made), values))] == parameters
