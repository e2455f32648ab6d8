"""Available times for one of several durations."""

from typing import ClassVar

from openslot.client.operation import All
from openslot.client.parameters import Duration, EventTypeUri, Instant
from openslot.wire.event_types import AvailableTime


class ListAvailableTimes(All[AvailableTime]):
    """Like ``ListEventTypeAvailableTimes``, for one of several durations."""

    path = "/openslot/available_times"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """Included."""
    end_time: Instant
    """Excluded."""
    duration: Duration | None = None
    """Minutes: one of the event type's durations."""
