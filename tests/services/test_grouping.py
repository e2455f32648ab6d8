"""Who is in which group, also where two changes meet. Source: behaviours, section 7."""

import asyncio
from uuid import UUID

import pytest

from conftest import Clock
from factories import Organization, make_group, make_member, make_subscription, principal_of
from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import grouping
from openslot.services.grouping import Wanted
from services.conftest import blocked, refusal_of


async def relationships(conn: Conn, group_id: UUID) -> dict[UUID, str]:
    """The roles of those who are in a group."""
    cursor = await conn.execute("SELECT user_id, role FROM group_members WHERE group_id = %s", (group_id,))
    return dict(await cursor.fetchall())


async def test_a_group_is_made_by_admins_under_a_name_of_its_own(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    admin = await principal_of(conn, organization.admin, now=clock.now)
    member = await principal_of(conn, organization.member, now=clock.now)
    wanted = [Wanted(organization.member.id, "admin"), Wanted(organization.owner.id, "member")]

    made = await grouping.create(conn, admin, " Kilns\n", wanted, now=clock.now)
    refusals = [
        await refusal_of(grouping.create(conn, caller, name, [], now=clock.now))
        for caller, name in ((admin, "Kilns"), (admin, " "), (member, "Glazes"))
    ]

    assert (made.name, made.member_count) == ("Kilns", 2)
    assert await relationships(conn, made.id) == {organization.member.id: "admin", organization.owner.id: "member"}
    assert refusals == [
        "Conflict: A group with this name exists already",
        "Invalid: name must be filled",
        "Forbidden: You do not have permission",
    ]


async def test_who_is_named_twice_or_a_member_of_another_group_is_refused_by_place(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await make_group(conn, organization, now=clock.now, members=[organization.member])
    group_id = await make_group(conn, organization, now=clock.now)
    wanted = [
        Wanted(organization.admin.id, "admin"),
        Wanted(organization.member.id, "member"),
        Wanted(organization.admin.id, "member"),
    ]
    with pytest.raises(Invalid) as refused:
        await grouping.set_members(conn, owner, group_id, wanted, now=clock.now)

    assert refused.value.details == (
        FieldError("members[0].user", "is named more than once"),
        FieldError("members[1].user", "is a member of another group"),
        FieldError("members[2].user", "is named more than once"),
    )


async def test_a_group_s_admin_takes_in_plain_members_who_are_in_no_group(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    leader, free, taken = [await make_member(conn, organization.id, role="user", now=clock.now) for _ in range(3)]
    group_id = await make_group(conn, organization, now=clock.now, admins=[leader])
    await make_group(conn, organization, now=clock.now, admins=[taken])
    principal = await principal_of(conn, leader, now=clock.now)
    candidates = {"free": free, "taken": taken, "owner": organization.owner, "stranger": elsewhere.member}

    refusals = {
        name: await refusal_of(
            grouping.set_members(conn, principal, group_id, [Wanted(leader.id, "admin"), Wanted(one.id, "member")],
                                 now=clock.now)
        )
        for name, one in candidates.items()
    }  # fmt: skip

    assert refusals == {
        "free": None,
        "taken": "Forbidden: You do not have permission",
        "owner": "Forbidden: You do not have permission",
        "stranger": "Forbidden: This user is not in your organization",
    }
    assert await relationships(conn, group_id) == {leader.id: "admin", free.id: "member"}


async def test_admins_list_every_group_and_a_group_s_admin_the_own_ones(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    leader = await make_member(conn, organization.id, role="user", now=clock.now)
    await make_group(conn, organization, now=clock.now, admins=[leader], members=[organization.member])
    admin, leading, member = [
        await principal_of(conn, one, now=clock.now) for one in (organization.admin, leader, organization.member)
    ]

    assert await grouping.narrowed_to(conn, admin) is None
    assert await grouping.narrowed_to(conn, leading) == leader.id
    assert await refusal_of(grouping.narrowed_to(conn, member)) == "Forbidden: You do not have permission"
    assert await refusal_of(grouping.get_relationship(conn, admin, new_id())) == "NotFound: no such group relationship"


async def test_a_subscription_that_meets_the_end_of_its_group_finds_none(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock, vault: Vault
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    group_id = await make_group(conn, organization, now=clock.now)
    async with pair[0].transaction():
        await grouping.delete(pair[0], principal, group_id, now=clock.now)
        late = asyncio.create_task(
            make_subscription(pair[1], organization.owner, vault=vault, now=clock.now, scope="group", group_id=group_id)
        )
        await blocked(conn, pair[1], late)
    with pytest.raises(NotFound):
        await late


async def test_two_groups_never_take_the_same_member(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    """Each change sees what the one before has left."""
    principal = await principal_of(conn, organization.owner, now=clock.now)
    first, second = [await make_group(conn, organization, now=clock.now) for _ in range(2)]
    wanted = [Wanted(organization.member.id, "member")]
    async with pair[0].transaction():
        await grouping.set_members(pair[0], principal, first, wanted, now=clock.now)
        late = asyncio.create_task(grouping.set_members(pair[1], principal, second, wanted, now=clock.now))
        await blocked(conn, pair[1], late)
    with pytest.raises(Invalid, match="is a member of another group"):
        await late
