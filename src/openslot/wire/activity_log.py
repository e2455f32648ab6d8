"""The activity log: what happened in the organization, for its admins and owners."""

from typing import Any

from msgspec import UNSET, UnsetType

from openslot.wire.common import Open, Page


class ActorOrganization(Open):
    """The organization in which somebody acted."""

    uri: str
    role: str
    """``owner``, ``admin`` or ``user``."""


class ActivityLogActor(Open, kw_only=True):
    """Who made an API call."""

    type: str
    """``User``."""
    uri: str
    display_name: str
    alternative_identifier: str
    """The e-mail address."""
    organization: ActorOrganization | UnsetType = UNSET
    """Left out for who is not in it any more."""


class ActivityLogEntry(Open, kw_only=True):
    """One entry of the activity log. Source: GET /activity_log_entries."""

    uri: str
    namespace: str
    """What it is about, such as ``invitee``."""
    action: str
    """What happened to it, such as ``created``."""
    fully_qualified_name: str
    """``namespace`` and ``action``: the name of the event, as in webhooks."""
    occurred_at: str
    """UTC with three fractional digits."""
    organization: str
    details: dict[str, Any]
    """The event type and the users whom it concerns, the correlation id, and the payload of the webhook event."""
    actor: ActivityLogActor | UnsetType = UNSET
    """The user who made the call. Left out: an invitee on a page, or the service by itself."""


class ActivityLog(Page[ActivityLogEntry]):
    """A page of the activity log."""

    total_count: int
    """How many entries the filters leave, up to 10,000."""
    exceeds_max_total_count: bool
    """Whether there are more than ``total_count``."""
    last_event_time: str | None
    """When the newest of these entries occurred; ``None`` where there are none."""
