"""The event log."""

from typing import ClassVar

from openslot.client.operation import Sortable
from openslot.client.parameters import Instant
from openslot.wire.events import LoggedEvent


class ListEvents(Sortable[LoggedEvent]):
    """The event log of the organization, newest first."""

    path = "/openslot/events"
    scopes: ClassVar = ("activity_log:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:desc"
    event: str | None = None
    """Only events with this name, such as ``invitee.created``."""
    since: Instant | None = None
    """Only events that happened then or later."""
