"""Own days off: of a user, or of everybody in the organization."""

from datetime import date, datetime
from uuid import UUID

from openslot.db.pool import Conn


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
    """Close the days from ``first_day`` to ``last_day``, both included; without a user, for everybody."""
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
