"""Shares: a link to an event type that changes some of it for those who book through it."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType, field

from openslot.wire.bounds import DURATIONS, LOCATION, MINUTES, NAME, RULE, ZONE, named_uri, schema
from openslot.wire.common import Open
from openslot.wire.scheduling_links import SchedulingLink

PeriodType: TypeAlias = Literal["available_moving", "moving", "fixed", "unlimited"]


class ShareLocation(Open):
    """One location that an invitee may choose."""

    sent_as: ClassVar[dict[str, Any]] = LOCATION

    kind: str
    location: str | None = None
    additional_info: str | None = None
    phone_number: str | None = None
    position: int = 0


class ShareHours(Open):
    """Hours in place of the hosts' own."""

    sent_as: ClassVar[dict[str, Any]] = {"properties": {"rules": {"items": RULE}}}

    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: list[dict[str, Any]]
    """As those of an availability schedule."""


class ShareOverride(Open, kw_only=True):
    """What holds for who books through the link, whether it was given or copied from the event type."""

    name: str
    duration: int
    """Minutes."""
    duration_options: list[int] | None = None
    period_type: str
    """As in ``CreateShare``: ``moving`` counts calendar days, ``available_moving`` Mondays to Fridays.

    Source: ADR 0011.
    """
    start_date: date | None = None
    end_date: date | None = None
    max_booking_time: int | None = None
    """Days ahead."""
    hide_location: bool | None = None
    location_configurations: list[ShareLocation] = field(default_factory=list)
    availability_rule: ShareHours | UnsetType = UNSET
    """Left out: the hosts' own hours."""


class Share(Open):
    """A link for one booking, and what holds there. Source: POST /shares."""

    scheduling_links: list[SchedulingLink]
    share_override: ShareOverride


class CreateShare(Struct, kw_only=True):
    """Body of POST /shares; what is left out is copied from the event type."""

    event_type: Annotated[str, named_uri("event_types")]
    """URI of an event type that is no one-off."""
    name: Annotated[str, NAME] | None = None
    duration: Annotated[int, MINUTES] | None = None
    """One of ``duration_options``, where there are some."""
    duration_options: Annotated[list[Annotated[int, MINUTES]], DURATIONS] | None = None
    period_type: PeriodType | None = None
    start_date: date | None = None
    end_date: date | None = None
    """Not before ``start_date``; a fixed period needs both, from here or from the event type."""
    max_booking_time: Annotated[int, schema(minimum=0, maximum=3650)] | None = None
    """Days ahead; a moving period needs it, from here or from the event type."""
    hide_location: bool | None = None
    """Only for a single custom location."""
    location_configurations: list[ShareLocation] | None = None
    availability_rule: ShareHours | None = None
