"""The operations that OpenSlot has beyond Calendly's, one declaration each, all below ``/openslot``.

Source: ``docs/api-extensions.md``, ``docs/webhooks.md``. Calendly answers them with 404.
"""

from typing import ClassVar

from openslot.client.operation import All, Bare, Nothing, One, Sortable
from openslot.client.parameters import DeliveryState, Duration, Event, EventTypeUri, Id, Instant, Region, UserUri, Year
from openslot.wire import (
    availability_schedules,
    bookings,
    days_off,
    erasures,
    event_type_settings,
    groups,
    limits,
    preferences,
    scheduling_links,
    trips,
    webhook_audit,
)
from openslot.wire.availability_schedules import Schedule
from openslot.wire.bookings import BookingRequest, Hold, NewHold, TimeToMoveTo
from openslot.wire.days_off import DaysOff
from openslot.wire.erasures import Erasure
from openslot.wire.event_type_settings import EventTypeSettings, LedgerEntry, Standing
from openslot.wire.event_types import AvailableTime
from openslot.wire.events import LoggedEvent
from openslot.wire.explanations import Explanation
from openslot.wire.groups import Group
from openslot.wire.holidays import Holiday
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.limits import Limit
from openslot.wire.preferences import HostPreferences, OrganizationPreferences
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.trips import Trip
from openslot.wire.webhook_audit import AuditedSubscription, Delivery, DeliveryDetails, Replayed


class Explain(One[Explanation]):
    """Every reason that refuses a start of an event type."""

    path = "/openslot/explanations"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """The start that is asked about."""
    duration: Duration | None = None
    """Minutes: one of the event type's durations."""


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


class PutLimit(One[Limit]):
    """Set a limit, in place of one with the same owner and period."""

    method: ClassVar = "PUT"
    path = "/openslot/limits"
    scopes: ClassVar = ("availability:write",)
    body: limits.PutLimit


class ListLimits(Sortable[Limit], kw_only=True):
    """The limits of an event type, of a host, or (with neither) of the organization."""

    path = "/openslot/limits"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None
    event_type: EventTypeUri | None = None


class DeleteLimit(Nothing):
    """Lift a limit."""

    method: ClassVar = "DELETE"
    path = "/openslot/limits/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id


class CreateDaysOff(One[DaysOff]):
    """Close days for a host, or for everybody."""

    method: ClassVar = "POST"
    path = "/openslot/days_off"
    scopes: ClassVar = ("availability:write",)
    body: days_off.CreateDaysOff


class ListDaysOff(Sortable[DaysOff], kw_only=True):
    """The days off of a host, or everybody's."""

    path = "/openslot/days_off"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class DeleteDaysOff(Nothing):
    """Open closed days again."""

    method: ClassVar = "DELETE"
    path = "/openslot/days_off/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id


class CreateTrip(One[Trip]):
    """Read a host's hours in another zone for some days."""

    method: ClassVar = "POST"
    path = "/openslot/trips"
    scopes: ClassVar = ("availability:write",)
    body: trips.CreateTrip


class ListTrips(Sortable[Trip], kw_only=True):
    """The trips of a host; the caller's where none is named."""

    path = "/openslot/trips"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class DeleteTrip(Nothing):
    """Take a trip back."""

    method: ClassVar = "DELETE"
    path = "/openslot/trips/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id


class CreateSchedule(One[Schedule]):
    """Make a schedule: named hours of a host."""

    method: ClassVar = "POST"
    path = "/openslot/availability_schedules"
    scopes: ClassVar = ("availability:write",)
    body: availability_schedules.CreateSchedule


class ListSchedules(Sortable[Schedule], kw_only=True):
    """The schedules of a host; the caller's where none is named."""

    path = "/openslot/availability_schedules"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None


class GetSchedule(One[Schedule]):
    """One schedule."""

    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:read",)
    uuid: Id


class UpdateSchedule(One[Schedule]):
    """Change a schedule; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
    body: availability_schedules.ChangeSchedule


class DeleteSchedule(Nothing):
    """Delete a schedule: not the default, nor one that an event type has."""

    method: ClassVar = "DELETE"
    path = "/openslot/availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id


class GetHostPreferences(One[HostPreferences]):
    """Hours, holidays and week of a host."""

    path = "/openslot/users/{uuid}"
    scopes: ClassVar = ("availability:read",)
    uuid: Id


class UpdateHostPreferences(One[HostPreferences]):
    """Change hours, holidays and week of a host; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/users/{uuid}"
    scopes: ClassVar = ("availability:write",)
    conflicts: ClassVar = "The address is, or was, somebody else's, or the service's own."
    uuid: Id
    body: preferences.ChangeHostPreferences


