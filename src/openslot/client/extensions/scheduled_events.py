"""Changes of planned events."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.client.parameters import Id
from openslot.wire import bookings
from openslot.wire.scheduled_events import ScheduledEvent


class UpdateScheduledEvent(One[ScheduledEvent]):
    """Give a planned group event more seats, or fewer down to those that are taken."""

    method: ClassVar = "PATCH"
    path = "/openslot/scheduled_events/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.ChangeScheduledEvent
