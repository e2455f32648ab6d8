"""Days off of a host, or of everybody."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id, UserUri
from openslot.wire import days_off
from openslot.wire.days_off import DaysOff


class CreateDaysOff(One[DaysOff]):
    """Close days for a host, or for the whole organization."""

    method: ClassVar = "POST"
    path = "/openslot/days_off"
    scopes: ClassVar = ("availability:write",)
    body: days_off.CreateDaysOff


class ListDaysOff(Sortable[DaysOff], kw_only=True):
    """The days off of a host. Without ``user``: of the whole organization."""

    path = "/openslot/days_off"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class DeleteDaysOff(Nothing):
    """Open closed days again."""

    method: ClassVar = "DELETE"
    path = "/openslot/days_off/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
