"""What a booking is made of: the command, and what comes of it. Pages and API make the same command."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from openslot.db.invitees import Invitee
from openslot.db.scheduled_events import ScheduledEvent
from openslot.wire.common import Tracking
from openslot.wire.invitees import InviteeLocation, Payment


@dataclass(frozen=True)
class GivenAnswer:
    """What an invitee answered to a custom question, which is named as the event type names it."""

    question: str
    answer: str
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class Booking:
    """The command: an invitee, a start of an event type, and what was filled in."""

    organization_id: UUID
    event_type_id: UUID
    start_time: datetime
    """Aware."""
    email: str
    timezone: str
    """IANA name: the zone in which the invitee reads times."""
    name: str | None = None
    """Either this, or ``first_name`` with an optional ``last_name``."""
    first_name: str | None = None
    last_name: str | None = None
    text_reminder_number: str | None = None
    agrees_to_texts: bool = True
    """To messages to this number. Who books for an invitee over the API vouches for it."""
    location: InviteeLocation | None = None
    answers: Sequence[GivenAnswer] = ()
    tracking: Tracking = field(default_factory=Tracking)
    guests: Sequence[str] = ()
    """E-mail addresses."""
    duration_minutes: int | None = None
    """One of the event type's durations; None: its usual one. A planned event that is joined keeps its own."""
    shown_minutes: int | None = None
    """The length that was shown to the invitee; a booking of another length is refused."""
    hold_token: str | None = field(default=None, repr=False)
    """Of a hold that keeps this start, or a seat of it, for the invitee."""
    payment: Payment | None = None
    link_token: str | None = field(default=None, repr=False)
    """Of the scheduling link that the invitee came through."""
    set_aside: frozenset[str] = frozenset()
    """Rules that a host sets aside for this booking: ``NOTICE``. Kept on the event."""
    language: str | None = None
    """A tag: of the page, for mails; None: not known."""
    scheduling_method: str | None = None
    """``api``, or None for a page."""
    scheduled_by_id: UUID | None = None
    routing_form_submission_id: UUID | None = None


@dataclass(frozen=True)
class Booked:
    """What a booking made."""

    invitee: Invitee
    event: ScheduledEvent
