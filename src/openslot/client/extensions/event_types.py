"""Event types with every rule, their hosts, and the standings of a round robin."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One, Sortable
from openslot.client.parameters import Id
from openslot.wire import event_type_settings
from openslot.wire.event_type_settings import EventTypeSettings, LedgerEntry, Standing


class CreateEventType(One[EventTypeSettings]):
    """Make an event type of any kind."""

    method: ClassVar = "POST"
    path = "/openslot/event_types"
    scopes: ClassVar = ("event_types:write",)
    conflicts: ClassVar = "The owner has, or had, an event type at the address."
    body: event_type_settings.CreateEventType


class GetEventTypeSettings(One[EventTypeSettings]):
    """An event type with every rule."""

    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:read",)
    uuid: Id


class UpdateEventType(One[EventTypeSettings]):
    """Change an event type; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:write",)
    conflicts: ClassVar = "The owner has, or had, another event type at the address."
    uuid: Id
    body: event_type_settings.ChangeEventType


class DeleteEventType(Nothing):
    """Take an event type off every list; its events stay."""

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}"
    scopes: ClassVar = ("event_types:write",)
    uuid: Id


class DeleteHost(Nothing):
    """Take a host out of an event type; what is booked stays.

    A host leaves by themselves, where admins do not manage the event type; its owner and admins let anybody go.
    """

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}/hosts/{user_uuid}"
    scopes: ClassVar = ("event_types:write",)
    uuid: Id
    user_uuid: Id


class ListStandings(All[Standing]):
    """Who is next in a round robin, and why."""

    path = "/openslot/event_types/{uuid}/standings"
    scopes: ClassVar = ("event_types:read",)
    uuid: Id


class ListLedger(Sortable[LedgerEntry], kw_only=True):
    """Every fact that the standings come from, in order."""

    path = "/openslot/event_types/{uuid}/ledger"
    scopes: ClassVar = ("event_types:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:asc"
    uuid: Id
