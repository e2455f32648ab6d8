"""Why a start is not offered."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.client.parameters import Duration, EventTypeUri, Instant
from openslot.wire.explanations import Explanation


class Explain(One[Explanation]):
    """Every reason why a start of an event type is refused."""

    path = "/openslot/explanations"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """The start to explain."""
    duration: Duration | None = None
    """Minutes: one of the event type's durations."""
