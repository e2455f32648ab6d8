"""Explanations: why a start is not offered. Our own, beside the API (ADR 0009)."""

from msgspec import UNSET, UnsetType

from openslot.wire.bookings import Hold
from openslot.wire.common import Open


class Reason(Open):
    """One thing that refuses a start."""

    code: str
    """Such as ``NOTICE`` or ``BUSY``. Source of the list: docs/api-extensions.md."""
    message: str
    """One English sentence."""
    host: str | None
    """URI of the user it holds for; ``None``: for the event type as a whole."""
    source: str | None
    """What it comes from, such as ``schedule`` or ``scheduled_event``."""
    source_id: str | None
    """UUID of the scheduled event, or of the one that a hold would become."""
    numbers: dict[str, int | float | str | None]
    """The figures that decided: times in UTC, spans in minutes."""
    holds: list[Hold] | UnsetType = UNSET
    """Which holds stand there, and whose they are; left out where there are none."""


class Explanation(Open):
    """Whether an event type is offered at a start, and why not. Source: GET /openslot/explanations."""

    event_type: str
    """URI."""
    start_time: str
    """UTC."""
    offered: bool
    """True exactly when there are no reasons."""
    reasons: list[Reason]
    set_aside: list[Reason] | UnsetType = UNSET
    """Reasons that would stand against a host and do not on this day; left out where there are none."""
