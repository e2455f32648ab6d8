"""Organizations and their memberships."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class Organization(Struct, frozen=True):
    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime


class Membership(Struct, frozen=True):
    id: UUID
    role: str
    """``owner``, ``admin`` or ``user``."""
    created_at: datetime
    updated_at: datetime


async def insert(conn: Conn, organization: Organization) -> None:
    await conn.execute(
        "INSERT INTO organizations (id, name, created_at, updated_at) VALUES (%s, %s, %s, %s)",
        (organization.id, organization.name, organization.created_at, organization.updated_at),
    )


async def exists(conn: Conn) -> bool:
    """Whether there is any."""
    cursor = await conn.execute("SELECT EXISTS (SELECT FROM organizations)")
    return await cursor.fetchone() == (True,)


async def lock_first(conn: Conn) -> None:
    """Let others who would make the first organization wait until commit."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('openslot: the first organization'))")


async def insert_membership(
    conn: Conn,
    *,
    id: UUID,
    organization_id: UUID,
    user_id: UUID,
    role: str,
    now: datetime,
) -> None:
    await conn.execute(
        """
        INSERT INTO organization_memberships (id, organization_id, user_id, role, created_at, updated_at)
        VALUES (%(id)s, %(organization_id)s, %(user_id)s, %(role)s, %(now)s, %(now)s)
        """,
        {"id": id, "organization_id": organization_id, "user_id": user_id, "role": role, "now": now},
    )


async def get(conn: Conn, organization_id: UUID) -> Organization | None:
    query = "SELECT id, name, created_at, updated_at FROM organizations WHERE id = %(id)s"
    return await fetch_one(conn, Organization, query, {"id": organization_id})


async def list_all(conn: Conn) -> list[Organization]:
    """Every organization, the oldest first."""
    query = "SELECT id, name, created_at, updated_at FROM organizations ORDER BY created_at, id"
    return await fetch_all(conn, Organization, query, {})


class Preferences(Struct, frozen=True):
    """The calendar by which the organization's limits are counted, who may show its pages, and their logo."""

    timezone: str
    week_start: int
    """0 for Monday."""
    frame_ancestors: list[str] | None = None
    """None: any site."""
    logo: str | None = None
    """The name of the picture."""


async def get_preferences(conn: Conn, organization_id: UUID) -> Preferences | None:
    query = """
        SELECT timezone, week_start, frame_ancestors, (
            SELECT name FROM pictures WHERE organization_id = organizations.id AND user_id IS NULL) AS logo
        FROM organizations WHERE id = %(id)s
    """
    return await fetch_one(conn, Preferences, query, {"id": organization_id})


async def set_preferences(
    conn: Conn,
    organization_id: UUID,
    *,
    timezone: str,
    week_start: int,
    frame_ancestors: list[str] | None,
    now: datetime,
) -> None:
    await conn.execute(
        """
        UPDATE organizations SET timezone = %s, week_start = %s, frame_ancestors = %s, updated_at = %s WHERE id = %s
        """,
        (timezone, week_start, frame_ancestors, now, organization_id),
    )


async def frame_ancestors(conn: Conn, organization_id: UUID) -> list[str] | None:
    """The sites that may frame the organization's booking pages; None: any."""
    query = "SELECT frame_ancestors FROM organizations WHERE id = %(id)s"
    row = await (await conn.execute(query, {"id": organization_id})).fetchone()
    return None if row is None else row[0]


class Appearance(Struct, frozen=True):
    """What every public page of an organization depends on."""

    name: str
    frame_ancestors: list[str] | None
    """As in ``Preferences``."""
    logo: str | None
    """The name of the picture; None: there is none."""
    logo_width: int | None
    logo_height: int | None


async def appearance(conn: Conn, organization_id: UUID) -> Appearance | None:
    """What public pages show of an organization, and who may frame them; in one query, since each page needs it."""
    query = """
        SELECT organizations.name, frame_ancestors, pictures.name AS logo, width AS logo_width, height AS logo_height
        FROM organizations
        LEFT JOIN pictures ON pictures.organization_id = organizations.id AND pictures.user_id IS NULL
        WHERE organizations.id = %(id)s
    """
    return await fetch_one(conn, Appearance, query, {"id": organization_id})


async def lock(conn: Conn, organization_id: UUID) -> None:
    """Lock the organization until commit: transactions that count towards its limits must run one by one."""
    await conn.execute("SELECT 1 FROM organizations WHERE id = %s FOR NO KEY UPDATE", (organization_id,))
