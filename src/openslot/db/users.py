"""Users: global rows; ``organization_id`` is the organization they belong to at present."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class User(Struct, frozen=True):
    id: UUID
    number: int
    """Small; the high bits of the host's spans in ``occupancy``."""
    organization_id: UUID
    name: str
    slug: str
    email: str
    timezone: str
    time_notation: str
    locale: str
    avatar_url: str | None
    created_at: datetime
    updated_at: datetime


COLUMNS: LiteralString = """users.id, users.number, users.organization_id, users.name, users.slug, users.email,
    users.timezone, users.time_notation, users.locale, users.avatar_url, users.created_at, users.updated_at"""


async def get(conn: Conn, user_id: UUID) -> User | None:
    return await fetch_one(conn, User, f"SELECT {COLUMNS} FROM users WHERE id = %(id)s", {"id": user_id})


async def get_by_slug(conn: Conn, slug: str) -> User | None:
    return await fetch_one(conn, User, f"SELECT {COLUMNS} FROM users WHERE slug = %(slug)s", {"slug": slug})


async def get_by_email(conn: Conn, email: str) -> User | None:
    query: LiteralString = f"SELECT {COLUMNS} FROM users WHERE lower(email) = lower(%(email)s)"
    return await fetch_one(conn, User, query, {"email": email})


async def insert(
    conn: Conn,
    *,
    id: UUID,
    organization_id: UUID,
    name: str,
    slug: str,
    email: str,
    timezone: str,
    password_hash: str | None,
    now: datetime,
) -> User:
    query: LiteralString = f"""
        INSERT INTO users (id, organization_id, name, slug, email, timezone, password_hash, created_at, updated_at)
        VALUES (%(id)s, %(organization_id)s, %(name)s, %(slug)s, %(email)s, %(timezone)s, %(password_hash)s, %(now)s,
                %(now)s)
        RETURNING {COLUMNS}
    """
    params = {
        "id": id, "organization_id": organization_id, "name": name, "slug": slug, "email": email,
        "timezone": timezone, "password_hash": password_hash, "now": now,
    }  # fmt: skip
    user = await fetch_one(conn, User, query, params)
    assert user is not None  # RETURNING answers for the row just inserted
    return user


async def slug_exists(conn: Conn, slug: str) -> bool:
    cursor = await conn.execute("SELECT 1 FROM users WHERE slug = %s", (slug,))
    return await cursor.fetchone() is not None
