"""Access tokens, personal ones and those of OAuth applications: their digests and the users to whom they belong."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

import msgspec

from openslot.db import users
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class TokenOwner(users.User, frozen=True):
    """The user behind a token, with what the token and the membership allow."""

    role: str
    """``owner``, ``admin`` or ``user`` in the token's organization."""
    scopes: list[str] | None
    """None: every scope."""
    expires_at: datetime | None
    revoked_at: datetime | None
    grant_id: UUID | None = None
    """What allows an application to act for the user; None: a personal token."""
    clock_ahead: timedelta | None = None
    """How far the clock of the organization is ahead of the real one, if that is a sandbox."""
    plan: str | None = None
    """The plan that the sandbox imitates, if any."""


async def get_owner(conn: Conn, digest: bytes) -> TokenOwner | None:
    """The user of a token, even if it is expired or revoked; None for an unknown token or a member who left."""
    query: LiteralString = f"""
        SELECT {users.COLUMNS}, membership.role, token.scopes, token.expires_at, token.revoked_at,
               token.grant_id, sandbox.clock_ahead, sandbox.plan
        FROM access_tokens AS token
        JOIN users ON users.id = token.user_id AND users.organization_id = token.organization_id
        JOIN organization_memberships AS membership
          ON membership.organization_id = token.organization_id AND membership.user_id = token.user_id
        LEFT JOIN sandboxes AS sandbox ON sandbox.organization_id = token.organization_id
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
    grant_id: UUID | None = None,
) -> None:
    """Store a token; ``grant_id`` is what allows an application to have it."""
    await conn.execute(
        """
        INSERT INTO access_tokens
            (id, organization_id, user_id, name, digest, scopes, expires_at, created_at, grant_id)
        VALUES (%(id)s, %(organization_id)s, %(user_id)s, %(name)s, %(digest)s, %(scopes)s, %(expires_at)s, %(now)s,
            %(grant_id)s)
        """,
        {
            "id": id, "organization_id": organization_id, "user_id": user_id, "name": name, "digest": digest,
            "scopes": scopes, "expires_at": expires_at, "now": now, "grant_id": grant_id,
        },
    )  # fmt: skip


class AccessToken(msgspec.Struct, frozen=True):
    """A personal token as lists show it: everything except its digest."""

    id: UUID
    organization_id: UUID
    user_id: UUID
    user_name: str
    email: str
    """Of the user."""
    name: str
    scopes: list[str] | None
    """None: every scope."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


_COLUMNS: LiteralString = """
    token.id, token.organization_id, token.user_id, users.name AS user_name, users.email, token.name, token.scopes,
    token.created_at, token.expires_at, token.revoked_at
    FROM access_tokens AS token JOIN users ON users.id = token.user_id
"""


async def list_all(conn: Conn) -> list[AccessToken]:
    """Every personal token, expired and revoked ones included, by the user's address and then by age."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} WHERE token.grant_id IS NULL ORDER BY users.email, token.created_at, token.id
    """
    return await fetch_all(conn, AccessToken, query, {})


async def of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> list[AccessToken]:
    """Every personal token of one user, the oldest first."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} WHERE token.organization_id = %(organization_id)s AND token.user_id = %(user_id)s
          AND token.grant_id IS NULL
        ORDER BY token.created_at, token.id
    """
    return await fetch_all(conn, AccessToken, query, {"organization_id": organization_id, "user_id": user_id})


async def named(conn: Conn, ids: Sequence[UUID], digests: Sequence[bytes]) -> list[tuple[bytes, AccessToken]]:
    """The tokens with these ids or digests, each with its digest."""
    cursor = await conn.execute(
        "SELECT digest, id FROM access_tokens WHERE id = ANY(%s) OR digest = ANY(%s)", (list(ids), list(digests))
    )
    digest_of = {token_id: bytes(digest) for digest, token_id in await cursor.fetchall()}
    query: LiteralString = f"SELECT {_COLUMNS} WHERE token.id = ANY(%(ids)s) ORDER BY token.created_at, token.id"
    return [(digest_of[one.id], one) for one in await fetch_all(conn, AccessToken, query, {"ids": list(digest_of)})]


async def revoke(conn: Conn, ids: Sequence[UUID], *, now: datetime) -> None:
    """End tokens; those that were revoked before keep their time."""
    await conn.execute(
        "UPDATE access_tokens SET revoked_at = %s WHERE id = ANY(%s) AND revoked_at IS NULL", (now, list(ids))
    )


async def revoke_of_user(conn: Conn, organization_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """End every token of a user, those of applications included."""
    await conn.execute(
        "UPDATE access_tokens SET revoked_at = %s WHERE organization_id = %s AND user_id = %s AND revoked_at IS NULL",
        (now, organization_id, user_id),
    )


async def revoke_digest(conn: Conn, digest: bytes, *, now: datetime) -> None:
    """End the token with a digest."""
    await conn.execute(
        "UPDATE access_tokens SET revoked_at = %s WHERE digest = %s AND revoked_at IS NULL", (now, digest)
    )
