"""The one thread that has the connection to a SQLite file, and what it is asked.

What is asked of it meanwhile goes into one transaction, so that a burst of events costs one write to the disk.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

BUSY_SECONDS = 5.0
"""How long a locked file is waited for: deliveries have an answer while their senders wait."""
_AT_ONCE = 500
"""How many wishes share a transaction."""


class _Wish(NamedTuple):
    act: Callable[[sqlite3.Connection], Any]
    must_last: bool
    """Whether it must be on the disk before it is told to be done."""
    told: asyncio.Future[Any]


class Desk:
    """The thread that has the connection."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open the file, and make it where there is none.

        Raises:
            sqlite3.Error: it is not ours to use, or no SQLite file.
            OSError: it can't be made.
        """
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        path.touch(mode=0o600)  # signing keys are in it
        self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone from the file
            self._db.executescript(schema)
        except BaseException:
            self._db.close()
            raise
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
        except sqlite3.Error as exc:  # the file is locked: for all of them
            _tell(batch, [exc] * len(batch))
            return
        try:
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
