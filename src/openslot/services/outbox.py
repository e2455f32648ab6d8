"""Records what happened: the event with its finished payload, and a delivery per subscription to it.

All of it on the caller's connection, so that it becomes true with the caller's transaction or not at all. All that
reports it reads it from here; nothing is derived later from changed rows.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.ids import ordered_id
from openslot.db import events
from openslot.db.contacts import Contact
from openslot.db.invitees import Invitee
from openslot.db.meeting_recaps import MeetingRecap
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.served_event_types import ServedEventType
from openslot.presenters import contacts, event_types, meeting_recaps
from openslot.presenters import invitees as present
from openslot.presenters.uris import Uris
from openslot.telemetry import correlation
from openslot.wire import codec
from openslot.wire.invitees import RescheduledPayload

Side = tuple[Invitee, ScheduledEvent]
"""Of a reschedule: an invitee with the event."""


async def record(
    conn: Conn,
    name: str,
    *,
    organization_id: UUID,
    chain_id: UUID,
    correlation_id: UUID,
    user_ids: Sequence[UUID],
    payload: object,
    uris: Uris,
    event_type_id: UUID | None = None,
    test_of: UUID | None = None,
    now: datetime,
) -> UUID:
    """Write one event and return its id. ``payload`` is a shape of ``wire``.

    Deliveries of one ``chain_id`` keep their order. A test event is for the subscription ``test_of`` alone.
    """
    event = events.Event(
        id=ordered_id(now),
        organization_id=organization_id,
        name=name,
        occurred_at=now,
        correlation_id=correlation_id,
        chain_id=chain_id,
        user_ids=list(user_ids),
        event_type_id=event_type_id,
        test_of=test_of,
        payload=codec.encode(payload).decode(),
        actor_id=correlation.caller(),
    )
    await events.insert(conn, event, users_uri=uris.user_prefix)
    return event.id


async def record_invitee(
    conn: Conn, name: str, invitee: Invitee, event: ScheduledEvent, uris: Uris, correlation_id: UUID, *, now: datetime
) -> None:
    """Write one of the events that carry an invitee and its scheduled event."""
    await record(
        conn,
        name,
        organization_id=invitee.organization_id,
        chain_id=invitee.chain_id,
        correlation_id=correlation_id,
        user_ids=[host.user_id for host in event.hosts],
        event_type_id=event.event_type_id,
        payload=present.invitee_payload(invitee, event, uris),
        uris=uris,
        now=now,
    )


async def record_event_type(conn: Conn, name: str, served: ServedEventType, uris: Uris, *, now: datetime) -> None:
    """Write one of the events about an event type as it is now; it concerns its owner and its hosts."""
    await record(
        conn,
        name,
        organization_id=served.organization_id,
        chain_id=served.id,
        correlation_id=correlation.current(),
        user_ids=sorted({served.owner_id, *(host.user_id for host in served.hosts)}),
        event_type_id=served.id,
        payload=event_types.event_type_payload(served, uris),
        uris=uris,
        now=now,
    )


async def record_rescheduled(
    conn: Conn, old: Side, new: Side, uris: Uris, correlation_id: UUID, *, now: datetime
) -> None:
    """Write a reschedule as one fact with both sides, beside the pair that Calendly has for it."""
    (was, was_event), (is_now, now_event) = old, new
    await record(
        conn,
        "invitee.rescheduled",
        organization_id=was.organization_id,
        chain_id=was.chain_id,
        correlation_id=correlation_id,
        user_ids=sorted({host.user_id for host in [*was_event.hosts, *now_event.hosts]}),
        event_type_id=now_event.event_type_id,
        payload=RescheduledPayload(
            old=present.invitee_payload(was, was_event, uris), new=present.invitee_payload(is_now, now_event, uris)
        ),
        uris=uris,
        now=now,
    )


async def record_contacts(conn: Conn, name: str, made: Sequence[Contact], uris: Uris, *, now: datetime) -> None:
    """Write ``contact.created`` or ``contact.updated`` of each contact as its row is, in one statement."""
    if not made:
        return
    written = [
        events.Event(
            id=ordered_id(now),
            organization_id=one.organization_id,
            name=name,
            occurred_at=now,
            correlation_id=correlation.current(),
            chain_id=one.id,
            user_ids=[one.user_id],
            payload=codec.encode(contacts.contact_payload(one, uris)).decode(),
        )
        for one in made
    ]
    await events.insert_about_users(conn, written, users_uri=uris.user_prefix)


async def record_deleted_contact(
    conn: Conn, organization_id: UUID, user_id: UUID, contact_id: UUID, uris: Uris, *, now: datetime
) -> None:
    """Write ``contact.deleted``, which says nothing of the person."""
    await record(
        conn,
        "contact.deleted",
        organization_id=organization_id,
        chain_id=contact_id,
        correlation_id=correlation.current(),
        user_ids=[user_id],
        payload=contacts.deleted_payload(user_id, contact_id, uris, now=now),
        uris=uris,
        now=now,
    )


async def record_recap(conn: Conn, name: str, recap: MeetingRecap, uris: Uris, *, now: datetime) -> None:
    """Write ``meeting_recap.created`` or ``meeting_recap.updated`` of a recap as its row is."""
    present = meeting_recaps.created_payload if name.endswith(".created") else meeting_recaps.updated_payload
    await _record_about_recap(conn, name, recap, present(recap, uris), uris, now=now)


async def record_deleted_recap(conn: Conn, recap: MeetingRecap, uris: Uris, *, now: datetime) -> None:
    """Write ``meeting_recap.deleted``, which says nothing of the meeting, if anybody was told of the recap."""
    if recap.announced_at is not None:
        payload = meeting_recaps.deleted_payload(recap.id, recap.meeting.id, uris, now=now)
        await _record_about_recap(conn, "meeting_recap.deleted", recap, payload, uris, now=now)


async def _record_about_recap(
    conn: Conn, name: str, recap: MeetingRecap, payload: object, uris: Uris, *, now: datetime
) -> None:
    await record(
        conn,
        name,
        organization_id=recap.organization_id,
        chain_id=recap.id,
        correlation_id=correlation.current(),
        user_ids=[recap.user_id],
        event_type_id=recap.meeting.event_type_id,
        payload=payload,
        uris=uris,
        now=now,
    )
