"""Memberships: who sees them, and what ends with one. Source: behaviours, section 7."""

import asyncio

import pytest

from conftest import Clock
from factories import URIS, Organization, make_event_type, principal_of
from openslot.core.errors import Forbidden, NotFound
from openslot.db import memberships
from openslot.db.pool import Conn, connected, transaction
from openslot.services import membership, serving
from openslot.services.access import Principal


async def test_members_see_their_own_membership_alone(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    own, of_owner = [
        await memberships.of_user(conn, organization.id, one.id) for one in (organization.member, organization.owner)
    ]
    assert own is not None
    assert of_owner is not None
    assert await membership.get(conn, member, own.id) == own
    with pytest.raises(Forbidden):
        await membership.get(conn, member, of_owner.id)


async def test_of_two_who_remove_the_same_member_at_once_the_second_finds_nobody(
    conn: Conn, database_url: str, organization: Organization, clock: Clock
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    found = await memberships.of_user(conn, organization.id, organization.member.id)
    assert found is not None
    owner, admin = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.admin)]

    async def remove(by: Principal) -> bool:
        async with transaction(database_url) as other:
            try:
                await membership.remove(other, by, found.id, uris=URIS, now=clock.now)
            except NotFound:
                return False
            return True

    assert sorted(await asyncio.gather(remove(owner), remove(admin))) == [False, True]
    assert await memberships.of_user(conn, organization.id, organization.member.id) is None
    assert not (await serving.find(conn, organization.id, own)).active


async def test_nobody_is_left_who_could_remove_the_last_owner(
    conn: Conn, database_url: str, organization: Organization, clock: Clock
) -> None:
    found = await memberships.of_user(conn, organization.id, organization.owner.id)
    assert found is not None
    async with connected(database_url) as other:
        admin = await principal_of(other, organization.admin, now=clock.now)
        with pytest.raises(Forbidden, match="owner role"):
            await membership.remove(other, admin, found.id, uris=URIS, now=clock.now)


async def test_a_one_off_event_type_of_who_is_removed_takes_no_bookings_either(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now, type="AdhocEventType")
    found = await memberships.of_user(conn, organization.id, organization.member.id)
    assert found is not None
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await membership.remove(conn, owner, found.id, uris=URIS, now=clock.now)
    assert not (await serving.find(conn, organization.id, own)).active
