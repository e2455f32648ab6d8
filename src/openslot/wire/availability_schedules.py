"""Availability schedules: named hours of a host, in the shapes of Calendly's calls and of our own."""

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType, field

from openslot.wire.bounds import RULE, USER, WEEKDAYS, ZONE
from openslot.wire.codec import Timestamp
from openslot.wire.common import KEYS_OF, Open
from openslot.wire.names import Name

RULES_AS_SENT: dict[str, Any] = {"properties": {"rules": {"items": RULE}}}
RULES_AS_ANSWERED: dict[str, Any] = {
    "properties": {
        "rules": {
            "items": {
                "properties": {
                    "type": {"type": "string", "enum": ["wday", "date"]},
                    "wday": {"type": "string", "enum": WEEKDAYS},
                    "date": {"type": "string", "format": "date"},
                    "intervals": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
                            "required": ["from", "to"],
                        },
                    },
                },
                "required": ["type", "intervals"],
            }
        }
    }
}


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


class Hours(Open):
    """The default availability schedule."""

    answered_as: ClassVar[dict[str, Any]] = RULES_AS_ANSWERED
    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: Rules


class AvailabilitySchedule(Open, kw_only=True):
    """A host's named hours. Source: GET /user_availability_schedules/{uuid}."""

    answered_as: ClassVar[dict[str, Any]] = RULES_AS_ANSWERED

    uri: str
    default: bool
    """Whether it counts where an event type names none."""
    name: str
    user: str
    timezone: str
    """IANA name."""
    rules: Rules


class CreateAvailabilitySchedule(Struct):
    """Body of POST /user_availability_schedules."""

    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    name: Name
    timezone: Annotated[str, ZONE]
    """IANA name."""
    rules: Rules
    """Exactly one of type ``wday`` for each weekday; those of type ``date`` are not in the past."""


class ChangeAvailabilitySchedule(Struct, kw_only=True):
    """Body of PATCH /user_availability_schedules/{uuid}; what is left out stays."""

    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    name: Name | UnsetType = UNSET
    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    rules: Rules | UnsetType = UNSET
    """In place of all there were; as in POST, but those of type ``date`` may be of yesterday."""
    default: bool | UnsetType = UNSET
    """The default one can't be made none: make another one the default."""


class CreateSchedule(Struct):
    """Body of POST /openslot/availability_schedules."""

    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

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

    sent_as: ClassVar[dict[str, Any]] = RULES_AS_SENT

    name: Name | UnsetType = UNSET
    timezone: Annotated[str, ZONE] | UnsetType = UNSET
    """IANA name."""
    rules: Rules | UnsetType = UNSET
    default: bool | UnsetType = UNSET
    """The default one can't be made none: make another one the default."""


class Schedule(Open, kw_only=True):
    """A host's named hours."""

    answered_as: ClassVar[dict[str, Any]] = RULES_AS_ANSWERED

    uri: str
    user: str
    name: str
    default: bool
    """Whether it counts where an event type names none."""
    timezone: str
    rules: Rules
    created_at: Timestamp
    updated_at: Timestamp
