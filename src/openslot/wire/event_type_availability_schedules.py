"""The hours of an event type's hosts: those of a schedule, or some for the event type alone."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from openslot.wire.availability_schedules import RULES_AS_ANSWERED, RULES_AS_SENT, Rules
from openslot.wire.bounds import USER, ZONE
from openslot.wire.common import Open


class HostHours(Open, kw_only=True):
    """The hours of a host for an event type."""

    answered_as: ClassVar[dict[str, Any]] = RULES_AS_ANSWERED

    timezone: str
    """IANA name."""
    uri: str | UnsetType = UNSET
    """URI of the availability schedule from which they are. Left out: they are for this event type alone."""
    name: str | None
    """The schedule's name."""
    user: str
    """URI of the host."""
    rules: Rules


class EventTypeAvailabilitySchedule(Open, kw_only=True):
    """The hours of one host. Source: GET /event_type_availability_schedules."""

    event_type: str
    availability_setting: str = "host"
    """Always ``host``: every host has hours of the host's own."""
    availability_rule: HostHours


class ChangeHostHours(Struct, kw_only=True):
    """The hours of a host for this event type alone."""

    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: Rules | UnsetType = UNSET
    """They replace all; no day has two. Left out: those that there are, in the new zone."""
    user: Annotated[str, USER] | None = None
    """URI of a host. Left out: the caller."""


class ChangeEventTypeAvailabilitySchedule(Struct):
    """Body of PATCH /event_type_availability_schedules."""

    availability_rule: ChangeHostHours
    availability_setting: Literal["host"] = "host"
