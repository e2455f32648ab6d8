"""Changes of planned events."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.client.parameters import Id
from openslot.wire import bookings
from openslot.wire.scheduled_events import ScheduledEvent


class UpdateScheduledEvent(One[ScheduledEvent]):
    """Change the seats of a planned group event, to no fewer than are taken."""

    method: ClassVar = "PATCH"
    path = "/openslot/scheduled_events/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.ChangeScheduledEvent
