"""Event types with everything the engine knows about them; ours, beside the event type of Calendly's API."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from openslot.wire.bounds import (
    CUTOFF,
    DURATIONS,
    LOCALES,
    MINUTES,
    MOST_MINUTES,
    NAME,
    SLUG,
    named_uri,
    schema,
    uri_of,
)
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.event_types import CustomQuestion, LocationConfiguration


class HostSetting(Open):
    """Somebody who serves the event type. The order of the list is their order in it."""

    sent_as: ClassVar[dict[str, Any]] = {
        "properties": {
            "user": uri_of("users"),
            "pool": {"minimum": 0, "maximum": 499},
            "priority": {"minimum": 1, "maximum": 4},
            "weight": {"minimum": 1, "maximum": 1_000_000},
        }
    }

    user: str
    """URI; nobody is named twice."""
    pool: int = 0
    """Number of the pool, for ``multi_pool``."""
    priority: int = 2
    """1 to 4 stars, for a round robin that maximizes availability."""
    weight: int = 100
    """Share in a round robin that distributes equally, in proportion to the others'."""


class QuestionSetting(CustomQuestion, omit_defaults=True):
    """A question of the booking form, with what Calendly's API does not know of it."""

    hidden: bool = False
    """Kept from the page, which takes an answer from its address all the same; never together with ``required``."""


def is_hidden(question: CustomQuestion) -> bool:
    """Whether a question is kept from the page."""
    return isinstance(question, QuestionSetting) and question.hidden


class DateRange(Open):
    """Which days can be booked, in the zone of the hosts' schedules."""

    kind: str
    days: int | None = None
    """``rolling``: so many days after today."""
    business_days: bool = False
    """``rolling``: count Mondays to Fridays alone."""
    first: date | None = None
    """``fixed``: included."""
    last: date | None = None
    """``fixed``: included."""


class DateRangeSetting(DateRange):
    """Which days are to be bookable, in the zone of the hosts' schedules."""

    sent_as: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"properties": {"kind": {"const": "indefinite"}}},
            {
                "properties": {
                    "kind": {"const": "rolling"},
                    "days": {"type": "integer", "minimum": 0, "maximum": 3650},
                },
                "required": ["days"],
            },
            {
                "properties": {
                    "kind": {"const": "fixed"},
                    "first": {"type": "string", "format": "date"},
                    "last": {"type": "string", "format": "date"},
                },
                "required": ["first", "last"],
            },
        ]
    }

    kind: Literal["indefinite", "rolling", "fixed"]
    """``fixed``: ``last`` is not before ``first``."""


class Reconfirmation(Open):
    """Asking invitees to confirm again."""

    ask_minutes: int
    """Before the start."""
    by_minutes: int | None = None
    """Before the start: until then an answer is waited for."""
    action: str = "nothing"
    """Where none has come: ``nothing``, ``tell`` or ``cancel``."""


class ReconfirmationSetting(Reconfirmation):
    """How invitees are to be asked to confirm again."""

    sent_as: ClassVar[dict[str, Any]] = {
        "properties": {
            "ask_minutes": {"minimum": 1, "maximum": MOST_MINUTES},
            "by_minutes": {
                "anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST_MINUTES - 1}, {"type": "null"}],
                "description": "Before the start: until then an answer is waited for; less than `ask_minutes`.",
            },
        }
    }

    action: Literal["nothing", "tell", "cancel"] = "nothing"


class EventTypeSettings(Open, kw_only=True):
    """One event type. Spans are minutes."""

    uri: str
    owner: str
    name: str
    slug: str
    scheduling_url: str
    active: bool
    kind: str
    pooling_type: str | None
    seats: int
    duration: int
    duration_options: list[int] | None
    description: str | None
    internal_note: str | None
    color: str
    locale: str
    position: int
    secret: bool
    admin_managed: bool
    locations: list[LocationConfiguration]
    custom_questions: list[QuestionSetting]
    buffer_before: int
    buffer_after: int
    notice: int
    increment: int
    date_range: DateRange
    availability_schedule: str | None
    """URI of one of the owner's; null: the default one, as every other host's."""
    round_robin_mode: str
    lead_threshold: int | None
    pool_sizes: list[int] | None
    hosts: list[HostSetting]
    requires_approval: bool
    cancel_cutoff: int | None
    reschedule_cutoff: int | None
    reconfirmation: Reconfirmation | None
    created_at: Timestamp
    updated_at: Timestamp


