"""The ledger of a pool: who joined, who was given which event, in order. Written under the event type's row lock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_page


class Assignment(Struct, frozen=True, kw_only=True):
    """One entry of the ledger."""

    sequence: int
    entry: str
    """``joined``, ``changed``, ``left``, ``assigned`` or ``released``."""
    user_id: UUID
    scheduled_event_id: UUID | None
    weight: int | None
    priority: int | None
    position: int | None
    credit_millionths: int | None
    reason: dict[str, Any] | None
    recorded_at: datetime


async def assign(
    conn: Conn,
    organization_id: UUID,
    event_type_id: UUID,
    scheduled_event_id: UUID,
    reasons: Mapping[UUID, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Record that hosts were given an event, each with the numbers behind the choice."""
    await conn.execute(
        """
        WITH entry AS (
            INSERT INTO assignments
                (organization_id, event_type_id, entry, user_id, scheduled_event_id, reason, recorded_at)
            SELECT %(organization_id)s, %(event_type_id)s, 'assigned', given.user_id, %(event_id)s, given.reason,
                   %(now)s
            FROM unnest(%(users)s::uuid[], %(reasons)s::jsonb[]) AS given (user_id, reason)
            RETURNING user_id, sequence
        )
        UPDATE event_type_hosts
        SET assigned = assigned + 1, last_sequence = entry.sequence
        FROM entry
        WHERE event_type_hosts.organization_id = %(organization_id)s
          AND event_type_hosts.event_type_id = %(event_type_id)s AND event_type_hosts.user_id = entry.user_id
        """,
        {
            "organization_id": organization_id, "event_type_id": event_type_id, "event_id": scheduled_event_id,
            "users": list(reasons), "reasons": [Jsonb(reason) for reason in reasons.values()], "now": now,
        },
    )  # fmt: skip


async def release(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, now: datetime) -> None:
    """Record that an event no longer counts for those it was given to, where it was given at all."""
    await conn.execute(
        """
        WITH given AS (
            SELECT event_type_id, user_id, sequence FROM assignments
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(event_id)s AND entry = 'assigned'
        ), entry AS (
            INSERT INTO assignments (organization_id, event_type_id, entry, user_id, scheduled_event_id, recorded_at)
            SELECT %(organization_id)s, event_type_id, 'released', user_id, %(event_id)s, %(now)s FROM given
            WHERE EXISTS (
                SELECT 1 FROM event_type_hosts AS serving
                WHERE serving.organization_id = %(organization_id)s AND serving.event_type_id = given.event_type_id
                  AND serving.user_id = given.user_id)
              AND NOT EXISTS (  -- who left and came back began anew
                SELECT 1 FROM assignments AS later
                WHERE later.organization_id = %(organization_id)s AND later.event_type_id = given.event_type_id
                  AND later.user_id = given.user_id AND later.entry = 'left' AND later.sequence > given.sequence)
            RETURNING event_type_id, user_id
        )
        UPDATE event_type_hosts SET assigned = assigned - 1
        FROM entry
        WHERE event_type_hosts.organization_id = %(organization_id)s
          AND event_type_hosts.event_type_id = entry.event_type_id AND event_type_hosts.user_id = entry.user_id
        """,
        {"organization_id": organization_id, "event_id": scheduled_event_id, "now": now},
    )


_SELECT: LiteralString = """
    SELECT sequence, entry, user_id, scheduled_event_id, weight, priority, position, credit_millionths, reason,
           recorded_at
    FROM assignments
"""


async def list_page(conn: Conn, organization_id: UUID, event_type_id: UUID, page: PageRequest) -> PageOf:
    """One page of the ledger of an event type."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "event_type_id = %(event_type_id)s",
    ]  # fmt: skip
    params = {"organization_id": organization_id, "event_type_id": event_type_id}
    return await fetch_page(conn, Assignment, _SELECT, conditions, params, page)


async def list_for(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Assignment]:
    """The whole ledger of an event type, in order."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s
        ORDER BY sequence
    """
    params = {"organization_id": organization_id, "event_type_id": event_type_id}
    return await fetch_all(conn, Assignment, query, params)
