"""The store of flows in one SQLite file, for one machine; several flows and commands may share the file.

A flow belongs to the process that holds the lock of a file beside it.
"""

import asyncio
import errno
import hashlib
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from openslot.connector.flows import sqlite_statements as sql
from openslot.connector.flows.sqlite_thread import BUSY_SECONDS, SqliteThread
from openslot.connector.flows.store import Backlog, Erased, NewEvent, NewRun, Run, State, StateTaken, StateUnusable

T = TypeVar("T")

_GLANCE_SECONDS = 0.5
"""How long a process that checks who runs a flow may delay one that is about to run it."""


class SqliteStore:
    """See ``Store``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: SqliteThread | None = None
        self._locks: list[sqlite3.Connection] = []

    async def open(self, flows: Sequence[str] = ()) -> None:
        """As ``Store.open``; without flows, to read and to rerun beside the process that runs them."""
        try:
            await asyncio.to_thread(self._make_folder)
            await asyncio.to_thread(self._lock, flows)
            self._thread = await asyncio.to_thread(SqliteThread, self._path, sql.SCHEMA)
            await self._do(lambda db: db.executemany(sql.RECOVER, [(flow,) for flow in flows]))
        except (sqlite3.Error, OSError) as exc:
            await self.close()
            why = exc.strerror if isinstance(exc, OSError) else str(exc)
            raise StateUnusable(f"{self._path} can't hold the state of flows: {why}") from exc
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._thread is not None:
            await asyncio.to_thread(self._thread.close)
            self._thread = None
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
            found = db.execute(sql.DUE, (flow, now, limit)).fetchall()
            if not found:
                return []
            db.executemany(sql.BEGIN, found)
            marks = ",".join("?" * len(found))
            rows = db.execute(f"{sql.READ} WHERE r.id IN ({marks}) ORDER BY r.due_at, r.id", [row[0] for row in found])
            return [_run(row) for row in rows]

        return await self._do(claim, is_durable=False)

    async def next_due(self, flow: str) -> float | None:
        row = await self._do(lambda db: db.execute(sql.NEXT_DUE, (flow,)).fetchone(), is_durable=False)
        return None if row is None else row[0]

    async def note(self, run: int, progress: str) -> None:
        await self._do(lambda db: db.execute(sql.NOTE, (progress, run)))

    async def done(self, run: int, now: float) -> None:
        await self._do(lambda db: db.execute(sql.DONE, (now, run)))

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        if again_at is None:
            await self._do(lambda db: db.execute(sql.FAILED, (error, now, run)))
        else:
            await self._do(lambda db: db.execute(sql.AGAIN, (error, again_at, run)))

    async def let_go(self, run: int) -> None:
        await self._do(lambda db: db.execute(sql.LET_GO, (run,)))

    async def runs(self, *, state: State | None = None, flow: str | None = None, limit: int = 100) -> list[Run]:
        rows = await self._do(lambda db: db.execute(sql.LIST, (state, flow, limit)).fetchall())
        return [_run(row) for row in rows]

    async def find(self, run: int) -> Run | None:
        row = await self._do(lambda db: db.execute(sql.FIND, (run,)).fetchone())
        return None if row is None else _run(row)

    async def backlog(self) -> list[Backlog]:
        return [Backlog(*row) for row in await self._do(lambda db: db.execute(sql.BACKLOG).fetchall())]

    async def rerun(self, run: int, now: float, *, from_start: bool = False) -> bool:
        return await self._changed(sql.RERUN, (run, now, from_start)) == 1

    async def rerun_all(self, flow: str, now: float, *, from_start: bool = False) -> int:
        return await self._changed(sql.RERUN_ALL, (flow, now, from_start))

    async def discard(self, run: int, now: float, *, unfinished: bool = False) -> bool:
        return await self._changed(sql.DISCARD, (run, now, unfinished)) == 1

    async def discard_all(self, flow: str, now: float, *, unfinished: bool = False) -> int:
        return await self._changed(sql.DISCARD_ALL, (flow, now, unfinished))

    async def erase(self, is_meant: Callable[[bytes], bool]) -> Erased:
        flows = [flow for (flow,) in await self._do(lambda db: db.execute(sql.UNDER_WAY).fetchall())]
        at_work = {flow for flow in flows if await self.is_run(flow)}
        erased = await self._do(lambda db: _erase(db, is_meant, at_work))
        await asyncio.to_thread(self._empty_log)
        return erased

    async def kept(self, prefix: str) -> dict[str, str]:
        return dict(await self._do(lambda db: db.execute(sql.KEPT, (prefix,)).fetchall()))

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        await self._do(lambda db: _keep(db, texts))

    async def prune(self, before: float) -> None:
        await self._do(lambda db: db.execute(sql.PRUNE, (before,)))

    async def _do(self, function: Callable[[sqlite3.Connection], T], *, is_durable: bool = True) -> T:
        if self._thread is None:
            raise RuntimeError("the store is not open")
        return await self._thread.run(function, is_durable=is_durable)

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
    begun = {event for event, flow in db.execute(sql.BEGUN) if flow in at_work}
    meant = {seq for seq, body in db.execute(sql.BODIES) if is_meant(body)}
    events = [(seq,) for seq in sorted(meant - begun)]
    runs = sum(db.execute(sql.COUNT_RUNS, event).fetchone()[0] for event in events)
    db.executemany(sql.ERASE, events)
    return Erased(len(events), runs, len(meant & begun))


def _accept(db: sqlite3.Connection, event: NewEvent) -> None:
    db.execute(sql.INSERT_EVENT, (event.id, event.name, event.about, event.body, event.received_at))
    (seq,) = db.execute(sql.SEQ, (event.id,)).fetchone()
    db.executemany(sql.END_DELAYED, [(event.received_at, event.about, flow, seq) for flow in event.ends_delayed_of])
    for run in event.runs:
        state = "canceled" if _comes_too_late(db, event, run, seq) else "waiting"
        db.execute(sql.INSERT_RUN, (seq, run.flow, run.handler, event.about, state, run.is_delayed, run.due_at))


def _comes_too_late(db: sqlite3.Connection, event: NewEvent, run: NewRun, seq: int) -> bool:
    """Whether the cancellation came before what it cancels: no order of deliveries is promised."""
    return run.is_delayed and db.execute(sql.IS_CANCELED, (event.about, seq)).fetchone() is not None


def _keep(db: sqlite3.Connection, texts: Mapping[str, str | None]) -> None:
    db.executemany(sql.KEEP, [(name, value) for name, value in texts.items() if value is not None])
    db.executemany(sql.FORGET, [(name,) for name, value in texts.items() if value is None])


def _run(row: Sequence[Any]) -> Run:
    return Run(**dict(zip(sql.RUN_FIELDS, row, strict=True)))
