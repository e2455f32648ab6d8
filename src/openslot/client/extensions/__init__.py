"""The operations that OpenSlot has beyond Calendly's, one file per noun, all below ``/openslot``.

Calendly answers them with 404. Source: ``docs/api-extensions.md``, ``docs/webhooks.md``.
"""

from openslot.client.extensions.access_tokens import CreateAccessToken, ListAccessTokens, RevokeAccessToken
from openslot.client.extensions.availability_schedules import (
    CreateSchedule,
    DeleteSchedule,
    GetSchedule,
    ListSchedules,
    UpdateSchedule,
)
from openslot.client.extensions.available_times import ListAvailableTimes
from openslot.client.extensions.booking_requests import ApproveBookingRequest, ListBookingRequests, RefuseBookingRequest
from openslot.client.extensions.bookings import CreateBooking
from openslot.client.extensions.days_off import CreateDaysOff, DeleteDaysOff, ListDaysOff
from openslot.client.extensions.erasures import CreateErasure, GetErasure, ListErasures
from openslot.client.extensions.event_types import (
    CreateEventType,
    DeleteEventType,
    DeleteHost,
    DeleteHostHours,
    GetEventTypeSettings,
    ListLedger,
    ListStandings,
    UpdateEventType,
)
from openslot.client.extensions.events import ListEvents
from openslot.client.extensions.explanations import Explain
from openslot.client.extensions.exports import Export
from openslot.client.extensions.groups import CreateGroup, DeleteGroup, PutGroupMembers, UpdateGroup
from openslot.client.extensions.holds import CreateHold, DeleteHold, EndHold, ListHolds
from openslot.client.extensions.holidays import ListHolidays
from openslot.client.extensions.invitees import CancelInvitee, GetInvitee, ListMoves, RescheduleInvitee
from openslot.client.extensions.limits import DeleteLimit, ListLimits, PutLimit
from openslot.client.extensions.mail_templates import DeleteMailTemplate, ListMailTemplates, PutMailTemplate
from openslot.client.extensions.meeting_recaps import PutMeetingRecap
from openslot.client.extensions.oauth_applications import (
    CreateOAuthApplication,
    DeleteOAuthApplication,
    GetOAuthApplication,
    ListOAuthApplications,
    RenewOAuthApplicationSecret,
    UpdateOAuthApplication,
)
from openslot.client.extensions.preferences import (
    GetHostPreferences,
    GetOrganizationPreferences,
    UpdateHostPreferences,
    UpdateOrganizationPreferences,
)
from openslot.client.extensions.sandboxes import (
    GetSandbox,
    ListKeptMails,
    ListKeptWebhooks,
    MoveClock,
    ResetSandbox,
    UpdateSandbox,
)
from openslot.client.extensions.scheduled_events import UpdateScheduledEvent
from openslot.client.extensions.scheduling_links import CreateLastingLink
from openslot.client.extensions.teams import CreateTeam, DeleteTeam, GetTeamWithMembers, UpdateTeam
from openslot.client.extensions.trips import CreateTrip, DeleteTrip, ListTrips
from openslot.client.extensions.webhooks import (
    CreateNarrowedSubscription,
    DisableWebhookSubscription,
    EnableWebhookSubscription,
    GetAuditedSubscription,
    GetDelivery,
    ListDeliveries,
    Redeliver,
    ReplayDeliveries,
    SendTestDelivery,
    UpdateWebhookSubscription,
)

__all__ = [
    "ApproveBookingRequest",
    "CancelInvitee",
    "CreateAccessToken",
    "CreateBooking",
    "CreateDaysOff",
    "CreateErasure",
    "CreateEventType",
    "CreateGroup",
    "CreateHold",
    "CreateLastingLink",
    "CreateNarrowedSubscription",
    "CreateOAuthApplication",
    "CreateSchedule",
    "CreateTeam",
    "CreateTrip",
    "DeleteDaysOff",
    "DeleteEventType",
    "DeleteGroup",
    "DeleteHold",
    "DeleteHost",
    "DeleteHostHours",
    "DeleteLimit",
    "DeleteMailTemplate",
    "DeleteOAuthApplication",
    "DeleteSchedule",
    "DeleteTeam",
    "DeleteTrip",
    "DisableWebhookSubscription",
    "EnableWebhookSubscription",
    "EndHold",
    "Explain",
    "Export",
    "GetAuditedSubscription",
    "GetDelivery",
    "GetErasure",
    "GetEventTypeSettings",
    "GetHostPreferences",
    "GetInvitee",
    "GetOAuthApplication",
    "GetOrganizationPreferences",
    "GetSandbox",
    "GetSchedule",
    "GetTeamWithMembers",
    "ListAccessTokens",
    "ListAvailableTimes",
    "ListBookingRequests",
    "ListDaysOff",
    "ListDeliveries",
    "ListErasures",
    "ListEvents",
    "ListHolds",
    "ListHolidays",
    "ListKeptMails",
    "ListKeptWebhooks",
    "ListLedger",
    "ListLimits",
    "ListMailTemplates",
    "ListMoves",
    "ListOAuthApplications",
    "ListSchedules",
    "ListStandings",
    "ListTrips",
    "MoveClock",
    "PutGroupMembers",
    "PutLimit",
    "PutMailTemplate",
    "PutMeetingRecap",
    "Redeliver",
    "RefuseBookingRequest",
    "RenewOAuthApplicationSecret",
    "ReplayDeliveries",
    "RescheduleInvitee",
    "ResetSandbox",
    "RevokeAccessToken",
    "SendTestDelivery",
    "UpdateEventType",
    "UpdateGroup",
    "UpdateHostPreferences",
    "UpdateOAuthApplication",
    "UpdateOrganizationPreferences",
    "UpdateSandbox",
    "UpdateSchedule",
    "UpdateScheduledEvent",
    "UpdateTeam",
    "UpdateWebhookSubscription",
]
