"""What bounds a host's availability besides busy time: limits, days off, trips, holidays, weeks; all of it ours."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from openslot.wire.bounds import EVENT_TYPE, REGION, RULE, SEEN, SLUG, USER, ZONE, schema, uri_of
from openslot.wire.codec import Timestamp
from openslot.wire.common import KEYS_OF, Open

WHOM = schema(**uri_of("users", "organizations"))
"""Somebody, or everybody."""

Name = Annotated[str, Meta(min_length=1, max_length=255), schema(**SEEN)]
_RULES: dict[str, Any] = {"properties": {"rules": {"items": RULE}}}
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Interval(Struct):
    """From when to when, ``hh:mm`` by the clock of the schedule's zone."""

    start: str = field(name="from")
    to: str


class Rule(Struct, kw_only=True):
    """What a rule of a schedule may say: the hours of a weekday, or of one date. Read by ``core.availability``."""

    type: str
    wday: str | None = None
    date: str | None = None
    intervals: list[Interval]


Rules = Annotated[list[dict[str, Any]], Meta(extra={KEYS_OF: Rule})]


class PutLimit(Struct):
    """Body of PUT /openslot/limits: of an event type, a host, or (with neither) the organization."""

    sent_as: ClassVar[dict[str, Any]] = {
        "anyOf": [{"properties": {"event_type": {"type": "null"}}}, {"properties": {"user": {"type": "null"}}}]
    }

    period: Literal["day", "week", "month"]
    maximum: Annotated[int, Meta(ge=0, le=1_000_000)]
    event_type: Annotated[str, EVENT_TYPE] | None = None
    user: Annotated[str, USER] | None = None


class Limit(Open, kw_only=True):
    """At most so many events that start in one day, week or month of its owner."""

    uri: str
    period: str
    maximum: int
    event_type: str | None
    user: str | None
    created_at: Timestamp


class CreateDaysOff(Struct):
    """Body of POST /openslot/days_off; without a user they are everybody's."""

    name: Name
    first_day: date
    last_day: date
    """Included; not before ``first_day``, and within three years of it."""
    user: Annotated[str, USER] | None = None


class DaysOff(Open, kw_only=True):
    """Days on which a host, or everybody, does not work; a date override beats them."""

    uri: str
    name: str
    first_day: date
    last_day: date
    user: str | None
    created_at: Timestamp


class CreateTrip(Struct):
    """Body of POST /openslot/trips."""

    first_day: date
    timezone: Annotated[str, ZONE]
    """IANA name."""
    last_day: date | None = None
    """Included, not before ``first_day``; left out: until further notice."""
    user: Annotated[str, USER] | None = None
    """The caller where it is left out."""


class Trip(Open, kw_only=True):
    """Days on which a host's hours are read in another zone."""

    uri: str
    user: str
    first_day: date
    last_day: date | None
    timezone: str
    created_at: Timestamp


class Hours(Open):
    """The default availability schedule."""

    sent_as: ClassVar[dict[str, Any]] = _RULES

    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: Rules


class CreateSchedule(Struct):
    """Body of POST /openslot/availability_schedules."""

    sent_as: ClassVar[dict[str, Any]] = _RULES

    name: Name
    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: Rules
    """As those of ``availability`` in PATCH /openslot/users; no day has two."""
    default: bool = False
    user: Annotated[str, USER] | None = None
    """The caller where it is left out."""


class ChangeSchedule(Struct, kw_only=True):
    """Body of PATCH; what is left out stays."""

    sent_as: ClassVar[dict[str, Any]] = _RULES

    name: Name | UnsetType = UNSET
    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    rules: Rules | UnsetType = UNSET
    default: bool | UnsetType = UNSET
    """The default one can't be made none: make another one the default."""


class Schedule(Open, kw_only=True):
    """A host's named hours."""

    uri: str
    user: str
    name: str
    default: bool
    """Whether it counts where an event type names none."""
    timezone: str
    rules: Rules
    created_at: Timestamp
    updated_at: Timestamp


class HostPreferences(Open, kw_only=True):
    """How a host's days and weeks are reckoned."""

    user: str
    slug: str
    """The user's part of booking links."""
    scheduling_url: str
    timezone: str
    """The user's own, IANA name; the hours have one of theirs."""
    week_start: str
    holiday_region: str | None
    """ISO 3166 country, or subdivision such as US-CA, whose public holidays close the day."""
    worked_holidays: list[str]
    """Names of holidays that do not."""
    availability: Hours | None
    hosts_for: list[str]
    """URIs of the colleagues who may name the user as a host of their event types without an admin; that of the
    organization stands for all of them."""


class ChangeHostPreferences(Struct, kw_only=True):
    """Body of PATCH; what is left out stays."""

    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters, digits and hyphens, kept in lower case; the old address leads to the new one for good."""
    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    week_start: Weekday | UnsetType = UNSET
    holiday_region: Annotated[str, REGION] | UnsetType | None = UNSET
    """ISO 3166 country, or subdivision such as US-CA, whose public holidays are known."""
    worked_holidays: Annotated[list[Name], Meta(max_length=100)] | UnsetType = UNSET
    """Names of holidays of the region."""
    availability: Hours | UnsetType = UNSET
    hosts_for: Annotated[list[Annotated[str, WHOM]], Meta(max_length=1000)] | UnsetType = UNSET
    """The whole list, URIs of users or of the organization. Who is taken off it keeps the hosts of before."""


class OrganizationPreferences(Open):
    """By which calendar the organization's limits are reckoned."""

    organization: str
    timezone: str
    week_start: str


class ChangeOrganizationPreferences(Struct):
    """Body of PATCH; what is left out stays."""

    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    week_start: Weekday | UnsetType = UNSET


class Holiday(Open):
    """A public holiday."""

    date: date
    name: str
