"""Limits on the number of meetings."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import EventTypeUri, Id, UserUri
from openslot.wire import limits
from openslot.wire.limits import Limit


class PutLimit(One[Limit]):
    """Set a limit; it replaces one with the same owner and period."""

    method: ClassVar = "PUT"
    path = "/openslot/limits"
    scopes: ClassVar = ("availability:write",)
    body: limits.PutLimit


class ListLimits(Sortable[Limit], kw_only=True):
    """The limits of an event type or of a host. With neither: of the organization."""

    path = "/openslot/limits"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None
    event_type: EventTypeUri | None = None


class DeleteLimit(Nothing):
    """Delete a limit."""

    method: ClassVar = "DELETE"
    path = "/openslot/limits/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
