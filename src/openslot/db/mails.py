"""Mails, with what became of them. The table is the queue of those that wait (ADR 0043)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.core.itip import Method
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page

ERASED = "erased@erased.invalid"
"""The recipient of a mail whose content was erased (``redaction.ADDRESS``)."""
REMINDER, NOTE = "reminder", "note"
"""The kinds of mails that are due before a meeting, and of those about none."""


class NewMail(Struct, frozen=True, kw_only=True):
    """A mail to write."""

    id: UUID
    organization_id: UUID
    kind: str
    role: str
    """``host``, ``invitee``, ``guest`` or ``other``."""
    recipient: str
    user_id: UUID | None = None
    scheduled_event_id: UUID | None = None
    invitee_id: UUID | None = None
    hold_id: UUID | None = None
    facts: dict[str, Any] | None = None
    calendar_id: UUID | None = None
    """Of the entry in the recipient's calendar; its sequence rises with every insert."""
    method: Method | None = None
    due_at: datetime


class Mail(Struct, frozen=True, kw_only=True):
    """A mail as it is stored; see the columns in ``0029.mails.sql``."""

    organization_id: UUID
    id: UUID
    kind: str
    role: str
    recipient: str
    user_id: UUID | None
    scheduled_event_id: UUID | None
    invitee_id: UUID | None
    hold_id: UUID | None
    facts: dict[str, Any] | None
    calendar_id: UUID | None
    method: Method | None
    sequence: int | None
    state: str
    due_at: datetime
    created_at: datetime
    attempts: int
    error: str | None
    finished_at: datetime | None
    subject: str | None
    text: str | None
    html: str | None
    calendar: str | None
    clock_ahead: timedelta | None = None
    """How far the clock of its organization is ahead of the real one, if that is a sandbox."""


_COLUMNS: LiteralString = """
    mails.organization_id, mails.id, mails.kind, mails.role, mails.recipient, mails.user_id, mails.scheduled_event_id,
    mails.invitee_id, mails.hold_id, mails.facts, mails.calendar_id, mails.method, mails.sequence, mails.state,
    mails.due_at, mails.created_at, mails.attempts, mails.error, mails.finished_at, mails.subject, mails.text,
    mails.html, mails.calendar
"""
_CLOCK: LiteralString = """
    (SELECT clock_ahead FROM sandboxes WHERE sandboxes.organization_id = mails.organization_id) AS clock_ahead
"""


_ARRAYS: LiteralString = """
    unnest(%(id)s::uuid[], %(kind)s::text[], %(role)s::text[], %(recipient)s::text[], %(user_id)s::uuid[],
           %(scheduled_event_id)s::uuid[], %(invitee_id)s::uuid[], %(hold_id)s::uuid[], %(facts)s::jsonb[],
           %(calendar_id)s::uuid[], %(method)s::text[], %(due_at)s::timestamptz[])
    AS new (id, kind, role, recipient, user_id, scheduled_event_id, invitee_id, hold_id, facts, calendar_id, method,
            due_at)
"""
_MANY = frozenset(NewMail.__struct_fields__) - {"organization_id"}


async def insert(conn: Conn, new: Sequence[NewMail], *, now: datetime) -> None:
    """Write mails of one organization in one statement; ``now`` is what its clock shows.

    All that are about one calendar entry get the next sequence of that entry.
    """
    if not new:
        return
    params: dict[str, Any] = {name: [_value(getattr(one, name)) for one in new] for name in _MANY}
    await conn.execute(
        f"""
        INSERT INTO mails
            (organization_id, id, kind, role, recipient, user_id, scheduled_event_id, invitee_id, hold_id, facts,
             calendar_id, method, due_at, created_at, sequence)
        SELECT %(organization_id)s, new.*, %(now)s,
               CASE WHEN new.calendar_id IS NOT NULL THEN coalesce(
                   (SELECT max(earlier.sequence) + 1 FROM mails AS earlier
                    WHERE earlier.organization_id = %(organization_id)s
                      AND earlier.calendar_id = new.calendar_id), 0) END
        FROM {_ARRAYS}
        """,
        params | {"organization_id": new[0].organization_id, "now": now},
    )


