"""Event types with every setting of the engine: OpenSlot's own, beside the event type of Calendly's API."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType

from openslot.wire.bounds import (
    CUTOFF,
    MAX_MINUTES,
    MAX_REMINDERS,
    MINUTES,
    NAME,
    REDIRECT,
    REMINDER,
    SLUG,
    named_uri,
    schema,
    uri_of,
)
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.event_types import ChangeSoloEventType, CustomQuestion, LocationConfiguration


class HostSetting(Open):
    """A host of the event type. The order of the list is the order of the hosts."""

    sent_as: ClassVar[dict[str, Any]] = {
        "properties": {
            "user": uri_of("users"),
            "pool": {"minimum": 0, "maximum": 499},
            "priority": {"minimum": 1, "maximum": 4},
            "weight": {"minimum": 1, "maximum": 1_000_000},
        }
    }

    user: str
    """URI; no user is named twice."""
    pool: int = 0
    """Number of the pool, for ``multi_pool``."""
    priority: int = 2
    """1 to 4, the highest first, for a round robin that maximizes availability."""
    weight: int = 100
    """Share of the meetings in a round robin with equal distribution, relative to the other hosts' weights."""


class QuestionSetting(CustomQuestion, omit_defaults=True):
    """A question of the booking form, with the settings that Calendly's API does not have."""

    hidden: bool = False
    """Not shown on the page, which still accepts an answer in its address; never together with ``required``."""


def is_hidden(question: CustomQuestion) -> bool:
    """Whether the page does not show a question."""
    return isinstance(question, QuestionSetting) and question.hidden


class DateRange(Open):
    """The days that can be booked, in the time zone of the hosts' schedules."""

    kind: str
    days: int | None = None
    """``rolling``: so many days after today."""
    business_days: bool = False
    """``rolling``: count only Mondays to Fridays."""
    first: date | None = None
    """``fixed``: included."""
    last: date | None = None
    """``fixed``: included."""


class DateRangeSetting(DateRange):
    """The days that may be booked, in the time zone of the hosts' schedules."""

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
    """A request to invitees to confirm again."""

    ask_minutes: int
    """When invitees are asked, in minutes before the start."""
    by_minutes: int | None = None
    """When the time to answer ends, in minutes before the start."""
    action: str = "nothing"
    """What happens without an answer: ``nothing``, ``tell`` or ``cancel``."""


class ReconfirmationSetting(Reconfirmation):
    """How invitees are asked to confirm again."""

    sent_as: ClassVar[dict[str, Any]] = {
        "properties": {
            "ask_minutes": {"minimum": 1, "maximum": MAX_MINUTES},
            "by_minutes": {
                "anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_MINUTES - 1}, {"type": "null"}],
                "description": "When the time to answer ends, in minutes before the start; less than `ask_minutes`.",
            },
        }
    }

    action: Literal["nothing", "tell", "cancel"] = "nothing"


class EventTypeSettings(Open, kw_only=True):
    """One event type. All durations are in minutes."""

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
    """URI of one of the owner's schedules; null: the default one, which all other hosts always have."""
    round_robin_mode: str
    lead_threshold: int | None
    pool_sizes: list[int] | None
    hosts: list[HostSetting]
    requires_approval: bool
    cancel_cutoff: int | None
    reschedule_cutoff: int | None
    reminders: list[int]
    """So long before the start invitees get a reminder by mail."""
    redirect_url: str | None
    """Where pages lead after booking, with what was booked as query keys; null: to the confirmation."""
    requires_cancel_reason: bool
    """Whether an invitee has to say why a booking is canceled."""
    splits_name: bool
    """Whether pages have two fields for the name."""
    text_reminders: bool
    """Whether pages have a field for a number to which reminders may be sent as text messages, with consent."""
    reconfirmation: Reconfirmation | None
    created_at: Timestamp
    updated_at: Timestamp


