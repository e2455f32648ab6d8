"""The ledger of a pool: which hosts joined and left, and which events each got, in order.

Callers hold the lock on the event type's row (``event_types.lock``) while they write.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_page

AWAY = "away"
"""The key in a reason for the hosts who were unavailable, each with the credit for that in millionths."""


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
    """Record the hosts of an event, each with the numbers behind the choice, and credit those who were unavailable."""
    await conn.execute(
        """
        WITH given AS (
            SELECT * FROM unnest(%(users)s::uuid[], %(reasons)s::jsonb[]) AS given (user_id, reason)
        ), entry AS (
            INSERT INTO assignments
                (organization_id, event_type_id, entry, user_id, scheduled_event_id, reason, recorded_at)
            SELECT %(organization_id)s, %(event_type_id)s, 'assigned', given.user_id, %(event_id)s, given.reason,
                   %(now)s
            FROM given
            RETURNING user_id, sequence
        ), credit AS (
            SELECT away.key::uuid AS user_id, sum(away.value::bigint) AS millionths
            FROM given CROSS JOIN jsonb_each_text(given.reason -> 'away') AS away
            GROUP BY 1
        )
        UPDATE event_type_hosts
        SET assigned = assigned + CASE WHEN found.sequence IS NULL THEN 0 ELSE 1 END,
            last_sequence = coalesce(found.sequence, last_sequence),
            credit_millionths = credit_millionths + coalesce(found.millionths, 0)
        FROM (SELECT user_id, entry.sequence, credit.millionths
              FROM entry FULL JOIN credit USING (user_id)) AS found
        WHERE event_type_hosts.organization_id = %(organization_id)s
          AND event_type_hosts.event_type_id = %(event_type_id)s AND event_type_hosts.user_id = found.user_id
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
          AND (later.entry = 'left'  -- a host who left and came back started over
               OR later.entry = 'released' AND later.scheduled_event_id = given.scheduled_event_id))
"""


async def list_assigned_hosts(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> set[UUID]:
    """The hosts for whom an event counts, whether it is scheduled or only held."""
    query: LiteralString = f"""
        SELECT user_id FROM assignments AS given
        WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(event_id)s AND {_STANDS}
    """
    cursor = await conn.execute(query, {"organization_id": organization_id, "event_id": scheduled_event_id})
    return {user for (user,) in await cursor.fetchall()}


# Hosts who were unavailable lose the credit for the event, except those who left since: they started over.
_RELEASE: LiteralString = f"""
    WITH given AS (
        SELECT DISTINCT ON (given.organization_id, given.event_type_id, given.user_id, given.scheduled_event_id)
            given.organization_id, given.event_type_id, given.user_id, given.scheduled_event_id, (
                SELECT jsonb_object_agg(away.key, away.value)
                FROM jsonb_each(given.reason -> 'away') AS away
                WHERE NOT EXISTS (
                    SELECT FROM assignments AS later
                    WHERE later.organization_id = given.organization_id
                      AND later.event_type_id = given.event_type_id AND later.user_id = away.key::uuid
                      AND later.entry = 'left' AND later.sequence > given.sequence)) AS away
        FROM unnest(%(organizations)s::uuid[], %(events)s::uuid[]) AS ended (organization_id, scheduled_event_id)
        JOIN assignments AS given USING (organization_id, scheduled_event_id)
        WHERE {_STANDS} AND given.user_id <> ALL (%(keeping)s::uuid[])
        ORDER BY given.organization_id, given.event_type_id, given.user_id, given.scheduled_event_id,
                 given.sequence DESC
    ), entry AS (
        INSERT INTO assignments
            (organization_id, event_type_id, entry, user_id, scheduled_event_id, reason, recorded_at)
        SELECT organization_id, event_type_id, 'released', user_id, scheduled_event_id,
               CASE WHEN away IS NOT NULL THEN jsonb_build_object('away', away) END, %(now)s
        FROM given
    ), change AS (
        SELECT organization_id, event_type_id, user_id, 1 AS number, 0 AS millionths FROM given
        UNION ALL
        SELECT organization_id, event_type_id, away.key::uuid, 0, away.value::bigint
        FROM given CROSS JOIN jsonb_each_text(given.away) AS away
    )
    UPDATE event_type_hosts
    SET assigned = assigned - ended.number, credit_millionths = credit_millionths - ended.millionths
    FROM (SELECT organization_id, event_type_id, user_id, sum(number) AS number, sum(millionths) AS millionths
          FROM change GROUP BY 1, 2, 3) AS ended
    WHERE event_type_hosts.organization_id = ended.organization_id
      AND event_type_hosts.event_type_id = ended.event_type_id AND event_type_hosts.user_id = ended.user_id
"""


async def absence_credits(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> dict[UUID, dict[UUID, int]]:
    """By host who got the event: the hosts who were unavailable when it was last assigned, with their credits."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (user_id) user_id, reason -> 'away' FROM assignments
        WHERE organization_id = %s AND scheduled_event_id = %s AND entry = 'assigned'
        ORDER BY user_id, sequence DESC
        """,
        (organization_id, scheduled_event_id),
    )
    return {
        user: {UUID(host): credit for host, credit in (away or {}).items()} for user, away in await cursor.fetchall()
    }


async def release(
    conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, keeping: Collection[UUID] = (), now: datetime
) -> None:
    """Record that an event no longer counts for its hosts, except those in ``keeping``."""
    params = {"organizations": [organization_id], "events": [scheduled_event_id], "keeping": list(keeping), "now": now}
    await conn.execute(_RELEASE, params)


async def release_unused(conn: Conn, events: Sequence[tuple[UUID, UUID]], *, now: datetime) -> None:
    """``release`` held events that are neither scheduled nor held any more; ``events`` are organization and id."""
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


async def list_page(conn: Conn, organization_id: UUID, event_type_id: UUID, page: PageRequest) -> PageOf[Assignment]:
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
