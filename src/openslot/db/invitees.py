"""Invitees and their guests."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.core.contacts import is_same_address, spellings
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.common import Tracking
from openslot.wire.invitees import Payment, QuestionAndAnswer, Reconfirmation
from openslot.wire.scheduled_events import Cancellation, Location


class Invitee(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    scheduled_event_id: UUID
    chain_id: UUID
    """The first invitee of a chain of reschedules."""
    email: str
    name: str
    first_name: str | None
    last_name: str | None
    status: str
    timezone: str | None
    questions_and_answers: list[QuestionAndAnswer]
    tracking: Tracking
    text_reminder_number: str | None
    location: Location | None = None
    """The location this invitee chose, where each invitee of a group event chooses one; None: the event's location."""
    rescheduled: bool = False
    old_invitee_id: UUID | None = None
    old_event_id: UUID | None = None
    new_invitee_id: UUID | None = None
    new_event_id: UUID | None = None
    routing_form_submission_id: UUID | None
    cancellation: Cancellation | None = None
    payment: Payment | None = None
    reconfirmation: Reconfirmation | None = None
    scheduling_method: str | None
    scheduled_by_id: UUID | None
    scheduling_link_id: UUID | None = None
    language: str | None = None
    """A tag: of the pages on which it was booked; None: not known, or booked over the API."""
    no_show_id: UUID | None = None
    no_show_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT invitees.id, invitees.organization_id, invitees.scheduled_event_id, invitees.chain_id, invitees.email,
        invitees.name, invitees.first_name, invitees.last_name, invitees.status, invitees.timezone,
        invitees.questions_and_answers, invitees.tracking, invitees.text_reminder_number, invitees.location,
        invitees.rescheduled, invitees.old_invitee_id, invitees.old_event_id, invitees.new_invitee_id,
        invitees.new_event_id,
        invitees.routing_form_submission_id, invitees.cancellation, invitees.payment, invitees.reconfirmation,
        invitees.scheduling_method, invitees.scheduled_by_id, invitees.scheduling_link_id, invitees.language,
        no_show.id AS no_show_id, no_show.created_at AS no_show_at, invitees.created_at, invitees.updated_at
    FROM invitees
    LEFT JOIN invitee_no_shows AS no_show
      ON no_show.organization_id = invitees.organization_id AND no_show.invitee_id = invitees.id
"""


async def get(conn: Conn, organization_id: UUID, invitee_id: UUID) -> Invitee | None:
    query: LiteralString = f"{_SELECT} WHERE invitees.organization_id = %(organization_id)s AND invitees.id = %(id)s"
    return await fetch_one(conn, Invitee, query, {"organization_id": organization_id, "id": invitee_id})


async def find(conn: Conn, invitee_id: UUID) -> Invitee | None:
    """An invitee by the id in a public link, in any organization."""
    return await fetch_one(conn, Invitee, f"{_SELECT} WHERE invitees.id = %(id)s", {"id": invitee_id})


async def list_active(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> list[Invitee]:
    """An event's active invitees, in the order in which they booked."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE invitees.organization_id = %(organization_id)s AND invitees.scheduled_event_id = %(event_id)s
          AND invitees.status = 'active'
        ORDER BY invitees.created_at, invitees.id
    """
    return await fetch_all(conn, Invitee, query, {"organization_id": organization_id, "event_id": scheduled_event_id})


WITH_ADDRESS: LiteralString = (
    "lower(invitees.email) = ANY (ARRAY(SELECT lower(one) FROM unnest(%(emails)s::text[]) AS one))"
)
"""The condition for invitees with an address, given all its spellings."""


async def list_of_events(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> list[Invitee]:
    """All invitees of some events, canceled ones included, in the order in which they booked."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE invitees.organization_id = %(organization_id)s AND invitees.scheduled_event_id = ANY (%(event_ids)s)
        ORDER BY invitees.created_at, invitees.id
    """
    return await fetch_all(conn, Invitee, query, {"organization_id": organization_id, "event_ids": list(event_ids)})


async def list_spellings(conn: Conn, organization_id: UUID | None, email: str) -> list[str]:
    """All spellings of an address under which invitees may be stored, by this or an earlier version.

    ``organization_id`` None: in any organization. Only addresses with non-ASCII characters can have other spellings,
    and those have an index.
    """
    cursor = await conn.execute(
        """
        SELECT DISTINCT email FROM invitees
        WHERE octet_length(email) > char_length(email)
          AND (%(organization_id)s::uuid IS NULL OR organization_id = %(organization_id)s)
        """,
        {"organization_id": organization_id},
    )
    return [*spellings(email), *(stored for (stored,) in await cursor.fetchall() if is_same_address(stored, email))]


async def list_page(
    conn: Conn,
    organization_id: UUID,
    scheduled_event_id: UUID,
    page: PageRequest,
    *,
    status: str | None = None,
    email: str | None = None,
) -> PageOf[Invitee]:
    """One page of an event's invitees."""
    conditions: list[LiteralString] = [
        "invitees.organization_id = %(organization_id)s", "invitees.scheduled_event_id = %(event_id)s",
    ]  # fmt: skip
    if status is not None:
        conditions.append("invitees.status = %(status)s")
    emails = None
    if email is not None:
        emails = await list_spellings(conn, organization_id, email)
        conditions.append(WITH_ADDRESS)
    params = {"organization_id": organization_id, "event_id": scheduled_event_id, "status": status, "emails": emails}
    return await fetch_page(conn, Invitee, _SELECT, conditions, params, page)


