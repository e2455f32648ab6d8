"""Personal access tokens: digests of them, and whom each speaks for."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from openslot.db import users
from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class TokenOwner(users.User, frozen=True):
    """The user behind a token, with what the token and the membership allow."""

    role: str
    """``owner``, ``admin`` or ``user`` in the token's organization."""
    scopes: list[str] | None
    """None: every scope."""
    expires_at: datetime | None
    revoked_at: datetime | None


async def get_owner(conn: Conn, digest: bytes) -> TokenOwner | None:
    """Who a token speaks for, expired and revoked ones included; None for an unknown token or a member who left."""
    query: LiteralString = f"""
        SELECT {users.COLUMNS}, membership.role, token.scopes, token.expires_at, token.revoked_at
        FROM access_tokens AS token
        JOIN users ON users.id = token.user_id AND users.organization_id = token.organization_id
        JOIN organization_memberships AS membership
          ON membership.organization_id = token.organization_id AND membership.user_id = token.user_id
        WHERE token.digest = %(digest)s
    """
    return await fetch_one(conn, TokenOwner, query, {"digest": digest})


async def insert(
    conn: Conn,
    *,
    id: UUID,
    organization_id: UUID,
    user_id: UUID,
    name: str,
    digest: bytes,
    scopes: list[str] | None,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    await conn.execute(
        """
        INSERT INTO access_tokens (id, organization_id, user_id, name, digest, scopes, expires_at, created_at)
        VALUES (%(id)s, %(organization_id)s, %(user_id)s, %(name)s, %(digest)s, %(scopes)s, %(expires_at)s, %(now)s)
        """,
        {
            "id": id, "organization_id": organization_id, "user_id": user_id, "name": name, "digest": digest,
            "scopes": scopes, "expires_at": expires_at, "now": now,
        },
    )  # fmt: skip


async def revoke(conn: Conn, digest: bytes, *, now: datetime) -> None:
    await conn.execute(
        "UPDATE access_tokens SET revoked_at = %s WHERE digest = %s AND revoked_at IS NULL", (now, digest)
    )
