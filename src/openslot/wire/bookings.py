"""Booking with all that the engine can do; ours, beside POST /invitees of Calendly's API."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from openslot.wire.bounds import EVENT_TYPE, MINUTES, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.invitees import CreateInvitee, Payment


class CreateBooking(CreateInvitee):
    """Body of POST /openslot/bookings: that of POST /invitees and more."""

    duration: Annotated[int, MINUTES] | None = None
    """Minutes: one of the event type's durations."""
    hold: Annotated[str, Meta(max_length=200)] | None = None
    """Token of a hold that keeps the start."""
    payment: Payment | None = None
    """What was paid for it."""
    set_aside: Annotated[list[Literal["NOTICE"]], Meta(max_length=1)] = field(default_factory=list)
    """Rules that the host sets aside; kept on the event."""


class CreateHold(Struct):
    """Body of POST /openslot/holds."""

    event_type: Annotated[str, EVENT_TYPE]
    start_time: Timestamp
    """One of the event type's available times."""
    duration: Annotated[int, MINUTES] | None = None
    """Minutes: one of the event type's durations."""
    reason: Literal["form", "payment", "waitlist", "poll"] = "form"
    minutes: Annotated[int, Meta(ge=1, le=31 * 24 * 60)] | None = None
    """How long it lasts; left out: 10 for a form, 30 for a payment."""


class Hold(Open, kw_only=True):
    """A slot that is kept for somebody, until a moment that is always set."""

    uri: str
    event_type: str
    start_time: Timestamp
    end_time: Timestamp
    reason: str
    """``form``, ``payment``, ``approval``, ``waitlist`` or ``poll``."""
    hosts: list[str]
    user: str | None
    """URI of the member who made it; ``None``: a visitor of the booking page did."""
    email: str | None
    """Of the visitor, where a booking waits for a host's answer."""
    expires_at: Timestamp
    created_at: Timestamp


class NewHold(Hold, kw_only=True):
    """A hold that was just made."""

    token: str
    """Uses it or gives it up; shown here and never again."""


class EndHold(Struct):
    """Body of DELETE /openslot/holds: in the body, so that no log has it."""

    token: Annotated[str, Meta(max_length=200)]


class BookingRequest(Open, kw_only=True):
    """A booking that waits for the host's answer."""

    uri: str
    event_type: str
    start_time: Timestamp
    end_time: Timestamp
    hosts: list[str]
    name: str | None
    email: str
    expires_at: Timestamp
    created_at: Timestamp


class PaymentToRefund(Open, kw_only=True):
    """Payload of ``payment.to_refund``: a payment for a slot that was gone when it came."""

    event_type: str
    start_time: Timestamp
    email: str
    payment: Payment


class CancelInvitee(Struct):
    """Body of POST /openslot/invitees/{uuid}/cancellation."""

    reason: Annotated[str, Meta(max_length=10000)] | None = None


class ChangeScheduledEvent(Struct):
    """Body of PATCH /openslot/scheduled_events/{uuid}."""

    seats: Annotated[int, schema(minimum=2, maximum=9_999)]
    """Of a group event: 2 to 9,999, and no fewer than are taken."""


class TimeToMoveTo(Open):
    """Of GET /openslot/invitees/{uuid}/available_times."""

    start_time: str
    """UTC without fraction, as GET /event_type_available_times has it."""
    invitees_remaining: int


class RescheduleInvitee(Struct):
    """Body of POST /openslot/invitees/{uuid}/rescheduling."""

    start_time: Timestamp
    """One of those that GET /openslot/invitees/{uuid}/available_times names."""
    any_host: bool = False
    """Whether another host may be given; otherwise those of the event keep it."""
    set_aside: Annotated[list[Literal["NOTICE"]], Meta(max_length=1)] = []
    reason: Annotated[str, Meta(max_length=10000)] | None = None
