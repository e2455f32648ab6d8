"""The connector for agents, as data: tools with the shapes of what goes in and comes out, and how each is run.

The four actions are made from ``definition``; what an agent needs besides them to find a time and book it is declared
here. ``mcp`` speaks the protocol.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import ceil
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, get_origin
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.client import NotFound, UnreadableAnswer, errors, operations
from openslot.client.operation import All, One
from openslot.client.steps import Once, Steps
from openslot.connector import definition
from openslot.connector.actions import AsyncConnector
from openslot.connector.connection import Connection
from openslot.wire import codec
from openslot.wire.bookings import RescheduleInvitee, TimeToMoveTo
from openslot.wire.codec import Timestamp
from openslot.wire.common import Page, Pagination, Resource
from openslot.wire.event_types import AvailableTime
from openslot.wire.explanations import Explanation
from openslot.wire.invitees import CreateInvitee, Invitee, InviteeLocation, NewAnswer, NewInvitee
from openslot.wire.scheduled_events import CancelEvent, Cancellation, ScheduledEvent

Run = Callable[[AsyncConnector, Any], Awaitable[Any]]


class Tool(Struct, frozen=True, kw_only=True):
    """Something that an agent can have done."""

    name: str
    title: str
    description: str
    arguments: type[Struct]
    answer: Any
    """The shape of what comes back; an object in JSON."""
    run: Run
    read_only: bool
    destructive: bool = False
    """Takes away or changes what is there."""
    idempotent: bool = False
    """Doing it again changes nothing more."""
    is_extension: bool = False
    """Only OpenSlot has it."""


class WrongArguments(Exception):
    """The arguments are not what the tool's schema says."""


class Done(Struct):
    """The answer where the API has none."""

    done: bool = True


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


async def _list_available_times(connector: AsyncConnector, given: ListAvailableTimes) -> Page[AvailableTime]:
    start_time = _resumed(given.start_time, given.page_token)
    call = operations.ListEventTypeAvailableTimes(given.event_type, start_time, given.end_time)
    found = await connector.connection.async_client.send(call)
    return await _page_of_times(connector.connection, found, given.count, given.timezone)


async def _book(connector: AsyncConnector, given: Book) -> Resource[Invitee]:
    body = CreateInvitee(
        event_type=given.event_type,
        start_time=given.start_time,
        invitee=NewInvitee(email=given.email, timezone=given.timezone, name=given.name),
        location=None if given.location is UNSET else given.location,
        questions_and_answers=given.questions_and_answers,
        event_guests=given.event_guests,
    )
    return Resource(await connector.connection.async_client.send(operations.CreateEventInvitee(body)))


async def _list_scheduled_events(connector: AsyncConnector, given: ListScheduledEvents) -> Page[ScheduledEvent]:
    me = await connector.connection.ame()
    listing = operations.ListScheduledEvents(
        user=me.uri if given.whose == "mine" else None,
        organization=None if given.whose == "mine" else me.current_organization,
        **_said(given, without="whose"),
    )
    return await connector.connection.async_client.send(listing)


async def _get_scheduled_event(connector: AsyncConnector, given: GetScheduledEvent) -> Resource[ScheduledEvent]:
    return Resource(await connector.connection.async_client.send(operations.GetScheduledEvent(given.event)))


async def _list_event_invitees(connector: AsyncConnector, given: ListEventInvitees) -> Page[Invitee]:
    listing = operations.ListEventInvitees(uuid=given.event, **_said(given, without="event"))
    return await connector.connection.async_client.send(listing)


async def _get_event_invitee(connector: AsyncConnector, given: GetEventInvitee) -> Resource[Invitee]:
    event, _, invitee = given.invitee.rstrip("/").rpartition("/invitees/")
    if not event:
        raise WrongArguments("invitee is a URI like .../scheduled_events/{id}/invitees/{id}")
    return Resource(await connector.connection.async_client.send(operations.GetEventInvitee(event, invitee)))


async def _cancel_scheduled_event(connector: AsyncConnector, given: CancelScheduledEvent) -> Resource[Cancellation]:
    body = CancelEvent(**_said(given, without="event"))
    return Resource(await connector.connection.async_client.send(operations.CancelEvent(given.event, body)))


class _GetExplanation(One[Explanation]):
    path = "/openslot/explanations"
    event_type: str
    start_time: datetime


class _ListTimesToMoveTo(All[TimeToMoveTo]):
    path = "/openslot/invitees/{uuid}/available_times"
    uuid: str
    start_time: datetime
    end_time: datetime


class _RescheduleInvitee(One[Invitee]):
    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/rescheduling"
    uuid: str
    body: RescheduleInvitee


