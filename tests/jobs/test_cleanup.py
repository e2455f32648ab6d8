"""The sweep of what has ended."""

from datetime import timedelta

from psycopg_pool import AsyncConnectionPool

from conftest import Clock
from factories import Organization
from openslot.db.pool import Conn, make_pool
from openslot.jobs import cleanup
from openslot.services.booking import holds
from openslot.services.booking.holds import Reason


async def test_one_sweep_leaves_nothing_of_a_hold_that_has_ended_and_all_of_the_others(
    conn: Conn, organization: Organization, clock: Clock, own_database_url: str
) -> None:
    pool: AsyncConnectionPool[Conn] = make_pool(own_database_url, size=1)
    wednesday = clock.now + timedelta(days=(2 - clock.now.weekday()) % 7 + 7)
    start = wednesday.replace(hour=10, minute=0, second=0, microsecond=0)
    made = [
        await holds.place(
            conn, organization.id, organization.event_type_id, start + number * timedelta(hours=1),
            reason=Reason.FORM, lasts=timedelta(minutes=10 * (number + 1)), now=clock.now,
        )
        for number in range(2)
    ]  # fmt: skip
    async with pool:
        freed = await cleanup.sweep(pool, clock.now + timedelta(minutes=10))

    cursor = await conn.execute(
        "SELECT holds.id, occupancy.scheduled_event_id FROM holds FULL JOIN occupancy"
        " ON occupancy.scheduled_event_id = holds.scheduled_event_id"
        " WHERE coalesce(holds.organization_id, occupancy.organization_id) = %s",
        (organization.id,),
    )
    assert freed >= 1
    assert await cursor.fetchall() == [(made[1].hold.id, made[1].hold.scheduled_event_id)]
