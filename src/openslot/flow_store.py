"""The store of flows in PostgreSQL, for any number of machines that run the same flows and share their work.

The same tables and rules as ``connector/sqlite_store.py``, in a schema of their own. What is under way belongs to a
runner for as long as that holds its advisory lock, so that the work of one that died is taken over at once, and a slow
function does not lose its run for being slow. A runner keeps its number for life: after a lost connection it locks it
again, and what was on its way to be recorded is still its own. Another runner that looks in between takes it for dead:
what was under way runs there too.
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

Conn = AsyncConnection[TupleRow]

POOL_SIZE = 8
CONNECT_SECONDS = 5
"""How long a host may take to answer, where the URL does not say ``connect_timeout``."""
PATIENCE_SECONDS = 5.0
"""How long a database that went away is waited for: deliveries have an answer while their senders wait."""
_RUNNERS = 0x05107F10
"""The class of the advisory locks that runners hold; the other half is the runner's number."""

_SCHEMA: LiteralString = """
SELECT pg_advisory_xact_lock(84893456);
CREATE SCHEMA IF NOT EXISTS openslot_flows;
CREATE TABLE IF NOT EXISTS openslot_flows.events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    name text NOT NULL,
    about text NOT NULL,
    body bytea NOT NULL,
    received_at double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS events_about ON openslot_flows.events (about, name);
CREATE TABLE IF NOT EXISTS openslot_flows.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event bigint NOT NULL REFERENCES openslot_flows.events (seq) ON DELETE CASCADE,
    flow text NOT NULL,
    handler text NOT NULL,
    about text NOT NULL,
    state text NOT NULL,
    is_delayed boolean NOT NULL,
    due_at double precision NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    runner integer,
    error text,
    progress text,
    finished_at double precision,
    UNIQUE (event, flow, handler)
);
CREATE INDEX IF NOT EXISTS runs_unfinished ON openslot_flows.runs (flow, due_at, id)
    WHERE state IN ('waiting', 'running');
CREATE INDEX IF NOT EXISTS runs_order ON openslot_flows.runs (flow, about, event)
    WHERE state IN ('waiting', 'running') AND NOT is_delayed;
CREATE TABLE IF NOT EXISTS openslot_flows.kept (name text PRIMARY KEY, value text NOT NULL);
"""