class GetOrganizationPreferences(One[OrganizationPreferences]):
    """Zone and week of the caller's organization."""

    path = "/openslot/organization"
    scopes: ClassVar = ("availability:read",)


class UpdateOrganizationPreferences(One[OrganizationPreferences]):
    """Change zone and week of the caller's organization; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/organization"
    scopes: ClassVar = ("availability:write",)
    body: preferences.ChangeOrganizationPreferences


class ListHolidays(All[Holiday]):
    """The public holidays of a region in a year."""

    path = "/openslot/holidays"
    scopes: ClassVar = ("availability:read",)
    region: Region
    """ISO 3166, one whose holidays are known, as ``IT`` or ``US-CA``."""
    year: Year
    """From last year to ten years ahead."""


class ListAvailableTimes(All[AvailableTime]):
    """As ``ListEventTypeAvailableTimes``, for one of several durations."""

    path = "/openslot/available_times"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """Included."""
    end_time: Instant
    """Excluded."""
    duration: Duration | None = None
    """Minutes: one of the event type's durations."""


class CreateBooking(One[Invitee]):
    """As ``CreateEventInvitee``, with a duration, a hold, a payment."""

    method: ClassVar = "POST"
    path = "/openslot/bookings"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.CreateBooking


class UpdateScheduledEvent(One[ScheduledEvent]):
    """Give a planned group event more seats, or fewer down to those that are taken."""

    method: ClassVar = "PATCH"
    path = "/openslot/scheduled_events/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.ChangeScheduledEvent


class GetInvitee(One[InviteePayload]):
    """An invitee with the event as it is for this one, as webhooks tell it."""

    path = "/openslot/invitees/{uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id


class CancelInvitee(One[Cancellation]):
    """Cancel one invitee of an event; the last one cancels it."""

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
    """Whether another host may be given."""


class RescheduleInvitee(One[Invitee]):
    """Move an invitee; answers with the new one."""

    method: ClassVar = "POST"
    path = "/openslot/invitees/{uuid}/rescheduling"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: bookings.RescheduleInvitee


class CreateHold(One[NewHold]):
    """Keep a start, or a seat of it, until a moment that is always set."""

    method: ClassVar = "POST"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.CreateHold


class EndHold(Nothing):
    """Give a hold up; well too where it has ended by itself."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:write",)
    body: bookings.EndHold


class ListHolds(Sortable[Hold]):
    """The standing holds that the caller may end.

    Those of one's own, on one's own time, and on that of the people in one's groups; all for admins and owners.
    """

    path = "/openslot/holds"
    scopes: ClassVar = ("scheduled_events:read",)


class DeleteHold(Nothing):
    """End a hold, whoever made it; a booking that waits for a host's answer is refused."""

    method: ClassVar = "DELETE"
    path = "/openslot/holds/{uuid}"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id


class ListBookingRequests(All[BookingRequest]):
    """The requests that the caller may answer, by start."""

    path = "/openslot/booking_requests"
    scopes: ClassVar = ("scheduled_events:read",)


class ApproveBookingRequest(One[Invitee]):
    """Approve a request: book what was asked for."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/approval"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id


class RefuseBookingRequest(Nothing):
    """Refuse a request: give its slot back."""

    method: ClassVar = "POST"
    path = "/openslot/booking_requests/{uuid}/refusal"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id


class CreateGroup(One[Group]):
    """Make a group."""

    method: ClassVar = "POST"
    path = "/openslot/groups"
    scopes: ClassVar = ("groups:write",)
    conflicts: ClassVar = "A group of the organization has the name."
    body: groups.CreateGroup


class UpdateGroup(One[Group]):
    """Change a group; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/openslot/groups/{uuid}"
    scopes: ClassVar = ("groups:write",)
    conflicts: ClassVar = "Another group of the organization has the name."
    uuid: Id
    body: groups.ChangeGroup


class PutGroupMembers(One[Group]):
    """Say who is in a group: the whole list; who is not in it leaves."""

    method: ClassVar = "PUT"
    path = "/openslot/groups/{uuid}/members"
    scopes: ClassVar = ("groups:write",)
    uuid: Id
    body: groups.PutMembers


