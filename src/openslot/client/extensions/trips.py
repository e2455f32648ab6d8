"""Trips: days on which a host works in another time zone."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id, UserUri
from openslot.wire import trips
from openslot.wire.trips import Trip


class CreateTrip(One[Trip]):
    """Apply a host's hours in another time zone for some days."""

    method: ClassVar = "POST"
    path = "/openslot/trips"
    scopes: ClassVar = ("availability:write",)
    body: trips.CreateTrip


class ListTrips(Sortable[Trip], kw_only=True):
    """The trips of a host. Without ``user``: the caller's."""

    path = "/openslot/trips"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class DeleteTrip(Nothing):
    """Delete a trip."""

    method: ClassVar = "DELETE"
    path = "/openslot/trips/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