_INSERT_EVENT: LiteralString = """
WITH made AS (
    INSERT INTO openslot_flows.events (id, name, about, body, received_at)
    VALUES (%(id)s, %(name)s, %(about)s, %(body)s, %(received_at)s) ON CONFLICT DO NOTHING RETURNING seq
)
SELECT seq FROM made UNION ALL SELECT seq FROM openslot_flows.events WHERE id = %(id)s LIMIT 1
"""
_SEQ: LiteralString = "SELECT seq FROM openslot_flows.events WHERE id = %s"
# What is about one invitee is taken in one after the other, so that created and canceled see each other.
_LINE_UP: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))"
# Where it has the lock already it gets it once more. Where a connection that broke has it still, that will do: the next
# attempt is a moment later.
_SHOW_ALIVE: LiteralString = "SELECT pg_try_advisory_lock(%s, %s)"
_LOCK: LiteralString = "SELECT pg_advisory_lock(hashtextextended(%s, 5))"
_UNLOCK: LiteralString = "SELECT pg_advisory_unlock(hashtextextended(%s, 5))"
_INSERT_RUN: LiteralString = """
INSERT INTO openslot_flows.runs (event, flow, handler, about, is_delayed, due_at, state)
SELECT %(seq)s, %(flow)s, %(handler)s, %(about)s, %(is_delayed)s, %(due_at)s,
    CASE WHEN %(is_delayed)s AND EXISTS (
        SELECT 1 FROM openslot_flows.events
        WHERE about = %(about)s AND name = 'invitee.canceled' AND seq <> %(seq)s
    ) THEN 'canceled' ELSE 'waiting' END
ON CONFLICT DO NOTHING
"""
_END_DELAYED: LiteralString = """
UPDATE openslot_flows.runs SET state = 'canceled', finished_at = %s
WHERE about = %s AND flow = %s AND is_delayed AND state = 'waiting' AND event < %s
"""
_TAKE_CHARGE: LiteralString = "SELECT pg_advisory_lock_shared(hashtextextended(%s, 6))"
_LET_ALL_GO: LiteralString = "SELECT pg_advisory_unlock_all()"
# Nobody waits for what is had here, and it is let go with the transaction.
_NOBODY_HAS_CHARGE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 6))"
_IS_ALIVE: LiteralString = """
EXISTS (
    SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = %(runners)s AND l.objid = r.runner::oid)
"""
_IS_FREE: LiteralString = f"""
r.flow = %(flow)s AND r.id <> ALL(%(under_way)s::bigint[])
AND (r.state = 'waiting' OR r.state = 'running' AND (r.runner = %(runner)s OR NOT {_IS_ALIVE}))
AND (r.is_delayed OR NOT EXISTS (
    SELECT 1 FROM openslot_flows.runs earlier
    WHERE earlier.flow = r.flow AND earlier.about = r.about AND earlier.event < r.event
        AND NOT earlier.is_delayed AND earlier.state IN ('waiting', 'running')))
"""
_FIELDS: LiteralString = """
r.id, r.flow, r.handler, r.state, e.id AS event_id, e.name AS event, r.about, e.body, e.received_at, r.due_at,
r.finished_at, r.attempts, r.failures, r.error, r.progress
"""
_CLAIM: LiteralString = f"""
WITH due AS (
    SELECT r.id FROM openslot_flows.runs r WHERE {_IS_FREE} AND r.due_at <= %(now)s
    ORDER BY r.due_at, r.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE openslot_flows.runs r SET state = 'running', attempts = attempts + 1, runner = %(runner)s
FROM openslot_flows.events e WHERE r.id IN (SELECT id FROM due) AND e.seq = r.event
RETURNING {_FIELDS}
"""
_NEXT_DUE: LiteralString = f"SELECT min(r.due_at) FROM openslot_flows.runs r WHERE {_IS_FREE}"
_LIST: LiteralString = f"""
SELECT {_FIELDS} FROM openslot_flows.runs r JOIN openslot_flows.events e ON e.seq = r.event
WHERE (%(state)s::text IS NULL OR r.state = %(state)s) AND (%(flow)s::text IS NULL OR r.flow = %(flow)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""
_FIND: LiteralString = f"""
SELECT {_FIELDS} FROM openslot_flows.runs r JOIN openslot_flows.events e ON e.seq = r.event WHERE r.id = %s
"""
_BACKLOG: LiteralString = """
SELECT flow, count(*) FILTER (WHERE state <> 'failed') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed
FROM openslot_flows.runs WHERE state IN ('waiting', 'running', 'failed') GROUP BY flow ORDER BY flow
"""
# A runner that has lost its lock, and with it the run, has no say in it any more; that it is done counts all the same.
_NOTE: LiteralString = "UPDATE openslot_flows.runs SET progress = %s WHERE id = %s AND runner = %s"
_DONE: LiteralString = """
UPDATE openslot_flows.runs SET state = 'done', error = NULL, finished_at = %s, runner = NULL WHERE id = %s
"""
_FAILED: LiteralString = """
UPDATE openslot_flows.runs SET state = 'failed', error = %s, finished_at = %s, failures = failures + 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
_AGAIN: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', error = %s, due_at = %s, failures = failures + 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
_LET_GO: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', attempts = attempts - 1, runner = NULL
WHERE id = %s AND runner = %s AND state = 'running'
"""
_HAVE_AGAIN: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', due_at = %(now)s, attempts = 0, failures = 0, error = NULL,
    finished_at = NULL, progress = CASE WHEN state = 'done' OR %(from_start)s THEN NULL ELSE progress END
"""
_RERUN: LiteralString = f"{_HAVE_AGAIN} WHERE id = %(run)s AND state <> 'running'"
_RERUN_ALL: LiteralString = f"{_HAVE_AGAIN} WHERE flow = %(flow)s AND state = 'failed'"
_GIVE_UP: LiteralString = """
UPDATE openslot_flows.runs SET state = 'canceled', finished_at = %(now)s, runner = NULL
WHERE (state = 'failed' OR %(unfinished)s AND state IN ('waiting', 'running'))
"""
_DISCARD: LiteralString = f"{_GIVE_UP} AND id = %(run)s"
_DISCARD_ALL: LiteralString = f"{_GIVE_UP} AND flow = %(flow)s"
_BODIES: LiteralString = "SELECT seq, body FROM openslot_flows.events"
_HOLD_RUNS: LiteralString = "SELECT id FROM openslot_flows.runs WHERE event = ANY(%s) FOR UPDATE"
_BEGUN: LiteralString = f"""
SELECT DISTINCT r.event FROM openslot_flows.runs r
WHERE r.event = ANY(%(events)s) AND r.state = 'running' AND {_IS_ALIVE}
"""
_COUNT_RUNS: LiteralString = "SELECT count(*) FROM openslot_flows.runs WHERE event = ANY(%s)"
_ERASE: LiteralString = "DELETE FROM openslot_flows.events WHERE seq = ANY(%s)"
_KEPT: LiteralString = "SELECT name, value FROM openslot_flows.kept WHERE starts_with(name, %s)"
_KEEP: LiteralString = """
INSERT INTO openslot_flows.kept (name, value) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_FORGET: LiteralString = "DELETE FROM openslot_flows.kept WHERE name = %s"
_PRUNE: LiteralString = """
DELETE FROM openslot_flows.events e WHERE received_at < %(before)s AND NOT EXISTS (
    SELECT 1 FROM openslot_flows.runs r WHERE r.event = e.seq
        AND (r.state IN ('waiting', 'running', 'failed') OR r.finished_at >= %(before)s))
