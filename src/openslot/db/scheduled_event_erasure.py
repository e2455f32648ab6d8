"""Erasure of scheduled events by their time, table by table (ADR 0015). Their rows go, unlike those of erased persons.

Callers hold the locks, so that nothing is added between finding and erasing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Gone(Struct, frozen=True):
    """An invitee of a scheduled event that is erased."""

    id: UUID
    chain_id: UUID


async def lock_events(conn: Conn, organization_id: UUID, start: datetime, end: datetime) -> list[UUID]:
    """The scheduled events that start from ``start`` to ``end``, both included, locked."""
    cursor = await conn.execute(
        """
        SELECT id FROM scheduled_events
        WHERE organization_id = %(organization_id)s AND start_time BETWEEN %(start)s AND %(end)s
        ORDER BY id FOR UPDATE
        """,
        {"organization_id": organization_id, "start": start, "end": end},
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def lock_invitees(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> list[Gone]:
    """The invitees of the events, locked so that even no-show marks wait."""
    query: LiteralString = """
        SELECT id, chain_id FROM invitees
        WHERE organization_id = %(organization_id)s AND scheduled_event_id = ANY (%(ids)s) ORDER BY id FOR UPDATE
    """
    return await fetch_all(conn, Gone, query, {"organization_id": organization_id, "ids": list(event_ids)})


async def unlink_moves(conn: Conn, organization_id: UUID, invitees: Sequence[Gone]) -> None:
    """Let other halves of reschedules, which stay, name nobody who is gone."""
    params = {
        "organization_id": organization_id, "ids": [one.id for one in invitees],
        "chains": [one.chain_id for one in invitees],
    }  # fmt: skip
    await conn.execute(
        """
        WITH other AS (
            SELECT gone.old_invitee_id AS id FROM invitees AS gone
            WHERE gone.organization_id = %(organization_id)s AND gone.id = ANY (%(ids)s)
            UNION SELECT gone.new_invitee_id FROM invitees AS gone
            WHERE gone.organization_id = %(organization_id)s AND gone.id = ANY (%(ids)s)
        )
        UPDATE invitees AS one
        SET old_invitee_id = CASE WHEN old_invitee_id = ANY (%(ids)s) THEN NULL ELSE old_invitee_id END,
            old_event_id = CASE WHEN old_invitee_id = ANY (%(ids)s) THEN NULL ELSE old_event_id END,
            new_invitee_id = CASE WHEN new_invitee_id = ANY (%(ids)s) THEN NULL ELSE new_invitee_id END,
            new_event_id = CASE WHEN new_invitee_id = ANY (%(ids)s) THEN NULL ELSE new_event_id END
        FROM other
        WHERE one.organization_id = %(organization_id)s AND one.id = other.id
        """,
        params,
    )


async def unlink_submissions(conn: Conn, organization_id: UUID, submission_ids: Sequence[UUID]) -> None:
    """Let emptied submissions name no invitee."""
    await conn.execute(
        "UPDATE routing_form_submissions SET invitee_id = NULL, invitee_event_id = NULL"
        " WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)",
        {"organization_id": organization_id, "ids": list(submission_ids)},
    )


async def list_log_events(
    conn: Conn,
    organization_id: UUID,
    event_ids: Sequence[UUID],
    invitees: Sequence[Gone],
    start: datetime,
    end: datetime,
) -> list[UUID]:
    """What the event log has of the scheduled events: all of chains that are gone, of others what is about the events.

    Recaps of the events are found too, and booking requests and refunds for starts in the same time. This reads the
    organization's log once.
    """
    cursor = await conn.execute(
        """
        WITH chain AS (
            SELECT DISTINCT id AS chain_id FROM unnest(%(chains)s::uuid[]) AS id
        ), gone AS (
            SELECT chain_id FROM chain WHERE NOT EXISTS (
                SELECT FROM invitees AS other
                WHERE other.organization_id = %(organization_id)s AND other.chain_id = chain.chain_id
                  AND other.id <> ALL (%(invitees)s))
        )
        SELECT id FROM events WHERE organization_id = %(organization_id)s AND chain_id IN (SELECT chain_id FROM gone)
        UNION
        SELECT id FROM events WHERE organization_id = %(organization_id)s AND chain_id IN (SELECT chain_id FROM chain)
          AND (right(payload::jsonb ->> 'event', 36) = ANY (%(ids)s)
               OR right(payload::jsonb #>> '{old,event}', 36) = ANY (%(ids)s)
               OR right(payload::jsonb #>> '{new,event}', 36) = ANY (%(ids)s))
        UNION
        SELECT id FROM events
        WHERE organization_id = %(organization_id)s AND erased_at IS NULL
          AND (name LIKE 'booking_request.%%' OR name = 'payment.to_refund')
          AND (payload::jsonb ->> 'start_time')::timestamptz BETWEEN %(start)s AND %(end)s
        UNION
        SELECT id FROM events
        WHERE organization_id = %(organization_id)s AND name LIKE 'meeting_recap.%%'
          AND right(payload::jsonb #>> '{event,uri}', 36) = ANY (%(ids)s)
        """,
        {
            "organization_id": organization_id, "chains": [one.chain_id for one in invitees],
            "invitees": [one.id for one in invitees], "ids": [str(one) for one in event_ids], "start": start,
            "end": end,
        },
    )  # fmt: skip
    return [event_id for (event_id,) in await cursor.fetchall()]


async def delete_log_events(conn: Conn, organization_id: UUID, log_ids: Sequence[UUID]) -> Counter[str]:
    """Delete events from the log with their deliveries and attempts; how many rows of each table."""
    return await _delete(conn, _LOG, {"organization_id": organization_id, "ids": list(log_ids)})


async def delete_request_mails(conn: Conn, organization_id: UUID, start: datetime, end: datetime) -> int:
    """Delete the mails about booking requests for starts from ``start`` to ``end``, and what became of those.

    Returns how many mails there were.
    """
    await conn.execute(
        """
        DELETE FROM answered_requests
        WHERE organization_id = %(organization_id)s AND start_time BETWEEN %(start)s AND %(end)s
        """,
        {"organization_id": organization_id, "start": start, "end": end},
    )
    cursor = await conn.execute(
        """
        DELETE FROM mails WHERE organization_id = %(organization_id)s AND hold_id IS NOT NULL
          AND (facts ->> 'start_time')::timestamptz BETWEEN %(start)s AND %(end)s
        """,
        {"organization_id": organization_id, "start": start, "end": end},
    )
    return cursor.rowcount


async def delete_events(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> Counter[str]:
    """Delete scheduled events with all that they have, the ledgers of round robins aside; how many rows by table."""
    return await _delete(conn, _EVENTS, {"organization_id": organization_id, "ids": list(event_ids)})


async def _delete(conn: Conn, statements: dict[str, LiteralString], params: dict[str, Any]) -> Counter[str]:
    return Counter({table: (await conn.execute(query, params)).rowcount for table, query in statements.items()})


_LOG: dict[str, LiteralString] = {
    "delivery_attempts": """
        DELETE FROM delivery_attempts USING deliveries AS delivery
        WHERE delivery_attempts.organization_id = %(organization_id)s
          AND delivery.organization_id = %(organization_id)s AND delivery.event_id = ANY (%(ids)s)
          AND delivery_attempts.delivery_id = delivery.id
    """,
    "deliveries": "DELETE FROM deliveries WHERE organization_id = %(organization_id)s AND event_id = ANY (%(ids)s)",
    "events": "DELETE FROM events WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)",
}


def _of_event(table: LiteralString) -> LiteralString:
    return f"DELETE FROM {table} WHERE organization_id = %(organization_id)s AND scheduled_event_id = ANY (%(ids)s)"


_EVENTS: dict[str, LiteralString] = {
    "mails": _of_event("mails"),
    "meeting_recaps": _of_event("meeting_recaps"),
    "invitee_no_shows": _of_event("invitee_no_shows"),
    "guests": _of_event("guests"),
    "invitees": _of_event("invitees"),
    "holds": _of_event("holds"),
    "occupancy": _of_event("occupancy"),
    "scheduled_event_hosts": _of_event("scheduled_event_hosts"),
    "scheduled_events": """
        DELETE FROM scheduled_events WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)
    """,
}
"""In the order of their foreign keys."""
