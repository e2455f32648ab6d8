"""Booking requests, which wait for a host's answer."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One
from openslot.client.parameters import Id
from openslot.wire.bookings import BookingRequest
from openslot.wire.invitees import Invitee


class ListBookingRequests(All[BookingRequest]):
    """The booking requests that the caller may answer, by start."""

    path = "/openslot/booking_requests"
    scopes: ClassVar = ("scheduled_events:read",)


class ApproveBookingRequest(One[Invitee]):
    """Approve a booking request: make the booking."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/approval"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id


class RefuseBookingRequest(Nothing):
    """Refuse a booking request: release its slot."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/refusal"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