class _GetOrganizationPreferences(One[dict[str, Any]]):
    path = "/openslot/organization"


async def _explain_time(connector: AsyncConnector, given: ExplainTime) -> Resource[Explanation]:
    call = _GetExplanation(given.event_type, given.start_time)
    return Resource(await connector.connection.async_client.send(call))


async def _list_times_to_move_to(connector: AsyncConnector, given: ListTimesToMoveTo) -> Page[TimeToMoveTo]:
    start_time = _resumed(given.start_time, given.page_token)
    found = await connector.connection.async_client.send(_ListTimesToMoveTo(given.invitee, start_time, given.end_time))
    return await _page_of_times(connector.connection, found, given.count, given.timezone)


async def _reschedule(connector: AsyncConnector, given: Reschedule) -> Resource[Invitee]:
    body = RescheduleInvitee(**_said(given, without="invitee"))
    return Resource(await connector.connection.async_client.send(_RescheduleInvitee(given.invitee, body)))


def _of_action(action: definition.Action) -> Tool:
    """The tool that an action of the definition is: its method of the connector, by the same name."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", action.operation_id).lower()
    fields = [_field(parameter) for parameter in action.parameters]
    method = action.operation.method

    async def run(connector: AsyncConnector, given: Struct) -> Any:
        answered = await getattr(connector, name)(**_said(given))
        if action.answer is None:
            return Done()
        return Resource(answered) if get_origin(action.answer) is Resource else answered

    return Tool(
        name=name,
        title=action.name,
        description=(inspect.getdoc(getattr(AsyncConnector, name)) or action.name).replace("``", "`"),
        arguments=msgspec.defstruct(
            action.operation_id, fields, bases=(Arguments,), kw_only=True, forbid_unknown_fields=True
        ),
        answer=action.answer or Done,
        run=run,
        read_only=method == "GET",
        destructive=method == "DELETE",
        idempotent=method in {"GET", "DELETE"},
    )


def _field(parameter: definition.Parameter) -> Any:
    kind = _BY_KEY.get(parameter.key) or Annotated[_JSON_TYPES[parameter.type], Meta(description=parameter.name)]
    return (parameter.key, kind) if parameter.required else (parameter.key, kind | UnsetType, UNSET)


TOOLS: Sequence[Tool] = (
    *map(_of_action, definition.ACTIONS),
    Tool(
        name="list_available_times",
        title="List Available Times",
        description="The starts that an event type offers between two times in the future, at most 31 days apart"
        " (7 on some accounts of Calendly).",
        arguments=ListAvailableTimes,
        answer=Page[AvailableTime],
        run=_list_available_times,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="book",
        title="Book",
        description="Book a time for an invitee, who is told by mail. Ask the user before you do.",
        arguments=Book,
        answer=Resource[Invitee],
        run=_book,
        read_only=False,
    ),
    Tool(
        name="list_scheduled_events",
        title="List Scheduled Events",
        description="Meetings to come, past or canceled, of the token's user or of the whole organization.",
        arguments=ListScheduledEvents,
        answer=Page[ScheduledEvent],
        run=_list_scheduled_events,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="get_scheduled_event",
        title="Get Scheduled Event",
        description="One meeting: when, where, with which hosts.",
        arguments=GetScheduledEvent,
        answer=Resource[ScheduledEvent],
        run=_get_scheduled_event,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="list_event_invitees",
        title="List Event Invitees",
        description="Who booked a meeting, with their answers, and whether they were marked as a no-show.",
        arguments=ListEventInvitees,
        answer=Page[Invitee],
        run=_list_event_invitees,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="get_event_invitee",
        title="Get Event Invitee",
        description="One invitee of a meeting.",
        arguments=GetEventInvitee,
        answer=Resource[Invitee],
        run=_get_event_invitee,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="cancel_scheduled_event",
        title="Cancel Scheduled Event",
        description="Cancel a meeting for all of its invitees, who are told by mail. Ask the user before you do.",
        arguments=CancelScheduledEvent,
        answer=Resource[Cancellation],
        run=_cancel_scheduled_event,
        read_only=False,
        destructive=True,
        idempotent=True,
    ),
    Tool(
        name="explain_time",
        title="Explain Time",
        description="Why an event type is not offered at a start: every reason. For its hosts, admins and owners.",
        arguments=ExplainTime,
        answer=Resource[Explanation],
        run=_explain_time,
        read_only=True,
        idempotent=True,
        is_extension=True,
    ),
    Tool(
        name="list_times_to_move_to",
        title="List Times To Move To",
        description="The starts to which an invitee can be moved; what the meeting takes now counts as free.",
        arguments=ListTimesToMoveTo,
        answer=Page[TimeToMoveTo],
        run=_list_times_to_move_to,
        read_only=True,
        idempotent=True,
        is_extension=True,
    ),
    Tool(
        name="reschedule_invitee",
        title="Reschedule Invitee",
        description="Move an invitee to another start; the answer is the new invitee. Ask the user before you do.",
        arguments=Reschedule,
        answer=Resource[Invitee],
        run=_reschedule,
        read_only=False,
        destructive=True,
        is_extension=True,
    ),
)


def arguments_of(tool: Tool, given: Mapping[str, Any]) -> Struct:
    """What a tool was given, checked; ``null`` counts as left out, and ``"5"`` as 5: models write such.

    Raises:
        WrongArguments: it is not what the schema says.
    """
    try:
        there = {name: value for name, value in given.items() if value is not None}
        return codec.convert(there, tool.arguments, strict=False)
    except msgspec.ValidationError as exc:
        raise WrongArguments(
            str(exc).replace("invalid -", "Expected a time with Z or an offset, as ISO 8601 -")
        ) from exc


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a shape, an object at its root, as older clients ask."""
    whole = msgspec.json.schema(kind, schema_hook=_schema_of)
    components = whole.get("$defs", {})
    root = components.pop(whole["$ref"].rpartition("/")[2])
    return {**root, **({"$defs": components} if components else {})}


