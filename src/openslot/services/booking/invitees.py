"""Finding an invitee by a public link, together with the event and what was booked; recording what happens to one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core.errors import NotFound
from openslot.db import event_types, invitees, scheduled_events
from openslot.db.event_types import EventType
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.telemetry import correlation


@dataclass(frozen=True)
class BookedInvitee:
    """An invitee with the event and the event type."""

    invitee: Invitee
    event: ScheduledEvent
    event_type: EventType
    guests: list[str]
    """The addresses that this invitee brings along; those of others are not theirs to see."""


async def find(conn: Conn, invitee_id: UUID) -> BookedInvitee:
    """The invitee behind a public link.

    Raises:
        NotFound: no such invitee.
    """
    invitee = await invitees.find(conn, invitee_id)
    if invitee is None:
        raise NotFound("invitee")
    event = await scheduled_events.get(conn, invitee.organization_id, invitee.scheduled_event_id)
    if event is None:
        raise NotFound("invitee")
    event_type = await event_types.get(conn, invitee.organization_id, event.event_type_id)
    if event_type is None:
        raise NotFound("invitee")
    guests = [guest.email for guest in event.guests]
    if event.invitees_limit > 1 and guests:
        guests = await invitees.list_guests(conn, invitee.organization_id, invitee.id)
    return BookedInvitee(invitee, event, event_type, guests)


@dataclass(frozen=True)
class Refreshed:
    """An invitee and the event as they are now."""

    invitee: Invitee
    event: ScheduledEvent


async def refresh(conn: Conn, organization_id: UUID, invitee_id: UUID) -> Refreshed:
    """Read an invitee and the event again, in the caller's transaction, after a change."""
    invitee = await invitees.get(conn, organization_id, invitee_id)
    assert invitee is not None  # rows of invitees and events are never deleted
    event = await scheduled_events.get(conn, organization_id, invitee.scheduled_event_id)
    assert event is not None
    return Refreshed(invitee, event)


async def record(
    conn: Conn, name: str, organization_id: UUID, invitee_id: UUID, uris: Uris, *, now: datetime
) -> Refreshed:
    """Record what has happened to an invitee, as it is now; returns that."""
    after = await refresh(conn, organization_id, invitee_id)
    await outbox.record_invitee(conn, name, after.invitee, after.event, uris, correlation.current(), now=now)
    return after
