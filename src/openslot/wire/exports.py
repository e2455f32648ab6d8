"""Lines of exports that are more than one resource."""

from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import ScheduledEvent


class ExportedScheduledEvent(ScheduledEvent, kw_only=True):
    """A scheduled event with all its invitees, canceled ones included."""

    invitees: list[Invitee]
