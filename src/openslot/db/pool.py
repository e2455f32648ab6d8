"""Connections: how they are set up, the pool of a process, and one transaction as a context."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from openslot.config import SettingError
from openslot.wire import codec

Conn = AsyncConnection[tuple[Any, ...]]
"""A connection as every function of ``db`` takes it; queries say which row type they want."""


async def configure(conn: Conn) -> None:
    """Set up a fresh connection: UTC, JSON by msgspec, autocommit (writers open their transaction themselves)."""
    await conn.set_autocommit(True)
    await conn.execute("SET TIME ZONE 'UTC'")
    set_json_loads(msgspec.json.decode, conn)
    set_json_dumps(codec.encode, conn)


def make_pool(conninfo: str, *, size: int) -> AsyncConnectionPool[Conn]:
    """A pool that is not open yet; ``size`` connections at most, opened as they are needed.

    Raises:
        SettingError: ``conninfo`` can't be read. Nothing of it is shown, since it may hold a password.
    """
    try:
        conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise SettingError("OPENSLOT_DATABASE_URL is neither a postgresql:// URL nor a list of key=value") from None
    return AsyncConnectionPool(
        conninfo, min_size=1, max_size=size, open=False, configure=configure, kwargs={"application_name": "openslot"}
    )


@asynccontextmanager
async def connected(conninfo: str) -> AsyncIterator[Conn]:
    """One connection of its own, for commands and listeners."""
    async with await AsyncConnection.connect(conninfo, application_name="openslot") as conn:
        await configure(conn)
        yield conn


@asynccontextmanager
async def transaction(conninfo: str) -> AsyncIterator[Conn]:
    """One connection in one transaction, committed at the end unless an exception leaves."""
    async with connected(conninfo) as conn, conn.transaction():
        yield conn
