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
    """Mark an active invitee; False where the invitee has a mark already, or was canceled meanwhile.

    The statement locks the invitee's row until commit, so that two at once can't both succeed.
    """
    cursor = await conn.execute(
        """
        WITH invitee AS (
            UPDATE invitees SET updated_at = %(created_at)s
            WHERE organization_id = %(organization_id)s AND id = %(invitee_id)s AND status = 'active'
            RETURNING id
        )
        INSERT INTO invitee_no_shows (id, organization_id, invitee_id, scheduled_event_id, created_at)
        SELECT %(id)s, %(organization_id)s, invitee.id, %(scheduled_event_id)s, %(created_at)s FROM invitee
        ON CONFLICT (organization_id, invitee_id) DO NOTHING
        """,
        {name: getattr(no_show, name) for name in NoShow.__struct_fields__},
    )
    return cursor.rowcount == 1


async def delete(conn: Conn, organization_id: UUID, no_show_id: UUID, *, now: datetime) -> bool:
    """Remove a mark; False where it was gone already. Locks the invitee's row first, as ``insert`` does."""
    cursor = await conn.execute(
        """
        WITH invitee AS (
            UPDATE invitees SET updated_at = %(now)s
            FROM invitee_no_shows AS mark
            WHERE mark.organization_id = %(organization_id)s AND mark.id = %(id)s
              AND invitees.organization_id = mark.organization_id AND invitees.id = mark.invitee_id
            RETURNING invitees.id
        )
        DELETE FROM invitee_no_shows AS mark USING invitee
        WHERE mark.organization_id = %(organization_id)s AND mark.id = %(id)s AND mark.invitee_id = invitee.id
        """,
        {"organization_id": organization_id, "id": no_show_id, "now": now},
    )
    return cursor.rowcount == 1
