"""The round of the worker that asks invitees to confirm again."""

from datetime import timedelta

from psycopg_pool import AsyncConnectionPool

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type
from openslot.db.pool import Conn, make_pool
from openslot.jobs import reconfirmations
from openslot.services.booking.invitees import find


async def test_a_round_sends_the_requests_that_are_due_and_acts_where_no_answer_came(
    conn: Conn, organization: Organization, clock: Clock, own_database_url: str
) -> None:
    wednesday = clock.now + timedelta(days=(2 - clock.now.weekday()) % 7 + 7)
    start = wednesday.replace(hour=10, minute=0, second=0, microsecond=0)
    event_type = await make_event_type(
        conn, organization.owner.user, now=clock.now,
        reconfirm_minutes=1440, reconfirm_by_minutes=60, reconfirm_action="cancel",
    )  # fmt: skip
    made = [
        await make_booking(
            conn, organization, start + number * timedelta(minutes=30), now=clock.now, event_type_id=event_type
        )
        for number in range(3)
    ]
    pool: AsyncConnectionPool[Conn] = make_pool(own_database_url, size=1)
    async with pool:
        first = await reconfirmations.run_once(pool, URIS, start - timedelta(days=1))
        second = await reconfirmations.run_once(pool, URIS, start - timedelta(minutes=59))
        third = await reconfirmations.run_once(pool, URIS, start - timedelta(minutes=59))

    assert (first, second, third) == ((1, 0), (2, 1), (0, 0))
    statuses = [(await find(conn, one.invitee.id)).invitee.status for one in made]
    assert statuses == ["canceled", "active", "active"]
