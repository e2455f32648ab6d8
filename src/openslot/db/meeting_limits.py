"""Limits on the number of events in a day, week or month, and the counts to compare with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page


class MeetingLimit(Struct, frozen=True):
    id: UUID
    event_type_id: UUID | None
    user_id: UUID | None
    """With neither id set, the limit applies to the organization."""
    period: str
    maximum: int
    created_at: datetime


_SELECT: LiteralString = "SELECT id, event_type_id, user_id, period, maximum, created_at FROM meeting_limits"


class Counted(NamedTuple):
    """A period in which to count the events of a host, of an event type, or (with neither) of the organization."""

    first: int
    """Epoch seconds, included."""
    last: int
    """Epoch seconds, excluded."""
    event_type_id: UUID | None = None
    user_id: UUID | None = None


async def counts(
    conn: Conn,
    organization_id: UUID,
    periods: Sequence[Counted],
    *,
    now: datetime,
    except_ids: Sequence[UUID] = (),
) -> list[int]:
    """The number of events that start in each period, in one statement: active events and holds, group events once.

    ``except_ids`` are events that do not count, such as the one being rescheduled or a hold being confirmed.
    """
    cursor = await conn.execute(
        """
        WITH period AS (
            SELECT * FROM unnest(%(firsts)s::int8[], %(lasts)s::int8[], %(types)s::uuid[], %(users)s::uuid[])
                WITH ORDINALITY AS period (first, last, event_type_id, user_id, number)
        ), taken AS (
            SELECT period.number, occupancy.scheduled_event_id, occupancy.expires_at
            FROM period JOIN occupancy
              ON occupancy.organization_id = %(organization_id)s AND occupancy.event_type_id = period.event_type_id
             AND occupancy.start_second >= period.first AND occupancy.start_second < period.last
            WHERE period.event_type_id IS NOT NULL
            UNION ALL
            SELECT period.number, occupancy.scheduled_event_id, occupancy.expires_at
            FROM period JOIN occupancy
              ON occupancy.organization_id = %(organization_id)s AND occupancy.user_id = period.user_id
             AND occupancy.start_second >= period.first AND occupancy.start_second < period.last
            WHERE period.user_id IS NOT NULL
            UNION ALL
            SELECT period.number, occupancy.scheduled_event_id, occupancy.expires_at
            FROM period JOIN occupancy
              ON occupancy.organization_id = %(organization_id)s
             AND occupancy.start_second >= period.first AND occupancy.start_second < period.last
            WHERE period.event_type_id IS NULL AND period.user_id IS NULL
        )
        SELECT number, count(DISTINCT scheduled_event_id) FROM taken
        WHERE (expires_at IS NULL OR expires_at > %(now)s) AND scheduled_event_id <> ALL (%(except)s::uuid[])
        GROUP BY number
        """,
        {
            "organization_id": organization_id, "firsts": [one.first for one in periods],
            "lasts": [one.last for one in periods], "types": [one.event_type_id for one in periods],
            "users": [one.user_id for one in periods], "now": now, "except": list(except_ids),
        },
    )  # fmt: skip
    found: dict[int, int] = dict(await cursor.fetchall())
    return [found.get(number, 0) for number in range(1, len(periods) + 1)]


async def put(
    conn: Conn,
    organization_id: UUID,
    *,
    id: UUID,
    period: str,
    maximum: int,
    event_type_id: UUID | None = None,
    user_id: UUID | None = None,
    now: datetime,
) -> MeetingLimit:
    """Set a limit; there is one per period and owner."""
    found = await fetch_one(
        conn,
        MeetingLimit,
        """
        INSERT INTO meeting_limits (organization_id, id, event_type_id, user_id, period, maximum, created_at)
        VALUES (%(organization_id)s, %(id)s, %(event_type_id)s, %(user_id)s, %(period)s, %(maximum)s, %(now)s)
        ON CONFLICT (organization_id, event_type_id, user_id, period) DO UPDATE SET maximum = EXCLUDED.maximum
        RETURNING id, event_type_id, user_id, period, maximum, created_at
        """,
        {
            "organization_id": organization_id, "id": id, "event_type_id": event_type_id, "user_id": user_id,
            "period": period, "maximum": maximum, "now": now,
        },
    )  # fmt: skip
    assert found is not None  # RETURNING gives the row just set
    return found


async def get(conn: Conn, organization_id: UUID, limit_id: UUID) -> MeetingLimit | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, MeetingLimit, query, {"organization_id": organization_id, "id": limit_id})


async def list_page(
    conn: Conn, organization_id: UUID, *, event_type_id: UUID | None, user_id: UUID | None, page: PageRequest
) -> PageOf[MeetingLimit]:
    """One page of the limits of an event type, of a user, or (with neither) of the organization."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "event_type_id IS NOT DISTINCT FROM %(event_type_id)s",
        "user_id IS NOT DISTINCT FROM %(user_id)s",
    ]  # fmt: skip
    params = {"organization_id": organization_id, "event_type_id": event_type_id, "user_id": user_id}
    return await fetch_page(conn, MeetingLimit, _SELECT, conditions, params, page)


async def list_of_user(conn: Conn, organization_id: UUID, user_id: UUID) -> list[MeetingLimit]:
    """The limits of a user, at most one per period."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s"
    return await fetch_all(conn, MeetingLimit, query, {"organization_id": organization_id, "user_id": user_id})


async def delete_of_user(conn: Conn, organization_id: UUID, user_id: UUID, period: str) -> None:
    """Lift one limit of a user, if there is one."""
    await conn.execute(
        "DELETE FROM meeting_limits WHERE organization_id = %s AND user_id = %s AND period = %s",
        (organization_id, user_id, period),
    )


async def delete(conn: Conn, organization_id: UUID, limit_id: UUID) -> None:
    """Delete a limit."""
    await conn.execute("DELETE FROM meeting_limits WHERE organization_id = %s AND id = %s", (organization_id, limit_id))
