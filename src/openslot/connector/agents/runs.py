"""How each tool is run: the calls that it makes, and what comes back."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, get_origin

from msgspec import UNSET, Struct

from openslot.client import ClientError, Forbidden, NotFound, UnreadableAnswer, extensions, operations
from openslot.client.steps import Once, Steps
from openslot.connector.actions import AsyncConnector
from openslot.connector.agents import arguments
from openslot.connector.agents.answers import Booked, CurrentUser, Done, ToolResult
from openslot.connector.agents.arguments import WrongArguments, given_fields
from openslot.connector.agents.times import moment, page_of_times, utc_now, window, zone_for, zone_named
from openslot.connector.connection import Connection
from openslot.wire import codec
from openslot.wire.bookings import RescheduleInvitee
from openslot.wire.codec import Timestamp
from openslot.wire.common import Pagination, Resource
from openslot.wire.invitees import CreateInvitee, Invitee, InviteeLocation, NewAnswer, NewInvitee
from openslot.wire.scheduled_events import CancelEvent, ScheduledEvent

Run = Callable[[AsyncConnector, Any], Awaitable[ToolResult]]

_TIMEOUT_SECONDS = 5.0
_STATUSES = {"active": "Active", "canceled": "Canceled", "any": "Active and canceled"}


def action(name: str, answer: Any) -> Run:
    """An action of the definition: the method of the connector of that ``name``, whose body is an ``answer``."""

    async def run(connector: AsyncConnector, given: Struct) -> ToolResult:
        answered = await getattr(connector, name)(**given_fields(given))
        if answer is None:
            return ToolResult(body=Done())
        return ToolResult(body=Resource(answered) if get_origin(answer) is Resource else answered)

    return run


async def get_current_user(connector: AsyncConnector, _: arguments.GetCurrentUser) -> ToolResult:
    me = await connector.connection.ame()
    zone = await zone_for(connector.connection)
    return ToolResult(body=CurrentUser(me, utc_now().astimezone(zone).isoformat(timespec="seconds")), zone=zone)


async def list_available_times(connector: AsyncConnector, given: arguments.ListAvailableTimes) -> ToolResult:
    zone = await zone_for(connector.connection, given.timezone)
    wanted = window(given)
    call = operations.ListEventTypeAvailableTimes(given.event_type, *wanted)
    return page_of_times(await connector.connection.async_client.send(call), wanted, given.count, zone)


async def book(connector: AsyncConnector, given: arguments.Book) -> ToolResult:
    body = CreateInvitee(
        event_type=given.event_type,
        start_time=given.start_time,
        invitee=NewInvitee(email=given.email, timezone=given.timezone, name=given.name),
        location=InviteeLocation(where.kind, where.location) if (where := given.location) else None,
        questions_and_answers=[NewAnswer(one.question, one.answer) for one in given.questions_and_answers],
        event_guests=given.event_guests,
    )
    return await _booked(connector, await connector.connection.async_client.send(operations.CreateEventInvitee(body)))


async def list_scheduled_events(connector: AsyncConnector, given: arguments.ListScheduledEvents) -> ToolResult:
    zone = await zone_for(connector.connection, given.timezone)
    me = await connector.connection.ame()
    since, token = _since(given)
    listing = operations.ListScheduledEvents(
        user=me.uri if given.whose == "mine" else None,
        organization=None if given.whose == "mine" else me.current_organization,
        invitee_email=given.invitee_email or None,
        status=None if given.status == "any" else given.status,
        min_start_time=since,
        max_start_time=given.max_start_time or None,
        sort=given.sort,
        count=given.count or None,
        page_token=token,
    )
    page = await connector.connection.async_client.send(listing)
    if since is not None and given.min_start_time is UNSET:
        _remember(since, page.pagination)
    return ToolResult(body=page, zone=zone, heading=_heading(listing, given.status, zone))


async def get_scheduled_event(connector: AsyncConnector, given: arguments.GetScheduledEvent) -> ToolResult:
    zone = await zone_for(connector.connection, given.timezone)
    event = await connector.connection.async_client.send(operations.GetScheduledEvent(given.event))
    return ToolResult(body=Resource(event), zone=zone)


async def list_event_invitees(connector: AsyncConnector, given: arguments.ListEventInvitees) -> ToolResult:
    listing = operations.ListEventInvitees(uuid=given.event, **given_fields(given, without="event"))
    return ToolResult(body=await connector.connection.async_client.send(listing))


async def get_event_invitee(connector: AsyncConnector, given: arguments.GetEventInvitee) -> ToolResult:
    """Read one invitee.

    Raises:
        WrongArguments: the URI is none of an invitee.
    """
    event, _, invitee = given.invitee.rstrip("/").rpartition("/invitees/")
    if not event:
        raise WrongArguments("invitee is a URI like .../scheduled_events/{id}/invitees/{id}")
    call = operations.GetEventInvitee(event, invitee)
    return ToolResult(body=Resource(await connector.connection.async_client.send(call)))


async def cancel_scheduled_event(connector: AsyncConnector, given: arguments.CancelScheduledEvent) -> ToolResult:
    call = operations.CancelEvent(given.event, CancelEvent(**given_fields(given, without="event")))
    return ToolResult(body=Resource(await connector.connection.async_client.send(call)))


async def explain_time(connector: AsyncConnector, given: arguments.ExplainTime) -> ToolResult:
    zone = await zone_for(connector.connection)
    call = extensions.Explain(given.event_type, given.start_time)
    return ToolResult(body=Resource(await connector.connection.async_client.send(call)), zone=zone)


async def list_times_to_move_to(connector: AsyncConnector, given: arguments.ListTimesToMoveTo) -> ToolResult:
    zone = await zone_for(connector.connection, given.timezone)
    wanted = window(given)
    call = extensions.ListMoves(given.invitee, *wanted)
    return page_of_times(await connector.connection.async_client.send(call), wanted, given.count, zone)


async def reschedule(connector: AsyncConnector, given: arguments.Reschedule) -> ToolResult:
    body = RescheduleInvitee(**given_fields(given, without="invitee"))
    call = extensions.RescheduleInvitee(given.invitee, body)
    return await _booked(connector, await connector.connection.async_client.send(call))


async def _booked(connector: AsyncConnector, invitee: Invitee) -> ToolResult:
    """What was booked, in the invitee's zone; whatever happens now, it is not the booking that failed."""
    event: ScheduledEvent | None = None
    with contextlib.suppress(ClientError, ValueError, TimeoutError):
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            event = await connector.connection.async_client.send(operations.GetScheduledEvent(invitee.event))
    return ToolResult(body=Booked(invitee, event), zone=zone_named(invitee.timezone) or UTC)


