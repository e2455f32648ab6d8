"""Organizations and memberships. Source: GET /organizations, GET /organization_memberships; behaviours, section 7."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx

from conftest import Clock
from factories import (
    API,
    Caller,
    Member,
    Organization,
    make_booking,
    make_event_type,
    make_group,
    make_member,
    make_subscription,
)
from openslot.db.pool import Conn
from openslot.security.vault import Vault

PATH = "/organization_memberships"


def members_of(answer: httpx.Response) -> list[str]:
    """The URIs of the users on a page."""
    assert answer.status_code == 200, answer.text
    return [one["user"]["uri"] for one in answer.json()["collection"]]


def named(organization: Organization, **more: Any) -> dict[str, Any]:
    return {"organization": f"{API}/organizations/{organization.id}"} | more


def uri(member: Member) -> str:
    return f"{API}/users/{member.id}"


async def test_an_organization_has_a_plan_that_has_everything(owner: Caller, organization: Organization) -> None:
    answer = await owner.get(f"/organizations/{organization.id}")
    assert answer.json()["resource"] == {
        "uri": f"{API}/organizations/{organization.id}",
        "name": "Kiln & Co",
        "kind": "single",
        "plan": "enterprise",
        "stage": "paid",
        "created_at": "2027-01-04T08:00:00.000000Z",
        "updated_at": "2027-01-04T08:00:00.000000Z",
    }


async def test_admins_list_everybody_page_by_page(admin: Caller, organization: Organization) -> None:
    first = await admin.get(PATH, named(organization, count=2))
    second = await admin.get(
        PATH, named(organization, count=2, page_token=first.json()["pagination"]["next_page_token"])
    )
    everybody = {uri(one) for one in (organization.owner, organization.admin, organization.member)}
    assert (len(members_of(first)), len(members_of(second))) == (2, 1)
    assert {*members_of(first), *members_of(second)} == everybody


async def test_the_list_is_filtered_by_user_role_and_any_spelling_of_an_address(
    owner: Caller, organization: Organization
) -> None:
    email = organization.member.user.email
    found = [
        members_of(await owner.get(PATH, named(organization, **filters)))
        for filters in (
            {"user": uri(organization.member)}, {"role": "user"}, {"email": email.upper()}, {"email": "no@one.example"},
            {"role": "admin", "email": email},
        )
    ]  # fmt: skip
    member = [uri(organization.member)]
    assert found == [member, member, member, [], []]


async def test_a_member_sees_the_own_membership_and_the_admin_of_a_group_its_members_too(
    conn: Conn, clock: Clock, http: httpx.AsyncClient, member: Caller, organization: Organization
) -> None:
    leader = await make_member(conn, organization.id, role="user", now=clock.now)
    await make_group(conn, organization, now=clock.now, admins=[leader], members=[organization.member])
    led = Caller(http, leader.headers)
    assert members_of(await member.get(PATH, named(organization))) == [uri(organization.member)]
    assert set(members_of(await led.get(PATH, named(organization)))) == {uri(organization.member), uri(leader)}
    assert members_of(await led.get(PATH, {"user": uri(organization.member)})) == [uri(organization.member)]


async def test_a_membership_is_the_same_alone_and_in_the_list(owner: Caller, organization: Organization) -> None:
    listed = (await owner.get(PATH, named(organization, role="admin"))).json()["collection"][0]
    alone = await owner.get(listed["uri"].removeprefix(API))
    assert alone.json() == {"resource": listed}


async def test_the_neither_named_filters_are_both_named_in_the_error(owner: Caller) -> None:
    answer = await owner.get(PATH)
    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"message": "must be filled", "parameter": "user"}, {"message": "must be filled", "parameter": "organization"},
    ]  # fmt: skip


async def membership_of(admin: Caller, member: Member, organization: Organization) -> str:
    """The path of a membership."""
    found = await admin.get(PATH, named(organization, user=uri(member)))
    (one,) = found.json()["collection"]
    return str(one["uri"]).removeprefix(API)


async def test_who_is_removed_has_no_access_and_is_on_no_list_any_more(
    admin: Caller, member: Caller, organization: Organization
) -> None:
    path = await membership_of(admin, organization.member, organization)
    removed = await admin.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await member.get("/users/me")).status_code == 401
    assert (await admin.get(path)).status_code == 404
    assert (await admin.delete(path)).status_code == 404
    assert uri(organization.member) not in members_of(await admin.get(PATH, named(organization)))


async def test_the_event_types_of_who_is_removed_take_no_bookings_and_those_of_others_lose_the_host(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    shared = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        pooling_type="round_robin",
        hosts=[organization.owner.id, organization.member.id],
    )
    await owner.delete(await membership_of(owner, organization.member, organization))
    left = (await owner.get(f"/openslot/event_types/{shared}")).json()["resource"]["hosts"]
    off = (await owner.get(f"/event_types/{own}")).json()["resource"]["active"]
    assert ([one["user"] for one in left], off) == ([uri(organization.owner)], False)


async def test_subscriptions_to_the_events_of_who_is_removed_stop_and_those_of_the_organization_go_on(
    conn: Conn, clock: Clock, vault: Vault, owner: Caller, organization: Organization
) -> None:
    of_user = await make_subscription(conn, organization.member, vault=vault, now=clock.now, scope="user")
    of_all = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    await owner.delete(await membership_of(owner, organization.member, organization))
    states = [
        (await owner.get(f"/webhook_subscriptions/{one.id}")).json()["resource"]["state"] for one in (of_user, of_all)
    ]
    assert states == ["disabled", "active"]


async def test_what_is_booked_stays_when_its_host_is_removed(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    made = await make_booking(
        conn, replace(organization, event_type_id=own), datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now
    )
    await owner.delete(await membership_of(owner, organization.member, organization))
    event = (await owner.get(f"/scheduled_events/{made.event.id}")).json()["resource"]
    assert (event["status"], [one["user"] for one in event["event_memberships"]]) == (
        "active", [uri(organization.member)],
    )  # fmt: skip


async def test_nobody_removes_the_owner_or_oneself_or_somebody_elsewhere_and_members_remove_nobody(
    admin: Caller, owner: Caller, member: Caller, organization: Organization, elsewhere: Organization, conn: Conn
) -> None:
    of_owner = await membership_of(admin, organization.owner, organization)
    of_admin = await membership_of(admin, organization.admin, organization)
    rows = await conn.execute("SELECT id FROM organization_memberships WHERE user_id = %s", (elsewhere.member.id,))
    ((foreign,),) = await rows.fetchall()
    answers = [
        await admin.delete(of_owner), await admin.delete(of_admin), await admin.delete(f"{PATH}/{foreign}"),
        await member.delete(of_admin),
    ]  # fmt: skip
    assert [(one.status_code, one.json()["message"]) for one in answers] == [
        (403, "You can not change owner role"),
        (403, "You can not remove yourself from organization"),
        (403, "You cannot modify members from another organization"),
        (403, "You do not have permission to perform this action"),
    ]
    assert (await owner.get("/users/me")).status_code == 200
