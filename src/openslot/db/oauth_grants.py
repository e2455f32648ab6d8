"""What users have allowed applications to do, and the codes and refresh tokens that hang on it."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class OAuthGrant(Struct, frozen=True):
    id: UUID
    organization_id: UUID
    application_id: UUID
    user_id: UUID
    scopes: list[str] | None
    """None: every scope."""
    redirect_uri: str
    names_redirect_uri: bool
    """Whether the request named the redirect URI, so that the exchange of the code must name it again."""
    code_challenge: str | None
    code_expires_at: datetime
    code_used_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None


class UserGrant(Struct, frozen=True):
    """A grant as its user sees it."""

    id: UUID
    application_id: UUID
    application_name: str
    scopes: list[str] | None
    created_at: datetime


_COLUMNS: LiteralString = """
    oauth_grants.id, oauth_grants.organization_id, oauth_grants.application_id, oauth_grants.user_id,
    oauth_grants.scopes, oauth_grants.redirect_uri, oauth_grants.names_redirect_uri, oauth_grants.code_challenge,
    oauth_grants.code_expires_at, oauth_grants.code_used_at, oauth_grants.created_at, oauth_grants.revoked_at
"""


async def insert(conn: Conn, grant: OAuthGrant, *, code_digest: bytes) -> None:
    await conn.execute(
        """
        INSERT INTO oauth_grants (organization_id, id, application_id, user_id, scopes, code_digest, redirect_uri,
            names_redirect_uri, code_challenge, code_expires_at, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            grant.organization_id, grant.id, grant.application_id, grant.user_id, grant.scopes, code_digest,
            grant.redirect_uri, grant.names_redirect_uri, grant.code_challenge, grant.code_expires_at,
            grant.created_at,
        ),
    )  # fmt: skip


async def lock_of_code(conn: Conn, code_digest: bytes) -> OAuthGrant | None:
    """The grant that a code stands for, locked until commit: of two exchanges of a code, the second sees the first."""
    query: LiteralString = f"SELECT {_COLUMNS} FROM oauth_grants WHERE code_digest = %(digest)s FOR UPDATE"
    return await fetch_one(conn, OAuthGrant, query, {"digest": code_digest})


async def use_code(conn: Conn, grant: OAuthGrant, *, now: datetime) -> None:
    """Record that the code was exchanged."""
    await conn.execute(
        "UPDATE oauth_grants SET code_used_at = %s WHERE organization_id = %s AND id = %s",
        (now, grant.organization_id, grant.id),
    )


class RefreshToken(Struct, frozen=True):
    """A refresh token with its grant."""

    grant: OAuthGrant
    created_at: datetime
    used_at: datetime | None
    """When it was exchanged for the next one."""


class _RefreshRow(OAuthGrant, frozen=True):
    token_created_at: datetime
    token_used_at: datetime | None


async def get_refresh_token(conn: Conn, digest: bytes, *, lock: bool = False) -> RefreshToken | None:
    """The refresh token with a digest; ``lock``: until commit, so that two exchanges of it don't both pass."""
    query: LiteralString = f"""
        SELECT {_COLUMNS}, token.created_at AS token_created_at, token.used_at AS token_used_at
        FROM oauth_refresh_tokens AS token JOIN oauth_grants
          ON oauth_grants.organization_id = token.organization_id AND oauth_grants.id = token.grant_id
        WHERE token.digest = %(digest)s
    """
    if lock:
        query += " FOR UPDATE"
    row = await fetch_one(conn, _RefreshRow, query, {"digest": digest})
    return None if row is None else RefreshToken(row, row.token_created_at, row.token_used_at)


async def insert_refresh_token(conn: Conn, grant: OAuthGrant, digest: bytes, *, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO oauth_refresh_tokens (digest, organization_id, grant_id, created_at) VALUES (%s, %s, %s, %s)",
        (digest, grant.organization_id, grant.id, now),
    )


async def use_refresh_token(conn: Conn, digest: bytes, *, now: datetime) -> None:
    """Record that a refresh token was exchanged."""
    await conn.execute("UPDATE oauth_refresh_tokens SET used_at = %s WHERE digest = %s", (now, digest))


