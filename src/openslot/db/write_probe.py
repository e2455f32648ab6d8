"""Checks whether the database accepts writes, by a write that is rolled back."""

import psycopg
from psycopg import errors

from openslot.db.pool import Conn

REFUSALS: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "no space is left on its disk",
    errors.IoError: "its disk reports errors",
    errors.ReadOnlySqlTransaction: "it is read-only, such as a standby",
}


async def refusal(conn: Conn) -> str | None:
    """Why the database refuses writes; None: it accepts them.

    On a full disk, a few rows may still fit into existing pages. So the probe writes a megabyte, which needs new pages,
    to a temporary table, which does not write to the WAL, and rolls back.
    """
    try:
        async with conn.transaction(force_rollback=True):
            await conn.execute("CREATE TEMP TABLE write_probe (filler text)")
            await conn.execute("INSERT INTO write_probe SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
    except errors.InsufficientPrivilege:
        return None  # without the right to make temporary tables, only a real write can show it
    except tuple(REFUSALS) as exc:
        return REFUSALS[type(exc)]
    return None
