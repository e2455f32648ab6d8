"""Scheduled events as the API and webhooks show them."""

from msgspec import UNSET

from openslot.core.booking_form import location_for_all
from openslot.db import invitees as invitee_rows
from openslot.db import scheduled_events as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.scheduled_events import EventMembership, Guest, InviteesCounter, Location, ScheduledEvent


def scheduled_event(
    row: rows.ScheduledEvent, uris: Uris, *, invitee: invitee_rows.Invitee | None = None
) -> ScheduledEvent:
    """The shape of GET /scheduled_events/{uuid}, which webhook payloads embed: there as it is for ``invitee``."""
    return ScheduledEvent(
        uri=uris.scheduled_event(row.id),
        name=row.name,
        status=row.status,
        start_time=Timestamp.of(row.start_time),
        end_time=Timestamp.of(row.end_time),
        event_type=uris.event_type(row.event_type_id),
        location=shown(location(row) if invitee is None else location_of(invitee, row)),
        invitees_counter=InviteesCounter(row.invitees_total, row.invitees_active, row.invitees_limit),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        event_memberships=[
            EventMembership(
                user=uris.user(host.user_id),
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


def location(row: rows.ScheduledEvent) -> Location | None:
    """Where the event takes place, for all who may see it; the place of one of several invitees is for that one."""
    return location_for_all(row.location) if row.invitees_limit > 1 else row.location


def location_of(invitee: invitee_rows.Invitee, row: rows.ScheduledEvent) -> Location | None:
    """Where ``invitee`` meets: the own place where each has one, else the event's."""
    return location(row) if invitee.location is None else invitee.location


def shown(known: Location | None) -> Location:
    """A place as the API has it: what has none is of type ``custom`` and names no place.

    Clients read ``location.type`` and ``location.join_url`` without a guard. Source: since-september, section 7.
    """
    return Location("custom", location=None) if known is None else known
