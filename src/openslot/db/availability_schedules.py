"""Availability schedules: a user's named weekly rules and date overrides, in one IANA zone."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page


class Schedule(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    name: str
    timezone: str
    is_default: bool
    rules: list[dict[str, Any]]
    """As the API writes them."""
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, user_id, name, timezone, is_default, rules, created_at, updated_at
    FROM availability_schedules
"""


async def get(conn: Conn, organization_id: UUID, schedule_id: UUID, *, keep: bool = False) -> Schedule | None:
    """One schedule; ``keep`` locks it against deletion until commit."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    if keep:
        query = f"{query} FOR KEY SHARE"
    return await fetch_one(conn, Schedule, query, {"organization_id": organization_id, "id": schedule_id})


async def lock_all(conn: Conn, organization_id: UUID, user_id: UUID) -> list[Schedule]:
    """A user's schedules, locked until commit, so that only one transaction at a time changes the default."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s ORDER BY id FOR UPDATE
    """
    return await fetch_all(conn, Schedule, query, {"organization_id": organization_id, "user_id": user_id})


async def list_all(conn: Conn, organization_id: UUID, user_id: UUID) -> list[Schedule]:
    """A user's schedules, the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s ORDER BY created_at, id
    """
    return await fetch_all(conn, Schedule, query, {"organization_id": organization_id, "user_id": user_id})


async def list_page(conn: Conn, organization_id: UUID, user_id: UUID, page: PageRequest) -> PageOf[Schedule]:
    """One page of a user's schedules."""
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s", "user_id = %(user_id)s"]
    return await fetch_page(
        conn, Schedule, _SELECT, conditions, {"organization_id": organization_id, "user_id": user_id}, page
    )


async def insert(
    conn: Conn,
    *,
    id: UUID,
    organization_id: UUID,
    user_id: UUID,
    name: str,
    timezone: str,
    is_default: bool,
    rules: list[dict[str, Any]],
    now: datetime,
) -> None:
    await conn.execute(
        """
        INSERT INTO availability_schedules
            (id, organization_id, user_id, name, timezone, is_default, rules, created_at, updated_at)
        VALUES (%(id)s, %(organization_id)s, %(user_id)s, %(name)s, %(timezone)s, %(is_default)s, %(rules)s, %(now)s,
                %(now)s)
        """,
        {
            "id": id, "organization_id": organization_id, "user_id": user_id, "name": name, "timezone": timezone,
            "is_default": is_default, "rules": Jsonb(rules), "now": now,
        },
    )  # fmt: skip


async def update(conn: Conn, schedule: Schedule, *, now: datetime) -> None:
    """Update name, zone, rules, and whether it is the default."""
    await conn.execute(
        """
        UPDATE availability_schedules
        SET name = %(name)s, timezone = %(timezone)s, is_default = %(is_default)s, rules = %(rules)s,
            updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {
            "organization_id": schedule.organization_id, "id": schedule.id, "name": schedule.name,
            "timezone": schedule.timezone, "is_default": schedule.is_default, "rules": Jsonb(schedule.rules),
            "now": now,
        },
    )  # fmt: skip


async def clear_default(conn: Conn, organization_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Take the default away; the caller sets another one in the same transaction."""
    await conn.execute(
        """
        UPDATE availability_schedules SET is_default = false, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND is_default
        """,
        {"organization_id": organization_id, "user_id": user_id, "now": now},
    )


async def set_default(
    conn: Conn, organization_id: UUID, user_id: UUID, *, timezone: str, rules: list[dict[str, Any]], now: datetime
) -> bool:
    """Change zone and rules of a user's default schedule; False where there is none."""
    cursor = await conn.execute(
        """
        UPDATE availability_schedules SET timezone = %(timezone)s, rules = %(rules)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND is_default
        """,
        {
            "organization_id": organization_id, "user_id": user_id, "timezone": timezone, "rules": Jsonb(rules),
            "now": now,
        },
    )  # fmt: skip
    return cursor.rowcount == 1


async def list_uses(conn: Conn, organization_id: UUID, schedule_id: UUID) -> list[str]:
    """The names of the event types that use the schedule, except deleted ones."""
    cursor = await conn.execute(
        """
        SELECT name FROM event_types
        WHERE organization_id = %s AND availability_schedule_id = %s AND deleted_at IS NULL ORDER BY name, id
        """,
        (organization_id, schedule_id),
    )
    return [name for (name,) in await cursor.fetchall()]


async def delete(conn: Conn, organization_id: UUID, schedule_id: UUID) -> None:
    """Delete a schedule that only deleted event types use."""
    params = {"organization_id": organization_id, "id": schedule_id}
    await conn.execute(
        """
        UPDATE event_types SET availability_schedule_id = NULL
        WHERE organization_id = %(organization_id)s AND availability_schedule_id = %(id)s AND deleted_at IS NOT NULL
        """,
        params,
    )
    await conn.execute(
        "DELETE FROM availability_schedules WHERE organization_id = %(organization_id)s AND id = %(id)s", params
    )
