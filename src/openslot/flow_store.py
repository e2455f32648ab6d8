"""The store of flows in PostgreSQL, for any number of machines that run the same flows and share their work.

The same tables and rules as ``connector/sqlite_store.py``, in a schema of their own. What is under way belongs to a
runner for as long as that holds its advisory lock, so that the work of one that died is taken over at once, and a slow
function never loses its run to another machine.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row
from psycopg_pool import AsyncConnectionPool

from openslot.connector.store import NewEvent, Run, State

Conn = AsyncConnection[TupleRow]

POOL_SIZE = 8
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
_IS_FREE: LiteralString = """
r.flow = %(flow)s AND (r.state = 'waiting' OR r.state = 'running' AND NOT EXISTS (
    SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = %(runners)s AND l.objid = r.runner::oid))
AND (r.is_delayed OR NOT EXISTS (
    SELECT 1 FROM openslot_flows.runs earlier
    WHERE earlier.flow = r.flow AND earlier.about = r.about AND earlier.event < r.event
        AND NOT earlier.is_delayed AND earlier.state IN ('waiting', 'running')))
"""
_FIELDS: LiteralString = """
r.id, r.flow, r.handler, r.state, e.id AS event_id, e.name AS event, r.about, e.body, r.due_at, r.attempts, r.failures,
r.error, r.progress
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
# What is under way stays ours where the connection that showed us to be alive was lost and nobody has taken it yet.
_MOVE: LiteralString = "UPDATE openslot_flows.runs SET runner = %s WHERE runner = %s AND state = 'running'"
_RERUN: LiteralString = """
UPDATE openslot_flows.runs SET state = 'waiting', due_at = %s, attempts = 0, failures = 0, error = NULL,
    progress = NULL, finished_at = NULL
WHERE id = %s AND state <> 'running'
"""
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
        self._runner = 0

    async def open(self, flows: Sequence[str]) -> None:  # noqa: ARG002 -- any number may have charge of a flow
        """As ``Store`` says; the schema is made where there is none."""
        self._pool = AsyncConnectionPool(self._url, min_size=1, max_size=POOL_SIZE, open=False)
        await self._pool.open(wait=True)
        async with self._pool.connection() as conn:
            await conn.execute(_SCHEMA)
        await self._hold()

    async def close(self) -> None:
        if self._held is not None:
            await self._held.close()
            self._held, self._runner = None, 0
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

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

    async def claim(self, flow: str, now: float, limit: int) -> list[Run]:
        await self._hold()
        if limit == 0:
            return []
        values = self._values(flow) | {"now": now, "limit": limit}
        async with self._conn() as conn, conn.cursor(row_factory=class_row(Run)) as cursor:
            await cursor.execute(_CLAIM, values)
            return sorted(await cursor.fetchall(), key=lambda run: (run.due_at, run.id))

    async def next_due(self, flow: str) -> float | None:
        async with self._conn() as conn:
            row = await (await conn.execute(_NEXT_DUE, self._values(flow))).fetchone()
        return None if row is None else row[0]

    async def note(self, run: int, progress: str) -> None:
        await self._execute(_NOTE, (progress, run, self._runner))

    async def done(self, run: int, now: float) -> None:
        await self._execute(_DONE, (now, run))

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        error = error.replace("\0", " ")  # which text in PostgreSQL can't hold
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

    async def rerun(self, run: int, now: float) -> bool:
        return await self._execute(_RERUN, (now, run)) == 1

    async def kept(self, prefix: str) -> dict[str, str]:
        async with self._conn() as conn:
            return dict(await (await conn.execute(_KEPT, (prefix,))).fetchall())

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        async with self._conn() as conn:
            await _keep(conn, texts)

    async def prune(self, before: float) -> None:
        await self._execute(_PRUNE, {"before": before})

    def _values(self, flow: str) -> dict[str, Any]:
        return {"flow": flow, "runners": _RUNNERS, "runner": self._runner}

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
        """See that we have a number that others see to be alive; a new one where the connection was lost."""
        async with self._holding:
            if self._held is not None:
                try:
                    await self._held.execute("SELECT 1")
                except psycopg.OperationalError:
                    await self._held.close()
                else:
                    return
            held = self._held = await AsyncConnection.connect(self._url, autocommit=True)
            number = secrets.randbelow(2**31)
            await held.execute("SELECT pg_advisory_lock(%s, %s)", (_RUNNERS, number))
            await held.execute(_MOVE, (number, self._runner))
            self._runner = number


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
