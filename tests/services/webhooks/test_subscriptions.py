"""How many webhook subscriptions there may be, whoever makes two at once. Source: ADR 0030."""

import asyncio

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import Forbidden
from openslot.db.pool import Conn
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services.quotas import Most
from openslot.services.webhooks import subscriptions
from openslot.services.webhooks.subscriptions import Wanted
from services.conftest import blocked


@pytest.mark.parametrize("most", [Most(of_user=1), Most(of_organization=1)])
async def test_of_two_at_the_bound_one_alone_passes(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, pair: list[Conn], most: Most
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)

    async def subscribe(by: Conn, url: str) -> None:
        wanted = Wanted(url=url, events=["invitee.created"], scope="organization", user_id=None, signing_key=None)
        async with by.transaction():
            await subscriptions.subscribe(
                by, principal, wanted, vault=vault, outbound=OutboundPolicy(), most=most, now=clock.now
            )

    async with pair[0].transaction():
        await subscribe(pair[0], "https://hooks.example/1")
        second = asyncio.create_task(subscribe(pair[1], "https://hooks.example/2"))
        await blocked(conn, pair[1])
    with pytest.raises(Forbidden):
        await second

    cursor = await conn.execute(
        "SELECT count(*) FROM webhook_subscriptions WHERE organization_id = %s", (organization.id,)
    )
    assert await cursor.fetchone() == (1,)