async def get_of_access_token(conn: Conn, digest: bytes) -> OAuthGrant | None:
    """The grant behind an access token; None for personal tokens and unknown ones."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} FROM access_tokens AS token JOIN oauth_grants
          ON oauth_grants.organization_id = token.organization_id AND oauth_grants.id = token.grant_id
        WHERE token.digest = %(digest)s
    """
    return await fetch_one(conn, OAuthGrant, query, {"digest": digest})


async def list_of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> list[UserGrant]:
    """The applications that a user allows something now, each with its newest grant, the newest first."""
    query: LiteralString = """
        SELECT * FROM (
            SELECT DISTINCT ON (application.id) oauth_grants.id, application.id AS application_id,
                   application.name AS application_name, oauth_grants.scopes, oauth_grants.created_at
            FROM oauth_grants JOIN oauth_applications AS application ON application.id = oauth_grants.application_id
            WHERE oauth_grants.organization_id = %(organization_id)s AND oauth_grants.user_id = %(user_id)s
              AND oauth_grants.revoked_at IS NULL AND oauth_grants.code_used_at IS NOT NULL
            ORDER BY application.id, oauth_grants.created_at DESC, oauth_grants.id DESC
        ) AS newest ORDER BY created_at DESC, id DESC
    """
    return await fetch_all(conn, UserGrant, query, {"organization_id": organization_id, "user_id": user_id})


async def revoke(conn: Conn, organization_id: UUID, grant_id: UUID, *, now: datetime) -> None:
    """End a grant: no code, access token or refresh token of it works any more."""
    params = {"organization_id": organization_id, "id": grant_id, "now": now}
    await conn.execute(
        """
        UPDATE oauth_grants SET revoked_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND revoked_at IS NULL
        """,
        params,
    )
    await conn.execute(
        """
        UPDATE access_tokens SET revoked_at = %(now)s
        WHERE organization_id = %(organization_id)s AND grant_id = %(id)s AND revoked_at IS NULL
        """,
        params,
    )


async def list_in_force(
    conn: Conn, organization_id: UUID | None = None, *, user_id: UUID | None = None, application_id: UUID | None = None
) -> list[tuple[UUID, UUID]]:
    """Organization and id of the grants that are in force, of a user, of an application, or of both.

    Those whose code nobody has exchanged yet are among them.
    """
    cursor = await conn.execute(
        """
        SELECT organization_id, id FROM oauth_grants
        WHERE revoked_at IS NULL
          AND (%(organization_id)s::uuid IS NULL OR organization_id = %(organization_id)s)
          AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
          AND (%(application_id)s::uuid IS NULL OR application_id = %(application_id)s)
        """,
        {"organization_id": organization_id, "user_id": user_id, "application_id": application_id},
    )
    return [(organization, grant) for organization, grant in await cursor.fetchall()]


async def delete_ended(conn: Conn, *, before: datetime, used_before: datetime) -> None:
    """Delete what has ended ``before``: access tokens, grants that were revoked, codes that nobody has exchanged.

    Refresh tokens that were exchanged go ``used_before``: until then, using one again is noticed. Both are real times;
    a sandbox's rows go by its clock.
    """
    params = {"before": before, "used_before": used_before}
    await conn.execute(
        f"""
        DELETE FROM access_tokens AS one WHERE one.grant_id IS NOT NULL AND one.expires_at < %(before)s + {_AHEAD}
        """,
        params,
    )
    await conn.execute(
        f"DELETE FROM oauth_refresh_tokens AS one WHERE one.used_at < %(used_before)s + {_AHEAD}", params
    )
    await conn.execute(
        f"""
        DELETE FROM oauth_grants AS one
        WHERE one.revoked_at < %(before)s + {_AHEAD}
          OR (one.code_used_at IS NULL AND one.code_expires_at < %(before)s + {_AHEAD})
        """,
        params,
    )


_AHEAD: LiteralString = """
    coalesce((SELECT clock_ahead FROM sandboxes WHERE sandboxes.organization_id = one.organization_id), interval '0')
"""
