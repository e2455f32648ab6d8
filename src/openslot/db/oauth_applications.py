"""Applications that members may let act for them (OAuth clients)."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class OAuthApplication(Struct, frozen=True):
    id: UUID
    """The client id."""
    organization_id: UUID | None
    """None: it has registered itself, and serves the members of any organization."""
    name: str
    secret_digest: bytes | None
    """None: it can keep no secret."""
    redirect_uris: list[str]
    is_native: bool
    """Whether it is an app on a device: it may use a scheme of its own, and any port of the loopback address."""
    scopes: list[str] | None
    """What it may ask for; None: every scope."""
    created_at: datetime
    used_at: datetime | None
    """When somebody last allowed it something."""


_COLUMNS: LiteralString = """
    id, organization_id, name, secret_digest, redirect_uris, is_native, scopes, created_at, used_at
"""


async def insert(conn: Conn, new: OAuthApplication) -> None:
    await conn.execute(
        """
        INSERT INTO oauth_applications
            (id, organization_id, name, secret_digest, redirect_uris, is_native, scopes, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            new.id, new.organization_id, new.name, new.secret_digest, new.redirect_uris, new.is_native, new.scopes,
            new.created_at,
        ),
    )  # fmt: skip


async def get(conn: Conn, application_id: UUID) -> OAuthApplication | None:
    query: LiteralString = f"SELECT {_COLUMNS} FROM oauth_applications WHERE id = %(id)s"
    return await fetch_one(conn, OAuthApplication, query, {"id": application_id})


async def list_all(conn: Conn, organization_id: UUID) -> list[OAuthApplication]:
    """The applications of an organization, the oldest first; those that registered themselves belong to none."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} FROM oauth_applications WHERE organization_id = %(organization_id)s ORDER BY created_at, id
    """
    return await fetch_all(conn, OAuthApplication, query, {"organization_id": organization_id})


async def update(
    conn: Conn, application_id: UUID, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str] | None
) -> None:
    await conn.execute(
        "UPDATE oauth_applications SET name = %s, redirect_uris = %s, scopes = %s WHERE id = %s",
        (name, list(redirect_uris), None if scopes is None else list(scopes), application_id),
    )


async def set_secret(conn: Conn, application_id: UUID, digest: bytes) -> None:
    await conn.execute("UPDATE oauth_applications SET secret_digest = %s WHERE id = %s", (digest, application_id))


async def set_signing_key(conn: Conn, application_id: UUID, sealed: bytes | None) -> None:
    await conn.execute("UPDATE oauth_applications SET signing_key = %s WHERE id = %s", (sealed, application_id))


async def list_signing_keys(conn: Conn) -> list[tuple[UUID, bytes]]:
    """Every application that has a signing key, with its sealed key."""
    cursor = await conn.execute("SELECT id, signing_key FROM oauth_applications WHERE signing_key IS NOT NULL")
    return [(application_id, bytes(sealed)) for application_id, sealed in await cursor.fetchall()]


async def has_signing_key(conn: Conn, application_id: UUID) -> bool:
    cursor = await conn.execute(
        "SELECT signing_key IS NOT NULL FROM oauth_applications WHERE id = %s", (application_id,)
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def get_signing_key(conn: Conn, organization_id: UUID, grant_id: UUID) -> bytes | None:
    """The sealed key of the application that a grant is for; None: it has none."""
    cursor = await conn.execute(
        """
        SELECT application.signing_key
        FROM oauth_grants JOIN oauth_applications AS application ON application.id = oauth_grants.application_id
        WHERE oauth_grants.organization_id = %s AND oauth_grants.id = %s
        """,
        (organization_id, grant_id),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def touch(conn: Conn, application_id: UUID, *, now: datetime) -> None:
    """Record that somebody allows an application something."""
    await conn.execute("UPDATE oauth_applications SET used_at = %s WHERE id = %s", (now, application_id))


async def delete(conn: Conn, application_id: UUID) -> None:
    """Delete an application with all that it was allowed: its tokens work no more."""
    await conn.execute("DELETE FROM oauth_applications WHERE id = %s", (application_id,))


async def delete_unused(conn: Conn, *, made_before: datetime) -> None:
    """Delete those that registered themselves and were never allowed anything."""
    await conn.execute(
        "DELETE FROM oauth_applications WHERE organization_id IS NULL AND used_at IS NULL AND created_at < %s",
        (made_before,),
    )
