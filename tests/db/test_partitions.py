"""The months of the event log."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from openslot.core.ids import first_id_at, new_id, ordered_id
from openslot.db import partitions
from openslot.db.pool import Conn, connected
from services.conftest import blocked

NOVEMBER = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


async def record(conn: Conn, moment: datetime, state: str) -> UUID:
    """An event of a moment, with one delivery in ``state`` and an attempt."""
    event, delivery, organization = ordered_id(moment), ordered_id(moment), new_id()
    await conn.execute(
        "INSERT INTO events (organization_id, id, name, occurred_at, correlation_id, chain_id, user_ids, payload)"
        " VALUES (%s, %s, 'invitee.created', %s, %s, %s, '{}', '{}')",
        (organization, event, moment, new_id(), new_id()),
    )
    await conn.execute(
        "INSERT INTO deliveries (organization_id, id, event_id, subscription_id, chain_id, sequence, head, state,"
        " created_at) VALUES (%s, %s, %s, %s, %s, 1, '', %s, %s)",
        (organization, delivery, event, new_id(), new_id(), state, moment),
    )
    await conn.execute(
        "INSERT INTO delivery_attempts (organization_id, delivery_id, number, started_at, duration_ms, status_code)"
        " VALUES (%s, %s, 1, %s, 1, 200)",
        (organization, delivery, moment),
    )
    return event


async def where(conn: Conn, event: UUID) -> str | None:
    """The partition that an event lies in."""
    cursor = await conn.execute("SELECT tableoid::regclass::text FROM events WHERE id = %s", (event,))
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


async def test_this_month_and_those_ahead_are_made_once(conn: Conn) -> None:
    first = await partitions.ensure(conn, NOVEMBER)
    again = await partitions.ensure(conn, NOVEMBER)

    months = ("y2026m11", "y2026m12", "y2027m01")
    tables = ("events", "deliveries", "delivery_attempts")
    assert first == [f"{table}_{month}" for month in months for table in tables]
    assert again == []


async def test_an_event_lies_in_the_month_of_its_id_up_to_the_last_millisecond(conn: Conn) -> None:
    await partitions.ensure(conn, NOVEMBER)

    last = await record(conn, datetime(2026, 11, 30, 23, 59, 59, 999_000, UTC), "delivered")
    first = await record(conn, datetime(2026, 12, 1, tzinfo=UTC), "delivered")
    far = await record(conn, datetime(2090, 1, 1, tzinfo=UTC), "delivered")

    assert [await where(conn, event) for event in (last, first, far)] == [
        "events_y2026m11", "events_y2026m12", "events_rest",
    ]  # fmt: skip


async def test_what_came_before_its_month_was_made_is_moved_into_it(conn: Conn) -> None:
    early = await record(conn, NOVEMBER, "pending")
    before = await where(conn, early)

    await partitions.ensure(conn, NOVEMBER)

    assert (before, await where(conn, early)) == ("events_rest", "events_y2026m11")
    cursor = await conn.execute("SELECT count(*) FROM deliveries_y2026m11 JOIN delivery_attempts_y2026m11 ON true")
    assert await cursor.fetchall() == [(1,)]


async def test_months_that_have_ended_are_dropped_unless_somebody_may_yet_get_what_is_in_them(conn: Conn) -> None:
    for month in (8, 9, 10):
        await partitions.ensure(conn, datetime(2026, month, 1, tzinfo=UTC), ahead=0)
    august = await record(conn, datetime(2026, 8, 5, tzinfo=UTC), "delivered")
    september = await record(conn, datetime(2026, 9, 5, tzinfo=UTC), "pending")
    october = await record(conn, datetime(2026, 10, 5, tzinfo=UTC), "delivered")

    dropped, kept = await partitions.drop_before(conn, datetime(2026, 10, 31, tzinfo=UTC))

    assert dropped == ["events_y2026m08", "deliveries_y2026m08", "delivery_attempts_y2026m08"]
    assert kept == ["y2026m09"]
    assert [await where(conn, event) for event in (august, september, october)] == [
        None, "events_y2026m09", "events_y2026m10",
    ]  # fmt: skip


async def test_what_never_got_a_month_is_dropped_as_well(conn: Conn) -> None:
    old, waiting = [await record(conn, datetime(2020, 1, 1, tzinfo=UTC), state) for state in ("failed", "pending")]
    recent = await record(conn, NOVEMBER, "delivered")

    await partitions.drop_before(conn, datetime(2026, 11, 1, tzinfo=UTC))

    # the pending one has another organization, so its event is known by it
    assert [await where(conn, event) for event in (old, waiting, recent)] == [None, "events_rest", "events_rest"]


def test_ids_sort_with_the_moments_they_were_made_at() -> None:
    moment = datetime(2026, 11, 26, 12, 0, 0, 5000, UTC)

    assert first_id_at(moment) <= ordered_id(moment) < first_id_at(datetime(2026, 11, 26, 12, 0, 0, 6000, UTC))


async def test_a_month_is_not_dropped_under_the_hand_of_somebody_who_has_a_delivery_made_again(
    conn: Conn, own_database_url: str
) -> None:
    august = datetime(2026, 8, 1, tzinfo=UTC)
    await partitions.ensure(conn, august, ahead=0)
    event = await record(conn, datetime(2026, 8, 5, tzinfo=UTC), "delivered")
    async with connected(own_database_url) as other, other.transaction():
        await other.execute("UPDATE deliveries SET state = 'pending'")
        dropping = asyncio.create_task(partitions.drop_before(conn, NOVEMBER))
        async with connected(own_database_url) as observer:
            await blocked(observer, conn)

    dropped, kept = await dropping

    assert (dropped, kept, await where(conn, event)) == ([], ["y2026m08"], "events_y2026m08")
