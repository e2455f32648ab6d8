"""The event log: OpenSlot's own, see docs/api-extensions.md."""

from typing import Any

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class LoggedEvent(Open):
    """One event of the log, with the payload that was delivered."""

    uri: str
    event: str
    """Its name: that of a webhook event, or one of OpenSlot's own."""
    occurred_at: Timestamp
    correlation_id: str
    """Shared by the events of one request or job, by its log lines and by its deliveries."""
    event_type: str | None
    users: list[str]
    """URIs of the users whom it concerns."""
    test: bool
    """Whether it is a test event, made for one webhook subscription."""
    erased_at: Timestamp | None
    """When its personal data was erased."""
    payload: dict[str, Any]
    """The payload as webhooks deliver it."""
