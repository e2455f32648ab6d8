"""Holds: slots kept until a given time."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id
from openslot.wire import bookings
from openslot.wire.bookings import Hold, NewHold


class CreateHold(One[NewHold]):
    """Hold a start, or a seat of it, until a given time."""

    method: ClassVar = "POST"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.CreateHold


class EndHold(Nothing):
    """Release a hold by its token; no error if it has ended already."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.EndHold


class ListHolds(Sortable[Hold]):
    """The present holds that the caller may end.

    A member's are those that the member made, those on the member's own time, and those on the time of members of a
    group whose admin the member is. Admins and owners of the organization see all.
    """

    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:read",)


class DeleteHold(Nothing):
    """End a hold, no matter who made it. A booking that waits for a host's answer can't be ended so."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
