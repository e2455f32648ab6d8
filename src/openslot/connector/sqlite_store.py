"""The store of flows in one SQLite file, for one machine; several flows and commands may share the file.

One thread has the connection. What is asked of it meanwhile goes into one transaction, so that a burst of events costs
one write to the disk.
"""

import asyncio
import hashlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from openslot.connector.store import NewEvent, NewRun, Run, State, StateTaken

T = TypeVar("T")

_BUSY_SECONDS = 30
_AT_ONCE = 500
"""How many wishes share a transaction."""

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
SELECT r.id, r.flow, r.handler, r.state, e.id, e.name, r.about, e.body, r.due_at, r.attempts, r.failures, r.error,
    r.progress
FROM runs r JOIN events e ON e.seq = r.event
"""
_RUN_FIELDS = (
    "id", "flow", "handler", "state", "event_id", "event", "about", "body", "due_at", "attempts", "failures", "error",
    "progress",
)  # fmt: skip
_LIST = f"{_READ} WHERE (?1 IS NULL OR r.state = ?1) AND (?2 IS NULL OR r.flow = ?2) ORDER BY r.id DESC LIMIT ?3"
_NOTE = "UPDATE runs SET progress = ? WHERE id = ?"
_DONE = "UPDATE runs SET state = 'done', error = NULL, finished_at = ? WHERE id = ?"
_FAILED = "UPDATE runs SET state = 'failed', error = ?, finished_at = ?, failures = failures + 1 WHERE id = ?"
_AGAIN = "UPDATE runs SET state = 'waiting', error = ?, due_at = ?, failures = failures + 1 WHERE id = ?"
_LET_GO = "UPDATE runs SET state = 'waiting', attempts = attempts - 1 WHERE id = ? AND state = 'running'"
_RERUN = """
UPDATE runs SET state = 'waiting', due_at = ?, attempts = 0, failures = 0, error = NULL, progress = NULL,
    finished_at = NULL
WHERE id = ? AND state <> 'running'
"""
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
        self._desk: _Desk | None = None
        self._locks: list[sqlite3.Connection] = []

    async def open(self, flows: Sequence[str] = ()) -> None:
        """As ``Store`` says; without flows, to look and to rerun beside the process that runs them."""
        await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True)
        try:
            await asyncio.to_thread(self._lock, flows)
            self._desk = await asyncio.to_thread(_Desk, self._path)
            await self._do(lambda db: db.executemany(_RECOVER, [(flow,) for flow in flows]))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._desk is not None:
            await asyncio.to_thread(self._desk.close)
            self._desk = None
        while self._locks:
            self._locks.pop().close()

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 -- flows have one process each
        return nullcontext()

    async def accept(self, events: Sequence[NewEvent], kept: Mapping[str, str | None] | None = None) -> None:
        def accept(db: sqlite3.Connection) -> None:
            for event in events:
                _accept(db, event)
            _keep(db, kept or {})

        await self._do(accept)

    async def claim(self, flow: str, now: float, limit: int) -> list[Run]:
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

    async def rerun(self, run: int, now: float) -> bool:
        return await self._do(lambda db: db.execute(_RERUN, (now, run)).rowcount == 1)

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

    def _lock(self, flows: Sequence[str]) -> None:
        """Lock a file for each flow in the way SQLite does: it works everywhere, and goes with its holder."""
        for flow in flows:
            name = hashlib.sha256(flow.encode()).hexdigest()[:16]
            lock = sqlite3.connect(f"{self._path}-{name}.lock", timeout=0, check_same_thread=False)
            self._locks.append(lock)
            try:
                lock.execute("PRAGMA journal_mode = MEMORY")  # so that no second file comes along
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as exc:
                raise StateTaken(f"{flow!r} runs already on {self._path}: stop that, or use another state") from exc


class _Wish(NamedTuple):
    act: Callable[[sqlite3.Connection], Any]
    must_last: bool
    """Whether it must be on the disk before it is told to be done."""
    told: asyncio.Future[Any]


class _Desk:
    """The thread that has the connection."""

    def __init__(self, path: Path) -> None:
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        path.touch(mode=0o600)  # signing keys are in it
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        self._thread = threading.Thread(target=self._work, name="flow state", daemon=True)
        self._thread.start()

    async def ask(self, act: Callable[[sqlite3.Connection], T], must_last: bool) -> T:  # noqa: FBT001 -- one caller
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._wishes.put(_Wish(act, must_last, future))
        # a wish is granted even if who asked has gone: there is no way to tell how far it is
        return await asyncio.shield(future)

    def close(self) -> None:
        self._wishes.put(None)
        self._thread.join()
        self._db.close()

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch = [self._wishes.get()]
            with suppress(queue.Empty):
                while len(batch) < _AT_ONCE:
                    batch.append(self._wishes.get_nowait())
            is_open = None not in batch
            self._grant([wish for wish in batch if wish is not None])

    def _grant(self, batch: list[_Wish]) -> None:
        if not batch:
            return
        try:
            # What was answered with 200, and what was done, outlives a loss of power too; a process that is killed
            # takes nothing along either way.
            mode = "FULL" if any(wish.must_last for wish in batch) else "NORMAL"
            self._db.execute(f"PRAGMA synchronous = {mode}")
            self._db.execute("BEGIN IMMEDIATE")
            results = [wish.act(self._db) for wish in batch]
            self._db.execute("COMMIT")
        except Exception as exc:  # noqa: BLE001 -- told to whoever asked
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if len(batch) > 1:  # each for itself, so that one takes no other along
                for wish in batch:
                    self._grant([wish])
                return
            _tell(batch, [exc])
        else:
            _tell(batch, results)


def _tell(batch: Sequence[_Wish], outcomes: Sequence[object]) -> None:
    def tell() -> None:
        for wish, outcome in zip(batch, outcomes, strict=True):
            if wish.told.done():
                continue
            if isinstance(outcome, Exception):
                wish.told.set_exception(outcome)
            else:
                wish.told.set_result(outcome)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        batch[0].told.get_loop().call_soon_threadsafe(tell)


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