def _schema_of(kind: type) -> dict[str, Any]:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "Any JSON value"}  # an empty schema counts as none
    raise NotImplementedError


class Extensions:
    """Whether the API has what OpenSlot adds to Calendly's; asked once, and again only if nobody could tell."""

    def __init__(self, connection: Connection) -> None:
        self._core = connection.client.core
        self._there: Once[bool] = Once()

    def there(self) -> Steps[bool]:
        return self._there.get(self._ask())

    def _ask(self) -> Steps[bool]:
        try:
            yield from self._core.exchange(_GetOrganizationPreferences())
        except (NotFound, UnreadableAnswer):
            return False
        except errors.Forbidden:  # it is there, though not for this token
            return True
        return True


_ADVICE: Sequence[tuple[type[errors.ClientError] | UnionType, str]] = (
    (
        errors.Unauthenticated | errors.TokenMissing,
        "OPENSLOT_TOKEN is not accepted, and only who runs this server can replace it; do not call again.",
    ),
    (
        errors.Forbidden,
        "The token may not do this, or it can't be done any more; do not call again unchanged.",
    ),
    (errors.NotFound, "Use a URI that another tool told, of the kind that this one asks for."),
    (
        errors.InvalidArgument | errors.Conflict,
        "Correct what is named; if a time is not available any more, choose another from a fresh list.",
    ),
)


def told(error: errors.ClientError) -> str:
    """What went wrong, without the request: its URL is of no use to an agent."""
    text = str(error)
    return text.rpartition(" [")[0] or text


def advice(error: errors.ClientError, tool: Tool) -> str:
    """What to do about an error, in a sentence."""
    if isinstance(error, errors.RateLimited | errors.Throttled):
        seconds = error.retry_after_seconds or definition.THROTTLING.period_seconds
        return f"Wait {ceil(seconds)} seconds, then call again."
    again = (
        "Call again in a minute."
        if tool.read_only or tool.idempotent
        else "It may have been done all the same: look with list_scheduled_events before you call again."
    )
    return next((words for kind, words in _ADVICE if isinstance(error, kind)), again)


def _said(given: Struct, *, without: str | None = None) -> dict[str, Any]:
    values = ((name, getattr(given, name)) for name in given.__struct_fields__ if name != without)
    return {name: value for name, value in values if value is not UNSET}


def _resumed(start_time: datetime, page_token: str | UnsetType) -> datetime:
    """Where a page begins: the API has no pages of times, so the first start of a page is its token."""
    if page_token is UNSET:
        return start_time
    try:
        return codec.parse_instant(page_token)
    except ValueError as exc:
        raise WrongArguments("page_token is the next_page_token of the page before") from exc


async def _page_of_times(connection: Connection, found: list[Any], count: int, timezone: str | UnsetType) -> Page[Any]:
    zone = _zone((await connection.ame()).timezone) or UTC if timezone is UNSET else _zone(timezone)
    if zone is None:
        raise WrongArguments(f"timezone {timezone!r} is no IANA time zone, as Europe/Rome is")
    rows = [
        msgspec.structs.replace(one, start_time=codec.parse_instant(one.start_time).astimezone(zone).isoformat())
        for one in found[:count]
    ]
    token = found[count].start_time if len(found) > count else None
    return Page(rows, Pagination(count=len(rows), next_page=None, previous_page=None, next_page_token=token))


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # as zoneinfo tells a name that is none, or is that of a folder
        return None
