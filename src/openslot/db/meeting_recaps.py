"""Recaps of meetings; whose they are and what they say. Name, times, place and attendees are read from the event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.scheduled_events import Location


class Attendee(Struct, frozen=True):
    """A host, an invitee who did not cancel, or a guest."""

    host: bool
    email: str
    name: str
    """Of a guest, the address."""


class Meeting(Struct, frozen=True, kw_only=True):
    """The scheduled event of a recap, as it is now."""

    id: UUID
    event_type_id: UUID
    name: str
    start_time: datetime
    end_time: datetime
    location: Location | None
    seats: int
    attendees: list[Attendee]


class MeetingRecap(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    """The host whose own it is."""
    status: str
    """``available``, ``processing`` or ``unavailable``."""
    summary_md: str | None
    action_items_md: str | None
    discussion_md: str | None
    share_link: str | None
    has_transcript: bool
    announced_at: datetime | None
    """When it was available for the first time, which subscribers were told."""
    created_at: datetime
    updated_at: datetime
    meeting: Meeting


class Texts(Struct, frozen=True, kw_only=True):
    """What a recap is to say."""

    status: str
    summary_md: str | None
    action_items_md: str | None
    discussion_md: str | None
    transcript: str | None
    share_link: str | None


class Filters(Struct, frozen=True, kw_only=True):
    """Which recaps to list; None: no restriction."""

    status: str
    event_id: UUID | None = None
    ends_from: datetime | None = None
    """Of meetings that end then or later."""
    starts_until: datetime | None = None
    """Of meetings that start then or earlier."""
    attendee: Sequence[str] | None = None
    """An e-mail address, in every spelling; the case does not count."""


_SELECT: LiteralString = """
    SELECT meeting_recaps.id, meeting_recaps.organization_id, meeting_recaps.user_id, meeting_recaps.status,
        meeting_recaps.summary_md, meeting_recaps.action_items_md, meeting_recaps.discussion_md,
        meeting_recaps.share_link, meeting_recaps.transcript IS NOT NULL AS has_transcript,
        meeting_recaps.announced_at, meeting_recaps.created_at, meeting_recaps.updated_at,
        jsonb_build_object(
            'id', event.id, 'event_type_id', event.event_type_id, 'name', event.name,
            'start_time', event.start_time, 'end_time', event.end_time, 'location', event.location,
            'seats', event.invitees_limit, 'attendees', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('host', one.rank = 0, 'email', one.email, 'name', one.name)
                                          ORDER BY one.rank, one.since, one.email), '[]')
                FROM (
                    SELECT 0 AS rank, NULL::timestamptz AS since, user_email AS email, user_name AS name
                    FROM scheduled_event_hosts
                    WHERE organization_id = event.organization_id AND scheduled_event_id = event.id
                    UNION ALL
                    SELECT 1, created_at, email, name FROM invitees
                    WHERE organization_id = event.organization_id AND scheduled_event_id = event.id
                      AND status = 'active'
                    UNION ALL
                    SELECT 2, guests.created_at, guests.email, guests.email
                    FROM guests JOIN invitees ON invitees.organization_id = guests.organization_id
                     AND invitees.id = guests.invitee_id AND invitees.status = 'active'
                    WHERE guests.organization_id = event.organization_id AND guests.scheduled_event_id = event.id
                ) AS one)) AS meeting
    FROM meeting_recaps JOIN scheduled_events AS event
      ON event.organization_id = meeting_recaps.organization_id AND event.id = meeting_recaps.scheduled_event_id
