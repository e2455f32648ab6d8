"""Sessions of members in a browser: digests of their secrets, and whose they are."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from openslot.db import users
from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class SignedInUser(users.User, frozen=True):
    """The user of a session."""

    session_id: UUID
    role: str
    """``owner``, ``admin`` or ``user`` in the user's organization."""
    used_at: datetime
    """When the session was last used, as far as that is recorded."""
    session_created_at: datetime
    clock_ahead: timedelta | None
    """How far the clock of the organization is ahead of the real one, if that is a sandbox."""


async def insert(conn: Conn, *, id: UUID, organization_id: UUID, user_id: UUID, digest: bytes, now: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO sessions (organization_id, id, user_id, digest, created_at, used_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (organization_id, id, user_id, digest, now, now),
    )


async def get_user(conn: Conn, digest: bytes) -> SignedInUser | None:
    """The user of a session, even if it has ended by time; None for an unknown session or a member who left."""
    query: LiteralString = f"""
        SELECT {users.COLUMNS}, membership.role, session.id AS session_id, session.used_at,
               session.created_at AS session_created_at, sandbox.clock_ahead
        FROM sessions AS session
        JOIN users ON users.id = session.user_id AND users.organization_id = session.organization_id
        JOIN organization_memberships AS membership
          ON membership.organization_id = session.organization_id AND membership.user_id = session.user_id
        LEFT JOIN sandboxes AS sandbox ON sandbox.organization_id = session.organization_id
        WHERE session.digest = %(digest)s
    """
    return await fetch_one(conn, SignedInUser, query, {"digest": digest})


async def touch(conn: Conn, organization_id: UUID, session_id: UUID, *, now: datetime) -> None:
    """Record that a session is in use."""
    await conn.execute(
        "UPDATE sessions SET used_at = %s WHERE organization_id = %s AND id = %s", (now, organization_id, session_id)
    )


async def delete(conn: Conn, digest: bytes) -> None:
    await conn.execute("DELETE FROM sessions WHERE digest = %s", (digest,))


async def delete_of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> None:
    await conn.execute("DELETE FROM sessions WHERE organization_id = %s AND user_id = %s", (organization_id, user_id))


async def delete_unused(conn: Conn, *, used_before: datetime, made_before: datetime) -> None:
    """Delete sessions that were not used for long, or that are old."""
    await conn.execute("DELETE FROM sessions WHERE used_at < %s OR created_at < %s", (used_before, made_before))
