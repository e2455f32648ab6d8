"""The store of flows in PostgreSQL, for any number of machines that run the same flows and share their work.

It has the tables of ``connector/flows/sqlite.py`` in a schema of their own, and keeps the rules of its ``store``. A run
that is under way belongs to a runner for as long as that holds its advisory lock, so that the work of a runner that
died is taken over at once, and a slow function does not lose its run for being slow. A runner keeps its number for
life: after a lost connection it locks it again, and what it has still to record is its own. Another runner that looks
in between takes it for dead, and what was under way runs there too.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool

from openslot.connector.flows.store import Backlog, Erased, NewEvent, Run, RunTaken, State, StateUnusable
from openslot.flow_store import statements as sql

Conn = AsyncConnection[TupleRow]

POOL_SIZE = 8
CONNECT_SECONDS = 5
"""How long a host may take to answer, where the URL does not set ``connect_timeout``."""
TIMEOUT_SECONDS = 5.0
"""How long a database that went away is waited for: deliveries have an answer while their senders wait."""


class PostgresStore:
    """See ``connector.flows.store.Store``."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._pool: AsyncConnectionPool[Conn] | None = None
        self._held: Conn | None = None
        self._holding = asyncio.Lock()
        self._runner = secrets.randbelow(2**31)
        self._flows: Sequence[str] = ()

    async def open(self, flows: Sequence[str]) -> None:
        """As ``Store.open``, but any number may run a flow; the schema is created where there is none."""
        try:
            async with await self._connect() as conn:  # first, since a pool would try for long, and log each time
                await conn.execute(sql.SCHEMA)
            self._pool = self._new_pool()
            await self._pool.open(wait=True)
            self._flows = tuple(flows)
            await self._hold()
        except psycopg.Error as exc:
            await self.close()
            raise StateUnusable(f"the database can't hold the state of flows: {_why(exc, self._url)}") from exc
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._held is not None:
            with suppress(psycopg.OperationalError):  # it is gone, and what it held with it
                await self._held.execute(sql.LET_ALL_GO)  # the server hears of a closed connection a little later
            await self._held.close()
            self._held = None
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def is_run(self, flow: str) -> bool:
        async with self._conn() as conn:
            row = await (await conn.execute(sql.NOBODY_HAS_CHARGE, (flow,))).fetchone()
        return row is not None and not row[0]

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        async with self._conn() as conn:
            await conn.execute(sql.LOCK, (name,))
            await conn.commit()  # no transaction stays open while the service is called
            try:
                yield
            finally:
                await conn.execute(sql.UNLOCK, (name,))

    async def accept(self, events: Sequence[NewEvent], kept: Mapping[str, str | None] | None = None) -> None:
        async with self._conn() as conn:
            for about in sorted({event.about for event in events}):
                await conn.execute(sql.LINE_UP, (about,))
            for event in events:
                await _accept(conn, event)
            await _keep(conn, kept or {})

    async def claim(self, flow: str, now: float, limit: int, under_way: Collection[int] = ()) -> list[Run]:
        await self._hold()
        if limit == 0:
            return []
        values = self._values(flow, under_way) | {"now": now, "limit": limit}
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(sql.CLAIM, values)
            return sorted(await cursor.fetchall(), key=lambda run: (run.due_at, run.id))

    async def next_due(self, flow: str) -> float | None:
        async with self._conn() as conn:
            row = await (await conn.execute(sql.NEXT_DUE, self._values(flow, ()))).fetchone()
        return None if row is None else row[0]

    async def note(self, run: int, progress: str) -> None:
        if await self._execute(sql.NOTE, (progress, run, self._runner)) == 0:
            raise RunTaken(f"run {run} is not ours any more")

    async def done(self, run: int, now: float) -> None:
        await self._execute(sql.DONE, (now, run))

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        if again_at is None:
            await self._execute(sql.FAILED, (error, now, run, self._runner))
        else:
            await self._execute(sql.AGAIN, (error, again_at, run, self._runner))

    async def let_go(self, run: int) -> None:
        await self._execute(sql.LET_GO, (run, self._runner))

    async def runs(self, *, state: State | None = None, flow: str | None = None, limit: int = 100) -> list[Run]:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(sql.LIST, {"state": state, "flow": flow, "limit": limit})
            return await cursor.fetchall()

    async def find(self, run: int) -> Run | None:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(sql.FIND, (run,))
            return await cursor.fetchone()

    async def backlog(self) -> list[Backlog]:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Backlog)) as cursor:
            await cursor.execute(sql.BACKLOG)
            return await cursor.fetchall()

    async def rerun(self, run: int, now: float, *, from_start: bool = False) -> bool:
        return await self._execute(sql.RERUN, {"run": run, "now": now, "from_start": from_start}) == 1

    async def rerun_all(self, flow: str, now: float, *, from_start: bool = False) -> int:
        return await self._execute(sql.RERUN_ALL, {"flow": flow, "now": now, "from_start": from_start})

    async def discard(self, run: int, now: float, *, unfinished: bool = False) -> bool:
        return await self._execute(sql.DISCARD, {"run": run, "now": now, "unfinished": unfinished}) == 1

    async def discard_all(self, flow: str, now: float, *, unfinished: bool = False) -> int:
        return await self._execute(sql.DISCARD_ALL, {"flow": flow, "now": now, "unfinished": unfinished})

    async def erase(self, is_meant: Callable[[bytes], bool]) -> Erased:
        async with self._conn() as conn:
            async with conn.cursor(name="bodies") as bodies:
                await bodies.execute(sql.BODIES)
                meant = {seq async for seq, body in bodies if is_meant(body)}
            await conn.execute(sql.HOLD_RUNS, (list(meant),))  # nobody begins one now
            values = {"events": list(meant), "runners": sql.RUNNERS}
            begun = {seq for (seq,) in await (await conn.execute(sql.BEGUN, values)).fetchall()}
            events = list(meant - begun)
            row = await (await conn.execute(sql.COUNT_RUNS, (events,))).fetchone()
            await conn.execute(sql.ERASE, (events,))
        return Erased(len(events), 0 if row is None else row[0], len(begun))

    async def kept(self, prefix: str) -> dict[str, str]:
        async with self._conn() as conn:
            return dict(await (await conn.execute(sql.KEPT, (prefix,))).fetchall())

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        async with self._conn() as conn:
            await _keep(conn, texts)

    async def prune(self, before: float) -> None:
        await self._execute(sql.PRUNE, {"before": before})

    def _values(self, flow: str, under_way: Collection[int]) -> dict[str, Any]:
        return {"flow": flow, "runners": sql.RUNNERS, "runner": self._runner, "under_way": list(under_way)}

    def _new_pool(self) -> AsyncConnectionPool[Conn]:
        return AsyncConnectionPool(
            _impatient(self._url),
            min_size=1,
            max_size=POOL_SIZE,
            open=False,
            timeout=TIMEOUT_SECONDS,
            # its waits between attempts double until then, and would go on long after an outage of minutes
            reconnect_timeout=TIMEOUT_SECONDS,
        )

    @asynccontextmanager
    async def _conn(self) -> AsyncIterator[Conn]:
        """A connection and a transaction on it."""
        if self._pool is None:
            raise RuntimeError("the store is not open")
        async with self._pool.connection() as conn:
            yield conn

    async def _execute(self, statement: LiteralString, values: Sequence[Any] | Mapping[str, Any]) -> int:
        async with self._conn() as conn:
            return (await conn.execute(statement, values)).rowcount

    async def _hold(self) -> None:
        """Hold the lock by which others know that we are alive."""
        async with self._holding:
            if self._held is not None:
                with suppress(psycopg.OperationalError):
                    await self._held.execute(sql.SHOW_ALIVE, (sql.RUNNERS, self._runner))
                    return
                held, self._held = self._held, None
                await held.close()
            held = await self._connect(autocommit=True)
            try:
                await held.execute(sql.SHOW_ALIVE, (sql.RUNNERS, self._runner))
                for flow in self._flows:
                    await held.execute(sql.TAKE_CHARGE, (flow,))
            except BaseException:
                await held.close()
                raise
            self._held = held

    async def _connect(self, *, autocommit: bool = False) -> Conn:
        return await AsyncConnection.connect(_impatient(self._url), autocommit=autocommit)


