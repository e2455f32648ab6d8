"""The definitions of custom fields of a user's contacts."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.core.contact_fields import Option
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class Definition(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    label: str
    field_type: str
    options: list[Option] | None = None
    """What a ``single_select`` offers."""
    currency: str | None = None
    """Of a ``currency``: its ISO 4217 code."""
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, user_id, label, field_type, options, currency, created_at, updated_at
    FROM contact_field_definitions
"""


async def get(conn: Conn, organization_id: UUID, definition_id: UUID) -> Definition | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Definition, query, {"organization_id": organization_id, "id": definition_id})


async def list_for_user(conn: Conn, organization_id: UUID, user_id: UUID) -> list[Definition]:
    """All of a user's, the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s ORDER BY created_at, id
    """
    return await fetch_all(conn, Definition, query, {"organization_id": organization_id, "user_id": user_id})


async def insert(conn: Conn, row: Definition, *, label_key: str) -> bool:
    """Store a definition; False where the user has one with this key."""
    cursor = await conn.execute(
        """
        INSERT INTO contact_field_definitions
            (organization_id, id, user_id, label, label_key, field_type, options, currency, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(label)s, %(label_key)s, %(field_type)s, %(options)s,
                %(currency)s, %(created_at)s, %(updated_at)s)
        ON CONFLICT DO NOTHING
        """,
        {name: getattr(row, name) for name in Definition.__struct_fields__}
        | {"label_key": label_key, "options": None if row.options is None else Jsonb(row.options)},
    )
    return cursor.rowcount == 1
