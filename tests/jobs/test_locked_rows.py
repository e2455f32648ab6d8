"""Background work beside a session that has rows locked: only the work on those rows waits."""

import asyncio
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, make_organization, make_subscription
from jobs.conftest import Receiver, Works, book
from locks import held
from openslot.db.pool import Conn, make_pool
from openslot.jobs import reconfirmations


async def wednesday_booking(conn: Conn, organization: Organization, start: datetime, now: datetime) -> None:
    """One that is to be confirmed again a day before."""
    event_type = await make_event_type(
        conn, organization.owner.user, now=now,
        reconfirm_minutes=1440, reconfirm_by_minutes=60, reconfirm_action="cancel",
    )  # fmt: skip
    await make_booking(conn, organization, start, now=now, event_type_id=event_type)


async def test_other_organizations_get_their_requests_and_actions(
    conn: Conn, organization: Organization, clock: Clock, own_database_url: str
) -> None:
    wednesday = clock.now + timedelta(days=(2 - clock.now.weekday()) % 7 + 7)
    start = wednesday.replace(hour=10, minute=0, second=0, microsecond=0)
    elsewhere = await make_organization(conn, now=clock.now)
    for one in (organization, elsewhere):
        for number in range(2):
            await wednesday_booking(conn, one, start + number * timedelta(minutes=30), clock.now)
    day_before, hour_before = start - timedelta(hours=23), start - timedelta(minutes=10)
    all_of: LiteralString = "SELECT FROM invitees WHERE organization_id = %s FOR UPDATE"
    async with make_pool(own_database_url, size=1) as pool:
        async with held(own_database_url, all_of, organization.id):
            requested = await reconfirmations.run_once(pool, URIS, day_before)
        requested_later = await reconfirmations.run_once(pool, URIS, day_before)
        async with held(own_database_url, all_of, organization.id):
            acted = await reconfirmations.run_once(pool, URIS, hour_before)
        acted_later = await reconfirmations.run_once(pool, URIS, hour_before)
    assert (requested, requested_later, acted, acted_later) == ((2, 0), (2, 0), (0, 2), (0, 2))


async def states(conn: Conn) -> dict[UUID, list[str]]:
    """What has become of deliveries, by organization."""
    query = "SELECT organization_id, array_agg(ROW(state, attempts)::text) FROM deliveries GROUP BY 1"
    return dict(await (await conn.execute(query)).fetchall())


async def test_what_came_of_other_deliveries_is_recorded(
    conn: Conn, organization: Organization, clock: Clock, own_database_url: str, works: Works, receiver: Receiver
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    receiver.refuses = lambda got: got.path == "/refuse"
    stuck = await works.subscribe(f"{receiver.url}/refuse")
    await make_subscription(
        conn, elsewhere.owner, vault=works.context.vault, now=clock.now, url=receiver.url, outbound=works.outbound
    )
    stopping = asyncio.Event()
    working = asyncio.create_task(works.worker.run(stopping))
    try:
        async with held(
            own_database_url, "SELECT FROM webhook_subscriptions WHERE id = %s FOR NO KEY UPDATE", stuck.id
        ):
            await book(conn, organization, clock)
            for hour in range(3):  # one after the other, since what comes together is recorded together
                await book(conn, elsewhere, clock, clock.now + timedelta(days=1, hours=2 + hour))
                while (await states(conn)).get(elsewhere.id) != ["(delivered,1)"] * (hour + 1):  # noqa: ASYNC110
                    await asyncio.sleep(0)
            assert (await states(conn))[organization.id] == ["(pending,0)"]
        while (await states(conn))[organization.id] != ["(pending,1)"]:  # noqa: ASYNC110 -- only PostgreSQL knows
            await asyncio.sleep(0)
    finally:
        stopping.set()
        await working
    assert [one.path for one in receiver.received].count("/refuse") == 1
