"""The ledger of a pool: who joined, who was given which event, in order. Written under the event type's row lock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_page


class Assignment(Struct, frozen=True, kw_only=True):
    """One entry of the ledger."""

    sequence: int
    entry: str
    """``joined``, ``changed``, ``left``, ``assigned`` or ``released``."""
    user_id: UUID
    scheduled_event_id: UUID | None
    weight: int | None
    priority: int | None
    position: int | None
    credit_millionths: int | None
    reason: dict[str, Any] | None
    recorded_at: datetime


async def assign(
    conn: Conn,
    organization_id: UUID,
    event_type_id: UUID,
    scheduled_event_id: UUID,
    reasons: Mapping[UUID, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Record that hosts were given an event, each with the numbers behind the choice."""
    await conn.execute(
        """
        WITH entry AS (
            INSERT INTO assignments
                (organization_id, event_type_id, entry, user_id, scheduled_event_id, reason, recorded_at)
            SELECT %(organization_id)s, %(event_type_id)s, 'assigned', given.user_id, %(event_id)s, given.reason,
                   %(now)s
            FROM unnest(%(users)s::uuid[], %(reasons)s::jsonb[]) AS given (user_id, reason)
            RETURNING user_id, sequence
        )
        UPDATE event_type_hosts
        SET assigned = assigned + 1, last_sequence = entry.sequence
        FROM entry
        WHERE event_type_hosts.organization_id = %(organization_id)s
          AND event_type_hosts.event_type_id = %(event_type_id)s AND event_type_hosts.user_id = entry.user_id
        """,
        {
            "organization_id": organization_id, "event_type_id": event_type_id, "event_id": scheduled_event_id,
            "users": list(reasons), "reasons": [Jsonb(reason) for reason in reasons.values()], "now": now,
        },
    )  # fmt: skip


_STANDS: LiteralString = """
    given.entry = 'assigned' AND NOT EXISTS (
        SELECT FROM assignments AS later
        WHERE later.organization_id = given.organization_id AND later.event_type_id = given.event_type_id
          AND later.user_id = given.user_id AND later.sequence > given.sequence
          AND (later.entry = 'left'  -- who left and came back began anew
               OR later.entry = 'released' AND later.scheduled_event_id = given.scheduled_event_id))
"""


async def standing(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> set[UUID]:
    """For whom an event counts, be it made or held."""
    query: LiteralString = f"""
        SELECT user_id FROM assignments AS given
        WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(event_id)s AND {_STANDS}
    """
    cursor = await conn.execute(query, {"organization_id": organization_id, "event_id": scheduled_event_id})
    return {user for (user,) in await cursor.fetchall()}


_RELEASE: LiteralString = f"""
    WITH given AS (
        SELECT given.organization_id, given.event_type_id, given.user_id, given.scheduled_event_id
        FROM unnest(%(organizations)s::uuid[], %(events)s::uuid[]) AS ended (organization_id, scheduled_event_id)
        JOIN assignments AS given USING (organization_id, scheduled_event_id)
        WHERE {_STANDS} AND given.user_id <> ALL (%(keeping)s::uuid[])
    ), entry AS (
        INSERT INTO assignments (organization_id, event_type_id, entry, user_id, scheduled_event_id, recorded_at)
        SELECT DISTINCT organization_id, event_type_id, 'released', user_id, scheduled_event_id, %(now)s FROM given
        RETURNING organization_id, event_type_id, user_id
    ), released AS (
        SELECT organization_id, event_type_id, user_id, count(*) AS number FROM entry GROUP BY 1, 2, 3
    )
    UPDATE event_type_hosts SET assigned = assigned - released.number
    FROM released
    WHERE event_type_hosts.organization_id = released.organization_id
      AND event_type_hosts.event_type_id = released.event_type_id AND event_type_hosts.user_id = released.user_id
"""


async def release(
    conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, keeping: Collection[UUID] = (), now: datetime
) -> None:
    """Record that an event no longer counts for those it was given to, but for ``keeping``."""
    params = {"organizations": [organization_id], "events": [scheduled_event_id], "keeping": list(keeping), "now": now}
    await conn.execute(_RELEASE, params)


async def release_unused(conn: Conn, events: Sequence[tuple[UUID, UUID]], *, now: datetime) -> None:
    """The same for what was held and is neither made nor held any more; ``events`` are organization and id."""
    cursor = await conn.execute(
        """
        SELECT organization_id, id
        FROM unnest(%(organizations)s::uuid[], %(events)s::uuid[]) AS ended (organization_id, id)
        WHERE NOT EXISTS (
                SELECT FROM holds
                WHERE holds.organization_id = ended.organization_id AND holds.scheduled_event_id = ended.id)
          AND NOT EXISTS (
                SELECT FROM scheduled_events AS event
                WHERE event.organization_id = ended.organization_id AND event.id = ended.id)
        """,
        {"organizations": [one for one, _ in events], "events": [one for _, one in events]},
    )
    unused = await cursor.fetchall()
    if unused:
        params = {"organizations": [one for one, _ in unused], "events": [one for _, one in unused], "keeping": []}
        await conn.execute(_RELEASE, params | {"now": now})


_SELECT: LiteralString = """
    SELECT sequence, entry, user_id, scheduled_event_id, weight, priority, position, credit_millionths, reason,
           recorded_at
    FROM assignments
"""


async def list_page(conn: Conn, organization_id: UUID, event_type_id: UUID, page: PageRequest) -> PageOf:
    """One page of the ledger of an event type."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "event_type_id = %(event_type_id)s",
    ]  # fmt: skip
    params = {"organization_id": organization_id, "event_type_id": event_type_id}
    return await fetch_page(conn, Assignment, _SELECT, conditions, params, page)


async def list_for(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Assignment]:
    """The whole ledger of an event type, in order."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s
        ORDER BY sequence
    """
    params = {"organization_id": organization_id, "event_type_id": event_type_id}
    return await fetch_all(conn, Assignment, query, params)
