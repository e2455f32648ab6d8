"""Shares: links to an event type that change some of its settings for those who book through them."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType, field

from openslot.wire.availability_schedules import RULES_AS_ANSWERED, RULES_AS_SENT
from openslot.wire.bounds import DURATIONS, LOCATION, MINUTES, NAME, ZONE, named_uri, schema
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

    answered_as: ClassVar[dict[str, Any]] = RULES_AS_ANSWERED
    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: list[dict[str, Any]]
    """Rules like those of an availability schedule."""


class ShareOverride(Open, kw_only=True):
    """The settings of the link, whether they were given or copied from the event type."""

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
    """Hours of the link. Left out: the hosts' own."""


class Share(Open):
    """A link for one booking, with its settings. Source: POST /shares."""

    scheduling_links: list[SchedulingLink]
    share_override: ShareOverride


class CreateShare(Struct, kw_only=True):
    """Body of POST /shares; what is left out is copied from the event type."""

    event_type: Annotated[str, named_uri("event_types")]
    """URI of an event type that is not a one-off."""
    name: Annotated[str, NAME] | None = None
    duration: Annotated[int, MINUTES] | None = None
    """One of ``duration_options``, if there are any."""
    duration_options: Annotated[list[Annotated[int, MINUTES]], DURATIONS] | None = None
    period_type: PeriodType | None = None
    start_date: date | None = None
    end_date: date | None = None
    """Not before ``start_date``. A fixed period needs both, here or in the event type."""
    max_booking_time: Annotated[int, schema(minimum=0, maximum=3650)] | None = None
    """Days ahead. A moving period needs it, here or in the event type."""
    hide_location: bool | None = None
    """Allowed only with a single custom location."""
    location_configurations: list[ShareLocation] | None = None
    availability_rule: ShareHours | None = None
