"""Erasure of a person's data, table by table (ADR 0015).

``addresses`` are e-mail addresses, compared without regard to case; the database lowers both sides. Callers hold the
locks, so that nothing is added between finding and erasing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.booking_form import FREE_KINDS
from openslot.core.contacts import MAX_EMAIL_LENGTH, spellings
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all
from openslot.wire.characters import address_key

NAME = "Erased"
"""Replaces names."""
DOMAIN = "erased.invalid"
"""The domain of replaced addresses, which no mail can reach (RFC 2606)."""

_ADDRESSES: LiteralString = "ARRAY(SELECT lower(address) FROM unnest(%(addresses)s::text[]) AS address)"
_CANCELLATION: LiteralString = """
    cancellation || jsonb_build_object('reason', NULL) || CASE cancellation ->> 'canceler_type'
        WHEN 'invitee' THEN jsonb_build_object('canceled_by', %(name)s::text) ELSE '{}' END
"""
_TOMBSTONE: LiteralString = """
    (SELECT coalesce(jsonb_object_agg(key, value), '{}')::text FROM jsonb_each(payload::jsonb)
     WHERE jsonb_typeof(value) = 'string' AND key IN ('uri', 'created_at', 'event', 'event_type', 'routing_form',
                                                      'submitter', 'old_invitee', 'new_invitee'))
"""


class Trace(Struct, frozen=True):
    """An invitee to erase."""

    id: UUID
    scheduled_event_id: UUID
    chain_id: UUID
    routing_form_submission_id: UUID | None


async def lock(conn: Conn, organization_id: UUID) -> None:
    """Allow one erasure at a time in an organization: each locks many rows, and two could deadlock."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('erasure/' || %s, 0))", (str(organization_id),))


