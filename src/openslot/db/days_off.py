"""Days off of a user, or of everybody in the organization; public holidays are in ``core.holidays``."""

from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class DaysOff(Struct, frozen=True):
    id: UUID
    user_id: UUID | None
    """None: everybody's."""
    name: str
    first_day: date
    last_day: date
    created_at: datetime


_SELECT: LiteralString = "SELECT id, user_id, name, first_day, last_day, created_at FROM days_off"


async def get(conn: Conn, organization_id: UUID, days_off_id: UUID) -> DaysOff | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, DaysOff, query, {"organization_id": organization_id, "id": days_off_id})


async def list_page(conn: Conn, organization_id: UUID, user_id: UUID | None, page: PageRequest) -> PageOf[DaysOff]:
    """One page of a user's days off, or of everybody's."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "user_id IS NOT DISTINCT FROM %(user_id)s",
    ]  # fmt: skip
    return await fetch_page(
        conn, DaysOff, _SELECT, conditions, {"organization_id": organization_id, "user_id": user_id}, page
    )


async def delete(conn: Conn, organization_id: UUID, days_off_id: UUID) -> None:
    """Delete days off; the days are open again."""
    await conn.execute("DELETE FROM days_off WHERE organization_id = %s AND id = %s", (organization_id, days_off_id))


async def insert(
    conn: Conn,
    organization_id: UUID,
    *,
    id: UUID,
    user_id: UUID | None,
    name: str,
    first_day: date,
    last_day: date,
    now: datetime,
) -> None:
    """Add days off from ``first_day`` to ``last_day``, both included; without a user, for everybody."""
    await conn.execute(
        """
        INSERT INTO days_off (organization_id, id, user_id, name, first_day, last_day, created_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(name)s, %(first_day)s, %(last_day)s, %(now)s)
        """,
        {
            "organization_id": organization_id, "id": id, "user_id": user_id, "name": name, "first_day": first_day,
            "last_day": last_day, "now": now,
        },
    )  # fmt: skip
