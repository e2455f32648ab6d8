"""Event types with every rule, their hosts, and the standings of a round robin."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One, Sortable
from openslot.client.parameters import Id
from openslot.wire import event_type_settings
from openslot.wire.event_type_settings import EventTypeSettings, LedgerEntry, Standing


class CreateEventType(One[EventTypeSettings]):
    """Create an event type of any kind."""

    method: ClassVar = "POST"
    path = "/openslot/event_types"
    scopes: ClassVar = ("event_types:write",)
    conflicts: ClassVar = "The owner has, or had, an event type at the address."
    body: event_type_settings.CreateEventType


class GetEventTypeSettings(One[EventTypeSettings]):
    """An event type with every setting."""

    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:read",)
    uuid: Id


class UpdateEventType(One[EventTypeSettings]):
    """Change an event type; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:write",)
    conflicts: ClassVar = "The owner has, or had, another event type at the address."
    uuid: Id
    body: event_type_settings.ChangeEventType


class DeleteEventType(Nothing):
    """Delete an event type; its events stay."""

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:write",)
    uuid: Id


class DeleteHost(Nothing):
    """Remove a host from an event type; booked meetings stay.

    Hosts may remove themselves unless admins manage the event type. Its owner and admins may remove any host.
    """

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}/hosts/{user_uuid}"
    scopes: ClassVar = ("event_types:write",)
    uuid: Id
    user_uuid: Id


class DeleteHostHours(Nothing):
    """Remove the hours that a host has for this event type alone; the host's schedule applies again.

    Hosts may remove their own unless admins manage the event type. Admins may remove those of any host.
    """

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}/hosts/{user_uuid}/hours"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
    user_uuid: Id


class ListStandings(All[Standing]):
    """The position of each host in a round robin, with the reasons."""

    path = "/openslot/event_types/{uuid}/standings"
    scopes: ClassVar = ("event_types:read",)
    uuid: Id


class ListLedger(Sortable[LedgerEntry], kw_only=True):
    """The ledger from which the standings are computed, in order."""

    path = "/openslot/event_types/{uuid}/ledger"
    scopes: ClassVar = ("event_types:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:asc"
    uuid: Id