def _since(given: arguments.ListScheduledEvents) -> tuple[datetime | None, str | None]:
    """From which start on to list, and the API's page token.

    Where the caller names none it is the time of the first page, which the tokens of the others hold before the API's.
    """
    token = given.page_token or None
    if given.min_start_time is not UNSET:
        return given.min_start_time, token
    if token is None:
        now = utc_now()
        return (None if given.max_start_time is not UNSET and given.max_start_time <= now else now), None
    first, _, rest = token.partition("/")
    try:
        return codec.parse_instant(first), rest
    except ValueError:
        return None, token


def _remember(since: datetime, pagination: Pagination) -> None:
    for name in ("next_page_token", "previous_page_token"):
        if token := getattr(pagination, name):
            setattr(pagination, name, f"{Timestamp.of(since)}/{token}")


def _heading(listing: operations.ListScheduledEvents, status: str, zone: tzinfo) -> str:
    since = f" from {moment(listing.min_start_time, zone)}" if listing.min_start_time else ""
    until = f" until {moment(listing.max_start_time, zone)}" if listing.max_start_time else ""
    return f"{_STATUSES[status]} meetings{since}{until}:"


class Extensions:
    """Whether the API has what OpenSlot adds to Calendly's; looked up once, and again only if that failed."""

    def __init__(self, connection: Connection, there: Once[bool] | None = None) -> None:
        """``there``: what other connections to the same API found."""
        self._core = connection.client.core
        self._there: Once[bool] = Once() if there is None else there

    def there(self) -> Steps[bool]:
        return self._there.get(self._look_up())

    def _look_up(self) -> Steps[bool]:
        try:
            yield from self._core.exchange(extensions.GetOrganizationPreferences())
        except (NotFound, UnreadableAnswer):
            return False
        except Forbidden:  # it is there, though not for this token
            return True
        return True
