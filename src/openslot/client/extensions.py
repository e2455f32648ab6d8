"""The operations that OpenSlot has beyond Calendly's, one declaration each, all below ``/openslot``.

Source: ``docs/api-extensions.md``, ``docs/webhooks.md``. Calendly answers them with 404.
"""

from datetime import datetime
from typing import ClassVar

from openslot.client.operation import All, Bare, Nothing, One, Sortable
from openslot.wire import availability, bookings, erasures, event_type_settings, groups, scheduling_links, webhook_audit
from openslot.wire.availability import (
    DaysOff,
    Holiday,
    HostPreferences,
    Limit,
    OrganizationPreferences,
    Schedule,
    Trip,
)
from openslot.wire.bookings import BookingRequest, Hold, TimeToMoveTo
from openslot.wire.erasures import Erasure
from openslot.wire.event_type_settings import EventTypeSettings, LedgerEntry, Standing
from openslot.wire.event_types import AvailableTime
from openslot.wire.events import LoggedEvent
from openslot.wire.explanations import Explanation
from openslot.wire.groups import Group
from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import Cancellation
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.webhook_audit import AuditedSubscription, Delivery, DeliveryDetails, Replayed


class Explain(One[Explanation]):
    """Every reason that refuses a start."""

    path = "/openslot/explanations"
    event_type: str
    start_time: datetime
    duration: int | None = None
    """Minutes: one of the event type's durations."""


class CreateEventType(One[EventTypeSettings]):
    """Make an event type of any kind."""

    method: ClassVar = "POST"
    path = "/openslot/event_types"
    body: event_type_settings.CreateEventType


class GetEventTypeSettings(One[EventTypeSettings]):
    """An event type with every rule."""

    path = "/openslot/event_types/{uuid}"
    uuid: str


class UpdateEventType(One[EventTypeSettings]):
    """What is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/event_types/{uuid}"
    uuid: str
    body: event_type_settings.ChangeEventType


class DeleteEventType(Nothing):
    """Take it off every list; its events stay."""

    method: ClassVar = "DELETE"
    path = "/openslot/event_types/{uuid}"
    uuid: str


class ListStandings(All[Standing]):
    """Who is next in a round robin, and why."""

    path = "/openslot/event_types/{uuid}/standings"
    uuid: str


class ListLedger(Sortable[LedgerEntry], kw_only=True):
    """Every fact that the standings come from, in order."""

    path = "/openslot/event_types/{uuid}/ledger"
    uuid: str


class PutLimit(One[Limit]):
    """Set a limit, in place of one with the same owner and period."""

    method: ClassVar = "PUT"
    path = "/openslot/limits"
    body: availability.PutLimit


class ListLimits(Sortable[Limit], kw_only=True):
    """Of an event type, of a host, or (with neither) of the organization."""

    path = "/openslot/limits"
    user: str | None = None
    event_type: str | None = None


class DeleteLimit(Nothing):
    """Lift a limit."""

    method: ClassVar = "DELETE"
    path = "/openslot/limits/{uuid}"
    uuid: str


class CreateDaysOff(One[DaysOff]):
    """Close days for a host, or for everybody."""

    method: ClassVar = "POST"
    path = "/openslot/days_off"
    body: availability.CreateDaysOff


class ListDaysOff(Sortable[DaysOff], kw_only=True):
    """Of a host, or everybody's."""

    path = "/openslot/days_off"
    user: str | None = None


class DeleteDaysOff(Nothing):
    """Open the days again."""

    method: ClassVar = "DELETE"
    path = "/openslot/days_off/{uuid}"
    uuid: str


class CreateTrip(One[Trip]):
    """Read a host's hours in another zone for some days."""

    method: ClassVar = "POST"
    path = "/openslot/trips"
    body: availability.CreateTrip


class ListTrips(Sortable[Trip], kw_only=True):
    """Of a host; the caller's where none is named."""

    path = "/openslot/trips"
    user: str | None = None


class DeleteTrip(Nothing):
    """Take a trip back."""

    method: ClassVar = "DELETE"
    path = "/openslot/trips/{uuid}"
    uuid: str


class CreateSchedule(One[Schedule]):
    """Named hours of a host."""

    method: ClassVar = "POST"
    path = "/openslot/availability_schedules"
    body: availability.CreateSchedule


class ListSchedules(Sortable[Schedule], kw_only=True):
    """Of a host; the caller's where none is named."""

    path = "/openslot/availability_schedules"
    user: str | None = None


class GetSchedule(One[Schedule]):
    """One schedule."""

    path = "/openslot/availability_schedules/{uuid}"
    uuid: str


class UpdateSchedule(One[Schedule]):
    """What is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/availability_schedules/{uuid}"
    uuid: str
    body: availability.ChangeSchedule


class DeleteSchedule(Nothing):
    """Not the default, nor one that an event type has."""

    method: ClassVar = "DELETE"
    path = "/openslot/availability_schedules/{uuid}"
    uuid: str


class GetHostPreferences(One[HostPreferences]):
    """Hours, holidays and week of a host."""

    path = "/openslot/users/{uuid}"
    uuid: str


class UpdateHostPreferences(One[HostPreferences]):
    """What is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/users/{uuid}"
    uuid: str
    body: availability.ChangeHostPreferences


class GetOrganizationPreferences(One[OrganizationPreferences]):
    """Zone and week of the caller's organization."""

    path = "/openslot/organization"


