"""Monthly partitions of the tables that keep growing: events, deliveries and attempts.

Partitions are created ahead and dropped after the retention. A row's month follows from its id (UUID version 7). A row
without a partition for its month goes to the default partition ``_rest``, so that inserts never fail, and moves when
its partition is created.
"""

import re
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from openslot.core.ids import first_id_at
from openslot.db.pool import Conn

TABLES: dict[LiteralString, LiteralString] = {
    "events": "id", "deliveries": "id", "delivery_attempts": "delivery_id",
}  # fmt: skip
"""Each partitioned table with the column it is partitioned by."""

_LOCK = 0x0BE2_5108
"""An advisory lock: one process at a time changes partitions."""
_LOCK_TIMEOUT = "1s"
"""Short, since bookings queue behind a statement that waits for a lock on the tables."""
_STATEMENT_TIMEOUT = "10min"
"""Long, since the default partition may hold many rows to move."""
_MONTH = re.compile(r"_y(\d{4})m(\d\d)$")
_DECEMBER = 12


def month_of(moment: datetime) -> datetime:
    """The first instant of the UTC month that ``moment`` lies in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def following(month: datetime) -> datetime:
    """The month after."""
    return month.replace(year=month.year + month.month // _DECEMBER, month=month.month % _DECEMBER + 1)


async def ensure(conn: Conn, now: datetime, *, ahead: int = 2) -> list[str]:
    """Create the missing partitions of this month and ``ahead`` more; return the names of those created.

    Raises:
        psycopg.errors.LockNotAvailable: the tables are busy; try again later.
    """
    month, created = month_of(now), []
    for _ in range(ahead + 1):
        for table, column in TABLES.items():
            name = _name(table, month)
            async with conn.transaction():
                await _lock(conn)
                cursor = await conn.execute("SELECT to_regclass(%s) IS NULL", (name,))
                if await cursor.fetchone() == (True,):
                    await _create(conn, table, column, name, month)
                    created.append(name)
        month = following(month)
    return created


async def missing(conn: Conn, now: datetime, *, ahead: int = 1) -> list[str]:
    """The names of the missing partitions of this month and ``ahead`` more."""
    month, names = month_of(now), []
    for _ in range(ahead + 1):
        names += [_name(table, month) for table in TABLES]
        month = following(month)
    cursor = await conn.execute(
        "SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (name, place)"
        " WHERE to_regclass(name) IS NULL ORDER BY place",
        (names,),
    )
    return [name for (name,) in await cursor.fetchall()]


async def drop_before(conn: Conn, limit: datetime) -> tuple[list[str], list[str]]:
    """Drop the months that ended by ``limit``; return the partitions dropped and the months kept.

    A month with a pending delivery is kept with its events, so that no delivery is lost.

    Raises:
        psycopg.errors.LockNotAvailable: the tables are busy; try again later.
    """
    dropped, kept = [], []
    for month in await _months(conn):
        if following(month) > limit:
            continue
        suffix = f"y{month.year:04}m{month.month:02}"
        async with conn.transaction():
            await _lock(conn)
            # A delivery must not become pending again between the check and the drop.
            await conn.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(f"deliveries_{suffix}"))
            )
            pending = sql.SQL("SELECT FROM {} WHERE state = 'pending' LIMIT 1").format(
                sql.Identifier(f"deliveries_{suffix}")
            )
            cursor = await conn.execute(pending)
            if await cursor.fetchone() is not None:
                kept.append(suffix)
                continue
            for table in TABLES:
                await conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(f"{table}_{suffix}")))
                dropped.append(f"{table}_{suffix}")
    await _empty_rest(conn, first_id_at(month_of(limit)))
    return dropped, kept


def _name(table: str, month: datetime) -> str:
    return f"{table}_y{month.year:04}m{month.month:02}"


async def _lock(conn: Conn) -> None:
    await conn.execute(
        "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
        " pg_advisory_xact_lock(%s)",
        (_LOCK_TIMEOUT, _STATEMENT_TIMEOUT, _LOCK),
    )


async def _create(conn: Conn, table: LiteralString, column: LiteralString, name: str, month: datetime) -> None:
    first, last = first_id_at(month), first_id_at(following(month))
    parts = {
        "table": sql.Identifier(table), "rest": sql.Identifier(f"{table}_rest"), "name": sql.Identifier(name),
        "column": sql.Identifier(column), "first": sql.Literal(str(first)), "last": sql.Literal(str(last)),
    }  # fmt: skip
    await conn.execute(sql.SQL("CREATE TABLE {name} (LIKE {table} INCLUDING ALL)").format(**parts))
    await conn.execute(sql.SQL("LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE").format(**parts))
    await conn.execute(
        sql.SQL(
            "WITH moved AS (DELETE FROM {rest} WHERE {column} >= {first} AND {column} < {last} RETURNING *)"
            " INSERT INTO {name} SELECT * FROM moved"
        ).format(**parts)
    )
    attach = "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({last})"
    await conn.execute(sql.SQL(attach).format(**parts))


async def _months(conn: Conn) -> list[datetime]:
    """The months that have partitions, oldest first."""
    cursor = await conn.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"
    )
    found = [match for (name,) in await cursor.fetchall() if (match := _MONTH.search(name)) is not None]
    return sorted(datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC) for match in found)


async def _empty_rest(conn: Conn, before: UUID) -> None:
    """Delete the old rows of the default partitions, except pending deliveries and their events."""
    await conn.execute(
        """
        WITH ended AS (
            DELETE FROM deliveries_rest WHERE id < %(before)s AND state <> 'pending'
        ), tried AS (
            DELETE FROM delivery_attempts_rest WHERE delivery_id < %(before)s
        )
        DELETE FROM events_rest AS event WHERE id < %(before)s AND NOT EXISTS (
            SELECT FROM deliveries WHERE deliveries.organization_id = event.organization_id
               AND deliveries.event_id = event.id AND deliveries.state = 'pending')
        """,
        {"before": before},
    )