class ChangeEventType(ChangeSoloEventType, kw_only=True):
    """Body of PATCH; what is left out stays as it is."""

    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters, digits and hyphens, stored in lower case; the old address redirects to the new one permanently."""
    seats: Annotated[int, schema(minimum=1, maximum=9_999)] | UnsetType = UNSET
    """2 or more for a group, 1 otherwise."""
    internal_note: str | UnsetType | None = UNSET
    position: Annotated[int, schema(minimum=0, maximum=MAX_MINUTES)] | UnsetType = UNSET
    admin_managed: bool | UnsetType = UNSET
    custom_questions: Annotated[list[QuestionSetting], schema(maxItems=10)] | UnsetType = UNSET
    """Questions have different names."""
    buffer_before: Annotated[int, schema(minimum=0, maximum=1440)] | UnsetType = UNSET
    buffer_after: Annotated[int, schema(minimum=0, maximum=1440)] | UnsetType = UNSET
    notice: Annotated[int, CUTOFF] | UnsetType = UNSET
    increment: Annotated[int, MINUTES] | UnsetType = UNSET
    date_range: DateRangeSetting | UnsetType = UNSET
    availability_schedule: Annotated[str, named_uri("user_availability_schedules")] | UnsetType | None = UNSET
    """URI of one of the owner's schedules."""
    round_robin_mode: Literal["maximize_availability", "equal_distribution"] | UnsetType = UNSET
    lead_threshold: Annotated[int, schema(minimum=1, maximum=1_000)] | UnsetType | None = UNSET
    pool_sizes: (
        Annotated[list[Annotated[int, schema(minimum=1, maximum=500)]], schema(minItems=1, maxItems=500)]
        | UnsetType
        | None
    ) = UNSET
    """For ``multi_pool``: how many hosts of each pool are needed, at most as many as are in it."""
    hosts: Annotated[list[HostSetting], schema(minItems=1, maxItems=500)] | UnsetType = UNSET
    """Only the owner where there is no pooling."""
    requires_approval: bool | UnsetType = UNSET
    cancel_cutoff: Annotated[int, CUTOFF] | UnsetType | None = UNSET
    reschedule_cutoff: Annotated[int, CUTOFF] | UnsetType | None = UNSET
    reminders: Annotated[list[Annotated[int, REMINDER]], schema(maxItems=MAX_REMINDERS)] | UnsetType = UNSET
    """So long before the start invitees get a reminder by mail; each once."""
    redirect_url: Annotated[str, REDIRECT] | UnsetType | None = UNSET
    requires_cancel_reason: bool | UnsetType = UNSET
    splits_name: bool | UnsetType = UNSET
    text_reminders: bool | UnsetType = UNSET
    reconfirmation: ReconfirmationSetting | UnsetType | None = UNSET


class CreateEventType(ChangeEventType, kw_only=True):
    """Body of POST; what is left out has the defaults of a new account."""

    name: Annotated[str, NAME]
    duration: Annotated[int, MINUTES]
    owner: Annotated[str, named_uri("users")] | UnsetType = UNSET
    """URI of a user. Left out: the caller."""
    slug: Annotated[str, SLUG] | UnsetType = UNSET
    """Letters a to z, digits and hyphens, stored in lower case. Left out: made from the name, numbered if taken."""
    kind: Literal["solo", "group"] = "solo"
    pooling_type: Literal["round_robin", "collective", "multi_pool"] | None = None
    secret: bool = False


class Standing(Open):
    """The position of a host in a pool."""

    host: str
    pool: int
    priority: int
    weight: int
    assigned: int
    """Events that were assigned and not canceled."""
    credit: float
    """Meetings credited when the host joined late, or when the host's weight changed."""
    lead: float
    """How many meetings the host is ahead of the host who is furthest behind."""
    hidden: bool
    """Whether the lead is so large that the host is not offered."""


class LedgerEntry(Open, kw_only=True):
    """One entry of a pool's ledger."""

    sequence: int
    entry: str
    host: str
    scheduled_event: str | None
    weight: int | None
    priority: int | None
    credit: float | None
    reason: dict[str, Any] | None
    recorded_at: Timestamp
