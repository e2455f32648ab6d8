"""Scheduling links: addresses at which one event type can be booked until they end."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from openslot.wire.bounds import EVENT_TYPE, MAX_INTEGER, named_uri, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class SchedulingLink(Open):
    """An address at which an event type can be booked. Source: POST /scheduling_links."""

    booking_url: str
    owner: str
    """URI of the event type."""
    owner_type: str = "EventType"


class CreateSchedulingLink(Struct):
    """Body of POST /scheduling_links."""

    max_event_count: Literal[1, "1"]
    owner: Annotated[str, named_uri("event_types")]
    """URI of an event type that is not a one-off."""
    owner_type: Literal["EventType"]


class CreateLastingLink(Struct):
    """Body of POST /openslot/scheduling_links."""

    event_type: Annotated[str, EVENT_TYPE]
    """URI of an event type that is not a one-off."""
    max_uses: Annotated[int, Meta(le=MAX_INTEGER), schema(minimum=1)] | None = None
    """Number of bookings. Left out: any number."""
    expires_at: Timestamp | None = None
    """In the future. Left out: never."""
    returns_on_cancel: bool = False
    """Whether a canceled booking gives its use back."""
