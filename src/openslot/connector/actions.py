"""The four actions, blocking (``Connector``) and async (``AsyncConnector``); what they do is written once, as steps."""

import copy
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict, Unpack

import msgspec

from openslot.client import operations
from openslot.client.operation import Many
from openslot.client.steps import Steps
from openslot.connector.connection import Connection
from openslot.wire.common import Page
from openslot.wire.event_types import EventType
from openslot.wire.no_shows import CreateNoShow, NoShow


class EventTypeFilters(TypedDict, total=False):
    """The filters of Get Event Types; what is left out does not filter."""

    active: bool | None
    admin_managed: bool | None


class EventTypeQuery(EventTypeFilters, total=False):
    """The parameters of Get Event Types."""

    count: int | None
    """Rows to a page, 1 to 100; 20 where it is left out."""
    page_token: str | None
    """``pagination.next_page_token`` or ``previous_page_token`` of an earlier page, with the same filters."""


class _Actions:
    """What both surfaces have. A copy or a pickle has a connection without a token, as a copied connection is."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (copy.copy(self.connection),)


class Connector(_Actions):
    """The four actions, blocking."""

    def create_invitee_no_show(self, invitee: str) -> NoShow:
        """Mark an invitee, given by URI, as absent."""
        return self.connection.client.send(create_invitee_no_show(invitee))

    def delete_invitee_no_show(self, uuid: str) -> None:
        """Take a no-show back. ``uuid``: id or URI of the no-show (``invitee.no_show.uri``), not of the invitee."""
        self.connection.client.send(operations.DeleteInviteeNoShow(uuid))

    def get_event_type(self, uuid: str) -> EventType:
        """An event type by id or URI."""
        return self.connection.client.send(operations.GetEventType(uuid))

    def get_event_types(self, **query: Unpack[EventTypeQuery]) -> Page[EventType]:
        """A page of the organization's event types; of the caller's own where the token is a plain member's."""
        listing = operations.ListEventTypes(**query)
        return self.connection.client.run(event_types_page(self.connection, listing))

    def each_event_type(self, **filters: Unpack[EventTypeFilters]) -> Iterator[EventType]:
        """All event types that ``get_event_types`` would list, fetched page by page as they are reached."""
        listing = operations.ListEventTypes(**filters)
        return self.connection.client.stream(listing, lambda page: event_types_page(self.connection, page))


class AsyncConnector(_Actions):
    """The four actions for asyncio."""

    async def create_invitee_no_show(self, invitee: str) -> NoShow:
        """Mark an invitee, given by URI, as absent."""
        return await self.connection.async_client.send(create_invitee_no_show(invitee))

    async def delete_invitee_no_show(self, uuid: str) -> None:
        """Take a no-show back. ``uuid``: id or URI of the no-show (``invitee.no_show.uri``), not of the invitee."""
        await self.connection.async_client.send(operations.DeleteInviteeNoShow(uuid))

    async def get_event_type(self, uuid: str) -> EventType:
        """An event type by id or URI."""
        return await self.connection.async_client.send(operations.GetEventType(uuid))

    async def get_event_types(self, **query: Unpack[EventTypeQuery]) -> Page[EventType]:
        """A page of the organization's event types; of the caller's own where the token is a plain member's."""
        listing = operations.ListEventTypes(**query)
        return await self.connection.async_client.run(event_types_page(self.connection, listing))

    def each_event_type(self, **filters: Unpack[EventTypeFilters]) -> AsyncIterator[EventType]:
        """All event types that ``get_event_types`` would list, fetched page by page as they are reached."""
        listing = operations.ListEventTypes(**filters)
        return self.connection.async_client.stream(listing, lambda page: event_types_page(self.connection, page))


def create_invitee_no_show(invitee: str) -> operations.CreateInviteeNoShow:
    """The call that marks an invitee as absent."""
    return operations.CreateInviteeNoShow(CreateNoShow(invitee))


def event_types_page(connection: Connection, listing: Many[EventType]) -> Steps[Page[EventType]]:
    """A page of event types, ``organization`` filled in; of the caller's own where the token is a plain member's."""
    me = yield from connection.identify()
    exchange = connection.client.core.exchange
    return (
        yield from connection.membership.whole_or_own(
            lambda: exchange(msgspec.structs.replace(listing, organization=me.current_organization)),
            lambda: exchange(msgspec.structs.replace(listing, user=me.uri)),
        )
    )
