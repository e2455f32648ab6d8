"""Availability schedules: a user's named weekly rules and date overrides, in one IANA zone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from openslot.db.pool import Conn


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


async def set_default(
    conn: Conn, organization_id: UUID, user_id: UUID, *, timezone: str, rules: list[dict[str, Any]], now: datetime
) -> bool:
    """Change zone and rules of a user's default schedule; whether there is one."""
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
