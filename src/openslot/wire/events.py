"""The event log as it is read. Ours, see docs/api-extensions.md."""

from typing import Any

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class LoggedEvent(Open):
    """One business event, as it was told."""

    uri: str
    event: str
    """As in webhooks, or a name of OpenSlot's own."""
    occurred_at: Timestamp
    correlation_id: str
    """Shared by the events of one act, by its lines in the logs and by its deliveries."""
    event_type: str | None
    users: list[str]
    """Whom it concerns."""
    test: bool
    """Made up, for one webhook subscription."""
    erased_at: Timestamp | None
    """When its personal data was erased."""
    payload: dict[str, Any]
    """As webhooks carry it."""
