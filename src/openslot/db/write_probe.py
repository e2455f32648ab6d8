"""Whether the database takes writes, found out by one that leaves nothing behind."""

import psycopg
from psycopg import errors

from openslot.db.pool import Conn

REFUSALS: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "no space is left on its disk",
    errors.IoError: "its disk reports errors",
    errors.ReadOnlySqlTransaction: "it is read-only, such as a standby",
}


async def refusal(conn: Conn) -> str | None:
    """Why a write is refused; None where it is taken.

    New rows may fit into pages that are there already, on a disk that is full. So a megabyte is written that needs new
    ones, to a table of the connection's own, without the log, and taken back.
    """
    try:
        async with conn.transaction(force_rollback=True):
            await conn.execute("CREATE TEMP TABLE write_probe (filler text)")
            await conn.execute("INSERT INTO write_probe SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
    except errors.InsufficientPrivilege:
        return None  # temporary tables are not for us there: the first refused write will have to say it
    except tuple(REFUSALS) as exc:
        return REFUSALS[type(exc)]
    return None
