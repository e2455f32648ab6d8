"""What tools are given: a shape each, whose descriptions are what an agent knows of them; and how it is read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.connector import definition
from openslot.wire import codec
from openslot.wire.codec import Timestamp

T = TypeVar("T")


class WrongArguments(Exception):
    """The arguments do not fit the tool's schema."""


Start = Annotated[Timestamp, Meta(description="ISO 8601 with Z or an offset, as 2031-04-10T09:00:00+02:00")]
FirstStart = Annotated[
    Timestamp, Meta(description="From when on, with Z or an offset, as 2031-04-10T09:00:00+02:00; now if left out")
]
LastStart = Annotated[Timestamp, Meta(description="Until when, not included; 7 days after start_time if left out")]
Zone = Annotated[str, Meta(description="IANA time zone in which times are shown; that of the token's user if left out")]
Count = Annotated[int, Meta(description="Rows to a page", ge=1, le=100)]
PageToken = Annotated[str, Meta(description="next_page_token of the page before, with the same other arguments")]
EventTypeUri = Annotated[str, Meta(description="URI of an event type, as get_event_types returns it")]
EventUri = Annotated[str, Meta(description="URI of a scheduled event, as list_scheduled_events returns it")]
InviteeUri = Annotated[str, Meta(description="URI of an invitee, as list_event_invitees or book returns it")]

Status = Annotated[Literal["active", "canceled"], Meta(description="Both if left out")]

_JSON_TYPES: Mapping[str, Any] = {"string": str, "boolean": bool, "integer": int, "array of string": list[str]}
_ADMIN_MANAGED = Annotated[bool, Meta(description="Only those that an admin manages, or not")]
_NO_SHOW = Annotated[
    str, Meta(description="URI or id of a no-show: no_show.uri of an invitee, as list_event_invitees returns it")
]
_DESCRIBED: Mapping[tuple[str, str], Any] = {
    ("CreateInviteeNoShow", "invitee"): InviteeUri,
    ("DeleteInviteeNoShow", "uuid"): _NO_SHOW,
    ("GetEventType", "uuid"): Annotated[
        str, Meta(description="URI or id of an event type, as get_event_types returns it")
    ],
    ("GetEventTypes", "active"): Annotated[bool, Meta(description="Only those that can be booked, or can't")],
    ("GetEventTypes", "admin_managed"): _ADMIN_MANAGED,
    ("GetEventTypes", "count"): Count,
    ("GetEventTypes", "page_token"): PageToken,
}
"""Descriptions of the definition's parameters, by operation and key, where a name is not enough."""
_TIMES_TO_A_PAGE = 50


