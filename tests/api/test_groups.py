"""Groups over the API, and what a group's admin may do. Source: behaviours, section 7; docs/api-extensions.md."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.conftest import House
from conftest import Clock
from factories import (
    API,
    URIS,
    Caller,
    Member,
    Organization,
    make_booking,
    make_event_type,
    make_group,
    make_member,
    make_subscription,
    make_token,
    principal_of,
)
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import no_shows

WHO = ("owner", "admin", "leader", "rival", "member", "stranger")


@dataclass(frozen=True)
class Groups(House):
    """Two groups: the member and the leader, who is its admin; the other group has an admin alone, the rival."""

    organization: Organization
    members: dict[str, Member]
    group_id: UUID
    other_group_id: UUID

    async def rows(self, who: str, path: str) -> list[dict[str, Any]]:
        answer = await self.call(who, "GET", path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["collection"]
        return found

    async def roles(self, group: str = "{group}") -> dict[str, str]:
        """Who is in a group, by name of the house."""
        users = {URIS.user(one.id): name for name, one in self.members.items()}
        found = await self.rows("owner", f"/group_relationships?group={group}&count=100")
        return {users[row["owner"]["user"]["uri"]]: row["role"] for row in found}


@pytest.fixture
async def house(
    conn: Conn,
    http: httpx.AsyncClient,
    organization: Organization,
    elsewhere: Organization,
    clock: Clock,
    vault: Vault,
) -> Groups:
    now, member = clock.now, organization.member
    leader, rival, loner = [await make_member(conn, organization.id, role="user", now=now) for _ in range(3)]
    hosted = replace(organization, event_type_id=await make_event_type(conn, member.user, now=now))
    missed = await make_booking(conn, hosted, datetime(2027, 1, 4, 9, tzinfo=UTC), now=now)
    unmarked = await make_booking(conn, hosted, datetime(2027, 1, 4, 9, 30, tzinfo=UTC), now=now)
    ahead = await make_booking(conn, hosted, datetime(2027, 1, 5, 10, tzinfo=UTC), now=now)
    owners = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=now)
    group_id = await make_group(conn, organization, now=now, name="Kilns", admins=[leader], members=[member])
    clock.advance(hours=2)
    mark = await no_shows.mark(
        conn,
        await principal_of(conn, member, now=now),
        missed.invitee.id,
        before_start="accept",
        uris=URIS,
        now=clock.now,
    )
    other_group_id = await make_group(conn, organization, now=clock.now, name="Glazes", admins=[rival])
    hook = await make_subscription(
        conn, organization.owner, vault=vault, now=now, scope="group", group_id=group_id, signing_key="key"
    )
    cursor = await conn.execute(
        "SELECT id, (SELECT id FROM organization_memberships WHERE user_id = group_members.user_id)"
        " FROM group_members WHERE user_id = %s",
        (member.id,),
    )
    relationship_id, membership_id = await cursor.fetchone() or (None, None)
    members = {
        "owner": organization.owner, "admin": organization.admin, "leader": leader, "rival": rival, "member": member,
        "loner": loner, "stranger": elsewhere.owner,
    }  # fmt: skip
    ids = {
        "group_id": group_id, "other_group_id": other_group_id, "relationship_id": relationship_id,
        "membership_id": membership_id, "ahead_id": ahead.event.id, "invitee_id": ahead.invitee.id,
        "owners_id": owners.event.id, "mark_id": mark.id, "hook_id": hook.id,
    }  # fmt: skip
    return Groups(
        {name: Caller(http, one.headers) for name, one in members.items()},
        {
            "organization": URIS.organization(organization.id),
            "group": URIS.group(group_id),
            "other_group": URIS.group(other_group_id),
            "membership": f"{API}/organization_memberships/{membership_id}",
            "unmarked": URIS.invitee(unmarked.event.id, unmarked.invitee.id),
        }
        | {name: URIS.user(one.id) for name, one in members.items()}
        | {name: str(value) for name, value in ids.items()},
        organization,
        members,
        group_id,
        other_group_id,
    )


async def test_a_group_has_the_shape_of_the_contract(house: Groups) -> None:
    answer = await house.call("owner", "GET", "/groups/{group_id}")

    assert answer.json() == {
        "resource": {
            "uri": house.names["group"],
            "name": "Kilns",
            "organization": house.names["organization"],
            "created_at": "2027-01-04T08:00:00.000000Z",
            "updated_at": "2027-01-04T08:00:00.000000Z",
            "member_count": 2,
        }
    }


async def test_a_relationship_shows_the_membership_that_is_in_the_group(house: Groups) -> None:
    answer = await house.call("owner", "GET", "/group_relationships/{relationship_id}")

    user, then = house.members["member"].user, "2027-01-04T08:00:00.000000Z"
    assert answer.json() == {
        "resource": {
            "uri": f"{API}/group_relationships/{house.names['relationship_id']}",
            "role": "member",
            "owner": {
                "uri": house.names["membership"],
                "role": "user",
                "user": {
                    "uri": URIS.user(user.id),
                    "name": user.name,
                    "slug": user.slug,
                    "email": user.email,
                    "scheduling_url": f"https://book.example/{user.slug}",
                    "timezone": "Europe/Rome",
                    "avatar_url": None,
                    "locale": "en",
                    "created_at": then,
                    "updated_at": then,
                },
                "organization": house.names["organization"],
                "updated_at": then,
                "created_at": then,
                "type": "OrganizationMembership",
            },
            "organization": house.names["organization"],
            "group": house.names["group"],
            "created_at": then,
            "updated_at": then,
        }
    }


READS = {
    # path: owner, admin, leader, rival, member, stranger
    "/groups?organization={organization}": (200, 200, 200, 200, 403, 403),
    "/groups/{group_id}": (200, 200, 200, 403, 403, 404),
    "/group_relationships?organization={organization}": (200, 200, 200, 200, 403, 403),
    "/group_relationships?group={group}": (200, 200, 200, 403, 403, 403),
    "/group_relationships?owner={membership}": (200, 200, 200, 200, 403, 200),
    "/group_relationships/{relationship_id}": (200, 200, 200, 403, 403, 404),
    "/scheduled_events?organization={organization}&group={group}": (200, 200, 200, 403, 403, 403),
    "/scheduled_events?organization={organization}&user={member}": (200, 200, 200, 403, 200, 403),
    "/scheduled_events?organization={organization}&user={owner}": (200, 200, 403, 403, 403, 403),
    "/scheduled_events?organization={organization}&group={group}&user={member}": (200, 200, 200, 403, 403, 403),
    "/scheduled_events?organization={organization}": (200, 200, 403, 403, 403, 403),
    "/scheduled_events/{ahead_id}": (200, 200, 200, 403, 200, 404),
    "/scheduled_events/{owners_id}": (200, 200, 403, 403, 403, 404),
    "/scheduled_events/{ahead_id}/invitees": (200, 200, 200, 403, 200, 404),
    "/scheduled_events/{ahead_id}/invitees/{invitee_id}": (200, 200, 200, 403, 200, 404),
    "/invitee_no_shows/{mark_id}": (200, 200, 200, 403, 200, 404),
    "/webhook_subscriptions?organization={organization}&scope=group&group={group}": (200, 200, 200, 403, 403, 403),
    "/webhook_subscriptions?organization={organization}&scope=organization": (200, 200, 403, 403, 403, 403),
    "/webhook_subscriptions?organization={organization}&scope=user&user={member}": (200, 200, 403, 403, 200, 403),
    "/webhook_subscriptions/{hook_id}": (200, 200, 200, 403, 403, 404),
    "/sample_webhook_data?event=invitee.created&organization={organization}&scope=group&group={group}": (
        200, 200, 200, 403, 403, 403,
    ),
    "/event_types?user={member}": (200, 200, 403, 403, 200, 403),
}  # fmt: skip


@pytest.mark.parametrize("path", READS)
async def test_who_may_read(house: Groups, path: str) -> None:
    answers = {who: await house.call(who, "GET", path) for who in WHO}

    assert {who: answer.status_code for who, answer in answers.items()} == dict(zip(WHO, READS[path], strict=True))


HOOK = {"url": "https://hooks.example/new", "events": ["invitee.created"], "organization": "{organization}"}
LEADER = {"user": "{leader}", "role": "admin"}
MEMBER = {"user": "{member}", "role": "member"}
CHANGES: dict[str, tuple[str, str, Any, tuple[int, ...]]] = {
    # what: method, path, body; owner, admin, leader, rival, member, stranger
    "make": ("POST", "/openslot/groups", {"name": "Clay"}, (201, 201, 403, 403, 403, 201)),
    "rename": ("PATCH", "/openslot/groups/{group_id}", {"name": "Clay"}, (200, 200, 403, 403, 403, 404)),
    "rename to nothing": ("PATCH", "/openslot/groups/{group_id}", {}, (200, 200, 403, 403, 403, 404)),
    "change the list": (
        "PUT", "/openslot/groups/{group_id}/members", {"members": [LEADER]}, (200, 200, 200, 403, 403, 404),
    ),
    "delete": ("DELETE", "/openslot/groups/{group_id}", None, (204, 204, 403, 403, 403, 404)),
    "subscribe": (
        "POST", "/webhook_subscriptions", HOOK | {"scope": "group", "group": "{group}"}, (201, 201, 201, 403, 403, 403),
    ),
    "end the group's subscription": (
        "DELETE", "/webhook_subscriptions/{hook_id}", None, (204, 204, 204, 403, 403, 404),
    ),
    "cancel": ("POST", "/scheduled_events/{ahead_id}/cancellation", {}, (201, 201, 201, 403, 201, 404)),
    "cancel the owner's": ("POST", "/scheduled_events/{owners_id}/cancellation", {}, (201, 201, 403, 403, 403, 404)),
    "cancel an invitee": ("POST", "/openslot/invitees/{invitee_id}/cancellation", {}, (201, 201, 201, 403, 201, 404)),
    "move an invitee": (
        "POST", "/openslot/invitees/{invitee_id}/rescheduling", {"start_time": "2027-01-06T10:00:00Z"},
        (201, 201, 201, 403, 201, 404),
    ),
    "mark a no-show": ("POST", "/invitee_no_shows", {"invitee": "{unmarked}"}, (201, 201, 201, 403, 201, 404)),
    "take back a no-show": ("DELETE", "/invitee_no_shows/{mark_id}", None, (204, 204, 204, 403, 204, 404)),
}  # fmt: skip


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("what", CHANGES)
async def test_who_may_change(house: Groups, what: str, who: str) -> None:
    method, path, body, statuses = CHANGES[what]

    answer = await house.call(who, method, path, body)

    assert answer.status_code == dict(zip(WHO, statuses, strict=True))[who], answer.text


async def test_a_group_s_admin_lists_the_own_groups_only(house: Groups) -> None:
    organization = "organization={organization}"

    assert [row["name"] for row in await house.rows("owner", "/groups?" + organization)] == ["Kilns", "Glazes"]
    assert [row["name"] for row in await house.rows("leader", "/groups?" + organization)] == ["Kilns"]
    for who, wanted in (("owner", ["admin", "member", "admin"]), ("leader", ["admin", "member"]), ("rival", ["admin"])):
        found = await house.rows(who, "/group_relationships?" + organization)
        assert sorted(row["role"] for row in found) == sorted(wanted)


async def test_relationships_are_narrowed_by_every_filter(house: Groups) -> None:
    async def found(who: str, query: str) -> list[str]:
        return [row["uri"].rpartition("/")[2] for row in await house.rows(who, "/group_relationships?" + query)]

    one = [house.names["relationship_id"]]
    assert await found("owner", "owner={membership}") == one
    assert await found("owner", "owner={membership}&group={group}&organization={organization}") == one
    assert await found("owner", "owner={membership}&group={other_group}") == []
    assert await found("rival", "owner={membership}") == []
    assert await found("stranger", "owner={membership}") == []
    assert await found("owner", f"owner={API}/organization_memberships/{new_id()}") == []
    assert await found("owner", "owner={organization}/invitations/" + str(new_id())) == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [("organization", "must be filled"), ("owner", "must be filled"), ("group", "must be filled")]),
        ("organization=me", [("organization", "invalid")]),
        ("owner={member}", [("owner", "invalid")]),
        ("group={organization}", [("group", "invalid")]),
    ],
)
async def test_what_a_list_of_relationships_lacks_is_named(
    house: Groups, query: str, wanted: list[tuple[str, str]]
) -> None:
    answer = await house.call("owner", "GET", "/group_relationships?" + query)

    assert answer.status_code == 400
    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == wanted


async def test_lists_come_in_pages(house: Groups, conn: Conn, clock: Clock) -> None:
    made = ["Kilns", "Glazes"]
    for number in range(3):
        clock.advance(minutes=1)
        await make_group(
            conn, house.organization, now=clock.now, name=f"Clay {number}", admins=[house.members["loner"]]
        )
        made.append(f"Clay {number}")

    async def walk(path: str) -> list[str]:
        seen: list[str] = []
        url = f"{path}?organization={{organization}}&count=2"
        while url:
            page = (await house.call("owner", "GET", url)).json()
            seen += [row.get("name", row["uri"]) for row in page["collection"]]
            url = (page["pagination"]["next_page"] or "").removeprefix(API)
        return seen

    assert await walk("/groups") == made
    relationships = await house.rows("owner", "/group_relationships?organization={organization}&count=100")
    assert await walk("/group_relationships") == [row["uri"] for row in relationships]
    assert len(relationships) == 6


async def test_events_of_a_group_are_those_that_its_members_host(house: Groups) -> None:
    ahead, owners = house.names["ahead_id"], house.names["owners_id"]
    since = "min_start_time=2027-01-05T00:00:00Z"

    async def listed(query: str) -> list[str]:
        rows = await house.rows("owner", f"/scheduled_events?organization={{organization}}&{since}&{query}")
        return sorted(row["uri"].rpartition("/")[2] for row in rows)

    assert await listed("") == sorted([ahead, owners])
    assert await listed("group={group}") == [ahead]
    assert await listed("group={group}&user={member}") == [ahead]
    assert await listed("group={group}&user={owner}") == []
    assert await listed("group={other_group}") == []


async def test_an_unknown_group_has_no_events(house: Groups, elsewhere: Organization, conn: Conn, clock: Clock) -> None:
    theirs = await make_group(conn, elsewhere, now=clock.now)

    for unknown in (new_id(), theirs):
        path = f"/scheduled_events?organization={{organization}}&group={URIS.group(unknown)}"
        assert (await house.call("owner", "GET", path)).status_code == 404


async def test_a_group_is_made_with_its_members(house: Groups) -> None:
    wanted = {"name": "  Clay ", "members": [{"user": "{loner}"}, {"user": "{member}", "role": "admin"}]}

    answer = await house.call("owner", "POST", "/openslot/groups", wanted)

    made = answer.json()["resource"]
    assert (answer.status_code, made) == (
        201,
        {
            "uri": made["uri"],
            "name": "Clay",
            "organization": house.names["organization"],
            "created_at": "2027-01-04T10:00:00.000000Z",
            "updated_at": "2027-01-04T10:00:00.000000Z",
            "member_count": 2,
        },
    )
    assert (await house.call("owner", "GET", made["uri"].removeprefix(API))).json() == {"resource": made}
    assert await house.roles(made["uri"]) == {"loner": "member", "member": "admin"}


async def test_a_renamed_group_keeps_the_rest(house: Groups) -> None:
    before = (await house.call("owner", "GET", "/groups/{group_id}")).json()["resource"]

    answer = await house.call("owner", "PATCH", "/openslot/groups/{group_id}", {"name": "KILNS"})

    after = answer.json()["resource"]
    assert after == before | {"name": "KILNS", "updated_at": "2027-01-04T10:00:00.000000Z"}


async def test_the_list_of_members_is_replaced_and_who_stays_keeps_the_relationship(house: Groups) -> None:
    wanted = {"members": [{"user": "{loner}"}, {"user": "{member}", "role": "admin"}]}

    answer = await house.call("owner", "PUT", "/openslot/groups/{group_id}/members", wanted)

    assert (answer.status_code, answer.json()["resource"]["member_count"]) == (200, 2)
    assert await house.roles() == {"loner": "member", "member": "admin"}
    kept = (await house.call("owner", "GET", "/group_relationships/{relationship_id}")).json()["resource"]
    assert (kept["role"], kept["created_at"], kept["updated_at"]) == (
        "admin", "2027-01-04T08:00:00.000000Z", "2027-01-04T10:00:00.000000Z",
    )  # fmt: skip
    assert (await house.call("leader", "GET", "/groups/{group_id}")).status_code == 403


async def test_a_list_that_changes_nothing_about_somebody_leaves_the_relationship_as_it_was(house: Groups) -> None:
    before = (await house.call("owner", "GET", "/group_relationships/{relationship_id}")).json()

    await house.call("owner", "PUT", "/openslot/groups/{group_id}/members", {"members": [MEMBER]})

    assert (await house.call("owner", "GET", "/group_relationships/{relationship_id}")).json() == before


async def test_nobody_may_be_left_in_a_group(house: Groups) -> None:
    answer = await house.call("leader", "PUT", "/openslot/groups/{group_id}/members", {"members": []})

    assert (answer.status_code, answer.json()["resource"]["member_count"]) == (200, 0)
    assert await house.roles() == {}


REFUSED: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/openslot/groups", {}, "name", "is missing"),
    ("POST", "/openslot/groups", {"name": ""}, "name", "is too short (minimum is 1)"),
    ("POST", "/openslot/groups", {"name": "  "}, "name", "must be filled"),
    ("POST", "/openslot/groups", {"name": "a" * 256}, "name", "is too long (maximum is 255)"),
    ("POST", "/openslot/groups", {"name": "Clay", "members": [{}]}, "members[0].user", "is missing"),
    ("POST", "/openslot/groups", {"name": "Clay", "members": [{"user": "me"}]}, "members[0].user", "invalid"),
    ("POST", "/openslot/groups", {"name": "Clay", "members": [LEADER, MEMBER]}, "members[1].user",
     "is a member of another group"),
    ("PATCH", "/openslot/groups/{group_id}", {"name": " "}, "name", "must be filled"),
    ("PATCH", "/openslot/groups/{group_id}", {"name": None}, "name", "must be filled"),
    ("PUT", "/openslot/groups/{group_id}/members", {}, "members", "is missing"),
    ("PUT", "/openslot/groups/{group_id}/members", {"members": [LEADER | {"role": "owner"}]}, "members[0].role",
     "invalid"),
    ("PUT", "/openslot/groups/{other_group_id}/members", {"members": [MEMBER]}, "members[0].user",
     "is a member of another group"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "parameter", "message"), REFUSED)
async def test_what_is_wrong_is_named(
    house: Groups, method: str, path: str, body: Any, *, parameter: str, message: str
) -> None:
    answer = await house.call("owner", method, path, body)

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": message, "parameter": parameter}])
    assert len(await house.rows("owner", "/groups?organization={organization}")) == 2
    assert await house.roles() == {"leader": "admin", "member": "member"}


async def test_who_is_named_twice_is_refused_at_both_places(house: Groups) -> None:
    answer = await house.call(
        "owner",
        "PUT",
        "/openslot/groups/{group_id}/members",
        {"members": [LEADER, MEMBER, LEADER | {"role": "member"}]},
    )

    wanted = [{"message": "is named more than once", "parameter": f"members[{index}].user"} for index in (0, 2)]
    assert (answer.status_code, answer.json()["details"]) == (400, wanted)


@pytest.mark.parametrize("who", ["owner", "leader"])
async def test_nobody_from_elsewhere_gets_into_a_group(house: Groups, who: str) -> None:
    for user in (house.names["stranger"], URIS.user(new_id())):
        answer = await house.call(
            who, "PUT", "/openslot/groups/{group_id}/members", {"members": [LEADER, {"user": user}]}
        )

        assert (answer.status_code, answer.json()["message"]) == (403, "This user is not in your organization")


async def test_a_group_s_admin_takes_in_plain_members_without_a_group_and_nobody_else(house: Groups) -> None:
    """Who leads a group sees the events of the members in it, so that taking in is seeing more."""

    async def put(who: str, name: str) -> int:
        members = {"members": [LEADER, MEMBER, {"user": "{" + name + "}", "role": "admin"}]}
        return (await house.call(who, "PUT", "/openslot/groups/{group_id}/members", members)).status_code

    assert {name: await put("leader", name) for name in ("owner", "admin", "rival", "loner")} == {
        "owner": 403, "admin": 403, "rival": 403, "loner": 200,
    }  # fmt: skip
    assert await house.roles() == {"leader": "admin", "member": "member", "loner": "admin"}
    assert await put("owner", "admin") == 200
    assert await put("leader", "admin") == 200  # who is in already may stay


async def test_a_name_is_given_once_whatever_its_letters_case(house: Groups) -> None:
    made = await house.call("owner", "POST", "/openslot/groups", {"name": "kilns"})
    renamed = await house.call("owner", "PATCH", "/openslot/groups/{other_group_id}", {"name": "KILNS"})
    theirs = await house.call("stranger", "POST", "/openslot/groups", {"name": "Kilns"})

    taken = {"title": "Already Exists", "message": "A group with this name exists already"}
    assert [(one.status_code, one.json()) for one in (made, renamed)] == [(409, taken)] * 2
    assert theirs.status_code == 201


async def test_deleting_a_group_ends_its_subscriptions_and_keeps_its_members(house: Groups, conn: Conn) -> None:
    """One that had ended before names the group too, and must not keep it from going."""
    ended = await house.call("leader", "POST", "/webhook_subscriptions", HOOK | {"scope": "group", "group": "{group}"})
    assert ended.status_code == 201
    await house.call("leader", "DELETE", ended.headers["location"].removeprefix(API))

    statuses = [
        (await house.call(who, method, path)).status_code
        for who, method, path in (
            ("owner", "DELETE", "/openslot/groups/{group_id}"),
            ("owner", "GET", "/groups/{group_id}"),
            ("owner", "GET", "/group_relationships/{relationship_id}"),
            ("owner", "GET", "/webhook_subscriptions/{hook_id}"),
            ("owner", "GET", "/groups/{other_group_id}"),
            ("owner", "GET", "/users/" + str(house.members["member"].id)),
            ("leader", "GET", "/scheduled_events/{ahead_id}"),
            ("owner", "DELETE", "/openslot/groups/{group_id}"),
        )
    ]

    assert statuses == [204, 404, 404, 404, 200, 200, 403, 404]
    cursor = await conn.execute(
        "SELECT deleted_at IS NULL, sealed_signing_key FROM webhook_subscriptions WHERE organization_id = %s",
        (house.organization.id,),
    )
    assert await cursor.fetchall() == [(False, None)] * 2


async def test_who_has_left_the_organization_is_in_no_group(house: Groups, conn: Conn) -> None:
    await conn.execute("DELETE FROM organization_memberships WHERE user_id = %s", (house.members["member"].id,))

    group = (await house.call("owner", "GET", "/groups/{group_id}")).json()["resource"]

    assert (group["member_count"], await house.roles()) == (1, {"leader": "admin"})
    assert (await house.call("owner", "GET", "/group_relationships/{relationship_id}")).status_code == 404


SCOPED = [
    ("GET", "/groups?organization={organization}", "groups:read"),
    ("GET", "/groups/{group_id}", "groups:read"),
    ("GET", "/group_relationships?group={group}", "groups:read"),
    ("GET", "/group_relationships/{relationship_id}", "groups:read"),
    ("POST", "/openslot/groups", "groups:write"),
    ("PATCH", "/openslot/groups/{group_id}", "groups:write"),
    ("PUT", "/openslot/groups/{group_id}/members", "groups:write"),
    ("DELETE", "/openslot/groups/{group_id}", "groups:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
async def test_the_token_needs_the_scope_of_the_family(
    house: Groups, conn: Conn, clock: Clock, method: str, path: str, scope: str
) -> None:
    poor = await make_token(conn, house.organization.owner, now=clock.now, scopes=["users:read"])
    rich = await make_token(conn, house.organization.owner, now=clock.now, scopes=["groups:write"])
    body = {"POST": {"name": "Clay"}, "PATCH": {"name": "Clay"}, "PUT": {"members": []}}.get(method)
    house.callers.update(
        {name: Caller(house.callers["owner"].http, one.headers) for name, one in (("poor", poor), ("rich", rich))}
    )

    refused = await house.call("poor", method, path, body)
    answered = await house.call("rich", method, path, body)

    assert (refused.status_code, refused.json()["required_scopes"]) == (403, [scope])
    assert answered.status_code < 300
