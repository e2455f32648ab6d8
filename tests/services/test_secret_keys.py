"""Whether a secret key is that of the database, and what a lost one takes along. Source: ADR 0027."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from factories import Organization, make_organization, make_subscription
from openslot.db.pool import Conn, connected
from openslot.security.vault import Vault
from openslot.services import access, secret_keys
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication

KEY, OTHER = "the key of this database, long enough", "another key that is as long as the first"
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    """To a database of its own, which has one key."""
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn) -> Organization:
    return await make_organization(conn, now=NOW)


async def sign(conn: Conn, organization: Organization, key: str) -> None:
    """A subscription whose signing key is sealed with ``key``."""
    await make_subscription(conn, organization.owner, vault=Vault(key), now=NOW, signing_key="of the receiver")


async def test_the_first_key_that_a_database_sees_is_its_key(conn: Conn) -> None:
    first = await secret_keys.settle(conn, Vault(KEY), now=NOW)
    other = await secret_keys.settle(conn, Vault(OTHER), now=NOW)
    again = await secret_keys.settle(conn, Vault(KEY), now=NOW)

    assert (first, other, again) == (True, False, True)


async def test_a_database_of_an_earlier_version_is_known_by_what_its_key_has_sealed(
    conn: Conn, organization: Organization
) -> None:
    await sign(conn, organization, KEY)

    found = [await secret_keys.settle(conn, Vault(key), now=NOW) for key in (OTHER, KEY, OTHER)]

    assert found == [False, True, False]


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_a_key_that_is_not_there_is_made_for_a_database_without_one_alone(
    conn: Conn, organization: Organization, *, is_recorded: bool
) -> None:
    before = await secret_keys.belongs(conn, None)
    if is_recorded:
        await secret_keys.settle(conn, Vault(KEY), now=NOW)
    else:
        await sign(conn, organization, KEY)

    assert (before, await secret_keys.belongs(conn, None)) == (True, False)


async def test_accepting_another_key_disables_what_only_the_former_can_read(
    conn: Conn, organization: Organization
) -> None:
    await secret_keys.settle(conn, Vault(KEY), now=NOW)
    await sign(conn, organization, KEY)
    unsigned = await make_subscription(conn, organization.owner, vault=Vault(KEY), now=NOW, url="https://u.example")

    lost = await secret_keys.accept(conn, Vault(OTHER), now=LATER)

    cursor = await conn.execute("SELECT id, state FROM webhook_subscriptions ORDER BY created_at, id")
    states: dict[UUID, str] = dict(await cursor.fetchall())
    assert states == {lost[0].id: "disabled", unsigned.id: "active"}
    assert await secret_keys.settle(conn, Vault(OTHER), now=LATER)
    assert not await secret_keys.settle(conn, Vault(KEY), now=LATER)


async def test_an_application_whose_signing_key_is_lost_gets_another_with_its_next_secret(
    conn: Conn, organization: Organization
) -> None:
    operator = await access.operator(conn, organization.id)
    new = NewApplication(name="Kiln CRM", redirect_uris=["https://crm.example.org/callback"])
    lost, kept = [
        (await applications.create(conn, operator, new, vault=Vault(key), now=NOW)).application.id
        for key in (OTHER, KEY)
    ]

    await secret_keys.accept(conn, Vault(KEY), now=LATER)
    renewed = [await applications.renew_secret(conn, operator, one, vault=Vault(KEY)) for one in (lost, kept)]
    again = await applications.renew_secret(conn, operator, lost, vault=Vault(KEY))

    assert [bool(one.signing_key) for one in (*renewed, again)] == [True, False, False]
