"""No-show marks, one per invitee at most."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class NoShow(Struct, frozen=True):
    id: UUID
    organization_id: UUID
    invitee_id: UUID
    scheduled_event_id: UUID
    created_at: datetime


_COLUMNS: LiteralString = "id, organization_id, invitee_id, scheduled_event_id, created_at"


async def get(conn: Conn, organization_id: UUID, no_show_id: UUID) -> NoShow | None:
    query: LiteralString = (
        f"SELECT {_COLUMNS} FROM invitee_no_shows WHERE organization_id = %(organization_id)s AND id = %(id)s"
    )
    return await fetch_one(conn, NoShow, query, {"organization_id": organization_id, "id": no_show_id})


async def insert(conn: Conn, no_show: NoShow) -> bool:
    """Store a mark; False where the invitee has one already."""
    cursor = await conn.execute(
        """
        INSERT INTO invitee_no_shows (id, organization_id, invitee_id, scheduled_event_id, created_at)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (organization_id, invitee_id) DO NOTHING
        """,
        (no_show.id, no_show.organization_id, no_show.invitee_id, no_show.scheduled_event_id, no_show.created_at),
    )
    return cursor.rowcount == 1


async def delete(conn: Conn, organization_id: UUID, no_show_id: UUID) -> bool:
    """Remove a mark; False where it was gone already."""
    cursor = await conn.execute(
        "DELETE FROM invitee_no_shows WHERE organization_id = %s AND id = %s", (organization_id, no_show_id)
    )
    return cursor.rowcount == 1
