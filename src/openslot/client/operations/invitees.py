"""Invitees, and booking."""

from typing import ClassVar

from openslot.client.operation import One, Sortable
from openslot.client.parameters import (
    Id,
    Status,
)
from openslot.wire import (
    invitees,
)
from openslot.wire.invitees import Invitee


class ListEventInvitees(Sortable[Invitee], kw_only=True):
    """The invitees of a meeting."""

    path = "/scheduled_events/{uuid}/invitees"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id
    status: Status | None = None
    email: str | None = None
    """E-mail address of an invitee."""


class GetEventInvitee(One[Invitee]):
    """One invitee of a meeting."""

    path = "/scheduled_events/{event_uuid}/invitees/{invitee_uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    event_uuid: Id
    invitee_uuid: Id


class CreateEventInvitee(One[Invitee]):
    """Book a slot."""

    method: ClassVar = "POST"
    path = "/invitees"
    scopes: ClassVar = ("scheduled_events:write",)
    body: invitees.CreateInvitee
