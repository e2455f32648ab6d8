"""Groups of an organization's users; ``group_members`` has who belongs to which."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.group_members import GROUPS_LED
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class Group(Struct, frozen=True):
    id: UUID
    organization_id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    member_count: int
    """Its admins included."""


_SELECT: LiteralString = """
    SELECT groups.id, groups.organization_id, groups.name, groups.created_at, groups.updated_at,
           (SELECT count(*)
            FROM group_members AS member JOIN organization_memberships AS membership
              ON membership.organization_id = member.organization_id AND membership.user_id = member.user_id
            WHERE member.organization_id = groups.organization_id AND member.group_id = groups.id) AS member_count
    FROM groups
"""


async def get(conn: Conn, organization_id: UUID, group_id: UUID) -> Group | None:
    query: LiteralString = f"{_SELECT} WHERE groups.organization_id = %(organization_id)s AND groups.id = %(id)s"
    return await fetch_one(conn, Group, query, {"organization_id": organization_id, "id": group_id})


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, admin_id: UUID | None = None
) -> PageOf[Group]:
    """One page of the organization's groups, or of those whose admin ``admin_id`` is."""
    conditions: list[LiteralString] = ["groups.organization_id = %(organization_id)s"]
    if admin_id is not None:
        conditions.append(f"groups.id IN ({GROUPS_LED})")
    params = {"organization_id": organization_id, "admin_id": admin_id}
    return await fetch_page(conn, Group, _SELECT, conditions, params, page)


async def insert(conn: Conn, organization_id: UUID, group_id: UUID, name: str, *, now: datetime) -> bool:
    """Store a group without anybody in it; False where its name is taken."""
    cursor = await conn.execute(
        """
        INSERT INTO groups (organization_id, id, name, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(name)s, %(now)s, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        {"organization_id": organization_id, "id": group_id, "name": name, "now": now},
    )
    return cursor.rowcount == 1


async def rename(conn: Conn, organization_id: UUID, group_id: UUID, name: str, *, now: datetime) -> bool:
    """Rename a group; False where another group has that name."""
    cursor = await conn.execute(
        """
        UPDATE groups SET name = %(name)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND NOT EXISTS (
            SELECT 1 FROM groups AS other
            WHERE other.organization_id = %(organization_id)s AND other.id <> %(id)s
              AND lower(other.name) = lower(%(name)s))
        """,
        {"organization_id": organization_id, "id": group_id, "name": name, "now": now},
    )
    return cursor.rowcount == 1


async def delete(conn: Conn, organization_id: UUID, group_id: UUID) -> None:
    """Delete a group and its relationships. No subscription may refer to it any more."""
    await conn.execute("DELETE FROM groups WHERE organization_id = %s AND id = %s", (organization_id, group_id))


async def lock(conn: Conn, organization_id: UUID, group_id: UUID) -> None:
    """Lock a group until commit, after waiting for transactions that refer to it: no new row can refer to it."""
    await conn.execute(
        "SELECT 1 FROM groups WHERE organization_id = %s AND id = %s FOR UPDATE", (organization_id, group_id)
    )
