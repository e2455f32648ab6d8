"""Explanations: why a start is not offered. OpenSlot's own (ADR 0009)."""

from msgspec import UNSET, UnsetType

from openslot.wire.bookings import Hold
from openslot.wire.common import Open


class Reason(Open):
    """One reason why a start is refused."""

    code: str
    """Such as ``NOTICE`` or ``BUSY``. Source of the list: docs/api-extensions.md."""
    message: str
    """One English sentence."""
    host: str | None
    """URI of the user to whom it applies; ``None``: the whole event type."""
    source: str | None
    """Where it comes from, such as ``schedule`` or ``scheduled_event``."""
    source_id: str | None
    """UUID of the scheduled event, or of the one that a hold would become."""
    numbers: dict[str, int | float | str | None]
    """The values that decided: times in UTC, durations in minutes."""
    holds: list[Hold] | UnsetType = UNSET
    """The holds in the way, and who made them; left out where there are none."""


class Explanation(Open):
    """Whether an event type is offered at a start, and if not, why. Source: GET /openslot/explanations."""

    event_type: str
    """URI."""
    start_time: str
    """UTC."""
    offered: bool
    """True exactly when there are no reasons."""
    reasons: list[Reason]
    set_aside: list[Reason] | UnsetType = UNSET
    """Reasons against a host that do not count on this day; left out where there are none."""
