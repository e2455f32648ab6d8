"""What lies on the job queue. Jobs that succeed are deleted; the tables are Procrastinate's."""

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Queue(Struct, frozen=True):
    name: str
    waiting: int
    """Due, and not begun yet."""
    failed: int
    """For good: no attempt is left."""


async def list_queues(conn: Conn) -> list[Queue]:
    """The queues that hold anything, by name."""
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