def _impatient(url: str) -> str:
    """``url`` with time limits for a server that is no longer there, where it sets none itself.

    Without them a connection that breaks silently is waited for until TCP gives up, a quarter of an hour.
    """
    ends = {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # milliseconds
    }
    return make_conninfo(url, **(ends | conninfo_to_dict(url)))


def _why(exc: psycopg.Error, url: str) -> str:
    """The first line of an error, without the password: an error about an invalid URL may repeat any part of it."""
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.ProgrammingError:
        return "its address is none that PostgreSQL takes, such as postgresql://user:password@host:5432/name"
    first = (str(exc).strip() or type(exc).__name__).splitlines()[0]
    return first.replace(str(password), "...") if password else first


async def _accept(conn: Conn, event: NewEvent) -> None:
    values = {name: getattr(event, name) for name in ("id", "name", "about", "body", "received_at")}
    row = await (await conn.execute(sql.INSERT_EVENT, values)).fetchone()
    if row is None:  # somebody else made it while we waited
        row = await (await conn.execute(sql.SEQ, (event.id,))).fetchone()
    assert row is not None
    seq: int = row[0]
    for flow in event.ends_delayed_of:
        await conn.execute(sql.END_DELAYED, (event.received_at, event.about, flow, seq))
    for run in event.runs:
        values = {name: getattr(run, name) for name in run.__struct_fields__} | {"seq": seq, "about": event.about}
        await conn.execute(sql.INSERT_RUN, values)


async def _keep(conn: Conn, texts: Mapping[str, str | None]) -> None:
    for name, value in texts.items():
        if value is None:
            await conn.execute(sql.FORGET, (name,))
        else:
            await conn.execute(sql.KEEP, (name, value))
