"""The password hashes of users."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.db.pool import Conn


class Credentials(NamedTuple):
    """What a sign-in is checked against."""

    organization_id: UUID
    user_id: UUID
    password_hash: str | None
    """None: the user has no password, and can't sign in with one."""


async def get(conn: Conn, user_id: UUID) -> Credentials | None:
    """The credentials of a member; None where the user has left the organization."""
    cursor = await conn.execute(
        """
        SELECT users.organization_id, users.id, users.password_hash
        FROM users JOIN organization_memberships AS membership
          ON membership.organization_id = users.organization_id AND membership.user_id = users.id
        WHERE users.id = %s
        """,
        (user_id,),
    )
    row = await cursor.fetchone()
    return None if row is None else Credentials(*row)


async def is_still(conn: Conn, credentials: Credentials) -> bool:
    """Whether these are the credentials of the user, who keeps them until commit."""
    cursor = await conn.execute(
        "SELECT password_hash FROM users WHERE id = %s AND organization_id = %s FOR SHARE",
        (credentials.user_id, credentials.organization_id),
    )
    return await cursor.fetchone() == (credentials.password_hash,)


async def set_hash(conn: Conn, user_id: UUID, password_hash: str, *, now: datetime) -> None:
    await conn.execute(
        "UPDATE users SET password_hash = %s, updated_at = %s WHERE id = %s", (password_hash, now, user_id)
    )
