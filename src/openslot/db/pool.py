"""Connections: how they are set up and how long they wait, the pool of a process, one transaction as a context."""

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
"""A connection as every function of ``db`` takes it; queries say which row type they want."""


class Timeouts(NamedTuple):
    """How long a connection waits, in seconds; 0: as the server says for its role."""

    lock: float
    """For what another transaction has locked."""
    statement: float
    """For one statement, its locks included."""
    idle: float
    """How long a transaction may do nothing before the server ends it: its process hangs, or is gone without a word."""


PROBE = Timeouts(lock=1, statement=4, idle=10)
"""Of those who watch over the service; they wait five seconds."""
WORKER = Timeouts(lock=1, statement=60, idle=60)
"""Of background work: it is tried again by itself, and others' work waits meanwhile."""
COMMAND = Timeouts(lock=10, statement=600, idle=60)
"""Of commands, before which somebody sits: an erasure may take its time."""

CONNECT_SECONDS = 10
_ENDS = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""Without these a server that is gone without a word is waited for until TCP gives up, a quarter of an hour."""

RETRY_AFTER_SECONDS = 5
"""When to come back, for who had to wait too long."""
_UNDONE = (
    Busy, db_errors.LockNotAvailable, db_errors.QueryCanceled, db_errors.DeadlockDetected,
    db_errors.SerializationFailure, db_errors.IdleInTransactionSessionTimeout, PoolTimeout, TooManyRequests,
)  # fmt: skip


def is_undone(error: BaseException) -> bool:
    """Whether somebody had to wait too long, and it is certain that nothing of the transaction has happened."""
    return isinstance(error, _UNDONE)


async def configure(conn: Conn, timeouts: Timeouts = COMMAND) -> None:
    """Set up a fresh connection: UTC, time-outs, JSON by msgspec, autocommit (writers open their own transaction).

    One statement for all, once: no request has another for it (ADR 0026).
    """
    await conn.set_autocommit(True)
    await bound(conn, timeouts)
    set_json_loads(msgspec.json.decode, conn)
    set_json_dumps(codec.encode, conn)


async def bound(conn: Conn, timeouts: Timeouts) -> None:
    """The time-outs alone, for connections that others set up."""
    await conn.execute(_settings(timeouts))
    await conn.commit()


async def set_statement_timeout(conn: Conn, seconds: float) -> None:
    """Another bound for the statements of the caller's transaction."""
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
    """A pool that is not open yet; ``size`` connections at most, opened as they are needed, ``least`` kept.

    Whoever gets none within ``patience_seconds`` has a ``PoolTimeout``.

    Raises:
        SettingError: ``conninfo`` can't be read. Nothing of it is shown, since it may hold a password.
    """
    return AsyncConnectionPool(
        with_ends(conninfo),
        min_size=least,
        max_size=size,
        open=False,
        timeout=patience_seconds,
        configure=partial(configure, timeouts=timeouts),
        check=refuse_closed,
        kwargs={"application_name": "openslot"},
    )


async def refuse_closed(conn: Conn) -> None:
    """Let the pool replace a connection that its server has closed, before a request fails with it; no round trip.

    Raises:
        psycopg.OperationalError: there is something to read on a connection that waits for nothing: its end.
    """
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    if poll.poll(0):
        await conn.close()
        message = "the server has closed the connection"
        raise psycopg.OperationalError(message)


def with_ends(conninfo: str) -> str:
    """``conninfo`` with an end to waiting for a server that is no longer there, as far as it does not say that itself.

    Raises:
        SettingError: as ``make_pool``.
    """
    try:
        return make_conninfo(conninfo, **(_ENDS | conninfo_to_dict(conninfo)))
    except psycopg.ProgrammingError:
        raise SettingError("OPENSLOT_DATABASE_URL is neither a postgresql:// URL nor a list of key=value") from None


@asynccontextmanager
async def connected(conninfo: str, timeouts: Timeouts | None = None) -> AsyncIterator[Conn]:
    """One connection of its own, for commands (None) and listeners."""
    async with await AsyncConnection.connect(with_ends(conninfo), application_name="openslot") as conn:
        await configure(conn, COMMAND if timeouts is None else timeouts)
        yield conn


@asynccontextmanager
async def transaction(conninfo: str, timeouts: Timeouts | None = None) -> AsyncIterator[Conn]:
    """One connection in one transaction, committed at the end unless an exception leaves."""
    async with connected(conninfo, timeouts) as conn, conn.transaction():
        yield conn
