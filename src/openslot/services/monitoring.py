"""What keeps deliveries from being made, told from the database alone: the same for probes, metrics and the doctor."""

from datetime import datetime, timedelta

from msgspec import Struct

from openslot.db import backlog, jobs, workers
from openslot.db.backlog import Backlog
from openslot.db.jobs import Queue
from openslot.db.pool import Conn
from openslot.db.workers import Worker

OVERDUE_AFTER = timedelta(seconds=30)
"""Longer than any attempt: what is due for so long, nobody takes."""


class Snapshot(Struct, frozen=True):
    """The state of everything that delivers."""

    backlog: list[Backlog]
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
