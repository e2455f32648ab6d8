"""Availability schedules: the named hours of a host."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id, UserUri
from openslot.wire import availability_schedules
from openslot.wire.availability_schedules import Schedule


class CreateSchedule(One[Schedule]):
    """Create a schedule: named hours of a host."""

    method: ClassVar = "POST"
    path = "/openslot/availability_schedules"
    scopes: ClassVar = ("availability:write",)
    body: availability_schedules.CreateSchedule


class ListSchedules(Sortable[Schedule], kw_only=True):
    """The schedules of a host. Without ``user``: the caller's."""

    path = "/openslot/availability_schedules"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class GetSchedule(One[Schedule]):
    """One schedule."""

    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:read",)
    uuid: Id


class UpdateSchedule(One[Schedule]):
    """Change a schedule; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
    body: availability_schedules.ChangeSchedule


class DeleteSchedule(Nothing):
    """Delete a schedule, except the default one and those that an event type uses."""

    method: ClassVar = "DELETE"
    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
