"""Single invitees: read, cancel and move them."""

from typing import ClassVar

from openslot.client.operation import All, One
from openslot.client.parameters import Id, Instant
from openslot.wire import bookings
from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.scheduled_events import Cancellation


class GetInvitee(One[InviteePayload]):
    """An invitee with the event as it is for this invitee, as webhooks deliver it."""

    path = "/openslot/invitees/{uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id


class CancelInvitee(One[Cancellation]):
    """Cancel one invitee of an event; canceling the last one cancels the event."""

    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/cancellation"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.CancelInvitee | None = None


class ListMoves(All[TimeToMoveTo]):
    """The starts to which an invitee can be moved."""

    path = "/openslot/invitees/{uuid}/available_times"
    scopes: ClassVar = ("availability:read", "scheduled_events:read")
    uuid: Id
    start_time: Instant
    """Included."""
    end_time: Instant
    """Excluded."""
    any_host: bool | None = None
    """Whether another host may take the meeting."""


class RescheduleInvitee(One[Invitee]):
    """Reschedule an invitee; the answer is the new invitee."""

    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/rescheduling"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.RescheduleInvitee
