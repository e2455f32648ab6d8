"""A booking request as its hold keeps it."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from openslot.db.holds import Hold
from openslot.services.booking.command import Booking


@dataclass(frozen=True)
class BookingRequest:
    """A hold for approval, and what is to be booked."""

    hold: Hold
    booking: Booking
    link_id: UUID | None

    @property
    def name(self) -> str:
        """The invitee's."""
        one = self.booking
        return one.name or " ".join(part for part in (one.first_name, one.last_name) if part)


def read(hold: Hold) -> BookingRequest:
    """The request that a hold for approval keeps."""
    assert hold.booking is not None  # what a hold for approval is made with
    link_id = hold.booking["scheduling_link_id"]
    wanted = msgspec.convert(hold.booking["booking"], Booking)
    return BookingRequest(hold, wanted, None if link_id is None else UUID(link_id))
