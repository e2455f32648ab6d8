"""Running workers by their heartbeats, which are timed by the database's clock: the machines' clocks may differ."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all

SILENT_AFTER_SECONDS = 8.0
"""A worker without a heartbeat for so long counts as dead: others may claim its deliveries."""
STUCK_AFTER_SECONDS = 15.0
"""A worker with a heartbeat that has not looked for deliveries for so long is stuck: it normally polls every second."""


class Worker(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    """Host and process."""
    started_at: datetime
    silent_seconds: float
    """Since the last heartbeat."""
    idle_seconds: float | None
    """Since it last looked for deliveries; None: never."""
    report: dict[str, Any]

    @property
    def is_alive(self) -> bool:
        return self.silent_seconds <= SILENT_AFTER_SECONDS

    @property
    def is_stuck(self) -> bool:
        """Whether it is alive but does not look for deliveries."""
        return self.is_alive and (self.idle_seconds is None or self.idle_seconds > STUCK_AFTER_SECONDS)


async def beat(
    conn: Conn, worker_id: UUID, name: str, *, started_at: datetime, has_polled: bool, report: dict[str, Any]
) -> None:
    """Record a worker's heartbeat, and whether it has looked for deliveries since the last one."""
    await conn.execute(
        """
        INSERT INTO workers (id, name, started_at, heartbeat_at, went_round_at, report)
        VALUES (%(id)s, %(name)s, %(started_at)s, clock_timestamp(), clock_timestamp(), %(report)s)
        ON CONFLICT (id) DO UPDATE SET
            heartbeat_at = clock_timestamp(), report = excluded.report,
            went_round_at = CASE WHEN %(has_polled)s THEN clock_timestamp() ELSE workers.went_round_at END
        """,
        {
            "id": worker_id, "name": name, "started_at": started_at, "has_polled": has_polled,
            "report": Jsonb(report),
        },
    )  # fmt: skip


async def leave(conn: Conn, worker_id: UUID) -> None:
    """Remove a worker and release the deliveries that it has claimed."""
    await conn.execute(
        """
        WITH gone AS (DELETE FROM workers WHERE id = %(id)s)
        UPDATE deliveries SET claimed_by = NULL WHERE claimed_by = %(id)s AND state = 'pending'
        """,
        {"id": worker_id},
    )


async def forget_silent(conn: Conn, *, days: int = 1) -> None:
    """Remove the workers without a heartbeat for ``days``."""
    await conn.execute(
        "DELETE FROM workers WHERE heartbeat_at < clock_timestamp() - make_interval(days => %s)", (days,)
    )


async def list_all(conn: Conn) -> list[Worker]:
    """The workers of the last day or so, dead ones included, the longest running first."""
    return await fetch_all(
        conn,
        Worker,
        """
        SELECT id, name, started_at, extract(epoch FROM clock_timestamp() - heartbeat_at)::float8 AS silent_seconds,
            extract(epoch FROM clock_timestamp() - went_round_at)::float8 AS idle_seconds, report
        FROM workers ORDER BY started_at, id
        """,
        {},
    )
