"""Scheduled events as the API and webhooks show them."""

from msgspec import UNSET

from openslot.db import scheduled_events as rows
from openslot.presenters.links import Links
from openslot.wire.codec import Timestamp
from openslot.wire.scheduled_events import EventMembership, Guest, InviteesCounter, Location, ScheduledEvent


def scheduled_event(row: rows.ScheduledEvent, links: Links) -> ScheduledEvent:
    """The shape of GET /scheduled_events/{uuid}, which webhook payloads embed."""
    return ScheduledEvent(
        uri=links.scheduled_event(row.id),
        name=row.name,
        status=row.status,
        start_time=Timestamp.of(row.start_time),
        end_time=Timestamp.of(row.end_time),
        event_type=links.event_type(row.event_type_id),
        location=location(row.location),
        invitees_counter=InviteesCounter(row.invitees_total, row.invitees_active, row.invitees_limit),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        event_memberships=[
            EventMembership(
                user=links.user(host.user_id),
                user_email=host.user_email,
                user_name=host.user_name,
                buffered_start_time=Timestamp.of(host.buffered_start_time),
                buffered_end_time=Timestamp.of(host.buffered_end_time),
            )
            for host in row.hosts
        ],
        event_guests=[
            Guest(guest.email, Timestamp.of(guest.created_at), Timestamp.of(guest.updated_at)) for guest in row.guests
        ],
        cancellation=UNSET if row.cancellation is None else row.cancellation,
    )


def location(known: Location | None) -> Location:
    """Where it takes place; what has no place is of type ``custom`` and says nowhere.

    Clients read ``location.type`` and ``location.join_url`` without a guard. Source: since-september, section 7.
    """
    return Location("custom", location=None) if known is None else known
