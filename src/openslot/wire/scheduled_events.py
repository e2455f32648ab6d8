"""Scheduled events: meetings to come, past meetings and canceled ones."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class Location(Open):
    """Where a scheduled event takes place. Its fields depend on ``type``.

    Source: behaviours, section 13.
    """

    type: str
    location: str | UnsetType | None = UNSET
    additional_info: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET
    """Of a conference: ``initiated``, ``processing``, ``pushed`` or ``failed``; ``None`` once purged."""
    join_url: str | UnsetType | None = UNSET
    """Of a conference: set once ``status`` is ``pushed``."""
    data: dict[str, Any] | UnsetType | None = UNSET
    """The vendor's own data about the conference: objects of any depth."""


class InviteesCounter(Open):
    """Seats of a scheduled event."""

    total: int
    """Canceled invitees included."""
    active: int
    limit: int


class EventMembership(Open):
    """A host of a scheduled event."""

    user: str
    user_email: str | UnsetType | None = UNSET
    user_name: str | UnsetType | None = UNSET
    buffered_start_time: Timestamp | UnsetType = UNSET
    buffered_end_time: Timestamp | UnsetType = UNSET


class Guest(Open):
    """A person who comes along with an invitee, known only by e-mail address."""

    email: str
    created_at: Timestamp
    updated_at: Timestamp


class Cancellation(Open):
    """Who canceled the event, and why."""

    canceled_by: str
    """A display name."""
    reason: str | None
    canceler_type: str
    """``host`` or ``invitee``."""
    created_at: Timestamp | UnsetType = UNSET


class CalendarEvent(Open):
    """The event's copy in a host's calendar. Deprecated, still read by the connector."""

    kind: str
    external_id: str


class ScheduledEvent(Open):
    """One meeting; embedded in invitee payloads of webhooks. Source: GET /scheduled_events/{uuid}."""

    uri: str
    name: str | None
    status: str
    """``active`` or ``canceled``."""
    start_time: Timestamp
    end_time: Timestamp
    """Excluded: the next meeting may start then."""
    event_type: str | None
    location: Location | None
    invitees_counter: InviteesCounter
    created_at: Timestamp
    updated_at: Timestamp
    event_memberships: list[EventMembership]
    event_guests: list[Guest]
    calendar_event: CalendarEvent | None = None
    meeting_notes_plain: str | None = None
    meeting_notes_html: str | None = None
    cancellation: Cancellation | UnsetType | None = UNSET
    """Only when canceled."""


class CancelEvent(Struct):
    """Body of POST /scheduled_events/{uuid}/cancellation; the body itself may be left out."""

    reason: Annotated[str, Meta(max_length=10000)] | None = None
