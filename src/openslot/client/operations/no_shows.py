"""No-shows."""

from typing import ClassVar

from openslot.client.operation import Nothing, One
from openslot.client.parameters import (
    Id,
)
from openslot.wire import (
    no_shows,
)
from openslot.wire.no_shows import NoShow


class CreateInviteeNoShow(One[NoShow]):
    """Mark an invitee as absent."""

    method: ClassVar = "POST"
    path = "/invitee_no_shows"
    scopes: ClassVar = ("scheduled_events:write",)
    body: no_shows.CreateNoShow


class GetInviteeNoShow(One[NoShow]):
    """One no-show mark."""

    path = "/invitee_no_shows/{uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id


class DeleteInviteeNoShow(Nothing):
    """Remove a no-show mark; ``uuid`` is the mark's, not the invitee's."""

    method: ClassVar = "DELETE"
    path = "/invitee_no_shows/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
