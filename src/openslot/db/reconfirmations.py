"""Requests to invitees to confirm again, one per invitee, stored in the invitee's row."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all
from openslot.wire.invitees import Reconfirmation

BATCH = 500


class Due(Struct, frozen=True):
    """An invitee whose request is due, or has no answer in time."""

    organization_id: UUID
    invitee_id: UUID
    action: str
    """What to do without an answer: ``nothing``, ``tell`` (only record an event) or ``cancel``."""


_DUE: LiteralString = """
    SELECT invitees.organization_id, invitees.id AS invitee_id, event_type.reconfirm_action AS action
    FROM event_types AS event_type
    JOIN scheduled_events AS event
      ON event.organization_id = event_type.organization_id AND event.event_type_id = event_type.id
    JOIN invitees
      ON invitees.organization_id = event.organization_id AND invitees.scheduled_event_id = event.id
    WHERE event_type.reconfirm_minutes IS NOT NULL AND event.status = 'active' AND invitees.status = 'active'
      AND event.start_time > %(now)s
"""


async def list_due_for_request(conn: Conn, *, sandbox: UUID | None = None, now: datetime) -> list[Due]:
    """The invitees to send a request now, the earliest event first.

    Of one sandbox, whose clock shows ``now``; None: of all organizations that have no clock of their own.

    Invitees who booked after the request would have been due are left out: they have only just confirmed by booking.
    """
    query: LiteralString = f"""
        {_DUE} AND {sandboxes.clocked("event_type.organization_id", sandbox)}
          AND event.start_time <= %(now)s + event_type.reconfirm_minutes * interval '1 minute'
          AND invitees.created_at < event.start_time - event_type.reconfirm_minutes * interval '1 minute'
          AND invitees.reconfirmation IS NULL
        ORDER BY event.start_time, invitees.id LIMIT {BATCH}
    """
    return await fetch_all(conn, Due, query, {"sandbox": sandbox, "now": now})


async def list_unanswered(conn: Conn, *, sandbox: UUID | None = None, now: datetime) -> list[Due]:
    """The invitees who have not answered in time, where the event type has an action for that.

    Of which clock, as ``list_due_for_request``.
    """
    query: LiteralString = f"""
        {_DUE} AND {sandboxes.clocked("event_type.organization_id", sandbox)}
          AND event_type.reconfirm_action <> 'nothing'
          AND event.start_time <= %(now)s + event_type.reconfirm_by_minutes * interval '1 minute'
          AND invitees.reconfirmation IS NOT NULL AND invitees.reconfirmation ->> 'confirmed_at' IS NULL
          AND invitees.reconfirmation_acted_at IS NULL
        ORDER BY event.start_time, invitees.id LIMIT {BATCH}
    """
    return await fetch_all(conn, Due, query, {"sandbox": sandbox, "now": now})


async def next_due(conn: Conn, organization_id: UUID, *, after: datetime, until: datetime) -> datetime | None:
    """When the next request or action of an organization is due, ``after`` excluded and ``until`` included."""
    cursor = await conn.execute(
        """
        SELECT min(step.due_at)
        FROM event_types AS event_type
        JOIN scheduled_events AS event
          ON event.organization_id = event_type.organization_id AND event.event_type_id = event_type.id
        JOIN invitees
          ON invitees.organization_id = event.organization_id AND invitees.scheduled_event_id = event.id
        CROSS JOIN LATERAL (VALUES
            (event.start_time - event_type.reconfirm_minutes * interval '1 minute', invitees.reconfirmation IS NULL),
            (event.start_time - event_type.reconfirm_by_minutes * interval '1 minute',
             event_type.reconfirm_action <> 'nothing' AND invitees.reconfirmation_acted_at IS NULL)
        ) AS step (due_at, is_open)
        WHERE event_type.organization_id = %(organization_id)s AND event_type.reconfirm_minutes IS NOT NULL
          AND event.status = 'active' AND invitees.status = 'active' AND step.is_open
          AND step.due_at > %(after)s AND step.due_at <= %(until)s
        """,
        {"organization_id": organization_id, "after": after, "until": until},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def request(conn: Conn, organization_id: UUID, invitee_id: UUID, requested: Reconfirmation) -> bool:
    """Record a request; False if there is one already, or the invitee was canceled."""
    cursor = await conn.execute(
        """
        UPDATE invitees SET reconfirmation = %(requested)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'active' AND reconfirmation IS NULL
        """,
        {
            "organization_id": organization_id, "id": invitee_id, "requested": Jsonb(requested),
            "now": requested.created_at,
        },
    )  # fmt: skip
    return cursor.rowcount == 1


async def confirm(conn: Conn, organization_id: UUID, invitee_id: UUID, confirmed: Reconfirmation) -> None:
    """Record that the invitee has confirmed."""
    await conn.execute(
        """
        UPDATE invitees SET reconfirmation = %(confirmed)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {
            "organization_id": organization_id, "id": invitee_id, "confirmed": Jsonb(confirmed),
            "now": confirmed.confirmed_at,
        },
    )  # fmt: skip


async def mark_acted(conn: Conn, organization_id: UUID, invitee_id: UUID, *, now: datetime) -> bool:
    """Record that the action for a missing answer was taken; False if it was before."""
    cursor = await conn.execute(
        """
        UPDATE invitees SET reconfirmation_acted_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND reconfirmation_acted_at IS NULL
        """,
        {"organization_id": organization_id, "id": invitee_id, "now": now},
    )
    return cursor.rowcount == 1
