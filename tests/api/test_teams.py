"""Teams over the API. Source: contract, teams; ADR 0008."""

from typing import Any

import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization
from openslot.core.ids import new_id
from openslot.core.slugs import ALLOWED


async def made(caller: Caller, **body: Any) -> dict[str, Any]:
    answer = await caller.post("/openslot/teams", {"name": "Kiln masters"} | body)
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


async def names(caller: Caller, query: str = "") -> list[str]:
    answer = await caller.get(f"/teams?{query}")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["collection"]]


async def test_a_team_is_answered_as_it_was_made(owner: Caller, member: Caller, organization: Organization) -> None:
    members = [URIS.user(one.id) for one in (organization.member, organization.owner)]
    slug = f"masters-{new_id()}"

    team = await made(owner, slug=slug.upper(), members=members)

    path = team["uri"].removeprefix(API)
    shown = {
        "uri": f"{API}/teams/{path.rpartition('/')[2]}", "name": "Kiln masters",
        "organization": URIS.organization(organization.id), "scheduling_url": f"https://book.example/{slug}",
    }  # fmt: skip
    assert team == shown | {"members": members}
    for caller in (owner, member):
        assert (await caller.get(path)).json() == {"resource": shown}
        assert (await caller.get(f"/openslot{path}")).json() == {"resource": team}


async def test_what_is_left_out_stays(owner: Caller, organization: Organization) -> None:
    team = await made(owner, members=[URIS.user(organization.owner.id)])
    path = "/openslot" + team["uri"].removeprefix(API)

    assert (await owner.patch(path, {})).json()["resource"] == team
    renamed = (await owner.patch(path, {"name": "Glaze masters"})).json()["resource"]
    emptied = (await owner.patch(path, {"members": []})).json()["resource"]
    assert renamed == team | {"name": "Glaze masters"}
    assert emptied == team | {"name": "Glaze masters", "members": []}


async def test_teams_are_listed_by_who_is_in_them(
    owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    for number, there in enumerate([[organization.owner], [organization.member], [], [organization.member]]):
        await made(owner, name=str(number), members=[URIS.user(one.id) for one in there])
        clock.advance(minutes=1)

    assert await names(member) == ["0", "1", "2", "3"]
    assert await names(member, f"user={URIS.user(organization.owner.id)}") == ["0"]
    first = (await owner.get(f"/teams?user={URIS.user(organization.member.id)}&count=1")).json()
    second = (await owner.get(first["pagination"]["next_page"].removeprefix(API))).json()
    assert [[one["name"] for one in page["collection"]] for page in (first, second)] == [["1"], ["3"]]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"name": "", "members": 5}, [("members", "invalid"), ("name", "is too short (minimum is 1)")]),
        ({"name": "x", "members": ["x", URIS.group(new_id())]}, [("members[0]", "invalid"), ("members[1]", "invalid")]),
        ({"name": " "}, [("name", "must be filled")]),
        ({"name": "x", "slug": "a b"}, [("slug", ALLOWED)]),
        ({"name": "x", "color": "red"}, [("color", "is not a known key")]),
        ({}, [("name", "is missing")]),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_team_is_named(owner: Caller, body: Any, wanted: Any) -> None:
    answer = await owner.post("/openslot/teams", body)

    assert answer.status_code == 400, answer.text
    assert sorted((one["parameter"], one["message"]) for one in answer.json()["details"]) == wanted


async def test_a_page_that_is_taken_is_a_conflict(owner: Caller, organization: Organization) -> None:
    answer = await owner.post("/openslot/teams", {"name": "x", "slug": organization.owner.user.slug})

    assert (answer.status_code, answer.json()["title"]) == (409, "Already Exists")


async def test_members_look_and_admins_change(
    owner: Caller, admin: Caller, member: Caller, elsewhere: Organization
) -> None:
    path = "/openslot" + (await made(owner))["uri"].removeprefix(API)
    stranger = Caller(owner.http, elsewhere.owner.headers)

    assert (await member.post("/openslot/teams", {"name": "x"})).status_code == 403
    assert (await member.patch(path, {"name": "x"})).status_code == 403
    assert (await member.delete(path)).status_code == 403
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.patch(path, {"name": "x"})).status_code == 404
    assert (await stranger.delete(path)).status_code == 404
    assert (await admin.delete(path)).status_code == 204
    assert (await owner.get(path)).status_code == 404
