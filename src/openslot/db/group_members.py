"""The members and admins of groups. A user is a member of at most one group, and may be the admin of any number.

Rows of users who have left the organization do not count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db import users
from openslot.db.organizations import Membership
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.db.users import User


class Relationship(Struct, frozen=True, kw_only=True):
    """One user's role in one group, with the user."""

    id: UUID
    organization_id: UUID
    group_id: UUID
    role: str
    """``member`` or ``admin``."""
    created_at: datetime
    updated_at: datetime
    membership: Membership
    user: User


class GroupRole(Struct, frozen=True):
    """A role in a group."""

    group_id: UUID
    role: str


class Candidate(Struct, frozen=True):
    """A user of the organization who could be added to a group."""

    user_id: UUID
    role: str
    """In the organization."""
    groups: list[GroupRole]


class NewMember(Struct, frozen=True):
    """A user to put into a group."""

    id: UUID
    """Of the relationship; a user who is in the group already keeps the old one."""
    user_id: UUID
    role: str


_SELECT: LiteralString = f"""
    SELECT group_members.id, group_members.organization_id, group_members.group_id, group_members.role,
           group_members.created_at, group_members.updated_at, to_jsonb(membership) AS membership,
           (SELECT to_jsonb(person) FROM (SELECT {users.COLUMNS} FROM users WHERE users.id = group_members.user_id)
              AS person) AS "user"
    FROM group_members JOIN organization_memberships AS membership
      ON membership.organization_id = group_members.organization_id AND membership.user_id = group_members.user_id
"""
GROUPS_LED: LiteralString = """
    SELECT led.group_id FROM group_members AS led
    WHERE led.organization_id = %(organization_id)s AND led.user_id = %(admin_id)s AND led.role = 'admin'
"""
"""The groups whose admin ``admin_id`` is, as a subquery."""


MEMBERS_LED: LiteralString = f"""ARRAY(
    SELECT other.user_id FROM group_members AS other
    WHERE other.organization_id = %(organization_id)s AND other.group_id IN ({GROUPS_LED}))
"""
"""The users in those groups."""


async def get_relationship(conn: Conn, organization_id: UUID, relationship_id: UUID) -> Relationship | None:
    query: LiteralString = f"""
        {_SELECT}
        WHERE group_members.organization_id = %(organization_id)s AND group_members.id = %(id)s
    """
    return await fetch_one(conn, Relationship, query, {"organization_id": organization_id, "id": relationship_id})


async def list_relationships(
    conn: Conn,
    organization_id: UUID,
    page: PageRequest,
    *,
    group_id: UUID | None = None,
    membership_id: UUID | None = None,
    admin_id: UUID | None = None,
) -> PageOf[Relationship]:
    """One page of who is in which group: of one group, of one membership, of the groups whose admin ``admin_id`` is."""
    conditions: list[LiteralString] = ["group_members.organization_id = %(organization_id)s"]
    if group_id is not None:
        conditions.append("group_members.group_id = %(group_id)s")
    if membership_id is not None:
        conditions.append("membership.id = %(membership_id)s")
    if admin_id is not None:
        conditions.append(f"group_members.group_id IN ({GROUPS_LED})")
    params = {
        "organization_id": organization_id, "group_id": group_id, "membership_id": membership_id, "admin_id": admin_id,
    }  # fmt: skip
    return await fetch_page(conn, Relationship, _SELECT, conditions, params, page)


async def is_admin(conn: Conn, organization_id: UUID, user_id: UUID, group_id: UUID | None = None) -> bool:
    """Whether a user is an admin of a group; with None, of any group."""
    cursor = await conn.execute(
        f"{GROUPS_LED} AND led.group_id = coalesce(%(group_id)s, led.group_id) LIMIT 1",
        {"organization_id": organization_id, "admin_id": user_id, "group_id": group_id},
    )
    return await cursor.fetchone() is not None


async def is_admin_of_any(conn: Conn, organization_id: UUID, user_id: UUID, user_ids: Sequence[UUID]) -> bool:
    """Whether a user is an admin of a group that one of ``user_ids`` is in."""
    cursor = await conn.execute(
        f"""
        SELECT 1 FROM group_members AS other
        WHERE other.organization_id = %(organization_id)s AND other.user_id = ANY(%(users)s)
          AND other.group_id IN ({GROUPS_LED})
        LIMIT 1
        """,
        {"organization_id": organization_id, "admin_id": user_id, "users": list(user_ids)},
    )
    return await cursor.fetchone() is not None


async def list_candidates(conn: Conn, organization_id: UUID, user_ids: Sequence[UUID]) -> list[Candidate]:
    """Those of ``user_ids`` who belong to the organization, with the groups they are in."""
    query: LiteralString = """
        SELECT membership.user_id, membership.role,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('group_id', member.group_id, 'role', member.role)), '[]')
                FROM group_members AS member
                WHERE member.organization_id = membership.organization_id AND member.user_id = membership.user_id
               ) AS groups
        FROM organization_memberships AS membership
        WHERE membership.organization_id = %(organization_id)s AND membership.user_id = ANY(%(users)s)
    """
    return await fetch_all(conn, Candidate, query, {"organization_id": organization_id, "users": list(user_ids)})


async def set_members(
    conn: Conn, organization_id: UUID, group_id: UUID, members: Sequence[NewMember], *, now: datetime
) -> None:
    """Replace the members of a group; those who stay keep their relationships.

    Raises:
        psycopg.errors.UniqueViolation: one of them is a member of another group.
    """
    await conn.execute(
        """
        WITH changed AS (
            UPDATE groups SET updated_at = %(now)s WHERE organization_id = %(organization_id)s AND id = %(group_id)s
        ), gone AS (
            DELETE FROM group_members
            WHERE organization_id = %(organization_id)s AND group_id = %(group_id)s
              AND user_id <> ALL (%(users)s::uuid[])
        )
        INSERT INTO group_members (organization_id, id, group_id, user_id, role, created_at, updated_at)
        SELECT %(organization_id)s, id, %(group_id)s, user_id, role, %(now)s, %(now)s
        FROM unnest(%(ids)s::uuid[], %(users)s::uuid[], %(roles)s::text[]) AS wanted (id, user_id, role)
        ON CONFLICT (organization_id, group_id, user_id)
        DO UPDATE SET role = EXCLUDED.role, updated_at = EXCLUDED.updated_at WHERE group_members.role <> EXCLUDED.role
        """,
        {
            "organization_id": organization_id, "group_id": group_id, "now": now,
            "ids": [one.id for one in members], "users": [one.user_id for one in members],
            "roles": [one.role for one in members],
        },
    )  # fmt: skip


async def delete_of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> None:
    """Take a user out of every group."""
    await conn.execute(
        "DELETE FROM group_members WHERE organization_id = %s AND user_id = %s", (organization_id, user_id)
    )
