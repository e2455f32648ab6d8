"""Lists of a user's contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class ContactList(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    name: str
    contact_count: int
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT contact_lists.id, contact_lists.organization_id, contact_lists.user_id, contact_lists.name,
           (SELECT count(*) FROM contact_list_members AS member
            WHERE member.organization_id = contact_lists.organization_id
              AND member.contact_list_id = contact_lists.id) AS contact_count,
           contact_lists.created_at, contact_lists.updated_at
    FROM contact_lists
"""


async def get(conn: Conn, organization_id: UUID, list_id: UUID) -> ContactList | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, ContactList, query, {"organization_id": organization_id, "id": list_id})


async def list_for_user(conn: Conn, organization_id: UUID, user_id: UUID) -> list[ContactList]:
    """All of a user's, by name."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s ORDER BY name_key, id
    """
    return await fetch_all(conn, ContactList, query, {"organization_id": organization_id, "user_id": user_id})


async def count(conn: Conn, organization_id: UUID, user_id: UUID) -> int:
    """How many a user has."""
    cursor = await conn.execute(
        "SELECT count(*) FROM contact_lists WHERE organization_id = %s AND user_id = %s", (organization_id, user_id)
    )
    (found,) = await cursor.fetchone() or (0,)
    return int(found)


async def insert(conn: Conn, row: ContactList, *, name_key: str) -> bool:
    """Store a list without contacts; False where another one of the user's has the key."""
    cursor = await conn.execute(
        """
        INSERT INTO contact_lists (organization_id, id, user_id, name, name_key, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(name)s, %(name_key)s, %(created_at)s, %(updated_at)s)
        ON CONFLICT DO NOTHING
        """,
        {name: getattr(row, name) for name in ContactList.__struct_fields__} | {"name_key": name_key},
    )
    return cursor.rowcount == 1


async def rename(conn: Conn, row: ContactList, name: str, *, name_key: str, now: datetime) -> bool:
    """Rename a list; False where another one of the user's has the key."""
    cursor = await conn.execute(
        """
        UPDATE contact_lists SET name = %(name)s, name_key = %(name_key)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND NOT EXISTS (
            SELECT 1 FROM contact_lists AS other
            WHERE other.organization_id = %(organization_id)s AND other.user_id = %(user_id)s AND other.id <> %(id)s
              AND other.name_key = %(name_key)s)
        """,
        {
            "organization_id": row.organization_id, "id": row.id, "user_id": row.user_id, "name": name,
            "name_key": name_key, "now": now,
        },
    )  # fmt: skip
    return cursor.rowcount == 1


async def add(conn: Conn, row: ContactList, contact_ids: Sequence[UUID], *, now: datetime) -> None:
    """Put contacts, which exist, into a list; those in it stay."""
    await _change(
        conn,
        """
        INSERT INTO contact_list_members (organization_id, contact_list_id, contact_id, created_at)
        SELECT %(organization_id)s, %(id)s, one, %(now)s FROM unnest(%(contacts)s::uuid[]) AS one ORDER BY one
        ON CONFLICT DO NOTHING RETURNING 1
        """,
        row,
        contact_ids,
        now=now,
    )


async def remove(conn: Conn, row: ContactList, contact_ids: Sequence[UUID], *, now: datetime) -> None:
    """Take contacts out of a list."""
    await _change(
        conn,
        """
        DELETE FROM contact_list_members
        WHERE organization_id = %(organization_id)s AND contact_list_id = %(id)s AND contact_id = ANY (%(contacts)s)
        RETURNING 1
        """,
        row,
        contact_ids,
        now=now,
    )


async def _change(
    conn: Conn, statement: LiteralString, row: ContactList, contact_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Change the members; the list counts as changed if one was."""
    query: LiteralString = f"""
        WITH changed AS ({statement})
        UPDATE contact_lists SET updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND EXISTS (SELECT FROM changed)
    """
    await conn.execute(
        query, {"organization_id": row.organization_id, "id": row.id, "contacts": list(contact_ids), "now": now}
    )