class Arguments(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a tool is given."""


class GetCurrentUser(Arguments):
    pass


class ListAvailableTimes(Arguments):
    event_type: EventTypeUri
    start_time: FirstStart | UnsetType = UNSET
    end_time: LastStart | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    count: Count = _TIMES_TO_A_PAGE
    page_token: PageToken | UnsetType = UNSET


class ChosenLocation(Struct):
    """Where the invitee wants to meet. What goes with which kind: behaviours, section 13."""

    kind: Annotated[str, Meta(description="The kind of one of the event type's locations")]
    location: (
        Annotated[
            str,
            Meta(
                description="outbound_call: the invitee's phone number, as +390655500123. ask_invitee: the place"
                " that the invitee names. physical and custom: as the event type has it. Left out for any other",
                max_length=1000,
            ),
        ]
        | None
    ) = None


class GivenAnswer(Struct):
    """What the invitee answers to a question of the event type."""

    question: Annotated[str, Meta(description="The question's name, to the letter", max_length=10000)]
    answer: Annotated[
        str,
        Meta(description="One of its answer_choices, where it has some; several, one to a line", max_length=10000),
    ]


class Book(Arguments):
    event_type: EventTypeUri
    start_time: Annotated[Timestamp, Meta(description="A start_time that list_available_times returned, with its zone")]
    name: Annotated[str, Meta(description="The invitee's name", max_length=255)]
    email: Annotated[str, Meta(description="The invitee's e-mail address", max_length=254)]
    timezone: Annotated[str, Meta(description="The invitee's IANA time zone, as Europe/Rome", max_length=64)]
    location: Annotated[
        ChosenLocation | UnsetType,
        Meta(description="One of the event type's locations; needed where it has several, or asks the invitee"),
    ] = UNSET
    questions_and_answers: Annotated[
        list[GivenAnswer],
        Meta(description="Answers to the event type's custom_questions; the required ones are needed"),
    ] = []
    event_guests: Annotated[list[str], Meta(description="E-mail addresses of up to 10 who come along")] = []


class ListScheduledEvents(Arguments):
    whose: Annotated[
        Literal["mine", "organization"], Meta(description="organization needs an owner's or admin's token")
    ] = "mine"
    invitee_email: Annotated[str, Meta(description="Only those with this invitee")] | UnsetType = UNSET
    status: Annotated[Literal["active", "canceled", "any"], Meta(description="any: canceled ones, too")] = "active"
    min_start_time: (
        Annotated[
            Timestamp,
            Meta(
                description="Only those that start then or later, with Z or an offset. If left out: now, or no limit"
                " where max_start_time is past"
            ),
        ]
        | UnsetType
    ) = UNSET
    max_start_time: (
        Annotated[Timestamp, Meta(description="Only those that start then or earlier, with Z or an offset")] | UnsetType
    ) = UNSET
    sort: Annotated[
        Literal["start_time:asc", "start_time:desc"], Meta(description="By start; desc: the latest first")
    ] = "start_time:asc"
    timezone: Zone | UnsetType = UNSET
    count: Count | UnsetType = UNSET
    page_token: PageToken | UnsetType = UNSET


class GetScheduledEvent(Arguments):
    event: EventUri
    timezone: Zone | UnsetType = UNSET


class ListEventInvitees(Arguments):
    event: EventUri
    email: Annotated[str, Meta(description="Only the one with this address")] | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    count: Count | UnsetType = UNSET
    page_token: PageToken | UnsetType = UNSET


class GetEventInvitee(Arguments):
    invitee: InviteeUri


class CancelScheduledEvent(Arguments):
    event: EventUri
    reason: Annotated[str, Meta(description="Why, as the invitees may read it", max_length=10000)] | UnsetType = UNSET


class ExplainTime(Arguments):
    event_type: EventTypeUri
    start_time: Start


class ListTimesToMoveTo(Arguments):
    invitee: InviteeUri
    start_time: FirstStart | UnsetType = UNSET
    end_time: LastStart | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    count: Count = _TIMES_TO_A_PAGE
    page_token: PageToken | UnsetType = UNSET


class Reschedule(Arguments):
    invitee: InviteeUri
    start_time: Annotated[
        Timestamp, Meta(description="A start_time that list_times_to_move_to returned, with its zone")
    ]
    reason: Annotated[str, Meta(description="Why, as the invitee may read it", max_length=10000)] | UnsetType = UNSET


def of_action(action: definition.Action) -> type[Struct]:
    """The parameters of an action of the definition."""
    fields = [_field(action.operation_id, parameter) for parameter in action.parameters]
    return msgspec.defstruct(action.operation_id, fields, bases=(Arguments,), kw_only=True, forbid_unknown_fields=True)


def _field(operation_id: str, parameter: definition.Parameter) -> Any:
    kind = (
        _DESCRIBED.get((operation_id, parameter.key))
        or Annotated[_JSON_TYPES[parameter.type], Meta(description=parameter.name)]
    )
    return (parameter.key, kind) if parameter.required else (parameter.key, kind | UnsetType, UNSET)


def read(kind: type[T], given: Mapping[str, Any]) -> T:
    """What a tool was given, checked; ``null`` counts as left out, and ``"5"`` as 5: models write such.

    Raises:
        WrongArguments: it does not fit the schema.
    """
    try:
        return codec.convert({name: value for name, value in given.items() if value is not None}, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise WrongArguments(
            str(exc).replace("invalid -", "Expected a time with Z or an offset, as ISO 8601 -")
        ) from exc


def given_fields(given: Struct, *, without: str | None = None) -> dict[str, Any]:
    """The arguments that were given, by name."""
    values = ((name, getattr(given, name)) for name in given.__struct_fields__ if name != without)
    return {name: value for name, value in values if value is not UNSET}
