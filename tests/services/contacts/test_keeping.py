"""A user's own contacts."""

import asyncio
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, principal_of
from openslot.core.errors import Conflict, Forbidden
from openslot.db.pool import Conn, transaction
from openslot.services.access import Principal
from openslot.services.contacts import keeping
from openslot.wire.contacts import CreateContact, NewContactEmail

BODY = CreateContact(name="Ada", emails=[NewContactEmail("ada@example.org", is_primary=True)])


async def make(conn: Conn, principal: Principal, clock: Clock) -> UUID:
    changes = await keeping.read(conn, principal, BODY)
    return (await keeping.create(conn, principal, changes, uris=URIS, now=clock.now)).id


async def test_two_users_have_a_contact_of_the_same_address_each_and_none_sees_the_others(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner, member = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.member)]
    of_owner = await make(conn, owner, clock)
    await make(conn, member, clock)
    with pytest.raises(Forbidden):
        await keeping.own(conn, member, of_owner, now=clock.now)


async def test_of_two_contacts_with_one_address_that_are_made_at_once_there_is_one(
    conn: Conn, database_url: str, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)

    async def try_it() -> bool:
        async with transaction(database_url) as other:
            try:
                await make(other, owner, clock)
            except Conflict:
                return False
            return True

    assert sorted(await asyncio.gather(try_it(), try_it())) == [False, True]
