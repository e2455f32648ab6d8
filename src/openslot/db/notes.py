"""Notes of users about their contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class Note(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    contact_id: UUID
    title: str | None
    body: str | None
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT contact_notes.id, contact_notes.organization_id, contact_notes.user_id, contact_notes.contact_id,
           contact_notes.title, contact_notes.body, contact_notes.created_at, contact_notes.updated_at
    FROM contact_notes
"""


async def get(conn: Conn, organization_id: UUID, note_id: UUID) -> Note | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Note, query, {"organization_id": organization_id, "id": note_id})


async def list_page(
    conn: Conn, organization_id: UUID, user_id: UUID, contact_ids: Sequence[UUID], page: PageRequest
) -> PageOf[Note]:
    """One page of a user's notes about some contacts."""
    conditions: list[LiteralString] = [
        "contact_notes.organization_id = %(organization_id)s", "contact_notes.user_id = %(user_id)s",
        "contact_notes.contact_id = ANY (%(contacts)s)",
    ]  # fmt: skip
    params = {"organization_id": organization_id, "user_id": user_id, "contacts": list(contact_ids)}
    return await fetch_page(conn, Note, _SELECT, conditions, params, page)


async def insert(conn: Conn, row: Note) -> None:
    await conn.execute(
        """
        INSERT INTO contact_notes (organization_id, id, user_id, contact_id, title, body, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(contact_id)s, %(title)s, %(body)s, %(created_at)s,
                %(updated_at)s)
        """,
        {name: getattr(row, name) for name in Note.__struct_fields__},
    )
