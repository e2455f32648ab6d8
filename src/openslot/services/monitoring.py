"""What keeps deliveries from being made, read from the database alone: the same for probes, metrics and the doctor.

And whether the database takes anything at all: reading goes on where its disk is full.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from openslot.db import backlog, jobs, workers, write_probe
from openslot.db.backlog import ConditionBacklog
from openslot.db.jobs import Queue
from openslot.db.pool import Conn
from openslot.db.workers import Worker

OVERDUE_AFTER = timedelta(seconds=30)
"""Longer than any attempt: what is due for so long, nobody takes."""


class Snapshot(Struct, frozen=True):
    """The state of everything that delivers."""

    backlog: list[ConditionBacklog]
    workers: list[Worker]
    queues: list[Queue]


async def look(conn: Conn, *, now: datetime) -> Snapshot:
    """Everything there is to be seen, in three statements."""
    return Snapshot(await backlog.totals(conn, now=now), await workers.list_all(conn), await jobs.list_queues(conn))


def worker_trouble(found: list[Worker]) -> str | None:
    """Why nobody takes deliveries: ``missing`` (no worker is alive) or ``stuck`` (none goes round). None: some do."""
    alive = [one for one in found if one.is_alive]
    if not alive:
        return "missing"
    return "stuck" if all(one.is_stuck for one in alive) else None


async def standstill(conn: Conn, *, now: datetime) -> str | None:
    """As ``worker_trouble``, where a delivery is overdue because of it.

    One that waits for a receiver that fails, or for its subscription to be enabled, is not.
    """
    since = await backlog.due_since(conn, now=now)
    if since is None or now - since <= OVERDUE_AFTER:
        return None
    return worker_trouble(await workers.list_all(conn))


class WriteProbe:
    """Whether the database takes writes, for callers that check all the time: it is tried every few seconds at most."""

    TAKEN_SECONDS = 10.0
    REFUSED_SECONDS = 2.0

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refusal: str | None = None
        self._until: float | None = None

    async def refusal(self, conn: Conn) -> str | None:
        """Why it takes none, or None where it does.

        Raises:
            psycopg.Error: such as a lost connection.
        """
        now = self._clock()
        if self._until is None or now >= self._until:
            self._until = now + self.REFUSED_SECONDS  # until then callers get the last result
            self._refusal = await write_probe.refusal(conn)
            self._until = now + (self.TAKEN_SECONDS if self._refusal is None else self.REFUSED_SECONDS)
        return self._refusal
