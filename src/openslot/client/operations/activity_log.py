"""The activity log, and what was sent."""

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from openslot.client.operation import Many, Sortable
from openslot.client.parameters import (
    Instant,
    LogCount,
    OrganizationUri,
)
from openslot.wire.activity_log import ActivityLog, ActivityLogEntry
from openslot.wire.outgoing_communications import OutgoingCommunication, OutgoingCommunications


class ListActivityLogEntries(Sortable[ActivityLogEntry], kw_only=True):
    """What happened in the organization, for its owners and admins.

    Lists of ``actor``, ``namespace`` and ``action`` are separated by commas.
    """

    path = "/activity_log_entries"
    scopes: ClassVar = ("activity_log:read",)
    sort_fields: ClassVar = ("action", "actor.display_name", "actor.uri", "namespace", "occurred_at")
    usual_sort: ClassVar = "occurred_at:desc"
    organization: OrganizationUri
    count: LogCount | None = None
    """Rows per page, 1 to 1000. Left out: 20."""
    search_term: Annotated[str, Meta(max_length=300)] | None = None
    """Words that all occur in the entry. `|`: or; `+`: and; `-`: not; `"..."`: a phrase; `(...)`; `word*`: a prefix."""
    actor: str | None = None
    """URIs of users."""
    namespace: str | None = None
    """Such as `invitee,event_type`."""
    action: str | None = None
    """Such as `created,canceled`."""
    min_occurred_at: Instant | None = None
    """Only entries of then or later."""
    max_occurred_at: Instant | None = None
    """Only entries of then or earlier."""

    @classmethod
    def envelope(cls) -> Any:
        return ActivityLog


class ListOutgoingCommunications(Many[OutgoingCommunication], kw_only=True):
    """Messages to invitees and hosts about meetings, for owners and admins.

    OpenSlot sends none yet, so its list is empty.
    """

    path = "/outgoing_communications"
    scopes: ClassVar = ("outgoing_communications:read",)
    organization: OrganizationUri
    min_created_at: Instant | None = None
    """Only messages of then or later."""
    max_created_at: Instant | None = None
    """Only messages of then or earlier."""

    @classmethod
    def envelope(cls) -> Any:
        return OutgoingCommunications
