"""Trips: days on which a host works in another time zone."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id, UserUri
from openslot.wire import availability
from openslot.wire.availability import Trip


class CreateTrip(One[Trip]):
    """Read a host's hours in another zone for some days."""

    method: ClassVar = "POST"
    path = "/openslot/trips"
    scopes: ClassVar = ("availability:write",)
    body: availability.CreateTrip


class ListTrips(Sortable[Trip], kw_only=True):
    """The trips of a host; the caller's where none is named."""

    path = "/openslot/trips"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class DeleteTrip(Nothing):
    """Take a trip back."""

    method: ClassVar = "DELETE"
    path = "/openslot/trips/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
