"""What tools are given: a shape each, whose descriptions are what an agent knows of them; and how it is read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.connector import definition
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import InviteeLocation, NewAnswer

T = TypeVar("T")


class WrongArguments(Exception):
    """The arguments are not what the tool's schema says."""


Start = Annotated[
    Timestamp,
    Meta(description="ISO 8601 with Z or an offset, as 2031-04-10T09:00:00+02:00", examples=["2031-04-10T07:00:00Z"]),
]
Zone = Annotated[str, Meta(description="IANA time zone in which times are told; that of the token's user if left out")]
Count = Annotated[int, Meta(description="Rows to a page", ge=1, le=100)]
PageToken = Annotated[str, Meta(description="next_page_token of the page before, with the same other arguments")]
EventTypeUri = Annotated[str, Meta(description="URI of an event type, as get_event_types tells it")]
EventUri = Annotated[str, Meta(description="URI of a scheduled event, as list_scheduled_events tells it")]
InviteeUri = Annotated[str, Meta(description="URI of an invitee, as list_event_invitees or book tells it")]

_JSON_TYPES: Mapping[str, Any] = {"string": str, "boolean": bool, "integer": int, "array of string": list[str]}
_BY_KEY: Mapping[str, Any] = {
    "active": Annotated[bool, Meta(description="Only those that can be booked, or can't")],
    "admin_managed": Annotated[bool, Meta(description="Only those that an admin manages, or not")],
    "count": Count,
    "page_token": PageToken,
}
"""Parameters of the definition of which there is more to say than their name."""
_TIMES_TO_A_PAGE = 50


class Arguments(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a tool is given."""


class ListAvailableTimes(Arguments):
    event_type: EventTypeUri
    start_time: Start
    end_time: Start
    timezone: Zone | UnsetType = UNSET
    count: Count = _TIMES_TO_A_PAGE
    page_token: PageToken | UnsetType = UNSET


class Book(Arguments):
    event_type: EventTypeUri
    start_time: Annotated[Timestamp, Meta(description="A start_time that list_available_times told, with its zone")]
    name: Annotated[str, Meta(description="The invitee's name", max_length=255)]
    email: Annotated[str, Meta(description="The invitee's e-mail address", max_length=254)]
    timezone: Annotated[str, Meta(description="The invitee's IANA time zone, as Europe/Rome", max_length=64)]
    location: Annotated[
        InviteeLocation | UnsetType,
        Meta(description="One of the event type's locations; needed where it has several, or asks the invitee"),
    ] = UNSET
    questions_and_answers: Annotated[
        list[NewAnswer], Meta(description="Answers to the event type's custom_questions; the required ones are needed")
    ] = []
    event_guests: Annotated[list[str], Meta(description="E-mail addresses of up to 10 who come along")] = []


class ListScheduledEvents(Arguments):
    whose: Annotated[
        Literal["mine", "organization"], Meta(description="organization needs an owner's or admin's token")
    ] = "mine"
    invitee_email: Annotated[str, Meta(description="Only those with this invitee")] | UnsetType = UNSET
    status: Literal["active", "canceled"] | UnsetType = UNSET
    min_start_time: Start | UnsetType = UNSET
    max_start_time: Start | UnsetType = UNSET
    sort: Annotated[Literal["start_time:asc", "start_time:desc"], Meta(description="By start")] = "start_time:asc"
    count: Count | UnsetType = UNSET
    page_token: PageToken | UnsetType = UNSET


class GetScheduledEvent(Arguments):
    event: EventUri


class ListEventInvitees(Arguments):
    event: EventUri
    email: Annotated[str, Meta(description="Only the one with this address")] | UnsetType = UNSET
    status: Literal["active", "canceled"] | UnsetType = UNSET
    count: Count | UnsetType = UNSET
    page_token: PageToken | UnsetType = UNSET


class GetEventInvitee(Arguments):
    invitee: InviteeUri


class CancelScheduledEvent(Arguments):
    event: EventUri
    reason: Annotated[str, Meta(description="Told to the invitees", max_length=10000)] | UnsetType = UNSET


class ExplainTime(Arguments):
    event_type: EventTypeUri
    start_time: Start


class ListTimesToMoveTo(Arguments):
    invitee: InviteeUri
    start_time: Start
    end_time: Start
    timezone: Zone | UnsetType = UNSET
    count: Count = _TIMES_TO_A_PAGE
    page_token: PageToken | UnsetType = UNSET


class Reschedule(Arguments):
    invitee: InviteeUri
    start_time: Annotated[Timestamp, Meta(description="A start_time that list_times_to_move_to told, with its zone")]
    reason: Annotated[str, Meta(description="Told to the invitee", max_length=10000)] | UnsetType = UNSET


def of_action(action: definition.Action) -> type[Struct]:
    """The parameters of an action of the definition."""
    fields = [_field(parameter) for parameter in action.parameters]
    return msgspec.defstruct(action.operation_id, fields, bases=(Arguments,), kw_only=True, forbid_unknown_fields=True)


def _field(parameter: definition.Parameter) -> Any:
    kind = _BY_KEY.get(parameter.key) or Annotated[_JSON_TYPES[parameter.type], Meta(description=parameter.name)]
    return (parameter.key, kind) if parameter.required else (parameter.key, kind | UnsetType, UNSET)


def read(kind: type[T], given: Mapping[str, Any]) -> T:
    """What a tool was given, checked; ``null`` counts as left out, and ``"5"`` as 5: models write such.

    Raises:
        WrongArguments: it is not what the schema says.
    """
    try:
        return codec.convert({name: value for name, value in given.items() if value is not None}, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise WrongArguments(
            str(exc).replace("invalid -", "Expected a time with Z or an offset, as ISO 8601 -")
        ) from exc


def said(given: Struct, *, without: str | None = None) -> dict[str, Any]:
    """The arguments that were given, by name."""
    values = ((name, getattr(given, name)) for name in given.__struct_fields__ if name != without)
    return {name: value for name, value in values if value is not UNSET}
