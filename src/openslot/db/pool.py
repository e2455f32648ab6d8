"""Connections to the database: set-up, time-outs, the pool of a process, and a transaction as a context manager."""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, LiteralString, NamedTuple

import msgspec
import psycopg
from psycopg import AsyncConnection, sql
from psycopg import errors as db_errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from openslot.config import SettingError
from openslot.core.errors import Busy
from openslot.wire import codec

Conn = AsyncConnection[tuple[Any, ...]]
"""The connection that every function of ``db`` takes; each query chooses its row type."""


class Timeouts(NamedTuple):
    """The time-outs of a connection in seconds; 0: the server's setting for the role."""

    lock: float
    """For what another transaction has locked."""
    statement: float
    """For one statement, its locks included."""
    idle: float
    """For a transaction that does nothing, because its process hangs or is gone; the server ends it."""


PROBE = Timeouts(lock=1, statement=4, idle=10)
"""For health checks: their callers wait for five seconds."""
WORKER = Timeouts(lock=1, statement=60, idle=60)
"""For background work: it is retried anyway, and other work waits meanwhile."""
COMMAND = Timeouts(lock=10, statement=600, idle=60)
"""For commands: somebody waits for the result, and an erasure may take long."""

CONNECT_SECONDS = 10
_DEAD_SERVER_LIMITS = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""Without these, a connection waits for a vanished server until TCP gives up, a quarter of an hour."""

RETRY_AFTER_SECONDS = 5
"""When a caller who had to wait too long may try again."""
_UNDONE = (
    Busy, db_errors.LockNotAvailable, db_errors.QueryCanceled, db_errors.DeadlockDetected,
    db_errors.SerializationFailure, db_errors.IdleInTransactionSessionTimeout, PoolTimeout, TooManyRequests,
)  # fmt: skip


def is_undone(error: BaseException) -> bool:
    """Whether an error means that something took too long, and that the transaction has certainly been rolled back."""
    return isinstance(error, _UNDONE)


async def configure(conn: Conn, timeouts: Timeouts = COMMAND) -> None:
    """Set up a new connection: UTC, time-outs, JSON by msgspec, autocommit (writers open their own transaction).

    All settings are made once, in one statement, so that no request pays for them (ADR 0026).
    """
    await conn.set_autocommit(True)
    await set_timeouts(conn, timeouts)
    set_json_loads(msgspec.json.decode, conn)
    set_json_dumps(codec.encode, conn)


async def set_timeouts(conn: Conn, timeouts: Timeouts) -> None:
    """Set only time zone and time-outs, for connections that a library sets up otherwise."""
    await conn.execute(_settings(timeouts))
    await conn.commit()


async def set_statement_timeout(conn: Conn, seconds: float) -> None:
    """Change the time-out for statements until the end of the caller's transaction."""
    await conn.execute("SELECT set_config('statement_timeout', %s, true)", (str(round(seconds * 1000)),))


def _settings(timeouts: Timeouts) -> sql.Composed:
    named: dict[LiteralString, float] = {
        "lock_timeout": timeouts.lock,
        "statement_timeout": timeouts.statement,
        "idle_in_transaction_session_timeout": timeouts.idle,
    }
    bounds = [
        sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(round(seconds * 1000)))
        for name, seconds in named.items()
        if seconds
    ]
    return sql.SQL("; ").join([sql.SQL("SET TIME ZONE 'UTC'"), *bounds])


def make_pool(
    conninfo: str, *, size: int, timeouts: Timeouts = WORKER, least: int = 1, patience_seconds: float = 30
) -> AsyncConnectionPool[Conn]:
    """A pool, not opened yet, of up to ``size`` connections, opened as needed; ``least`` are kept open.

    A caller who gets no connection within ``patience_seconds`` gets a ``PoolTimeout``.

    Raises:
        SettingError: ``conninfo`` can't be parsed. The message does not show it, since it may contain a password.
    """
    return AsyncConnectionPool(
        with_dead_server_limits(conninfo),
        min_size=least,
        max_size=size,
        open=False,
        timeout=patience_seconds,
        configure=partial(configure, timeouts=timeouts),
        check=refuse_closed,
        kwargs={"application_name": "openslot"},
    )


async def refuse_closed(conn: Conn) -> None:
    """Let the pool replace a connection that the server has closed, before a request fails with it.

    Raises:
        psycopg.OperationalError: the server has closed the connection.
    """
    # No query, which would cost a round trip: an idle connection is readable only when the server has closed it.
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    if poll.poll(0):
        await conn.close()
        message = "the server has closed the connection"
        raise psycopg.OperationalError(message)


def with_dead_server_limits(conninfo: str) -> str:
    """``conninfo`` with limits on waiting for a vanished server, as far as it does not set them itself.

    Raises:
        SettingError: ``conninfo`` can't be parsed.
    """
    try:
        return make_conninfo(conninfo, **(_DEAD_SERVER_LIMITS | conninfo_to_dict(conninfo)))
    except psycopg.ProgrammingError:
        raise SettingError("OPENSLOT_DATABASE_URL is neither a postgresql:// URL nor a list of key=value") from None


@asynccontextmanager
async def connected(conninfo: str, timeouts: Timeouts | None = None) -> AsyncIterator[Conn]:
    """A connection outside the pool, for commands (``timeouts`` None) and listeners.

    Raises:
        SettingError: ``conninfo`` can't be parsed.
        psycopg.OperationalError: no connection.
    """
    async with await AsyncConnection.connect(with_dead_server_limits(conninfo), application_name="openslot") as conn:
        await configure(conn, COMMAND if timeouts is None else timeouts)
        yield conn


@asynccontextmanager
async def transaction(conninfo: str, timeouts: Timeouts | None = None) -> AsyncIterator[Conn]:
    """A connection with one transaction, which commits at the end and rolls back on an exception.

    Raises:
        SettingError, psycopg.OperationalError: as ``connected``.
    """
    async with connected(conninfo, timeouts) as conn, conn.transaction():
        yield conn
