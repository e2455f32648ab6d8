"""Holds: time, or a seat, kept for somebody until a moment that is always set (ADR 0010)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class Hold(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    scheduled_event_id: UUID
    """Of the event that it becomes, or whose seat it keeps."""
    event_type_id: UUID
    user_ids: list[UUID]
    """The hosts."""
    start_time: datetime
    end_time: datetime
    reason: str
    """``form``, ``payment``, ``approval``, ``waitlist`` or ``poll``."""
    booking: dict[str, Any] | None
    """What is to be booked once it is confirmed."""
    expires_at: datetime
    created_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, scheduled_event_id, event_type_id, user_ids, start_time, end_time, reason, booking,
           expires_at, created_at
    FROM holds
"""


async def insert(conn: Conn, hold: Hold, owner_digest: bytes) -> None:
    """Store a hold, and keep the time it shares with others as long as the last of them needs it."""
    await conn.execute(
        """
        WITH kept AS (
            UPDATE occupancy SET expires_at = greatest(expires_at, %(expires_at)s)
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND expires_at IS NOT NULL
        )
        INSERT INTO holds
            (organization_id, id, scheduled_event_id, event_type_id, user_ids, start_time, end_time, reason,
             owner_digest, booking, expires_at, created_at)
        VALUES (%(organization_id)s, %(id)s, %(scheduled_event_id)s, %(event_type_id)s, %(user_ids)s, %(start_time)s,
                %(end_time)s, %(reason)s, %(owner_digest)s, %(booking)s, %(expires_at)s, %(created_at)s)
        """,
        {name: getattr(hold, name) for name in Hold.__struct_fields__}
        | {"owner_digest": owner_digest, "booking": None if hold.booking is None else Jsonb(hold.booking)},
    )


async def get(conn: Conn, organization_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold, ended ones included until they are swept."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Hold, query, {"organization_id": organization_id, "id": hold_id})


async def get_by_owner(conn: Conn, owner_digest: bytes) -> Hold | None:
    """The newest hold of who has this token."""
    query: LiteralString = f"{_SELECT} WHERE owner_digest = %(digest)s ORDER BY created_at DESC, id LIMIT 1"
    return await fetch_one(conn, Hold, query, {"digest": owner_digest})


async def list_for(conn: Conn, organization_id: UUID, *, reason: str, now: datetime) -> list[Hold]:
    """The organization's standing holds of one kind, by start."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND reason = %(reason)s AND expires_at > %(now)s
        ORDER BY start_time, id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "reason": reason, "now": now})


async def list_asked_by(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[Hold]:
    """The bookings that wait, by e-mail address in any case; ended ones included until they are swept."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND lower(booking #>> '{{booking,email}}') = ANY (
            ARRAY(SELECT lower(address) FROM unnest(%(addresses)s::text[]) AS address))
        ORDER BY id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "addresses": list(addresses)})


async def delete(conn: Conn, hold: Hold) -> None:
    """End a hold; its time goes with the last one that kept it."""
    await conn.execute(
        """
        WITH ended AS (
            DELETE FROM holds WHERE organization_id = %(organization_id)s AND id = %(id)s
        ), left_over AS (
            SELECT max(expires_at) AS expires_at FROM holds
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND id <> %(id)s
        ), kept AS (
            UPDATE occupancy SET expires_at = left_over.expires_at
            FROM left_over
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND occupancy.expires_at IS NOT NULL AND left_over.expires_at IS NOT NULL
        )
        DELETE FROM occupancy USING left_over
        WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
          AND occupancy.expires_at IS NOT NULL AND left_over.expires_at IS NULL
        """,
        {"organization_id": hold.organization_id, "id": hold.id, "scheduled_event_id": hold.scheduled_event_id},
    )


async def delete_expired(conn: Conn, *, now: datetime) -> int:
    """End every hold whose time is over; how many there were. What somebody else has at hand is left for the next time.

    So it waits for nobody, and nobody who deletes in another order can end up waiting for it in a circle.
    """
    cursor = await conn.execute(
        """
        WITH taken AS MATERIALIZED (
            SELECT organization_id, scheduled_event_id, user_id FROM occupancy
            WHERE expires_at <= %(now)s FOR UPDATE SKIP LOCKED
        ), freed AS (
            DELETE FROM occupancy USING taken
            WHERE (occupancy.organization_id, occupancy.scheduled_event_id, occupancy.user_id)
                = (taken.organization_id, taken.scheduled_event_id, taken.user_id)
        ), ended AS MATERIALIZED (
            SELECT organization_id, id FROM holds WHERE expires_at <= %(now)s FOR UPDATE SKIP LOCKED
        )
        DELETE FROM holds USING ended WHERE holds.organization_id = ended.organization_id AND holds.id = ended.id
        """,
        {"now": now},
    )
    return cursor.rowcount
