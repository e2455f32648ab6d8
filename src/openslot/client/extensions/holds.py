"""Holds: slots kept until a given time."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id
from openslot.wire import bookings
from openslot.wire.bookings import Hold, NewHold


class CreateHold(One[NewHold]):
    """Keep a start, or a seat of it, until a moment that is always set."""

    method: ClassVar = "POST"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.CreateHold


class EndHold(Nothing):
    """Give a hold up; well too where it has ended by itself."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.EndHold


class ListHolds(Sortable[Hold]):
    """The standing holds that the caller may end.

    Those of one's own, on one's own time, and on that of the people in one's groups; all for admins and owners.
    """

    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:read",)


class DeleteHold(Nothing):
    """End a hold, whoever made it; a booking that waits for a host's answer is refused."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
