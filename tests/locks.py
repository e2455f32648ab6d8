"""Another session that holds rows as long as a test wants, and what is waiting meanwhile.

A test that uses these depends on no speed: what comes before what shows who waited.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString
from uuid import UUID

import httpx

from openslot.db.pool import Conn, connected


@asynccontextmanager
async def held(database_url: str, query: LiteralString, *values: UUID) -> AsyncIterator[Conn]:
    """Another session, in a transaction that has locked what ``query`` names."""
    async with connected(database_url) as other, other.transaction():
        await other.execute(query, values or None)
        yield other


async def until_requests_wait(http: httpx.AsyncClient, number: int) -> None:
    """Return once so many requests wait for a connection."""
    while True:
        found = re.search(
            r"^openslot_database_pool_waiting\{.*\} (.*)$", (await http.get("/metrics")).text, re.MULTILINE
        )
        assert found is not None
        if float(found[1]) >= number:
            return


async def until_sessions_wait(conn: Conn, number: int) -> None:
    """Return once so many sessions wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while ((await (await conn.execute(query)).fetchone()) or (0,))[0] < number:  # noqa: ASYNC110 -- only PostgreSQL knows
        await asyncio.sleep(0)
