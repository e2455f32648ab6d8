"""Users: a row belongs to no organization; ``organization_id`` is the user's current one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.contacts import is_same_address, spellings
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class User(Struct, frozen=True):
    id: UUID
    number: int
    """A small number, used as the high bits of the host's spans in ``occupancy``."""
    organization_id: UUID
    name: str
    slug: str
    email: str
    timezone: str
    time_notation: str
    locale: str
    avatar_url: str | None
    """The path of a picture that is kept here, or the whole address of another; ``Uris.picture`` reads both."""
    created_at: datetime
    updated_at: datetime


COLUMNS: LiteralString = """users.id, users.number, users.organization_id, users.name, users.slug, users.email,
    users.timezone, users.time_notation, users.locale, users.avatar_url, users.created_at, users.updated_at"""


async def get(conn: Conn, user_id: UUID) -> User | None:
    return await fetch_one(conn, User, f"SELECT {COLUMNS} FROM users WHERE id = %(id)s", {"id": user_id})


async def get_by_slug(conn: Conn, slug: str) -> User | None:
    return await fetch_one(conn, User, f"SELECT {COLUMNS} FROM users WHERE slug = %(slug)s", {"slug": slug})


async def get_by_email(conn: Conn, email: str) -> User | None:
    """The user with this address, in any spelling."""
    query: LiteralString = f"""
        SELECT {COLUMNS} FROM users
        WHERE lower(email) = ANY (ARRAY(SELECT lower(one) FROM unnest(%(spellings)s::text[]) AS one))
    """
    found = await fetch_one(conn, User, query, {"spellings": spellings(email)})
    if found is not None:
        return found
    # Earlier versions stored other spellings of addresses with non-ASCII characters; there are few of these.
    query = f"SELECT {COLUMNS} FROM users WHERE octet_length(email) > char_length(email)"
    others = await fetch_all(conn, User, query, {})
    return next((one for one in others if is_same_address(one.email, email)), None)


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
    """Store a user.

    Raises:
        psycopg.errors.UniqueViolation: another user has the slug or the address.
    """
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
    assert user is not None  # RETURNING gives the row just inserted
    return user


async def rejoin(
    conn: Conn, user_id: UUID, *, organization_id: UUID, name: str, timezone: str, password_hash: str, now: datetime
) -> User:
    """Make an organization the current one of a user who belongs to none."""
    query: LiteralString = f"""
        UPDATE users SET organization_id = %(organization_id)s, name = %(name)s, timezone = %(timezone)s,
               password_hash = %(password_hash)s, updated_at = %(now)s
        WHERE id = %(id)s
        RETURNING {COLUMNS}
    """
    params = {
        "id": user_id, "organization_id": organization_id, "name": name, "timezone": timezone,
        "password_hash": password_hash, "now": now,
    }  # fmt: skip
    (user,) = await fetch_all(conn, User, query, params)
    return user


class Agreement(Struct, frozen=True):
    """The colleagues whose event types a member agrees to host."""

    id: UUID
    hosts_for: list[UUID]
    """Users; the organization's id stands for all members."""


async def list_agreements(conn: Conn, organization_id: UUID, user_ids: Sequence[UUID]) -> list[Agreement]:
    """The agreements of those of ``user_ids`` who belong to the organization."""
    query: LiteralString = """
        SELECT id, hosts_for FROM users WHERE organization_id = %(organization_id)s AND id = ANY(%(ids)s)
    """
    return await fetch_all(conn, Agreement, query, {"organization_id": organization_id, "ids": list(user_ids)})


async def lock(conn: Conn, user_id: UUID) -> None:
    """Lock the user until commit: transactions that set slugs on the user's page must run one by one."""
    await conn.execute("SELECT 1 FROM users WHERE id = %s FOR NO KEY UPDATE", (user_id,))


async def set_slug(conn: Conn, user_id: UUID, slug: str) -> None:
    """Change the slug of the user's page.

    Raises:
        psycopg.errors.UniqueViolation: another user has it.
    """
    await conn.execute("UPDATE users SET slug = %s WHERE id = %s", (slug, user_id))


async def set_avatar(conn: Conn, user_id: UUID, avatar_url: str | None, *, now: datetime) -> bool:
    """Change what ``avatar_url`` is; False: it is None and was before."""
    cursor = await conn.execute(
        """
        UPDATE users SET avatar_url = %(url)s, updated_at = %(now)s
        WHERE id = %(id)s AND (avatar_url IS NOT NULL OR %(url)s::text IS NOT NULL)
        """,
        {"id": user_id, "url": avatar_url, "now": now},
    )
    return cursor.rowcount > 0


async def list_avatars(conn: Conn, user_ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """What ``avatar_url`` is of these users."""
    cursor = await conn.execute("SELECT id, avatar_url FROM users WHERE id = ANY (%s)", (list(user_ids),))
    return dict(await cursor.fetchall())


class Preferences(Struct, frozen=True):
    """A user's settings for days and weeks, the default availability schedule, and the page's slug."""

    slug: str
    timezone: str
    week_start: int
    """0 for Monday."""
    holiday_region: str | None
    worked_holidays: list[str]
    schedule_timezone: str | None
    """None: there is no schedule."""
    schedule_rules: list[dict[str, Any]] | None
    hosts_for: list[UUID]
    """Users who may add this user as a host without an admin; the organization's id stands for all members."""


async def get_preferences(conn: Conn, user_id: UUID) -> Preferences | None:
    return await fetch_one(
        conn,
        Preferences,
        """
        SELECT users.slug, users.timezone, users.week_start, users.holiday_region, users.worked_holidays,
               users.hosts_for,
               schedule.timezone AS schedule_timezone,
               schedule.rules AS schedule_rules
        FROM users LEFT JOIN availability_schedules AS schedule
          ON schedule.organization_id = users.organization_id AND schedule.user_id = users.id AND schedule.is_default
        WHERE users.id = %(id)s
        """,
        {"id": user_id},
    )


async def set_preferences(
    conn: Conn,
    user_id: UUID,
    *,
    timezone: str,
    week_start: int,
    holiday_region: str | None,
    worked_holidays: Sequence[str],
    hosts_for: Sequence[UUID],
    now: datetime,
) -> None:
    await conn.execute(
        """
        UPDATE users SET timezone = %(timezone)s, week_start = %(week_start)s, holiday_region = %(region)s,
               worked_holidays = %(worked)s, hosts_for = %(hosts_for)s,
               updated_at = %(now)s
        WHERE id = %(id)s
        """,
        {
            "id": user_id, "timezone": timezone, "week_start": week_start, "region": holiday_region,
            "worked": list(worked_holidays), "hosts_for": list(hosts_for), "now": now,
        },
    )  # fmt: skip


async def list_by_id(conn: Conn, user_ids: Sequence[UUID]) -> list[User]:
    """The users with these ids, by id."""
    query: LiteralString = f"SELECT {COLUMNS} FROM users WHERE id = ANY (%(ids)s) ORDER BY id"
    return await fetch_all(conn, User, query, {"ids": list(user_ids)})


async def list_owners(conn: Conn, organization_id: UUID) -> list[User]:
    """The owners of an organization, by id."""
    return await fetch_all(
        conn,
        User,
        f"""
        SELECT {COLUMNS} FROM users JOIN organization_memberships AS membership ON membership.user_id = users.id
        WHERE membership.organization_id = %(id)s AND membership.role = 'owner' ORDER BY users.id
        """,
        {"id": organization_id},
    )
