"""Invitations into an organization, and the digests of their links."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.characters import address_key


class Invitation(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    email: str
    role: str
    """``admin`` or ``user``: what who accepts becomes."""
    status: str
    """``pending``, ``accepted`` or ``declined``; one whose link has expired is pending still."""
    invited_by_id: UUID
    user_id: UUID | None
    """Who accepted."""
    created_at: datetime
    updated_at: datetime
    last_sent_at: datetime
    expires_at: datetime
    """When the link that was sent last leads nowhere any more."""


class OpenedInvitation(Invitation, frozen=True, kw_only=True):
    """An invitation as who follows its link sees it."""

    organization_name: str
    inviter_name: str
    inviter_locale: str
    inviter_timezone: str


_COLUMNS: LiteralString = """
    invitations.id, invitations.organization_id, invitations.email, invitations.role, invitations.status,
    invitations.invited_by_id, invitations.user_id, invitations.created_at, invitations.updated_at,
    invitations.last_sent_at, invitations.expires_at
"""
_SELECT: LiteralString = f"SELECT {_COLUMNS} FROM invitations"
_OPENED: LiteralString = f"""
    SELECT {_COLUMNS}, organization.name AS organization_name, inviter.name AS inviter_name,
           inviter.locale AS inviter_locale, inviter.timezone AS inviter_timezone
    FROM invitations JOIN organizations AS organization ON organization.id = invitations.organization_id
    JOIN users AS inviter ON inviter.id = invitations.invited_by_id
    WHERE invitations.digest = %(digest)s
"""


async def insert(conn: Conn, invitation: Invitation, *, digest: bytes) -> bool:
    """Store an invitation; False where the address has a pending one, also one that was made at the same moment."""
    cursor = await conn.execute(
        """
        INSERT INTO invitations (organization_id, id, email, email_key, role, status, invited_by_id, digest, created_at,
                                 updated_at, last_sent_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (
            invitation.organization_id, invitation.id, invitation.email, address_key(invitation.email),
            invitation.role, invitation.status, invitation.invited_by_id, digest, invitation.created_at,
            invitation.updated_at, invitation.last_sent_at, invitation.expires_at,
        ),
    )  # fmt: skip
    return cursor.rowcount == 1


async def get(conn: Conn, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    query: LiteralString = f"{_SELECT} WHERE invitations.organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Invitation, query, {"organization_id": organization_id, "id": invitation_id})


async def lock(conn: Conn, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    """The invitation, locked until commit."""
    query: LiteralString = f"""
        {_SELECT} WHERE invitations.organization_id = %(organization_id)s AND id = %(id)s FOR UPDATE
    """
    return await fetch_one(conn, Invitation, query, {"organization_id": organization_id, "id": invitation_id})


async def lock_pending(conn: Conn, organization_id: UUID, email: str) -> Invitation | None:
    """The pending invitation of an address in any spelling, locked until commit."""
    query: LiteralString = f"""
        {_SELECT} WHERE invitations.organization_id = %(organization_id)s AND email_key = %(key)s
          AND status = 'pending' FOR UPDATE
    """
    params = {"organization_id": organization_id, "key": address_key(email)}
    return await fetch_one(conn, Invitation, query, params)


async def get_by_digest(conn: Conn, digest: bytes) -> OpenedInvitation | None:
    """The invitation whose link has this digest."""
    return await fetch_one(conn, OpenedInvitation, _OPENED, {"digest": digest})


async def lock_by_digest(conn: Conn, digest: bytes) -> OpenedInvitation | None:
    """The same, locked until commit."""
    return await fetch_one(conn, OpenedInvitation, f"{_OPENED} FOR UPDATE OF invitations", {"digest": digest})


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, email: str | None = None, status: str | None = None
) -> PageOf[Invitation]:
    """One page of an organization's invitations. ``email`` matches any spelling of an address."""
    conditions: list[LiteralString] = ["invitations.organization_id = %(organization_id)s"]
    if email is not None:
        conditions.append("invitations.email_key = %(key)s")
    if status is not None:
        conditions.append("invitations.status = %(status)s")
    params = {
        "organization_id": organization_id, "key": None if email is None else address_key(email), "status": status,
    }  # fmt: skip
    return await fetch_page(conn, Invitation, _SELECT, conditions, params, page)


async def renew(
    conn: Conn, invitation: Invitation, *, role: str, invited_by_id: UUID, digest: bytes, expires_at: datetime,
    now: datetime,
) -> Invitation:  # fmt: skip
    """Give an invitation another link: the one before leads nowhere."""
    query: LiteralString = f"""
        UPDATE invitations
        SET role = %(role)s, invited_by_id = %(invited_by_id)s, digest = %(digest)s, expires_at = %(expires_at)s,
            last_sent_at = %(now)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        RETURNING {_COLUMNS}
    """
    params = {
        "organization_id": invitation.organization_id, "id": invitation.id, "role": role,
        "invited_by_id": invited_by_id, "digest": digest, "expires_at": expires_at, "now": now,
    }  # fmt: skip
    (renewed,) = await fetch_all(conn, Invitation, query, params)
    return renewed


async def set_status(
    conn: Conn, organization_id: UUID, invitation_id: UUID, status: str, *, user_id: UUID | None = None, now: datetime
) -> None:
    """Store what became of an invitation; ``user_id`` is who accepted."""
    await conn.execute(
        "UPDATE invitations SET status = %s, user_id = %s, updated_at = %s WHERE organization_id = %s AND id = %s",
        (status, user_id, now, organization_id, invitation_id),
    )


async def delete(conn: Conn, organization_id: UUID, invitation_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM invitations WHERE organization_id = %s AND id = %s", (organization_id, invitation_id)
    )
