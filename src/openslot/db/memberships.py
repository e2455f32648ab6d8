"""Who belongs to which organization, with the role; ``users`` has the persons."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.contacts import spellings
from openslot.db import users
from openslot.db.group_members import MEMBERS_LED
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.db.users import User


class Membership(Struct, frozen=True, kw_only=True):
    """One user's role in one organization, with the user."""

    id: UUID
    organization_id: UUID
    role: str
    """``owner``, ``admin`` or ``user``."""
    created_at: datetime
    updated_at: datetime
    user: User


_SELECT: LiteralString = f"""
    SELECT membership.id, membership.organization_id, membership.role, membership.created_at, membership.updated_at,
           (SELECT to_jsonb(person) FROM (SELECT {users.COLUMNS} FROM users WHERE users.id = membership.user_id)
              AS person) AS "user"
    FROM organization_memberships AS membership
"""


async def get(conn: Conn, membership_id: UUID) -> Membership | None:
    """A membership of any organization."""
    return await fetch_one(conn, Membership, f"{_SELECT} WHERE membership.id = %(id)s", {"id": membership_id})


async def of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> Membership | None:
    """The membership of a user."""
    query: LiteralString = f"""
        {_SELECT} WHERE membership.organization_id = %(organization_id)s AND membership.user_id = %(user_id)s
    """
    return await fetch_one(conn, Membership, query, {"organization_id": organization_id, "user_id": user_id})


async def list_all(conn: Conn, organization_id: UUID, *, role: str | None = None) -> list[Membership]:
    """The memberships of an organization (of one role), the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE membership.organization_id = %(organization_id)s
          AND (%(role)s::text IS NULL OR membership.role = %(role)s)
        ORDER BY membership.created_at, membership.id
    """
    return await fetch_all(conn, Membership, query, {"organization_id": organization_id, "role": role})


class LockedMembership(Struct, frozen=True):
    """A membership that stays as it is until commit."""

    organization_id: UUID
    user_id: UUID
    role: str


async def lock(conn: Conn, membership_id: UUID) -> LockedMembership | None:
    """A membership of any organization, locked until commit."""
    query: LiteralString = """
        SELECT organization_id, user_id, role FROM organization_memberships WHERE id = %(id)s FOR UPDATE
    """
    return await fetch_one(conn, LockedMembership, query, {"id": membership_id})


async def delete(conn: Conn, organization_id: UUID, membership_id: UUID) -> None:
    """End a membership."""
    await conn.execute(
        "DELETE FROM organization_memberships WHERE organization_id = %s AND id = %s", (organization_id, membership_id)
    )


async def list_page(
    conn: Conn,
    organization_id: UUID,
    page: PageRequest,
    *,
    user_id: UUID | None = None,
    email: str | None = None,
    role: str | None = None,
    seen_by: UUID | None = None,
) -> PageOf[Membership]:
    """One page of the organization's memberships.

    ``email`` matches any spelling of an address. ``seen_by`` is a plain member, who sees the own one and those of the
    groups whose admin that member is.
    """
    conditions: list[LiteralString] = ["membership.organization_id = %(organization_id)s"]
    if user_id is not None:
        conditions.append("membership.user_id = %(user_id)s")
    if email is not None:
        conditions.append("""membership.user_id IN (SELECT id FROM users
            WHERE lower(email) = ANY (ARRAY(SELECT lower(one) FROM unnest(%(spellings)s::text[]) AS one)))""")
    if role is not None:
        conditions.append("membership.role = %(role)s")
    if seen_by is not None:
        conditions.append(f"(membership.user_id = %(admin_id)s OR membership.user_id = ANY ({MEMBERS_LED}))")
    params = {
        "organization_id": organization_id, "user_id": user_id, "role": role, "admin_id": seen_by,
        "spellings": None if email is None else spellings(email),
    }  # fmt: skip
    return await fetch_page(conn, Membership, _SELECT, conditions, params, page)
