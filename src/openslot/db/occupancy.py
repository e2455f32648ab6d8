"""What hosts' time is taken by, one row per host and interval; the database refuses an overlap (ADR 0003)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from psycopg.types.numeric import Int8

from openslot.core.intervals import Interval
from openslot.db.pool import Conn

SECONDS_BITS = 34
"""Epoch seconds until the year 2514; the host's number stands above them."""
_SECONDS = (1 << SECONDS_BITS) - 1
REACH = Interval(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(1 << SECONDS_BITS, UTC))
"""The times that spans can tell apart; beyond, one host's would run into the next one's."""


def span(host_number: int, interval: Interval) -> tuple[int, int]:
    """Lower (included) and upper (excluded) bound of a host's interval; parts of a second widen it."""
    base = host_number << SECONDS_BITS
    return base + int(interval.start.timestamp()), base - int(-interval.end.timestamp() // 1)


async def lock_hosts(conn: Conn, host_ids: Sequence[UUID]) -> None:
    """Take the row locks of hosts, in sorted order so that no two bookings wait for each other; held until commit.

    ``NO KEY`` leaves inserts that only refer to the user alone.
    """
    await conn.execute("SELECT id FROM users WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", (sorted(host_ids),))


async def busy_times(
    conn: Conn, host_number: int, window: Interval, *, except_event_id: UUID | None = None
) -> list[Interval]:
    """A host's taken intervals (buffers included) that meet ``window``; those of ``except_event_id`` are left out."""
    lower, upper = span(host_number, window)
    cursor = await conn.execute(
        """
        SELECT lower(span), upper(span) FROM occupancy
        WHERE span && int8range(%(lower)s, %(upper)s)
          AND (%(except)s::uuid IS NULL OR scheduled_event_id <> %(except)s)
        """,
        {"lower": Int8(lower), "upper": Int8(upper), "except": except_event_id},
    )
    return [
        Interval(datetime.fromtimestamp(start & _SECONDS, UTC), datetime.fromtimestamp(end & _SECONDS, UTC))
        for start, end in await cursor.fetchall()
    ]


async def release(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> None:
    """Give back the time that a scheduled event took."""
    await conn.execute(
        "DELETE FROM occupancy WHERE organization_id = %s AND scheduled_event_id = %s",
        (organization_id, scheduled_event_id),
    )
