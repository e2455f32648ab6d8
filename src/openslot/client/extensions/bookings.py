"""Bookings with everything that the engine can do."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.wire import bookings
from openslot.wire.invitees import Invitee


class CreateBooking(One[Invitee]):
    """Like ``CreateEventInvitee``, with a duration, a hold and a payment."""

    method: ClassVar = "POST"
    path = "/openslot/bookings"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.CreateBooking