async def insert(conn: Conn, invitee: Invitee, guests: Sequence[str]) -> None:
    """Store an invitee and the invitee's guests."""
    await conn.execute(
        """
        WITH guest AS (
            INSERT INTO guests (organization_id, scheduled_event_id, invitee_id, email, created_at, updated_at)
            SELECT %(organization_id)s, %(scheduled_event_id)s, %(id)s, email, %(created_at)s, %(created_at)s
            FROM unnest(%(guests)s::text[]) AS email
        )
        INSERT INTO invitees
            (id, organization_id, scheduled_event_id, chain_id, email, name, first_name, last_name, timezone,
             questions_and_answers, tracking, text_reminder_number, location, old_invitee_id, old_event_id,
             routing_form_submission_id, payment, scheduling_method, scheduled_by_id,
             scheduling_link_id, language, created_at, updated_at)
        VALUES
            (%(id)s, %(organization_id)s, %(scheduled_event_id)s, %(chain_id)s, %(email)s, %(name)s, %(first_name)s,
             %(last_name)s, %(timezone)s, %(questions_and_answers)s, %(tracking)s, %(text_reminder_number)s,
             %(location)s, %(old_invitee_id)s, %(old_event_id)s, %(routing_form_submission_id)s, %(payment)s,
             %(scheduling_method)s, %(scheduled_by_id)s, %(scheduling_link_id)s, %(language)s, %(created_at)s,
             %(created_at)s)
        """,
        {
            "id": invitee.id, "organization_id": invitee.organization_id,
            "scheduled_event_id": invitee.scheduled_event_id, "chain_id": invitee.chain_id, "email": invitee.email,
            "name": invitee.name, "first_name": invitee.first_name, "last_name": invitee.last_name,
            "timezone": invitee.timezone, "questions_and_answers": Jsonb(invitee.questions_and_answers),
            "tracking": Jsonb(invitee.tracking), "text_reminder_number": invitee.text_reminder_number,
            "location": None if invitee.location is None else Jsonb(invitee.location),
            "old_invitee_id": invitee.old_invitee_id, "old_event_id": invitee.old_event_id,
            "routing_form_submission_id": invitee.routing_form_submission_id,
            "payment": None if invitee.payment is None else Jsonb(invitee.payment),
            "scheduling_method": invitee.scheduling_method, "scheduled_by_id": invitee.scheduled_by_id,
            "scheduling_link_id": invitee.scheduling_link_id, "language": invitee.language,
            "created_at": invitee.created_at, "guests": list(guests),
        },
    )  # fmt: skip


