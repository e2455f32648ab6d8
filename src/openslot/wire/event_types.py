"""Event types: the offers that invitees book."""

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Struct, UnsetType

from openslot.wire.bounds import DURATIONS, LOCALES, LOCATION, MINUTES, NAME, QUESTION_TYPES, SEEN, named_uri, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open, Profile


class CustomQuestion(Open):
    """A question of the booking form."""

    sent_as: ClassVar[dict[str, Any]] = {
        "properties": {
            "name": {"minLength": 1, **SEEN},
            "type": {"enum": QUESTION_TYPES},
            "answer_choices": {"items": {"maxLength": 10_000}},
        },
        "if": {"properties": {"type": {"enum": ["single_select", "multi_select"]}}},
        "then": {"properties": {"answer_choices": {"contains": SEEN}}},
        "not": {"properties": {"hidden": {"const": True}, "required": {"const": True}}, "required": ["hidden"]},
    }

    name: str
    type: str
    """``string``, ``text``, ``phone_number``, ``single_select`` or ``multi_select``."""
    position: int
    enabled: bool
    required: bool
    answer_choices: list[str]
    """Empty unless the type is a select."""
    include_other: bool


class LocationConfiguration(Open, omit_defaults=True):
    """One location that an invitee may choose. Source of the names of kinds: behaviours, section 13."""

    sent_as: ClassVar[dict[str, Any]] = LOCATION

    kind: str
    location: str | None = None
    additional_info: str | None = None
    phone_number: str | None = None


class ChangeSoloEventType(Struct, kw_only=True):
    """Body of PATCH; what is left out stays as it is."""

    name: Annotated[str, NAME] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    duration: Annotated[int, MINUTES] | UnsetType = UNSET
    duration_options: Annotated[list[Annotated[int, MINUTES]], DURATIONS] | UnsetType | None = UNSET
    """``duration`` is one of them."""
    locations: list[LocationConfiguration] | UnsetType = UNSET
    color: Annotated[str, schema(pattern="^#[0-9a-fA-F]{6}$")] | UnsetType = UNSET
    locale: Annotated[str, schema(enum=LOCALES)] | UnsetType = UNSET


class CreateSoloEventType(ChangeSoloEventType, kw_only=True):
    """Body of POST /event_types; what is left out has the defaults of a new account."""

    owner: Annotated[str, named_uri("users")]
    """URI of a user, who hosts it. Admins and owners may name any member."""
    name: Annotated[str, NAME]
    active: bool | UnsetType = UNSET
    """Ignored: a new event type is inactive until PATCH says otherwise."""
    duration: Annotated[int, MINUTES] = 30


class EventType(Open):
    """An offer that invitees book; webhook payloads leave ``description_html`` out. Source: GET /event_types/{uuid}."""

    uri: str
    name: str | None
    active: bool
    slug: str | None
    scheduling_url: str
    duration: int
    """Minutes."""
    kind: str
    """``solo`` or ``group``."""
    pooling_type: str | None
    """``round_robin``, ``collective``, ``multi_pool`` or ``None`` for personal types."""
    type: str
    """``StandardEventType`` or ``AdhocEventType``."""
    color: str
    """``#rrggbb``."""
    created_at: Timestamp
    updated_at: Timestamp
    internal_note: str | None
    description_plain: str | None
    profile: Profile | None
    secret: bool
    booking_method: str
    """``instant`` or ``poll``."""
    custom_questions: list[CustomQuestion]
    deleted_at: Timestamp | None
    description_html: str | UnsetType | None = UNSET
    admin_managed: bool = False
    duration_options: list[int] | None = None
    is_paid: bool = False
    locations: list[LocationConfiguration] | None = None
    position: int = 0
    """Display order from 0."""
    locale: str = "en"
    kind_description: str | UnsetType = UNSET
    """Not in the reference since 2026; sent because older clients read it."""


class AvailableTime(Open):
    """A start that an invitee can book now. Source: GET /event_type_available_times."""

    status: str
    """Always ``available``."""
    invitees_remaining: int
    """More than 1 for group types only."""
    start_time: str
    """UTC without fractional seconds (``2020-01-02T20:00:00Z``), the form that strict clients parse.

    Source: behaviours, section 2.
    """
    scheduling_url: str