def _value(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


async def claim(conn: Conn, *, limit: int, lease: timedelta, now: datetime) -> list[Mail]:
    """Begin an attempt of mails that are due, for ``lease``; ``now`` is the real time.

    What is about one entry in one calendar goes in its order: a cancellation must not arrive before its request.
    """
    query: LiteralString = f"""
        WITH due AS (
            SELECT mails.organization_id, mails.id FROM mails
            LEFT JOIN sandboxes ON sandboxes.organization_id = mails.organization_id
            WHERE mails.state = 'waiting' AND mails.next_attempt_at <= %(now)s
              -- the bound that the index knows, then the one that holds
              AND mails.due_at <= %(now)s + (SELECT greatest(max(clock_ahead), '0') FROM sandboxes)
              AND mails.due_at <= %(now)s + coalesce(sandboxes.clock_ahead, '0')
              AND NOT EXISTS (
                  SELECT FROM mails AS earlier
                  WHERE earlier.organization_id = mails.organization_id AND earlier.calendar_id = mails.calendar_id
                    AND earlier.sequence < mails.sequence AND lower(earlier.recipient) = lower(mails.recipient)
                    AND earlier.state = 'waiting')
            ORDER BY mails.due_at, mails.id LIMIT %(limit)s
            FOR UPDATE OF mails SKIP LOCKED
        )
        UPDATE mails SET next_attempt_at = %(now)s + %(lease)s, attempts = attempts + 1
        FROM due WHERE mails.organization_id = due.organization_id AND mails.id = due.id
        RETURNING {_COLUMNS}, {_CLOCK}
    """
    return await fetch_all(conn, Mail, query, {"limit": limit, "lease": lease, "now": now})


class Content(Struct, frozen=True, kw_only=True):
    """What a mail says, in the two forms, and what it has for a calendar."""

    subject: str
    text: str
    html: str | None = None
    calendar: str | None = None


async def keep_content(conn: Conn, mail: Mail, content: Content) -> None:
    """Store what a mail says, before its first attempt: what is sent again is the same."""
    await conn.execute(
        """
        UPDATE mails SET subject = %(subject)s, text = %(text)s, html = %(html)s, calendar = %(calendar)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": mail.organization_id, "id": mail.id, "subject": content.subject, "text": content.text,
         "html": content.html, "calendar": content.calendar},
    )  # fmt: skip


async def finish(conn: Conn, mail: Mail, state: str, *, error: str | None = None, now: datetime) -> None:
    """Record that a mail waits no longer: ``sent``, ``kept``, ``failed`` or ``missed``.

    Of a note that was sent only the subject stays: it may hold a secret, such as the link of an invitation.
    """
    await conn.execute(
        """
        UPDATE mails SET state = %(state)s, error = %(error)s, finished_at = %(now)s,
            facts = CASE WHEN kind = 'note' AND %(state)s = 'sent' THEN NULL ELSE facts END,
            text = CASE WHEN kind = 'note' AND %(state)s = 'sent' THEN NULL ELSE text END
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": mail.organization_id, "id": mail.id, "state": state, "error": error, "now": now},
    )


async def put_off(conn: Conn, mail: Mail, *, error: str, until: datetime) -> None:
    """Have a mail tried again at ``until``, in real time."""
    await conn.execute(
        """
        UPDATE mails SET next_attempt_at = %(until)s, error = %(error)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND state = 'waiting'
        """,
        {"organization_id": mail.organization_id, "id": mail.id, "error": error, "until": until},
    )


async def send_again(conn: Conn, organization_id: UUID, mail_id: UUID) -> bool:
    """Have a mail sent once more, as it is, under the same Message-ID; False where it waits, or its content is gone."""
    cursor = await conn.execute(
        """
        UPDATE mails SET state = 'waiting', attempts = 0, error = NULL, finished_at = NULL,
            next_attempt_at = '-infinity'
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND state <> 'waiting'
          AND (text IS NOT NULL OR facts IS NOT NULL OR scheduled_event_id IS NOT NULL)
          AND recipient <> %(erased)s
        """,
        {"organization_id": organization_id, "id": mail_id, "erased": ERASED},
    )
    return cursor.rowcount == 1


async def delete_reminders(conn: Conn, organization_id: UUID, invitee_id: UUID, *, now: datetime) -> int:
    """Delete the reminders of an invitee that wait; how many there were. ``now``: on the organization's clock.

    In a sandbox, whose clock jumps, those that were due before stay: without the jump they would have been sent.
    """
    cursor = await conn.execute(
        """
        DELETE FROM mails
        WHERE organization_id = %(organization_id)s AND invitee_id = %(invitee_id)s AND state = 'waiting'
          AND kind = 'reminder' AND (due_at > %(now)s OR NOT EXISTS (
            SELECT FROM sandboxes WHERE sandboxes.organization_id = mails.organization_id))
        """,
        {"organization_id": organization_id, "invitee_id": invitee_id, "now": now},
    )
    return cursor.rowcount


async def get(conn: Conn, mail_id: UUID) -> Mail | None:
    """One mail of any organization."""
    query: LiteralString = f"SELECT {_COLUMNS}, {_CLOCK} FROM mails WHERE id = %(id)s"
    return await fetch_one(conn, Mail, query, {"id": mail_id})


async def list_page(
    conn: Conn,
    organization_id: UUID,
    page: PageRequest,
    *,
    state: str | None = None,
    recipient: str | None = None,
    invitee_id: UUID | None = None,
) -> PageOf[Mail]:
    """One page of an organization's mails; ``recipient`` in upper or lower case."""
    conditions: list[LiteralString] = ["mails.organization_id = %(organization_id)s"]
    if state is not None:
        conditions.append("mails.state = %(state)s")
    if recipient is not None:
        conditions.append("lower(mails.recipient) = lower(%(recipient)s)")
    if invitee_id is not None:
        conditions.append("mails.invitee_id = %(invitee_id)s")
    query: LiteralString = f"SELECT {_COLUMNS}, {_CLOCK} FROM mails"
    params = {
        "organization_id": organization_id, "state": state, "recipient": recipient, "invitee_id": invitee_id,
    }  # fmt: skip
    return await fetch_page(conn, Mail, query, conditions, params, page)


class SentMail(Struct, frozen=True, kw_only=True):
    """A mail about a scheduled event that was sent."""

    id: UUID
    recipient: str
    subject: str
    text: str
    finished_at: datetime
    created_at: datetime
    event_type_id: UUID
    scheduled_event_id: UUID
    host_id: UUID | None
    host_email: str | None
    owner_slug: str
    slug: str
    link_token: str | None
    """Of the event type, as its owner and ``slug``."""


async def list_sent(
    conn: Conn, organization_id: UUID, page: PageRequest, *, since: datetime | None, until: datetime | None
) -> PageOf[SentMail]:
    """One page of the mails about events that were sent, written from ``since`` to ``until``."""
    conditions: list[LiteralString] = ["mails.organization_id = %(organization_id)s", *_SENT]
    if since is not None:
        conditions.append("mails.created_at >= %(since)s")
    if until is not None:
        conditions.append("mails.created_at <= %(until)s")
    query: LiteralString = """
        SELECT mails.id, mails.recipient, mails.subject, mails.text, mails.finished_at, mails.created_at,
               event.event_type_id, event.id AS scheduled_event_id, host.user_id AS host_id,
               host.user_email AS host_email, owner.slug AS owner_slug, event_types.slug, event_types.link_token
        FROM mails
        JOIN scheduled_events AS event
          ON event.organization_id = mails.organization_id AND event.id = mails.scheduled_event_id
        JOIN event_types ON event_types.organization_id = event.organization_id AND event_types.id = event.event_type_id
        JOIN users AS owner ON owner.id = event_types.owner_id
        LEFT JOIN LATERAL (
            SELECT user_id, user_email FROM scheduled_event_hosts
            WHERE organization_id = event.organization_id AND scheduled_event_id = event.id
            ORDER BY user_id LIMIT 1) AS host ON true
    """
    params = {"organization_id": organization_id, "since": since, "until": until}
    return await fetch_page(conn, SentMail, query, conditions, params, page)


async def count_sent(conn: Conn, organization_id: UUID, *, since: datetime | None, until: datetime | None) -> int:
    """How many ``list_sent`` has on all its pages."""
    cursor = await conn.execute(
        f"""
        SELECT count(*) FROM mails WHERE organization_id = %(organization_id)s AND {" AND ".join(_SENT)}
          AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR created_at <= %(until)s)
        """,
        {"organization_id": organization_id, "since": since, "until": until},
    )
    ((number,),) = await cursor.fetchall()
    return int(number)


_SENT: list[LiteralString] = [
    "mails.state = 'sent'", "mails.scheduled_event_id IS NOT NULL", "mails.text IS NOT NULL",
]  # fmt: skip


async def delete_before(conn: Conn, until: datetime, *, batch: int = 1000) -> int:
    """Delete mails that were finished before ``until``, up to ``batch`` at a time; how many there were.

    Those about meetings that ended later stay: the next message about one needs the sequence of the last.
    """
    cursor = await conn.execute(
        """
        DELETE FROM mails WHERE (organization_id, id) IN (
            SELECT organization_id, id FROM mails
            WHERE state <> 'waiting' AND finished_at < %(until)s AND NOT EXISTS (
                SELECT FROM scheduled_events AS event
                WHERE event.organization_id = mails.organization_id AND event.id = mails.scheduled_event_id
                  AND event.end_time > %(until)s)
            LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
        """,
        {"until": until, "batch": batch},
    )
    return cursor.rowcount
