"""Trips: days on which a user's schedules apply in another time zone."""

from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class Trip(Struct, frozen=True):
    id: UUID
    user_id: UUID
    first_day: date
    last_day: date | None
    """None: until further notice."""
    timezone: str
    created_at: datetime


_SELECT: LiteralString = "SELECT id, user_id, first_day, last_day, timezone, created_at FROM trips"


async def insert(conn: Conn, organization_id: UUID, trip: Trip) -> None:
    await conn.execute(
        """
        INSERT INTO trips (organization_id, id, user_id, first_day, last_day, timezone, created_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(first_day)s, %(last_day)s, %(timezone)s, %(created_at)s)
        """,
        {name: getattr(trip, name) for name in Trip.__struct_fields__} | {"organization_id": organization_id},
    )


async def get(conn: Conn, organization_id: UUID, trip_id: UUID) -> Trip | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Trip, query, {"organization_id": organization_id, "id": trip_id})


async def list_page(conn: Conn, organization_id: UUID, user_id: UUID, page: PageRequest) -> PageOf[Trip]:
    """One page of a user's trips."""
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s", "user_id = %(user_id)s"]
    return await fetch_page(
        conn, Trip, _SELECT, conditions, {"organization_id": organization_id, "user_id": user_id}, page
    )


async def delete(conn: Conn, organization_id: UUID, trip_id: UUID) -> None:
    await conn.execute("DELETE FROM trips WHERE organization_id = %s AND id = %s", (organization_id, trip_id))