class DeleteGroup(Nothing):
    """Delete a group; the people stay, webhook subscriptions of its scope end."""

    method: ClassVar = "DELETE"
    path = "/openslot/groups/{uuid}"
    scopes: ClassVar = ("groups:write",)
    uuid: Id


class CreateLastingLink(One[SchedulingLink]):
    """As ``CreateSchedulingLink``, for so many bookings, until a moment, or both."""

    method: ClassVar = "POST"
    path = "/openslot/scheduling_links"
    scopes: ClassVar = ("scheduling_links:write",)
    body: scheduling_links.CreateLastingLink


class CreateNarrowedSubscription(One[AuditedSubscription]):
    """As ``CreateWebhookSubscription``, narrowed down to event types.

    The token must be able to read, too, what the events say.
    """

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    body: webhook_audit.CreateNarrowedSubscription


class GetAuditedSubscription(One[AuditedSubscription]):
    """A webhook subscription and how it stands."""

    path = "/openslot/webhook_subscriptions/{uuid}"
    scopes: ClassVar = ("webhooks:read",)
    uuid: Id


class UpdateWebhookSubscription(One[AuditedSubscription]):
    """Change a webhook subscription; what is left out stays, and so do its id and its backlog.

    The token must be able to read, too, what the events say.
    """

    method: ClassVar = "PATCH"
    path = "/openslot/webhook_subscriptions/{uuid}"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    uuid: Id
    body: webhook_audit.ChangeWebhookSubscription


class EnableWebhookSubscription(One[AuditedSubscription]):
    """Make a webhook subscription active again; what waits is due at once."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/enable"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 200
    uuid: Id


class DisableWebhookSubscription(One[AuditedSubscription]):
    """Pause a webhook subscription; what happens meanwhile is kept."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/disable"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 200
    uuid: Id


class SendTestDelivery(One[Delivery]):
    """Send a made-up event to a webhook subscription."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/test"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "The webhook subscription is disabled."
    answers_with: ClassVar = 202
    uuid: Id
    body: webhook_audit.SendTest | None = None


class ReplayDeliveries(Bare[Replayed]):
    """Deliver everything since a time once more, and what was never delivered."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/replay"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 202
    uuid: Id
    body: webhook_audit.ReplayDeliveries


class ListDeliveries(Sortable[Delivery], kw_only=True):
    """The deliveries of a webhook subscription, the newest first."""

    path = "/openslot/webhook_subscriptions/{uuid}/deliveries"
    scopes: ClassVar = ("webhooks:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:desc"
    uuid: Id
    state: DeliveryState | None = None
    """``pending``, ``delivered``, ``failed`` or ``discarded``."""
    event: Event | None = None
    """Only those of this event, such as ``invitee.created``."""
    since: Instant | None = None
    """Only what happened then or later."""


class GetDelivery(One[DeliveryDetails]):
    """A delivery with every attempt and the request.

    The token must be able to read, too, what the event says.
    """

    path = "/openslot/webhook_deliveries/{uuid}"
    scopes: ClassVar = ("webhooks:read",)
    uuid: Id


class Redeliver(One[Delivery]):
    """Make a delivery once more, with the same id and bytes."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_deliveries/{uuid}/redelivery"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "The event's personal data was erased, or a worker is making the delivery at the moment."
    answers_with: ClassVar = 202
    uuid: Id


class CreateErasure(One[Erasure]):
    """Erase people by their e-mail addresses, with a receipt."""

    method: ClassVar = "POST"
    path = "/openslot/erasures"
    scopes: ClassVar = ("data_compliance:write",)
    body: erasures.EraseInvitees


class ListErasures(Sortable[Erasure], kw_only=True):
    """The organization's receipts of erasures."""

    path = "/openslot/erasures"
    scopes: ClassVar = ("data_compliance:write",)


class GetErasure(One[Erasure]):
    """One receipt of an erasure."""

    path = "/openslot/erasures/{uuid}"
    scopes: ClassVar = ("data_compliance:write",)
    uuid: Id


class ListEvents(Sortable[LoggedEvent]):
    """The event log of the organization, newest first."""

    path = "/openslot/events"
    scopes: ClassVar = ("activity_log:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:desc"
    event: str | None = None
    """Only this event, such as ``invitee.created``."""
    since: Instant | None = None
    """Only what happened then or later."""
