"""The store of flows in one SQLite file, for one machine; several flows and commands may share the file."""

import asyncio
import errno
import hashlib
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from openslot.connector.flows.sqlite_thread import BUSY_SECONDS, Desk
from openslot.connector.flows.store import Backlog, Erased, NewEvent, NewRun, Run, State, StateTaken, StateUnusable

T = TypeVar("T")

_GLANCE_SECONDS = 0.5
"""How long whoever only looks who has charge of a flow may be in the way of who takes charge."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS events_about ON events (about, name);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    flow TEXT NOT NULL,
    handler TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    is_delayed INTEGER NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    progress TEXT,
    finished_at REAL,
    UNIQUE (event, flow, handler)
);
CREATE INDEX IF NOT EXISTS runs_unfinished ON runs (flow, due_at, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS runs_order ON runs (flow, about, event)
    WHERE state IN ('waiting', 'running') AND NOT is_delayed;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_INSERT_EVENT = """
INSERT INTO events (id, name, about, body, received_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_SEQ = "SELECT seq FROM events WHERE id = ?"
_INSERT_RUN = """
INSERT INTO runs (event, flow, handler, about, state, is_delayed, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_END_DELAYED = """
UPDATE runs SET state = 'canceled', finished_at = ?
WHERE about = ? AND flow = ? AND is_delayed AND state = 'waiting' AND event < ?
"""
_IS_CANCELED = "SELECT 1 FROM events WHERE about = ? AND name = 'invitee.canceled' AND seq <> ?"
_IS_FREE = """
r.flow = ? AND r.state = 'waiting' AND (r.is_delayed OR NOT EXISTS (
    SELECT 1 FROM runs earlier WHERE earlier.flow = r.flow AND earlier.about = r.about AND earlier.event < r.event
        AND NOT earlier.is_delayed AND earlier.state IN ('waiting', 'running')))
"""
_DUE = f"SELECT r.id FROM runs r WHERE {_IS_FREE} AND r.due_at <= ? ORDER BY r.due_at, r.id LIMIT ?"  # noqa: S608 -- ours
_NEXT_DUE = f"SELECT r.due_at FROM runs r WHERE {_IS_FREE} ORDER BY r.due_at LIMIT 1"  # noqa: S608 -- constants of ours
_BEGIN = "UPDATE runs SET state = 'running', attempts = attempts + 1 WHERE id = ?"
_READ = """
SELECT r.id, r.flow, r.handler, r.state, e.id, e.name, r.about, e.body, e.received_at, r.due_at, r.finished_at,
    r.attempts, r.failures, r.error, r.progress
FROM runs r JOIN events e ON e.seq = r.event
"""
_RUN_FIELDS = (
    "id", "flow", "handler", "state", "event_id", "event", "about", "body", "received_at", "due_at", "finished_at",
    "attempts", "failures", "error", "progress",
)  # fmt: skip
_LIST = f"{_READ} WHERE (?1 IS NULL OR r.state = ?1) AND (?2 IS NULL OR r.flow = ?2) ORDER BY r.id DESC LIMIT ?3"
_FIND = f"{_READ} WHERE r.id = ?"
_BACKLOG = """
SELECT flow, sum(state <> 'failed'), sum(state = 'failed') FROM runs WHERE state IN ('waiting', 'running', 'failed')
GROUP BY flow ORDER BY flow
"""
_NOTE = "UPDATE runs SET progress = ? WHERE id = ?"
_DONE = "UPDATE runs SET state = 'done', error = NULL, finished_at = ? WHERE id = ?"
_FAILED = "UPDATE runs SET state = 'failed', error = ?, finished_at = ?, failures = failures + 1 WHERE id = ?"
_AGAIN = "UPDATE runs SET state = 'waiting', error = ?, due_at = ?, failures = failures + 1 WHERE id = ?"
_LET_GO = "UPDATE runs SET state = 'waiting', attempts = attempts - 1 WHERE id = ? AND state = 'running'"
_HAVE_AGAIN = """
UPDATE runs SET state = 'waiting', due_at = ?2, attempts = 0, failures = 0, error = NULL, finished_at = NULL,
    progress = CASE WHEN state = 'done' OR ?3 THEN NULL ELSE progress END
"""
_RERUN = f"{_HAVE_AGAIN} WHERE id = ?1 AND state <> 'running'"
_RERUN_ALL = f"{_HAVE_AGAIN} WHERE flow = ?1 AND state = 'failed'"
_GIVE_UP = """
UPDATE runs SET state = 'canceled', finished_at = ?2
WHERE (state = 'failed' OR ?3 AND state IN ('waiting', 'running'))
"""
_DISCARD = f"{_GIVE_UP} AND id = ?1"
_DISCARD_ALL = f"{_GIVE_UP} AND flow = ?1"
_BODIES = "SELECT seq, body FROM events"
_UNDER_WAY = "SELECT DISTINCT flow FROM runs WHERE state = 'running'"
_BEGUN = "SELECT event, flow FROM runs WHERE state = 'running'"
_COUNT_RUNS = "SELECT count(*) FROM runs WHERE event = ?"
_ERASE = "DELETE FROM events WHERE seq = ?"
_RECOVER = "UPDATE runs SET state = 'waiting' WHERE flow = ? AND state = 'running'"
_KEPT = "SELECT name, value FROM kept WHERE substr(name, 1, length(?1)) = ?1"
_KEEP = "INSERT INTO kept (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_FORGET = "DELETE FROM kept WHERE name = ?"
_PRUNE = """
DELETE FROM events WHERE received_at < ?1 AND NOT EXISTS (
    SELECT 1 FROM runs r WHERE r.event = events.seq
        AND (r.state IN ('waiting', 'running', 'failed') OR r.finished_at >= ?1))
"""


class SqliteStore:
    """See ``Store``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._desk: Desk | None = None
        self._locks: list[sqlite3.Connection] = []

    async def open(self, flows: Sequence[str] = ()) -> None:
        """As ``Store`` says; without flows, to look and to rerun beside the process that runs them."""
        try:
            await asyncio.to_thread(self._make_folder)
            await asyncio.to_thread(self._lock, flows)
            self._desk = await asyncio.to_thread(Desk, self._path, _SCHEMA)
            await self._do(lambda db: db.executemany(_RECOVER, [(flow,) for flow in flows]))
        except (sqlite3.Error, OSError) as exc:
            await self.close()
            why = exc.strerror if isinstance(exc, OSError) else str(exc)
            raise StateUnusable(f"{self._path} can't hold the state of flows: {why}") from exc
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._desk is not None:
            await asyncio.to_thread(self._desk.close)
            self._desk = None
        while self._locks:
            self._locks.pop().close()

    async def is_run(self, flow: str) -> bool:
        return await asyncio.to_thread(self._is_locked, flow)

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 -- flows have one process each
        return nullcontext()

    async def accept(self, events: Sequence[NewEvent], kept: Mapping[str, str | None] | None = None) -> None:
        def accept(db: sqlite3.Connection) -> None:
            for event in events:
                _accept(db, event)
            _keep(db, kept or {})

        await self._do(accept)

    async def claim(
        self,
        flow: str,
        now: float,
        limit: int,
        under_way: Collection[int] = (),  # noqa: ARG002 -- no answer gets lost here
    ) -> list[Run]:
        if limit == 0:
            return []

        def claim(db: sqlite3.Connection) -> list[Run]:
            found = db.execute(_DUE, (flow, now, limit)).fetchall()
            if not found:
                return []
            db.executemany(_BEGIN, found)
            marks = ",".join("?" * len(found))
            rows = db.execute(f"{_READ} WHERE r.id IN ({marks}) ORDER BY r.due_at, r.id", [row[0] for row in found])
            return [_run(row) for row in rows]

        return await self._do(claim, must_last=False)

    async def next_due(self, flow: str) -> float | None:
        row = await self._do(lambda db: db.execute(_NEXT_DUE, (flow,)).fetchone(), must_last=False)
        return None if row is None else row[0]

    async def note(self, run: int, progress: str) -> None:
        await self._do(lambda db: db.execute(_NOTE, (progress, run)))

    async def done(self, run: int, now: float) -> None:
        await self._do(lambda db: db.execute(_DONE, (now, run)))

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        if again_at is None:
            await self._do(lambda db: db.execute(_FAILED, (error, now, run)))
        else:
            await self._do(lambda db: db.execute(_AGAIN, (error, again_at, run)))

    async def let_go(self, run: int) -> None:
        await self._do(lambda db: db.execute(_LET_GO, (run,)))

    async def runs(self, *, state: State | None = None, flow: str | None = None, limit: int = 100) -> list[Run]:
        rows = await self._do(lambda db: db.execute(_LIST, (state, flow, limit)).fetchall())
        return [_run(row) for row in rows]

    async def find(self, run: int) -> Run | None:
        row = await self._do(lambda db: db.execute(_FIND, (run,)).fetchone())
        return None if row is None else _run(row)

    async def backlog(self) -> list[Backlog]:
        return [Backlog(*row) for row in await self._do(lambda db: db.execute(_BACKLOG).fetchall())]

    async def rerun(self, run: int, now: float, *, from_start: bool = False) -> bool:
        return await self._changed(_RERUN, (run, now, from_start)) == 1

    async def rerun_all(self, flow: str, now: float, *, from_start: bool = False) -> int:
        return await self._changed(_RERUN_ALL, (flow, now, from_start))

    async def discard(self, run: int, now: float, *, unfinished: bool = False) -> bool:
        return await self._changed(_DISCARD, (run, now, unfinished)) == 1

    async def discard_all(self, flow: str, now: float, *, unfinished: bool = False) -> int:
        return await self._changed(_DISCARD_ALL, (flow, now, unfinished))

    async def erase(self, is_meant: Callable[[bytes], bool]) -> Erased:
        flows = [flow for (flow,) in await self._do(lambda db: db.execute(_UNDER_WAY).fetchall())]
        at_work = {flow for flow in flows if await self.is_run(flow)}
        erased = await self._do(lambda db: _erase(db, is_meant, at_work))
        await asyncio.to_thread(self._empty_log)
        return erased

    async def kept(self, prefix: str) -> dict[str, str]:
        return dict(await self._do(lambda db: db.execute(_KEPT, (prefix,)).fetchall()))

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        await self._do(lambda db: _keep(db, texts))

    async def prune(self, before: float) -> None:
        await self._do(lambda db: db.execute(_PRUNE, (before,)))

    async def _do(self, wish: Callable[[sqlite3.Connection], T], *, must_last: bool = True) -> T:
        if self._desk is None:
            raise RuntimeError("the store is not open")
        return await self._desk.ask(wish, must_last)

    async def _changed(self, statement: str, values: Sequence[Any]) -> int:
        return await self._do(lambda db: db.execute(statement, values).rowcount)

    def _make_folder(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")

    def _lock_file(self, flow: str) -> Path:
        return self._path.with_name(f"{self._path.name}-{hashlib.sha256(flow.encode()).hexdigest()[:16]}.lock")

    def _lock(self, flows: Sequence[str]) -> None:
        """Lock a file for each flow in the way SQLite does: it works everywhere, and goes with its holder."""
        for flow in flows:
            lock = sqlite3.connect(self._lock_file(flow), timeout=_GLANCE_SECONDS, check_same_thread=False)
            self._locks.append(lock)
            try:
                lock.execute("PRAGMA journal_mode = MEMORY")  # so that no second file comes along
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as exc:
                if not _is_busy(exc):
                    raise
                raise StateTaken(f"{flow!r} runs already on {self._path}: stop that, or use another state") from exc

    def _is_locked(self, flow: str) -> bool:
        file = self._lock_file(flow)
        if not file.exists():
            return False
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=0)) as lock:
            try:
                lock.execute("SELECT 1 FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as exc:
                if not _is_busy(exc):
                    raise
                return True
        return False

    def _empty_log(self) -> None:
        """Put what was changed into the file itself, and leave nothing in the log beside it."""
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _is_busy(exc: sqlite3.OperationalError) -> bool:
    return exc.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _erase(db: sqlite3.Connection, is_meant: Callable[[bytes], bool], at_work: Collection[str]) -> Erased:
    """Erase events but for those with a run that one of these flows has begun."""
    begun = {event for event, flow in db.execute(_BEGUN) if flow in at_work}
    meant = {seq for seq, body in db.execute(_BODIES) if is_meant(body)}
    events = [(seq,) for seq in sorted(meant - begun)]
    runs = sum(db.execute(_COUNT_RUNS, event).fetchone()[0] for event in events)
    db.executemany(_ERASE, events)
    return Erased(len(events), runs, len(meant & begun))


def _accept(db: sqlite3.Connection, event: NewEvent) -> None:
    db.execute(_INSERT_EVENT, (event.id, event.name, event.about, event.body, event.received_at))
    (seq,) = db.execute(_SEQ, (event.id,)).fetchone()
    db.executemany(_END_DELAYED, [(event.received_at, event.about, flow, seq) for flow in event.ends_delayed_of])
    for run in event.runs:
        state = "canceled" if _comes_too_late(db, event, run, seq) else "waiting"
        db.execute(_INSERT_RUN, (seq, run.flow, run.handler, event.about, state, run.is_delayed, run.due_at))


def _comes_too_late(db: sqlite3.Connection, event: NewEvent, run: NewRun, seq: int) -> bool:
    """Whether the cancellation came before what it cancels: no order of deliveries is promised."""
    return run.is_delayed and db.execute(_IS_CANCELED, (event.about, seq)).fetchone() is not None


def _keep(db: sqlite3.Connection, texts: Mapping[str, str | None]) -> None:
    db.executemany(_KEEP, [(name, value) for name, value in texts.items() if value is not None])
    db.executemany(_FORGET, [(name,) for name, value in texts.items() if value is None])


def _run(row: Sequence[Any]) -> Run:
    return Run(**dict(zip(_RUN_FIELDS, row, strict=True)))
