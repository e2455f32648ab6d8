"""Invitees: who booked, with answers, tracking and the links to reschedule or cancel."""

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import EMAIL, EVENT_TYPE, LOCATION_KINDS, SEEN, ZONE, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open, Tracking
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent


class QuestionAndAnswer(Open):
    """An answered question of the booking form; the choices of a multi_select are joined with newlines."""

    question: str
    answer: str
    position: int


class Payment(Open):
    """A payment of an invitee."""

    external_id: str
    provider: str
    amount: float | str
    """A number in the API of 2024 and in the connector, a string in 2026. Both are read; a number is written."""
    currency: str
    terms: str | None
    successful: bool


class NoShowRef(Open):
    """The no-show mark of an invitee."""

    uri: str
    created_at: Timestamp


class Reconfirmation(Open):
    """A request to confirm again, and when the invitee confirmed."""

    created_at: Timestamp
    confirmed_at: Timestamp | None


class Invitee(Open, kw_only=True):
    """A person who booked a meeting. Source: GET /scheduled_events/{uuid}/invitees/{uuid}."""

    uri: str
    email: str
    first_name: str | None = None
    """Only where the form asks for first and last name separately."""
    last_name: str | None = None
    name: str
    status: str
    """``active`` or ``canceled``."""
    questions_and_answers: list[QuestionAndAnswer]
    timezone: str | None
    event: str
    """URI of the scheduled event."""
    created_at: Timestamp
    updated_at: Timestamp
    tracking: Tracking
    text_reminder_number: str | None = None
    rescheduled: bool
    """True for the old invitee of a reschedule."""
    old_invitee: str | None
    new_invitee: str | None
    cancel_url: str
    reschedule_url: str
    routing_form_submission: str | None = None
    cancellation: Cancellation | UnsetType | None = UNSET
    """Only when canceled."""
    payment: Payment | None = None
    no_show: NoShowRef | None = None
    reconfirmation: Reconfirmation | None = None
    scheduling_method: str | None = None
    """``api``, ``instant_book``, or ``None`` for a booking on a page."""
    invitee_scheduled_by: str | None = None
    canceled: bool | UnsetType | None = UNSET
    """Repeats ``status``, as in the examples of 2024; sent because older clients read it."""


class InviteePayload(Invitee, kw_only=True):
    """Payload of the ``invitee.*`` and ``invitee_no_show.*`` webhooks: the invitee and its whole event."""

    scheduled_event: ScheduledEvent


class RescheduledPayload(Open):
    """Payload of OpenSlot's ``invitee.rescheduled``: the two payloads that Calendly sends for a reschedule."""

    old: InviteePayload
    """As in ``invitee.canceled``."""
    new: InviteePayload
    """As in ``invitee.created``."""


class NewInvitee(Struct):
    """The person who books: ``name``, or ``first_name`` with an optional ``last_name``; 255 characters together."""

    sent_as: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"properties": {name: {"type": "string", **SEEN}}, "required": [name]} for name in ("name", "first_name")
        ]
    }

    email: Annotated[str, Meta(max_length=254), EMAIL]
    timezone: Annotated[str, Meta(max_length=64), ZONE]
    """IANA name."""
    name: Annotated[str, Meta(max_length=255)] | None = None
    first_name: Annotated[str, Meta(max_length=255)] | None = None
    last_name: Annotated[str, Meta(max_length=255)] | None = None
    text_reminder_number: Annotated[str, Meta(max_length=32)] | None = None
    """E.164, or a number as it is usually written, with its country code."""


class InviteeLocation(Struct):
    """The location that an invitee chose: one of the event type's kinds, with ``location`` where the kind needs it."""

    kind: Annotated[str, schema(enum=LOCATION_KINDS)]
    location: Annotated[str, Meta(max_length=1000)] | None = None


class NewAnswer(Struct):
    """An answer in a booking; ``question`` equals the custom question's name, case included."""

    question: Annotated[str, Meta(max_length=10000)]
    answer: Annotated[str, Meta(max_length=10000)]
    position: int = 0


_Utm = Annotated[str, Meta(max_length=255)] | None


class NewTracking(Struct):
    """Tracking of a booking over the API: if sent, it needs all six keys; ``null`` is allowed."""

    missing_message: ClassVar[str] = "{path} is missing"
    """Clients match "tracking.utm_content is missing". Source: since-september, section 7."""

    utm_campaign: _Utm
    utm_source: _Utm
    utm_medium: _Utm
    utm_content: _Utm
    utm_term: _Utm
    salesforce_uuid: _Utm


class CreateInvitee(Struct):
    """Body of POST /invitees."""

    event_type: Annotated[str, EVENT_TYPE]
    start_time: Timestamp
    """One of the event type's available times."""
    invitee: NewInvitee
    location: InviteeLocation | None = None
    questions_and_answers: Annotated[list[NewAnswer], Meta(max_length=100)] = []
    tracking: NewTracking | None = None
    event_guests: Annotated[list[Annotated[str, EMAIL]], Meta(max_length=100)] = []
    """E-mail addresses, at most 10 different ones."""
