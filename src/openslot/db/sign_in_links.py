"""Links that sign a member in once: digests of their secrets, and whose they are."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.db.pool import Conn


class LinkOwner(NamedTuple):
    """The member whom a link signs in."""

    organization_id: UUID
    user_id: UUID
    name: str
    email: str
    locale: str
    expires_at: datetime


async def insert(
    conn: Conn, *, organization_id: UUID, user_id: UUID, digest: bytes, now: datetime, expires_at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO sign_in_links (organization_id, digest, user_id, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        (organization_id, digest, user_id, now, expires_at),
    )


async def count_of_user(conn: Conn, organization_id: UUID, user_id: UUID, *, now: datetime) -> int:
    """How many links of a user work."""
    cursor = await conn.execute(
        "SELECT count(*) FROM sign_in_links WHERE organization_id = %s AND user_id = %s AND expires_at > %s",
        (organization_id, user_id, now),
    )
    ((number,),) = await cursor.fetchall()
    return int(number)


async def find(conn: Conn, digest: bytes) -> LinkOwner | None:
    """Whose link it is, expired ones included; None for an unknown link or a member who left."""
    cursor = await conn.execute(
        """
        SELECT link.organization_id, link.user_id, users.name, users.email, users.locale, link.expires_at
        FROM sign_in_links AS link
        JOIN users ON users.id = link.user_id AND users.organization_id = link.organization_id
        JOIN organization_memberships AS membership
          ON membership.organization_id = link.organization_id AND membership.user_id = link.user_id
        WHERE link.digest = %s
        """,
        (digest,),
    )
    row = await cursor.fetchone()
    return None if row is None else LinkOwner(*row)


async def delete(conn: Conn, digest: bytes) -> bool:
    """Whether it was still there: of two who use a link at once, one gets True."""
    cursor = await conn.execute("DELETE FROM sign_in_links WHERE digest = %s", (digest,))
    return cursor.rowcount == 1


async def delete_of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM sign_in_links WHERE organization_id = %s AND user_id = %s", (organization_id, user_id)
    )


async def delete_expired(conn: Conn, *, now: datetime) -> None:
    await conn.execute("DELETE FROM sign_in_links WHERE expires_at <= %s", (now,))
