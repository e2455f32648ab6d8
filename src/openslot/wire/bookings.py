"""Booking with every option of the engine: OpenSlot's own calls, beside POST /invitees of Calendly's API."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from openslot.wire.bounds import EVENT_TYPE, MINUTES, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.invitees import CreateInvitee, Payment


class CreateBooking(CreateInvitee):
    """Body of POST /openslot/bookings: the fields of POST /invitees, and more."""

    duration: Annotated[int, MINUTES] | None = None
    """Minutes: one of the event type's durations."""
    hold: Annotated[str, Meta(max_length=200)] | None = None
    """Token of the hold on the start."""
    payment: Payment | None = None
    """The payment for the booking."""
    set_aside: Annotated[list[Literal["NOTICE"]], Meta(max_length=1)] = field(default_factory=list)
    """Rules that the host overrides; recorded on the event."""


class CreateHold(Struct):
    """Body of POST /openslot/holds."""

    event_type: Annotated[str, EVENT_TYPE]
    start_time: Timestamp
    """One of the event type's available times."""
    duration: Annotated[int, MINUTES] | None = None
    """Minutes: one of the event type's durations."""
    reason: Literal["form", "payment", "waitlist", "poll"] = "form"
    minutes: Annotated[int, Meta(ge=1, le=31 * 24 * 60)] | None = None
    """How long the hold lasts. Left out: 10 for a form, 30 for a payment."""


class Hold(Open, kw_only=True):
    """A slot that nobody else can book until ``expires_at``."""

    uri: str
    event_type: str
    start_time: Timestamp
    end_time: Timestamp
    reason: str
    """``form``, ``payment``, ``approval``, ``waitlist`` or ``poll``."""
    hosts: list[str]
    user: str | None
    """URI of the member who made the hold; ``None``: a visitor of the booking page."""
    email: str | None
    """The visitor's e-mail address, where a booking waits for a host's answer."""
    expires_at: Timestamp
    created_at: Timestamp


class NewHold(Hold, kw_only=True):
    """A new hold, with its token."""

    token: str
    """Books the slot or releases the hold; shown here and never again."""


class EndHold(Struct):
    """Body of DELETE /openslot/holds. The token is in the body so that no log contains it."""

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
    """Payload of ``payment.to_refund``: a payment that arrived after its slot was taken."""

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
    """Seats of a group event: 2 to 9,999, and no fewer than are taken."""


class TimeToMoveTo(Open):
    """A start to which an invitee can be moved. Source: GET /openslot/invitees/{uuid}/available_times."""

    start_time: str
    """UTC without fractional seconds, as in GET /event_type_available_times."""
    invitees_remaining: int


class RescheduleInvitee(Struct):
    """Body of POST /openslot/invitees/{uuid}/rescheduling."""

    start_time: Timestamp
    """One of the starts that GET /openslot/invitees/{uuid}/available_times lists."""
    any_host: bool = False
    """Whether another host may take the meeting; otherwise its hosts stay."""
    set_aside: Annotated[list[Literal["NOTICE"]], Meta(max_length=1)] = []
    reason: Annotated[str, Meta(max_length=10000)] | None = None
