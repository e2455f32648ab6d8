"""Counts of waiting and failed jobs. Jobs that succeed are deleted; the tables belong to Procrastinate."""

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Queue(Struct, frozen=True):
    name: str
    waiting: int
    """Jobs that are due and have not started."""
    failed: int
    """Jobs that have failed for good: no attempt is left."""


async def list_queues(conn: Conn) -> list[Queue]:
    """The queues with waiting or failed jobs, by name."""
    return await fetch_all(
        conn,
        Queue,
        """
        SELECT queue_name AS name,
            count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())) AS waiting,
            count(*) FILTER (WHERE status = 'failed') AS failed
        FROM procrastinate_jobs WHERE status IN ('todo', 'failed') GROUP BY queue_name ORDER BY queue_name
        """,
        {},
    )
