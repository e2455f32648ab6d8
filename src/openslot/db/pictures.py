"""Pictures of users and logos of organizations, as they are shown; one of each (ADR 0047)."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class Picture(Struct, frozen=True, kw_only=True):
    organization_id: UUID
    user_id: UUID | None
    """None: the organization's logo."""
    name: str
    """The last part of its address."""
    width: int
    height: int
    content: bytes
    created_at: datetime


async def put(conn: Conn, row: Picture) -> None:
    """Store a picture in place of the one before."""
    await conn.execute(
        """
        INSERT INTO pictures (organization_id, user_id, name, width, height, content, created_at)
        VALUES (%(organization_id)s, %(user_id)s, %(name)s, %(width)s, %(height)s, %(content)s, %(created_at)s)
        ON CONFLICT (organization_id, user_id) DO UPDATE SET name = EXCLUDED.name, width = EXCLUDED.width,
            height = EXCLUDED.height, content = EXCLUDED.content, created_at = EXCLUDED.created_at
        """,
        {name: getattr(row, name) for name in Picture.__struct_fields__},
    )


async def find(conn: Conn, name: str) -> Picture | None:
    """The picture of an address, of any organization."""
    query = """
        SELECT organization_id, user_id, name, width, height, content, created_at FROM pictures
        WHERE name = %(name)s
    """
    return await fetch_one(conn, Picture, query, {"name": name})


async def delete_of_user(conn: Conn, user_id: UUID) -> None:
    """Delete the pictures of a user, in whatever organization they were uploaded."""
    await conn.execute("DELETE FROM pictures WHERE user_id = %s", (user_id,))


async def delete_logo(conn: Conn, organization_id: UUID) -> bool:
    """Delete the logo of an organization; whether there was one."""
    query = "DELETE FROM pictures WHERE organization_id = %s AND user_id IS NULL"
    return (await conn.execute(query, (organization_id,))).rowcount > 0