"""


class PostgresStore:
    """See ``connector.store.Store``."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._pool: AsyncConnectionPool[Conn] | None = None
        self._held: Conn | None = None
        self._holding = asyncio.Lock()
        self._runner = secrets.randbelow(2**31)
        self._flows: Sequence[str] = ()

    async def open(self, flows: Sequence[str]) -> None:
        """As ``Store`` says, but any number may have charge of a flow; the schema is made where there is none."""
        try:
            async with await self._connect() as conn:  # first, since a pool would try for long, and log each time
                await conn.execute(_SCHEMA)
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
                await self._held.execute(_LET_ALL_GO)  # the server hears of a closed connection a little later
            await self._held.close()
            self._held = None
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def is_run(self, flow: str) -> bool:
        async with self._conn() as conn:
            row = await (await conn.execute(_NOBODY_HAS_CHARGE, (flow,))).fetchone()
        return row is not None and not row[0]

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        async with self._conn() as conn:
            await conn.execute(_LOCK, (name,))
            await conn.commit()  # no transaction stays open while the service is asked
            try:
                yield
            finally:
                await conn.execute(_UNLOCK, (name,))

    async def accept(self, events: Sequence[NewEvent], kept: Mapping[str, str | None] | None = None) -> None:
        async with self._conn() as conn:
            for about in sorted({event.about for event in events}):
                await conn.execute(_LINE_UP, (about,))
            for event in events:
                await _accept(conn, event)
            await _keep(conn, kept or {})

    async def claim(self, flow: str, now: float, limit: int, under_way: Collection[int] = ()) -> list[Run]:
        await self._hold()
        if limit == 0:
            return []
        values = self._values(flow, under_way) | {"now": now, "limit": limit}
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(_CLAIM, values)
            return sorted(await cursor.fetchall(), key=lambda run: (run.due_at, run.id))

    async def next_due(self, flow: str) -> float | None:
        async with self._conn() as conn:
            row = await (await conn.execute(_NEXT_DUE, self._values(flow, ()))).fetchone()
        return None if row is None else row[0]

    async def note(self, run: int, progress: str) -> None:
        if await self._execute(_NOTE, (progress, run, self._runner)) == 0:
            raise RunTaken(f"run {run} is not ours any more")

    async def done(self, run: int, now: float) -> None:
        await self._execute(_DONE, (now, run))

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        if again_at is None:
            await self._execute(_FAILED, (error, now, run, self._runner))
        else:
            await self._execute(_AGAIN, (error, again_at, run, self._runner))

    async def let_go(self, run: int) -> None:
        await self._execute(_LET_GO, (run, self._runner))

    async def runs(self, *, state: State | None = None, flow: str | None = None, limit: int = 100) -> list[Run]:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(_LIST, {"state": state, "flow": flow, "limit": limit})
            return await cursor.fetchall()

    async def find(self, run: int) -> Run | None:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(_FIND, (run,))
            return await cursor.fetchone()

    async def backlog(self) -> list[Backlog]:
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Backlog)) as cursor:
            await cursor.execute(_BACKLOG)
            return await cursor.fetchall()

    async def rerun(self, run: int, now: float, *, from_start: bool = False) -> bool:
        return await self._execute(_RERUN, {"run": run, "now": now, "from_start": from_start}) == 1

    async def rerun_all(self, flow: str, now: float, *, from_start: bool = False) -> int:
        return await self._execute(_RERUN_ALL, {"flow": flow, "now": now, "from_start": from_start})

    async def discard(self, run: int, now: float, *, unfinished: bool = False) -> bool:
        return await self._execute(_DISCARD, {"run": run, "now": now, "unfinished": unfinished}) == 1

    async def discard_all(self, flow: str, now: float, *, unfinished: bool = False) -> int:
        return await self._execute(_DISCARD_ALL, {"flow": flow, "now": now, "unfinished": unfinished})

    async def erase(self, is_meant: Callable[[bytes], bool]) -> Erased:
        async with self._conn() as conn:
            async with conn.cursor(name="bodies") as bodies:
                await bodies.execute(_BODIES)
                meant = {seq async for seq, body in bodies if is_meant(body)}
            await conn.execute(_HOLD_RUNS, (list(meant),))  # nobody begins one now
            values = {"events": list(meant), "runners": _RUNNERS}
            begun = {seq for (seq,) in await (await conn.execute(_BEGUN, values)).fetchall()}
            events = list(meant - begun)
            row = await (await conn.execute(_COUNT_RUNS, (events,))).fetchone()
            await conn.execute(_ERASE, (events,))
        return Erased(len(events), 0 if row is None else row[0], len(begun))

    async def kept(self, prefix: str) -> dict[str, str]:
        async with self._conn() as conn:
            return dict(await (await conn.execute(_KEPT, (prefix,))).fetchall())

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        async with self._conn() as conn:
            await _keep(conn, texts)

    async def prune(self, before: float) -> None:
        await self._execute(_PRUNE, {"before": before})

    def _values(self, flow: str, under_way: Collection[int]) -> dict[str, Any]:
        return {"flow": flow, "runners": _RUNNERS, "runner": self._runner, "under_way": list(under_way)}

    def _new_pool(self) -> AsyncConnectionPool[Conn]:
        return AsyncConnectionPool(
            _impatient(self._url),
            min_size=1,
            max_size=POOL_SIZE,
            open=False,
            timeout=PATIENCE_SECONDS,
            # its waits between attempts double until then, and would go on long after an outage of minutes
            reconnect_timeout=PATIENCE_SECONDS,
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
        """See that others see us to be alive."""
        async with self._holding:
            if self._held is not None:
                with suppress(psycopg.OperationalError):
                    await self._held.execute(_SHOW_ALIVE, (_RUNNERS, self._runner))
                    return
                held, self._held = self._held, None
                await held.close()
            held = await self._connect(autocommit=True)
            try:
                await held.execute(_SHOW_ALIVE, (_RUNNERS, self._runner))
                for flow in self._flows:
                    await held.execute(_TAKE_CHARGE, (flow,))
            except BaseException:
                await held.close()
                raise
            self._held = held

    async def _connect(self, *, autocommit: bool = False) -> Conn:
        return await AsyncConnection.connect(_impatient(self._url), autocommit=autocommit)


def _impatient(url: str) -> str:
    """``url`` with an end to waiting for a server that is no longer there, as far as it does not say that itself.

    Without it a connection that breaks without a word is waited for until TCP gives up, a quarter of an hour.
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
    """The first line of it, without what is secret: of a URL that is none, the error repeats any part."""
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.ProgrammingError:
        return "its address is none that PostgreSQL takes, such as postgresql://user:password@host:5432/name"
    first = (str(exc).strip() or type(exc).__name__).splitlines()[0]
    return first.replace(str(password), "...") if password else first


async def _accept(conn: Conn, event: NewEvent) -> None:
    values = {name: getattr(event, name) for name in ("id", "name", "about", "body", "received_at")}
    row = await (await conn.execute(_INSERT_EVENT, values)).fetchone()
    if row is None:  # it was made while we waited for whoever made it
        row = await (await conn.execute(_SEQ, (event.id,))).fetchone()
    assert row is not None
    seq: int = row[0]
    for flow in event.ends_delayed_of:
        await conn.execute(_END_DELAYED, (event.received_at, event.about, flow, seq))
    for run in event.runs:
        values = {name: getattr(run, name) for name in run.__struct_fields__} | {"seq": seq, "about": event.about}
        await conn.execute(_INSERT_RUN, values)


async def _keep(conn: Conn, texts: Mapping[str, str | None]) -> None:
    for name, value in texts.items():
        if value is None:
            await conn.execute(_FORGET, (name,))
        else:
            await conn.execute(_KEEP, (name, value))