class UpdateOrganizationPreferences(One[OrganizationPreferences]):
    """What is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/organization"
    body: availability.ChangeOrganizationPreferences


class ListHolidays(All[Holiday]):
    """The public holidays of a region in a year."""

    path = "/openslot/holidays"
    region: str
    """ISO 3166, as ``IT`` or ``US-CA``."""
    year: int


class ListAvailableTimes(All[AvailableTime]):
    """As ``ListEventTypeAvailableTimes``, for one of several durations."""

    path = "/openslot/available_times"
    event_type: str
    start_time: datetime
    end_time: datetime
    duration: int | None = None
    """Minutes."""


class CreateBooking(One[Invitee]):
    """As ``CreateEventInvitee``, with a duration, a hold, a payment."""

    method: ClassVar = "POST"
    path = "/openslot/bookings"
    body: bookings.CreateBooking


class CancelInvitee(One[Cancellation]):
    """Cancel one invitee of an event; the last one cancels it."""

    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/cancellation"
    uuid: str
    body: bookings.CancelInvitee | None = None


class ListMoves(All[TimeToMoveTo]):
    """The starts to which an invitee can be moved."""

    path = "/openslot/invitees/{uuid}/available_times"
    uuid: str
    start_time: datetime
    end_time: datetime
    any_host: bool | None = None
    """Whether another host may be given."""


class RescheduleInvitee(One[Invitee]):
    """Move an invitee; answers with the new one."""

    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/rescheduling"
    uuid: str
    body: bookings.RescheduleInvitee


class CreateHold(One[Hold]):
    """Keep a start, or a seat of it, until a moment that is always set."""

    method: ClassVar = "POST"
    path = "/openslot/holds"
    body: bookings.CreateHold


class EndHold(Nothing):
    """Give a hold up; well too where it has ended by itself."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds"
    body: bookings.EndHold


class ListBookingRequests(All[BookingRequest]):
    """Those that the caller may answer, by start."""

    path = "/openslot/booking_requests"


class ApproveBookingRequest(One[Invitee]):
    """Book what was asked for."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/approval"
    uuid: str


class RefuseBookingRequest(Nothing):
    """Give the slot back."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/refusal"
    uuid: str


class CreateGroup(One[Group]):
    """Make a group."""

    method: ClassVar = "POST"
    path = "/openslot/groups"
    body: groups.CreateGroup


class UpdateGroup(One[Group]):
    """What is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/groups/{uuid}"
    uuid: str
    body: groups.ChangeGroup


class PutGroupMembers(One[Group]):
    """The whole list; who is not in it leaves the group."""

    method: ClassVar = "PUT"
    path = "/openslot/groups/{uuid}/members"
    uuid: str
    body: groups.PutMembers


class DeleteGroup(Nothing):
    """The people stay, webhook subscriptions of its scope end."""

    method: ClassVar = "DELETE"
    path = "/openslot/groups/{uuid}"
    uuid: str


class CreateLastingLink(One[SchedulingLink]):
    """As ``CreateSchedulingLink``, for so many bookings, until a moment, or both."""

    method: ClassVar = "POST"
    path = "/openslot/scheduling_links"
    body: scheduling_links.CreateLastingLink


class CreateNarrowedSubscription(One[AuditedSubscription]):
    """As ``CreateWebhookSubscription``, narrowed down to event types."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions"
    body: webhook_audit.CreateNarrowedSubscription


class GetAuditedSubscription(One[AuditedSubscription]):
    """A subscription and how it stands."""

    path = "/openslot/webhook_subscriptions/{uuid}"
    uuid: str


class UpdateWebhookSubscription(One[AuditedSubscription]):
    """What is left out stays, and so do its id and its backlog."""

    method: ClassVar = "PATCH"
    path = "/openslot/webhook_subscriptions/{uuid}"
    uuid: str
    body: webhook_audit.ChangeWebhookSubscription


class EnableWebhookSubscription(One[AuditedSubscription]):
    """Active again; what waits is due at once."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/enable"
    uuid: str


class DisableWebhookSubscription(One[AuditedSubscription]):
    """A pause; what happens meanwhile is kept."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/disable"
    uuid: str


class SendTestDelivery(One[Delivery]):
    """Send a made-up event."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/test"
    uuid: str
    body: webhook_audit.SendTest | None = None


class ReplayDeliveries(Bare[Replayed]):
    """Everything since a time once more, and what was never delivered."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/replay"
    uuid: str
    body: webhook_audit.ReplayDeliveries


class ListDeliveries(Sortable[Delivery], kw_only=True):
    """The newest first."""

    path = "/openslot/webhook_subscriptions/{uuid}/deliveries"
    uuid: str
    state: str | None = None
    """``pending``, ``delivered``, ``failed`` or ``discarded``."""
    event: str | None = None
    since: datetime | None = None


class GetDelivery(One[DeliveryDetails]):
    """With every attempt and the request."""

    path = "/openslot/webhook_deliveries/{uuid}"
    uuid: str


class Redeliver(One[Delivery]):
    """Once more, with the same id and bytes."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_deliveries/{uuid}/redelivery"
    uuid: str


class CreateErasure(One[Erasure]):
    """Erase people by their e-mail addresses, with a receipt."""

    method: ClassVar = "POST"
    path = "/openslot/erasures"
    body: erasures.EraseInvitees


class ListErasures(Sortable[Erasure], kw_only=True):
    """The organization's receipts."""

    path = "/openslot/erasures"


class GetErasure(One[Erasure]):
    """One receipt."""

    path = "/openslot/erasures/{uuid}"
    uuid: str


class ListEvents(Sortable[LoggedEvent]):
    """The event log of the organization, newest first."""

    path = "/openslot/events"
    event: str | None = None
    since: datetime | None = None