class ChangeEventType(Struct, kw_only=True):
    """Body of PATCH; what is left out stays as it is."""

    name: Annotated[str, NAME] | UnsetType = UNSET
    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters, digits and hyphens, kept in lower case; the old address leads to the new one for good."""
    active: bool | UnsetType = UNSET
    seats: Annotated[int, schema(minimum=1, maximum=9_999)] | UnsetType = UNSET
    """2 or more for a group, 1 otherwise."""
    duration: Annotated[int, MINUTES] | UnsetType = UNSET
    duration_options: Annotated[list[Annotated[int, MINUTES]], DURATIONS] | UnsetType | None = UNSET
    """``duration`` is one of them."""
    description: str | UnsetType | None = UNSET
    internal_note: str | UnsetType | None = UNSET
    color: Annotated[str, schema(pattern="^#[0-9a-fA-F]{6}$")] | UnsetType = UNSET
    locale: Annotated[str, schema(enum=LOCALES)] | UnsetType = UNSET
    position: Annotated[int, schema(minimum=0, maximum=MOST_MINUTES)] | UnsetType = UNSET
    admin_managed: bool | UnsetType = UNSET
    locations: list[LocationConfiguration] | UnsetType = UNSET
    custom_questions: Annotated[list[QuestionSetting], schema(maxItems=10)] | UnsetType = UNSET
    """Of different names."""
    buffer_before: Annotated[int, schema(minimum=0, maximum=1440)] | UnsetType = UNSET
    buffer_after: Annotated[int, schema(minimum=0, maximum=1440)] | UnsetType = UNSET
    notice: Annotated[int, CUTOFF] | UnsetType = UNSET
    increment: Annotated[int, MINUTES] | UnsetType = UNSET
    date_range: DateRangeSetting | UnsetType = UNSET
    availability_schedule: Annotated[str, named_uri("user_availability_schedules")] | UnsetType | None = UNSET
    """URI of one of the owner's."""
    round_robin_mode: Literal["maximize_availability", "equal_distribution"] | UnsetType = UNSET
    lead_threshold: Annotated[int, schema(minimum=1, maximum=1_000)] | UnsetType | None = UNSET
    pool_sizes: (
        Annotated[list[Annotated[int, schema(minimum=1, maximum=500)]], schema(minItems=1, maxItems=500)]
        | UnsetType
        | None
    ) = UNSET
    """For ``multi_pool``: how many of each pool are needed, as many as are in it at most."""
    hosts: Annotated[list[HostSetting], schema(minItems=1, maxItems=500)] | UnsetType = UNSET
    """The owner alone where there is no pooling."""
    requires_approval: bool | UnsetType = UNSET
    cancel_cutoff: Annotated[int, CUTOFF] | UnsetType | None = UNSET
    reschedule_cutoff: Annotated[int, CUTOFF] | UnsetType | None = UNSET
    reconfirmation: ReconfirmationSetting | UnsetType | None = UNSET


class CreateEventType(ChangeEventType, kw_only=True):
    """Body of POST; what is left out is as in a new account."""

    name: Annotated[str, NAME]
    duration: Annotated[int, MINUTES]
    owner: Annotated[str, named_uri("users")] | UnsetType = UNSET
    """URI of a user; the caller where it is left out."""
    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters a to z, digits, hyphens, kept in lower case. Left out: made of the name, numbered where it is taken."""
    kind: Literal["solo", "group"] = "solo"
    pooling_type: Literal["round_robin", "collective", "multi_pool"] | None = None
    secret: bool = False


class Standing(Open):
    """How a host stands in a pool."""

    host: str
    pool: int
    priority: int
    weight: int
    assigned: int
    """Events that were given and not canceled."""
    credit: float
    """What a joiner started with, or a change of weight brought."""
    lead: float
    """How many meetings ahead of the furthest behind."""
    hidden: bool
    """Whether that is so far that the host is not offered."""


class LedgerEntry(Open, kw_only=True):
    """One fact of a pool's ledger."""

    sequence: int
    entry: str
    host: str
    scheduled_event: str | None
    weight: int | None
    priority: int | None
    credit: float | None
    reason: dict[str, Any] | None
    recorded_at: Timestamp
