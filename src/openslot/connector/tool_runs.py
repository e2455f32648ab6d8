"""How each tool is run: the calls that it makes, and what comes back."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, get_origin
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct, UnsetType

from openslot.client import Forbidden, NotFound, UnreadableAnswer, extensions, operations
from openslot.client.steps import Once, Steps
from openslot.connector import tool_arguments as arguments
from openslot.connector.actions import AsyncConnector
from openslot.connector.connection import Connection
from openslot.connector.tool_arguments import WrongArguments, said
from openslot.wire import codec
from openslot.wire.bookings import RescheduleInvitee, TimeToMoveTo
from openslot.wire.common import Page, Pagination, Resource
from openslot.wire.event_types import AvailableTime
from openslot.wire.explanations import Explanation
from openslot.wire.invitees import CreateInvitee, Invitee, InviteeLocation, NewAnswer, NewInvitee
from openslot.wire.scheduled_events import CancelEvent, Cancellation, ScheduledEvent

Run = Callable[[AsyncConnector, Any], Awaitable[Any]]


class Done(Struct):
    """The answer where the API has none."""

    done: bool = True


def action(name: str, answer: Any) -> Run:
    """An action of the definition: the method of the connector of that ``name``, whose body is an ``answer``."""

    async def run(connector: AsyncConnector, given: Struct) -> Any:
        answered = await getattr(connector, name)(**said(given))
        if answer is None:
            return Done()
        return Resource(answered) if get_origin(answer) is Resource else answered

    return run


async def list_available_times(connector: AsyncConnector, given: arguments.ListAvailableTimes) -> Page[AvailableTime]:
    start_time = _resumed(given.start_time, given.page_token)
    call = operations.ListEventTypeAvailableTimes(given.event_type, start_time, given.end_time)
    found = await connector.connection.async_client.send(call)
    return await _page_of_times(connector.connection, found, given.count, given.timezone)


async def book(connector: AsyncConnector, given: arguments.Book) -> Resource[Invitee]:
    body = CreateInvitee(
        event_type=given.event_type,
        start_time=given.start_time,
        invitee=NewInvitee(email=given.email, timezone=given.timezone, name=given.name),
        location=InviteeLocation(where.kind, where.location) if (where := given.location) else None,
        questions_and_answers=[NewAnswer(one.question, one.answer) for one in given.questions_and_answers],
        event_guests=given.event_guests,
    )
    return Resource(await connector.connection.async_client.send(operations.CreateEventInvitee(body)))


async def list_scheduled_events(
    connector: AsyncConnector, given: arguments.ListScheduledEvents
) -> Page[ScheduledEvent]:
    me = await connector.connection.ame()
    listing = operations.ListScheduledEvents(
        user=me.uri if given.whose == "mine" else None,
        organization=None if given.whose == "mine" else me.current_organization,
        **said(given, without="whose"),
    )
    return await connector.connection.async_client.send(listing)


async def get_scheduled_event(
    connector: AsyncConnector, given: arguments.GetScheduledEvent
) -> Resource[ScheduledEvent]:
    return Resource(await connector.connection.async_client.send(operations.GetScheduledEvent(given.event)))


async def list_event_invitees(connector: AsyncConnector, given: arguments.ListEventInvitees) -> Page[Invitee]:
    listing = operations.ListEventInvitees(uuid=given.event, **said(given, without="event"))
    return await connector.connection.async_client.send(listing)


async def get_event_invitee(connector: AsyncConnector, given: arguments.GetEventInvitee) -> Resource[Invitee]:
    event, _, invitee = given.invitee.rstrip("/").rpartition("/invitees/")
    if not event:
        raise WrongArguments("invitee is a URI like .../scheduled_events/{id}/invitees/{id}")
    return Resource(await connector.connection.async_client.send(operations.GetEventInvitee(event, invitee)))


async def cancel_scheduled_event(
    connector: AsyncConnector, given: arguments.CancelScheduledEvent
) -> Resource[Cancellation]:
    body = CancelEvent(**said(given, without="event"))
    return Resource(await connector.connection.async_client.send(operations.CancelEvent(given.event, body)))


async def explain_time(connector: AsyncConnector, given: arguments.ExplainTime) -> Resource[Explanation]:
    call = extensions.Explain(given.event_type, given.start_time)
    return Resource(await connector.connection.async_client.send(call))


async def list_times_to_move_to(connector: AsyncConnector, given: arguments.ListTimesToMoveTo) -> Page[TimeToMoveTo]:
    start_time = _resumed(given.start_time, given.page_token)
    found = await connector.connection.async_client.send(
        extensions.ListMoves(given.invitee, start_time, given.end_time)
    )
    return await _page_of_times(connector.connection, found, given.count, given.timezone)


async def reschedule(connector: AsyncConnector, given: arguments.Reschedule) -> Resource[Invitee]:
    body = RescheduleInvitee(**said(given, without="invitee"))
    return Resource(await connector.connection.async_client.send(extensions.RescheduleInvitee(given.invitee, body)))


class Extensions:
    """Whether the API has what OpenSlot adds to Calendly's; asked once, and again only if nobody could tell."""

    def __init__(self, connection: Connection) -> None:
        self._core = connection.client.core
        self._there: Once[bool] = Once()

    def there(self) -> Steps[bool]:
        return self._there.get(self._ask())

    def _ask(self) -> Steps[bool]:
        try:
            yield from self._core.exchange(extensions.GetOrganizationPreferences())
        except (NotFound, UnreadableAnswer):
            return False
        except Forbidden:  # it is there, though not for this token
            return True
        return True


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