"""
_ADDRESSES: LiteralString = "ARRAY(SELECT lower(address) FROM unnest(%(attendee)s::text[]) AS address)"
_CONDITIONS: dict[str, LiteralString] = {
    "event_id": "meeting_recaps.scheduled_event_id = %(event_id)s",
    "ends_from": "event.end_time >= %(ends_from)s",
    "starts_until": "event.start_time <= %(starts_until)s",
    "attendee": f"""(
        EXISTS (SELECT FROM scheduled_event_hosts AS one
                WHERE one.organization_id = event.organization_id AND one.scheduled_event_id = event.id
                  AND lower(one.user_email) = ANY ({_ADDRESSES}))
        OR EXISTS (SELECT FROM invitees AS one
                   WHERE one.organization_id = event.organization_id AND one.scheduled_event_id = event.id
                     AND one.status = 'active' AND lower(one.email) = ANY ({_ADDRESSES}))
        OR EXISTS (SELECT FROM guests AS one JOIN invitees AS invitee
                     ON invitee.organization_id = one.organization_id AND invitee.id = one.invitee_id
                    AND invitee.status = 'active'
                   WHERE one.organization_id = event.organization_id AND one.scheduled_event_id = event.id
                     AND lower(one.email) = ANY ({_ADDRESSES})))""",
}


async def get(conn: Conn, organization_id: UUID, recap_id: UUID, *, lock: bool = False) -> MeetingRecap | None:
    """One recap, with ``lock`` until commit."""
    suffix: LiteralString = "FOR NO KEY UPDATE OF meeting_recaps" if lock else ""
    query: LiteralString = f"""
        {_SELECT}
        WHERE meeting_recaps.organization_id = %(organization_id)s AND meeting_recaps.id = %(id)s {suffix}
    """
    return await fetch_one(conn, MeetingRecap, query, {"organization_id": organization_id, "id": recap_id})


async def find(conn: Conn, organization_id: UUID, event_id: UUID, user_id: UUID) -> MeetingRecap | None:
    """A user's recap of a scheduled event, locked until commit."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE meeting_recaps.organization_id = %(organization_id)s AND meeting_recaps.user_id = %(user_id)s
          AND meeting_recaps.scheduled_event_id = %(event_id)s
        FOR NO KEY UPDATE OF meeting_recaps
    """
    params = {"organization_id": organization_id, "event_id": event_id, "user_id": user_id}
    return await fetch_one(conn, MeetingRecap, query, params)


async def get_transcript(conn: Conn, organization_id: UUID, recap_id: UUID) -> str | None:
    """The words of a meeting; they may be many, so they are read by themselves."""
    cursor = await conn.execute(
        "SELECT transcript FROM meeting_recaps WHERE organization_id = %s AND id = %s", (organization_id, recap_id)
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def list_page(
    conn: Conn, organization_id: UUID, user_id: UUID, filters: Filters, page: PageRequest
) -> PageOf[MeetingRecap]:
    """One page of a user's recaps that pass the filters."""
    conditions: list[LiteralString] = [
        "meeting_recaps.organization_id = %(organization_id)s", "meeting_recaps.user_id = %(user_id)s",
        "meeting_recaps.status = %(status)s",
        *(condition for name, condition in _CONDITIONS.items() if getattr(filters, name) is not None),
    ]  # fmt: skip
    params = {name: getattr(filters, name) for name in Filters.__struct_fields__}
    params |= {"organization_id": organization_id, "user_id": user_id}
    return await fetch_page(conn, MeetingRecap, _SELECT, conditions, params, page)


async def put(
    conn: Conn, organization_id: UUID, recap_id: UUID, event_id: UUID, user_id: UUID, texts: Texts, *, now: datetime
) -> None:
    """Store a user's recap of a scheduled event, in place of the one there is, which keeps its id.

    The same again changes nothing.
    """
    await conn.execute(
        """
        INSERT INTO meeting_recaps
            (organization_id, id, scheduled_event_id, user_id, status, summary_md, action_items_md, discussion_md,
             transcript, share_link, announced_at, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(event_id)s, %(user_id)s, %(status)s, %(summary_md)s,
                %(action_items_md)s, %(discussion_md)s, %(transcript)s, %(share_link)s,
                CASE %(status)s WHEN 'available' THEN %(now)s::timestamptz END, %(now)s, %(now)s)
        ON CONFLICT (organization_id, scheduled_event_id, user_id) DO UPDATE
        SET status = EXCLUDED.status, summary_md = EXCLUDED.summary_md, action_items_md = EXCLUDED.action_items_md,
            discussion_md = EXCLUDED.discussion_md, transcript = EXCLUDED.transcript,
            share_link = EXCLUDED.share_link, updated_at = EXCLUDED.updated_at,
            announced_at = coalesce(meeting_recaps.announced_at, EXCLUDED.announced_at)
        WHERE (meeting_recaps.status, meeting_recaps.summary_md, meeting_recaps.action_items_md,
               meeting_recaps.discussion_md, meeting_recaps.transcript, meeting_recaps.share_link)
            IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.summary_md, EXCLUDED.action_items_md,
                              EXCLUDED.discussion_md, EXCLUDED.transcript, EXCLUDED.share_link)
        """,
        _values(texts) | {
            "organization_id": organization_id, "id": recap_id, "event_id": event_id, "user_id": user_id, "now": now,
        },
    )  # fmt: skip


async def update(conn: Conn, row: MeetingRecap) -> None:
    """Change the highlights of a recap that is locked."""
    await conn.execute(
        """
        UPDATE meeting_recaps
        SET summary_md = %(summary_md)s, action_items_md = %(action_items_md)s, discussion_md = %(discussion_md)s,
            updated_at = %(updated_at)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {name: getattr(row, name) for name in MeetingRecap.__struct_fields__ if name != "meeting"},
    )


async def delete(conn: Conn, organization_id: UUID, recap_id: UUID) -> None:
    await conn.execute("DELETE FROM meeting_recaps WHERE organization_id = %s AND id = %s", (organization_id, recap_id))


async def list_of_events(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> list[MeetingRecap]:
    """Everybody's recaps of scheduled events, by id, locked."""
    query: LiteralString = f"""
        {_SELECT}
        WHERE meeting_recaps.organization_id = %(organization_id)s
          AND meeting_recaps.scheduled_event_id = ANY (%(ids)s)
        ORDER BY meeting_recaps.id FOR UPDATE OF meeting_recaps
    """
    return await fetch_all(conn, MeetingRecap, query, {"organization_id": organization_id, "ids": list(event_ids)})


def _values(texts: Texts) -> dict[str, Any]:
    return {name: getattr(texts, name) for name in Texts.__struct_fields__}
