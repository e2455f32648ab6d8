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


async def insert(conn: Conn, no_show: NoShow) -> NoShow:
    """The mark that the invitee has from now on: ``no_show``, or an earlier one, which stays as it is.

    One statement, so that of two at once each knows which mark is the one; the row is held until commit.
    """
    query: LiteralString = f"""
        WITH mark AS (
            INSERT INTO invitee_no_shows ({_COLUMNS})
            VALUES (%(id)s, %(organization_id)s, %(invitee_id)s, %(scheduled_event_id)s, %(created_at)s)
            ON CONFLICT (organization_id, invitee_id) DO UPDATE SET invitee_id = excluded.invitee_id
            RETURNING {_COLUMNS}
        ), invitee AS (
            UPDATE invitees SET updated_at = %(created_at)s
            FROM mark
            WHERE mark.id = %(id)s AND invitees.organization_id = mark.organization_id AND invitees.id = mark.invitee_id
        )
        SELECT {_COLUMNS} FROM mark
    """
    mark = await fetch_one(conn, NoShow, query, {name: getattr(no_show, name) for name in NoShow.__struct_fields__})
    assert mark is not None  # inserted or there already
    return mark


async def delete(conn: Conn, organization_id: UUID, no_show_id: UUID, *, now: datetime) -> bool:
    """Remove a mark; False where it was gone already."""
    cursor = await conn.execute(
        """
        WITH mark AS (
            DELETE FROM invitee_no_shows WHERE organization_id = %(organization_id)s AND id = %(id)s
            RETURNING organization_id, invitee_id
        )
        UPDATE invitees SET updated_at = %(now)s
        FROM mark
        WHERE invitees.organization_id = mark.organization_id AND invitees.id = mark.invitee_id
        """,
        {"organization_id": organization_id, "id": no_show_id, "now": now},
    )
    return cursor.rowcount == 1
