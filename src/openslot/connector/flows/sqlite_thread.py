"""The one thread that has the connection to a SQLite file, and its queue of requests.

Requests that arrive while it works share the next transaction, so that a burst of events costs one write to the disk.
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
"""How many requests share a transaction."""


class _Request(NamedTuple):
    function: Callable[[sqlite3.Connection], Any]
    is_durable: bool
    """Whether it must be on the disk before its result is given."""
    result: asyncio.Future[Any]


class SqliteThread:
    """The thread that has the connection, and runs functions on it."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open the file, and make it where there is none.

        Raises:
            sqlite3.Error: it is not ours to use, or no SQLite file.
            OSError: it can't be made.
        """
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
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

    async def run(self, function: Callable[[sqlite3.Connection], T], *, is_durable: bool) -> T:
        """Run a function on the connection, in a transaction that it may share with others, and give its result.

        Raises:
            sqlite3.Error: the file is locked, or the statement failed; nothing of the function's is done then.
            Exception: whatever the function raised; as above.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._requests.put(_Request(function, is_durable, future))
        # the function runs even if its caller is cancelled: there is no way to know how far it is
        return await asyncio.shield(future)

    def close(self) -> None:
        """End the thread once it has done what is in its queue, and close the file."""
        self._requests.put(None)
        self._thread.join()
        self._db.close()

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch = [self._requests.get()]
            with suppress(queue.Empty):
                while len(batch) < _AT_ONCE:
                    batch.append(self._requests.get_nowait())
            is_open = None not in batch
            self._execute([request for request in batch if request is not None])

    def _execute(self, batch: list[_Request]) -> None:
        if not batch:
            return
        try:
            # What was answered with 200, and what was done, must outlive a loss of power; a process that is killed
            # loses nothing either way.
            mode = "FULL" if any(request.is_durable for request in batch) else "NORMAL"
            self._db.execute(f"PRAGMA synchronous = {mode}")
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:  # the file is locked: for all of them
            _give_results(batch, [exc] * len(batch))
            return
        try:
            results = [request.function(self._db) for request in batch]
            self._db.execute("COMMIT")
        except Exception as exc:  # noqa: BLE001 -- raised where it is awaited
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if len(batch) > 1:  # each in its own transaction, so that one that fails takes no other along
                for request in batch:
                    self._execute([request])
                return
            _give_results(batch, [exc])
        else:
            _give_results(batch, results)


def _give_results(batch: Sequence[_Request], outcomes: Sequence[object]) -> None:
    def give() -> None:
        for request, outcome in zip(batch, outcomes, strict=True):
            if request.result.done():
                continue
            if isinstance(outcome, Exception):
                request.result.set_exception(outcome)
            else:
                request.result.set_result(outcome)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        batch[0].result.get_loop().call_soon_threadsafe(give)
