"""Teams and their pages. Source: contract, teams; ADR 0008."""

import asyncio
from datetime import datetime

import pytest
from msgspec import UNSET

from conftest import Clock
from factories import Organization, make_member, principal_of
from openslot.core.errors import Conflict, Forbidden, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services import accounts, preferences, publishing, teaming
from openslot.services.accounts import NewMember
from openslot.wire.preferences import ChangeHostPreferences
from services.conftest import blocked


async def test_admins_make_and_change_teams_and_everybody_sees_them(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    admin, member, stranger = [
        await principal_of(conn, one, now=clock.now)
        for one in (organization.admin, organization.member, elsewhere.owner)
    ]
    ids = [organization.member.id, organization.owner.id]
    made = await teaming.create(conn, admin, " Kiln  masters ", None, ids, now=clock.now)

    assert (made.name, [one.user_id for one in made.members]) == ("Kiln masters", ids)
    assert await teaming.get(conn, member, made.id) == made
    assert await publishing.page(conn, made.slug) == made
    with pytest.raises(Forbidden):
        await teaming.create(conn, member, "Others", None, [], now=clock.now)
    with pytest.raises(Forbidden):
        await teaming.change(conn, member, made.id, name="Others", members=UNSET, now=clock.now)
    with pytest.raises(Forbidden):
        await teaming.delete(conn, member, made.id)
    with pytest.raises(Forbidden, match="not in your organization"):
        await teaming.change(conn, admin, made.id, name=UNSET, members=[elsewhere.owner.id], now=clock.now)
    with pytest.raises(NotFound):
        await teaming.get(conn, stranger, made.id)
    with pytest.raises(NotFound):
        await publishing.profile(conn, made.slug)


async def test_what_is_wrong_with_a_team_is_named(conn: Conn, organization: Organization, clock: Clock) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    twice = [organization.owner.id, organization.admin.id, organization.owner.id]

    with pytest.raises(Invalid) as refused:
        await teaming.create(conn, owner, " ", "Größe", twice, now=clock.now)

    assert [one.parameter for one in refused.value.details] == ["name", "slug", "members[0]", "members[2]"]


async def test_a_page_is_a_users_or_a_teams(conn: Conn, organization: Organization, clock: Clock) -> None:
    """A slug that is made of a name is numbered; one that somebody chose is refused."""
    owner = await principal_of(conn, organization.owner, now=clock.now)
    name = f"masters {new_id().hex}"
    first, second = [await teaming.create(conn, owner, name, None, [], now=clock.now) for _ in range(2)]
    user = await accounts.add_member(conn, organization.id, a_member(name), now=clock.now)

    assert (second.slug, user.slug) == (f"{first.slug[:48].strip('-')}-2", f"{first.slug[:48].strip('-')}-3")
    for slug in (first.slug, user.slug.upper(), organization.owner.user.slug, "app"):
        with pytest.raises(Conflict, match=f"the page /{slug.lower()} is"):
            await teaming.create(conn, owner, "Others", slug, [], now=clock.now)
    wanted = ChangeHostPreferences(slug=first.slug)
    with pytest.raises(Conflict):
        await preferences.change_user(conn, owner, owner.user.id, wanted, now=clock.now)
    await teaming.delete(conn, owner, first.id)
    with pytest.raises(NotFound):
        await publishing.page(conn, first.slug)
    chosen = await teaming.create(conn, owner, "Others", first.slug, [], now=clock.now)
    assert chosen.slug == first.slug


async def test_of_a_user_and_a_team_that_take_a_page_at_once_one_gets_it(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    first, second = pair
    owner = await principal_of(conn, organization.owner, now=clock.now)
    name = f"masters {new_id().hex[:8]}"

    async def join(now: datetime) -> str:
        async with second.transaction():
            return (await accounts.add_member(second, organization.id, a_member(name), now=now)).slug

    async with first.transaction():
        team = await teaming.create(first, owner, name, None, [], now=clock.now)
        late = asyncio.create_task(join(clock.now))
        await blocked(conn, second, late)

    assert await late == f"{team.slug}-2"


async def test_who_leaves_the_organization_is_in_no_team(conn: Conn, organization: Organization, clock: Clock) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    gone = await make_member(conn, organization.id, role="user", now=clock.now)
    made = await teaming.create(conn, owner, "Masters", None, [gone.id, owner.user.id], now=clock.now)
    await conn.execute("DELETE FROM organization_memberships WHERE user_id = %s", (gone.id,))

    assert [one.user_id for one in (await teaming.get(conn, owner, made.id)).members] == [owner.user.id]


def a_member(name: str) -> NewMember:
    return NewMember(name=name, email=f"{new_id().hex}@example.com", timezone="Europe/Rome", role="user")