async def list_spellings(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[str]:
    """The addresses with all other spellings under which one of them is stored.

    Only addresses with non-ASCII characters can have other spellings: of invitees, guests, contacts and invitations, in
    holds, and in answers to routing forms.
    """
    cursor = await conn.execute(
        """
        SELECT email FROM invitees
        WHERE organization_id = %(organization_id)s AND octet_length(email) > char_length(email)
        UNION
        SELECT email FROM guests
        WHERE organization_id = %(organization_id)s AND octet_length(email) > char_length(email)
        UNION
        SELECT email FROM contact_emails
        WHERE organization_id = %(organization_id)s AND octet_length(email) > char_length(email)
        UNION
        SELECT email FROM invitations
        WHERE organization_id = %(organization_id)s AND octet_length(email) > char_length(email)
        UNION
        SELECT email FROM holds, LATERAL (
            SELECT booking #>> '{booking,email}' AS email
            UNION ALL SELECT jsonb_array_elements_text(booking #> '{booking,guests}')) AS contact
        WHERE organization_id = %(organization_id)s AND octet_length(email) > char_length(email)
        UNION
        SELECT one ->> 'answer' FROM routing_form_submissions, jsonb_array_elements(questions_and_answers) AS one
        WHERE organization_id = %(organization_id)s AND char_length(one ->> 'answer') <= %(longest)s
          AND octet_length(one ->> 'answer') > char_length(one ->> 'answer')
        """,
        {"organization_id": organization_id, "longest": 2 * MAX_EMAIL_LENGTH},
    )
    wanted = {address_key(one) for one in addresses}
    found = [stored for (stored,) in await cursor.fetchall() if address_key(stored) in wanted]
    return list(dict.fromkeys([*(kept for one in addresses for kept in spellings(one)), *found]))


async def list_events(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[UUID]:
    """The scheduled events with an invitee or guest who has one of these addresses, by id."""
    cursor = await conn.execute(
        f"""
        SELECT scheduled_event_id FROM invitees
        WHERE organization_id = %(organization_id)s AND lower(email) = ANY ({_ADDRESSES})
        UNION
        SELECT scheduled_event_id FROM guests
        WHERE organization_id = %(organization_id)s AND lower(email) = ANY ({_ADDRESSES})
        ORDER BY 1
        """,
        {"organization_id": organization_id, "addresses": list(addresses)},
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def lock_ledgers(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID], *, now: datetime) -> None:
    """Lock the ledgers (rows of event types) of those events that are still to take place."""
    await conn.execute(
        """
        SELECT 1 FROM event_types
        WHERE organization_id = %(organization_id)s AND pooling_type IS NOT NULL AND id IN (
            SELECT event_type_id FROM scheduled_events
            WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s) AND status = 'active'
              AND start_time > %(now)s)
        ORDER BY id FOR NO KEY UPDATE
        """,
        {"organization_id": organization_id, "ids": list(event_ids), "now": now},
    )


async def lock_events(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> None:
    """Lock the events: bookings, cancellations and reschedules of them wait."""
    await conn.execute(
        "SELECT 1 FROM scheduled_events WHERE organization_id = %s AND id = ANY (%s) ORDER BY id FOR NO KEY UPDATE",
        (organization_id, list(event_ids)),
    )


async def list_invitees(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[Trace]:
    """The invitees with these addresses, locked so that even no-show marks wait."""
    query: LiteralString = f"""
        SELECT id, scheduled_event_id, chain_id, routing_form_submission_id FROM invitees
        WHERE organization_id = %(organization_id)s AND lower(email) = ANY ({_ADDRESSES})
        ORDER BY id FOR UPDATE
    """
    return await fetch_all(conn, Trace, query, {"organization_id": organization_id, "addresses": list(addresses)})


async def erase_invitees(conn: Conn, organization_id: UUID, invitee_ids: Sequence[UUID], *, now: datetime) -> int:
    """Erase the invitees; only the times and the payments stay."""
    cursor = await conn.execute(
        f"""
        UPDATE invitees
        SET name = %(name)s, first_name = NULL, last_name = NULL, email = id || '@' || %(domain)s,
            questions_and_answers = '[]', tracking = '{{}}', text_reminder_number = NULL,
            location = jsonb_set(location, '{{location}}', 'null'), cancellation = {_CANCELLATION},
            payment = payment || jsonb_build_object('terms', NULL), updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)
        """,
        {
            "organization_id": organization_id, "ids": list(invitee_ids), "name": NAME, "domain": DOMAIN, "now": now,
        },
    )  # fmt: skip
    return cursor.rowcount


class ErasedEvent(Struct, frozen=True):
    """A scheduled event from which something was erased."""

    id: UUID
    place: str | None
    """The location that the invitee gave, if that was erased."""


async def erase_from_scheduled_events(
    conn: Conn, organization_id: UUID, invitee_ids: Sequence[UUID], *, now: datetime
) -> list[ErasedEvent]:
    """Erase the locations that invitees gave, and the reasons of cancellations.

    The event's row contains an invitee's location if the event has one invitee, or is from a version that stored only
    one location: then the first invitee gave it. A host's reason stays if other invitees were canceled with it. Call
    this before the invitees themselves are erased.
    """
    return await fetch_all(
        conn,
        ErasedEvent,
        f"""
        WITH seen AS (
            SELECT event.id,
                   CASE WHEN event.location ->> 'type' = ANY (%(free)s) AND (
                       SELECT one.id FROM invitees AS one
                       WHERE one.organization_id = event.organization_id AND one.scheduled_event_id = event.id
                       ORDER BY one.created_at, one.id LIMIT 1) = ANY (%(ids)s)
                   THEN event.location ->> 'location' END AS place,
                   event.cancellation IS NOT NULL AND NOT EXISTS (
                       SELECT FROM invitees AS other
                       WHERE other.organization_id = event.organization_id AND other.scheduled_event_id = event.id
                         AND other.id <> ALL (%(ids)s) AND other.cancellation = event.cancellation) AS words
            FROM scheduled_events AS event
            WHERE event.organization_id = %(organization_id)s AND event.id IN (
                SELECT scheduled_event_id FROM invitees
                WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s))
        )
        UPDATE scheduled_events AS event
        SET location = CASE WHEN seen.place IS NULL THEN location ELSE jsonb_set(location, '{{location}}', 'null') END,
            cancellation = CASE WHEN seen.words THEN {_CANCELLATION} ELSE cancellation END, updated_at = %(now)s
        FROM seen
        WHERE event.organization_id = %(organization_id)s AND event.id = seen.id
          AND (seen.place IS NOT NULL OR seen.words)
        RETURNING event.id, seen.place
        """,
        {
            "organization_id": organization_id, "ids": list(invitee_ids), "free": sorted(FREE_KINDS), "name": NAME,
            "now": now,
        },
    )  # fmt: skip


async def erase_submissions(
    conn: Conn, organization_id: UUID, invitee_ids: Sequence[UUID], addresses: Sequence[str], *, now: datetime
) -> list[UUID]:
    """Empty the routing form submissions that led to the invitees, or that give one of the addresses as an answer."""
    cursor = await conn.execute(
        f"""
        UPDATE routing_form_submissions
        SET questions_and_answers = '[]', tracking = '{{}}', updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND (invitee_id = ANY (%(ids)s) OR id IN (
            SELECT routing_form_submission_id FROM invitees
            WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)) OR EXISTS (
            SELECT FROM jsonb_array_elements(questions_and_answers) AS one
            WHERE lower(btrim(one ->> 'answer')) = ANY ({_ADDRESSES})))
        RETURNING id
        """,
        {
            "organization_id": organization_id, "ids": list(invitee_ids), "addresses": list(addresses), "now": now,
        },
    )  # fmt: skip
    return [submission_id for (submission_id,) in await cursor.fetchall()]


async def delete_guests(
    conn: Conn, organization_id: UUID, invitee_ids: Sequence[UUID], addresses: Sequence[str]
) -> int:
    """Delete the guests with these addresses and all guests of the invitees."""
    cursor = await conn.execute(
        f"""
        DELETE FROM guests
        WHERE organization_id = %(organization_id)s
          AND (lower(email) = ANY ({_ADDRESSES}) OR (scheduled_event_id, invitee_id) IN (
              SELECT scheduled_event_id, id FROM invitees
              WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s)))
        """,
        {"organization_id": organization_id, "ids": list(invitee_ids), "addresses": list(addresses)},
    )
    return cursor.rowcount


class KnownContact(Struct, frozen=True):
    """A contact with one of the addresses."""

    id: UUID
    user_id: UUID


async def list_contacts(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[KnownContact]:
    """Every member's contacts with one of these addresses, by id, locked."""
    query: LiteralString = f"""
        SELECT id, user_id FROM contacts
        WHERE organization_id = %(organization_id)s AND id IN (
            SELECT contact_id FROM contact_emails
            WHERE organization_id = %(organization_id)s AND lower(email) = ANY ({_ADDRESSES}))
        ORDER BY id FOR UPDATE
    """
    return await fetch_all(
        conn, KnownContact, query, {"organization_id": organization_id, "addresses": list(addresses)}
    )


async def delete_contacts(conn: Conn, organization_id: UUID, contact_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete contacts, the notes about them included; return the number of rows deleted by table."""
    where: LiteralString = "WHERE organization_id = %s AND"
    statements: dict[str, LiteralString] = {
        "contact_notes": f"DELETE FROM contact_notes {where} contact_id = ANY (%s)",
        "contact_emails": f"DELETE FROM contact_emails {where} contact_id = ANY (%s)",
        "contacts": f"DELETE FROM contacts {where} id = ANY (%s)",
    }
    ids = (organization_id, list(contact_ids))
    return {table: (await conn.execute(statement, ids)).rowcount for table, statement in statements.items()}


async def delete_invitations(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> int:
    """Delete the invitations of these addresses, whatever became of them."""
    cursor = await conn.execute(
        f"""
        DELETE FROM invitations WHERE organization_id = %(organization_id)s AND lower(email) = ANY ({_ADDRESSES})
        """,
        {"organization_id": organization_id, "addresses": list(addresses)},
    )
    return cursor.rowcount


async def delete_held_guests(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> int:
    """Delete the guests with these addresses from the bookings in holds; return the number of holds changed."""
    cursor = await conn.execute(
        f"""
        UPDATE holds SET booking = jsonb_set(booking, '{{booking,guests}}', (
            SELECT coalesce(jsonb_agg(guest ORDER BY position), '[]')
            FROM jsonb_array_elements_text(booking #> '{{booking,guests}}') WITH ORDINALITY AS one (guest, position)
            WHERE lower(guest) <> ALL ({_ADDRESSES})))
        WHERE organization_id = %(organization_id)s AND EXISTS (
            SELECT FROM jsonb_array_elements_text(booking #> '{{booking,guests}}') AS guest
            WHERE lower(guest) = ANY ({_ADDRESSES}))
        """,
        {"organization_id": organization_id, "addresses": list(addresses)},
    )
    return cursor.rowcount


async def erase_events(
    conn: Conn,
    organization_id: UUID,
    chain_ids: Sequence[UUID],
    mentioning_ids: Sequence[UUID],
    addresses: Sequence[str],
    *,
    also: Sequence[UUID] = (),
    now: datetime,
) -> list[UUID]:
    """Replace the payloads of events by tombstones, which keep URIs and ``created_at``.

    This affects all events of the chains, those of ``mentioning_ids`` whose invitee has one of the addresses, and
    ``also`` some others. The other columns of an event contain no personal data.
    """
    cursor = await conn.execute(
        f"""
        UPDATE events SET erased_at = %(now)s, payload = {_TOMBSTONE}
        WHERE organization_id = %(organization_id)s AND erased_at IS NULL
          AND (chain_id = ANY (%(chain_ids)s) OR id = ANY (%(also)s)
               OR id = ANY (%(mentioning_ids)s) AND lower(payload::jsonb ->> 'email') = ANY ({_ADDRESSES}))
        RETURNING id
        """,
        {
            "organization_id": organization_id, "chain_ids": list(chain_ids), "mentioning_ids": list(mentioning_ids),
            "addresses": list(addresses), "also": list(also), "now": now,
        },
    )  # fmt: skip
    return [event_id for (event_id,) in await cursor.fetchall()]


async def delete_recaps(conn: Conn, organization_id: UUID, recap_ids: Sequence[UUID]) -> int:
    """Delete recaps of meetings; return how many."""
    cursor = await conn.execute(
        "DELETE FROM meeting_recaps WHERE organization_id = %s AND id = ANY (%s)", (organization_id, list(recap_ids))
    )
    return cursor.rowcount


async def list_events_about_recaps(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> list[UUID]:
    """What the event log tells of recaps of the scheduled events, those that were deleted before included.

    This reads the organization's log once.
    """
    cursor = await conn.execute(
        """
        SELECT id FROM events
        WHERE organization_id = %s AND erased_at IS NULL AND name IN ('meeting_recap.created', 'meeting_recap.updated')
          AND right(payload::jsonb #>> '{event,uri}', 36) = ANY (%s)
        """,
        (organization_id, [str(one) for one in event_ids]),
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def list_events_of_chains(conn: Conn, organization_id: UUID, chain_ids: Sequence[UUID]) -> list[UUID]:
    """All events of the chains."""
    cursor = await conn.execute(
        "SELECT id FROM events WHERE organization_id = %s AND chain_id = ANY (%s)", (organization_id, list(chain_ids))
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def erase_place_from_events(conn: Conn, organization_id: UUID, places: Mapping[UUID, str]) -> list[UUID]:
    """Erase the location that an invitee gave, by scheduled event, from the log events about its other invitees.

    Locations that the others gave themselves stay.
    """
    cursor = await conn.execute(
        """
        UPDATE events SET payload = jsonb_set(payload::jsonb, '{scheduled_event,location,location}', 'null')::text
        FROM unnest(%(ids)s::text[], %(places)s::text[]) AS given (id, place)
        WHERE organization_id = %(organization_id)s AND erased_at IS NULL AND chain_id = ANY (ARRAY(
            SELECT chain_id FROM invitees
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = ANY (%(ids)s::uuid[])))
          AND payload::jsonb #>> '{scheduled_event,location,location}' = given.place
          AND right(payload::jsonb #>> '{scheduled_event,uri}', 36) = given.id
        RETURNING events.id
        """,
        {
            "organization_id": organization_id, "ids": [str(one) for one in places], "places": list(places.values()),
        },
    )  # fmt: skip
    return [event_id for (event_id,) in await cursor.fetchall()]


async def discard_deliveries(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID], *, now: datetime) -> int:
    """Discard the pending deliveries of the events and release the claims of workers."""
    cursor = await conn.execute(
        """
        UPDATE deliveries SET state = 'discarded', next_attempt_at = NULL, finished_at = %(now)s, claimed_by = NULL
        WHERE organization_id = %(organization_id)s AND event_id = ANY (%(ids)s) AND state = 'pending'
        """,
        {"organization_id": organization_id, "ids": list(event_ids), "now": now},
    )
    return cursor.rowcount


async def erase_attempts(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> int:
    """Erase the recorded answers of receivers to the events: an answer may quote the payload."""
    cursor = await conn.execute(
        """
        UPDATE delivery_attempts AS attempt
        SET response_excerpt = NULL, error = CASE WHEN error IS NOT NULL THEN 'erased' END
        FROM deliveries AS delivery
        WHERE delivery.organization_id = %(organization_id)s AND delivery.event_id = ANY (%(ids)s)
          AND attempt.organization_id = delivery.organization_id AND attempt.delivery_id = delivery.id
          AND (response_excerpt IS NOT NULL OR error <> 'erased')
        """,
        {"organization_id": organization_id, "ids": list(event_ids)},
    )
    return cursor.rowcount
