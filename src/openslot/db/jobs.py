"""Counts of waiting and failed jobs: of Procrastinate's tables, where those that succeed are deleted, and mails.

Mails have a table of their own (ADR 0043), and count as the queue ``mail`` together with those of earlier versions.
"""

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Queue(Struct, frozen=True):
    name: str
    waiting: int
    """Jobs that are due and have not started."""
    failed: int
    """Jobs that have failed for good: no attempt is left. Mails, which stay to be read, count for a week."""


async def list_queues(conn: Conn) -> list[Queue]:
    """The queues with waiting or failed jobs, by name."""
    return await fetch_all(
        conn,
        Queue,
        """
        SELECT name, sum(waiting)::int AS waiting, sum(failed)::int AS failed FROM (
            SELECT queue_name AS name,
                count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())) AS waiting,
                count(*) FILTER (WHERE status = 'failed') AS failed
            FROM procrastinate_jobs WHERE status IN ('todo', 'failed') GROUP BY queue_name
            UNION ALL
            SELECT 'mail', count(*), 0 FROM mails WHERE state = 'waiting' AND due_at <= now()
            UNION ALL
            SELECT 'mail', 0, count(*) FROM mails
            WHERE state <> 'waiting' AND state = 'failed' AND finished_at > now() - interval '7 days'
        ) AS one
        GROUP BY name HAVING name <> 'mail' OR sum(waiting) + sum(failed) > 0 ORDER BY name
        """,
        {},
    )
