"""Holds, booking requests and late payments as our own API and the event log show them."""

from datetime import datetime
from uuid import UUID

from openslot.db import holds as rows
from openslot.presenters.uris import Uris
from openslot.wire.bookings import BookingRequest, Hold, NewHold, PaymentToRefund
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Payment


def hold(row: rows.Hold, uris: Uris) -> Hold:
    """The shape of GET /openslot/holds."""
    requested = {} if row.booking is None else row.booking["booking"]
    return Hold(
        uri=uris.extension("holds", row.id),
        event_type=uris.event_type(row.event_type_id),
        start_time=Timestamp.of(row.start_time),
        end_time=Timestamp.of(row.end_time),
        reason=row.reason,
        hosts=[uris.user(user) for user in row.user_ids],
        user=None if row.holder_id is None else uris.user(row.holder_id),
        email=requested.get("email"),
        expires_at=Timestamp.of(row.expires_at),
        created_at=Timestamp.of(row.created_at),
    )


def new_hold(row: rows.Hold, token: str, uris: Uris) -> NewHold:
    """The shape of POST /openslot/holds."""
    shown = hold(row, uris)
    return NewHold(**{name: getattr(shown, name) for name in Hold.__struct_fields__}, token=token)


def booking_request(row: rows.Hold, name: str | None, email: str, uris: Uris) -> BookingRequest:
    """The shape of GET /openslot/booking_requests."""
    return BookingRequest(
        uri=uris.extension("booking_requests", row.id),
        event_type=uris.event_type(row.event_type_id),
        start_time=Timestamp.of(row.start_time),
        end_time=Timestamp.of(row.end_time),
        hosts=[uris.user(user) for user in row.user_ids],
        name=name,
        email=email,
        expires_at=Timestamp.of(row.expires_at),
        created_at=Timestamp.of(row.created_at),
    )


def to_refund(event_type_id: UUID, start_time: datetime, email: str, payment: Payment, uris: Uris) -> PaymentToRefund:
    """What the event log contains of a payment that came too late."""
    return PaymentToRefund(
        event_type=uris.event_type(event_type_id),
        start_time=Timestamp.of(start_time),
        email=email,
        payment=payment,
    )
