"""Scheduled events."""

from typing import ClassVar

from openslot.client.operation import One, Sortable
from openslot.client.parameters import (
    GroupUri,
    Id,
    Instant,
    OrganizationUri,
    Status,
    UserUri,
)
from openslot.wire import (
    scheduled_events,
)
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent


class ListScheduledEvents(Sortable[ScheduledEvent], kw_only=True):
    """The meetings of a user, of the organization, or of the members of a group.

    Name ``user``, ``organization`` or both, or ``organization`` and ``group``.
    """

    path = "/scheduled_events"
    scopes: ClassVar = ("scheduled_events:read",)
    sort_fields: ClassVar = ("start_time",)
    usual_sort: ClassVar = "start_time:asc"
    user: UserUri | None = None
    organization: OrganizationUri | None = None
    group: GroupUri | None = None
    invitee_email: str | None = None
    """E-mail address of an invitee."""
    status: Status | None = None
    """``active`` or ``canceled``."""
    min_start_time: Instant | None = None
    """Only meetings that start then or later."""
    max_start_time: Instant | None = None
    """Only meetings that start then or earlier."""


class GetScheduledEvent(One[ScheduledEvent]):
    """One meeting."""

    path = "/scheduled_events/{uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id


class CancelEvent(One[Cancellation]):
    """Cancel a meeting for all of its invitees."""

    method: ClassVar = "POST"
    path = "/scheduled_events/{uuid}/cancellation"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: scheduled_events.CancelEvent | None = None