async def cancel(
    conn: Conn, organization_id: UUID, invitee_ids: Sequence[UUID], cancellation: Cancellation, *, now: datetime
) -> None:
    """Mark invitees canceled."""
    await conn.execute(
        """
        UPDATE invitees SET status = 'canceled', cancellation = %(cancellation)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = ANY(%(ids)s)
        """,
        {
            "organization_id": organization_id, "ids": list(invitee_ids), "cancellation": Jsonb(cancellation),
            "now": now,
        },
    )  # fmt: skip


async def link_reschedule(
    conn: Conn, organization_id: UUID, old_invitee_id: UUID, *, new_invitee_id: UUID, new_event_id: UUID
) -> None:
    """Mark an invitee as the old half of a reschedule."""
    await conn.execute(
        """
        UPDATE invitees SET rescheduled = true, new_invitee_id = %(new_invitee_id)s, new_event_id = %(new_event_id)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {
            "organization_id": organization_id, "id": old_invitee_id, "new_invitee_id": new_invitee_id,
            "new_event_id": new_event_id,
        },
    )  # fmt: skip


async def list_guests(conn: Conn, organization_id: UUID, invitee_id: UUID) -> list[str]:
    """The e-mail addresses of an invitee's guests."""
    cursor = await conn.execute(
        "SELECT email FROM guests WHERE organization_id = %s AND invitee_id = %s ORDER BY created_at, email",
        (organization_id, invitee_id),
    )
    return [email for (email,) in await cursor.fetchall()]


async def list_guests_of_event(conn: Conn, organization_id: UUID, event_id: UUID) -> list[str]:
    """The e-mail addresses of the guests of all active invitees of an event."""
    cursor = await conn.execute(
        """
        SELECT guests.email FROM guests
        JOIN invitees ON invitees.organization_id = guests.organization_id AND invitees.id = guests.invitee_id
        WHERE guests.organization_id = %s AND guests.scheduled_event_id = %s AND invitees.status = 'active'
        ORDER BY guests.created_at, guests.email
        """,
        (organization_id, event_id),
    )
    return [email for (email,) in await cursor.fetchall()]


async def change_guests(
    conn: Conn, invitee: Invitee, *, added: Sequence[str], removed: Sequence[str], now: datetime
) -> None:
    """Store guests who come along besides, and delete those who don't any more."""
    await conn.execute(
        """
        WITH gone AS (
            DELETE FROM guests WHERE organization_id = %(organization_id)s AND invitee_id = %(id)s
              AND email = ANY (%(removed)s)
        )
        INSERT INTO guests (organization_id, scheduled_event_id, invitee_id, email, created_at, updated_at)
        SELECT %(organization_id)s, %(event_id)s, %(id)s, email, %(now)s, %(now)s
        FROM unnest(%(added)s::text[]) AS email
        """,
        {
            "organization_id": invitee.organization_id, "id": invitee.id, "event_id": invitee.scheduled_event_id,
            "added": list(added), "removed": list(removed), "now": now,
        },
    )  # fmt: skip


async def has_paid(
    conn: Conn, organization_id: UUID, event_type_id: UUID, start_time: datetime, provider: str, external_id: str
) -> bool:
    """Whether an invitee of that start, active or canceled, has this payment."""
    cursor = await conn.execute(
        """
        SELECT FROM invitees
        JOIN scheduled_events AS event
          ON event.organization_id = invitees.organization_id AND event.id = invitees.scheduled_event_id
        WHERE event.organization_id = %s AND event.event_type_id = %s AND event.start_time = %s
          AND invitees.payment ->> 'provider' = %s AND invitees.payment ->> 'external_id' = %s
        LIMIT 1
        """,
        (organization_id, event_type_id, start_time, provider, external_id),
    )
    return cursor.rowcount == 1
