"""The operations of Calendly's API that the client has, one declaration each; OpenSlot's own are in ``extensions``.

Source: ``tests/contract/calendly-v2.openapi.yaml`` and ``since-september.yaml`` beside it.
"""

from openslot.client.operations.activity_log import ListActivityLogEntries, ListOutgoingCommunications
from openslot.client.operations.availability import (
    CreateAvailabilitySchedule,
    GetAvailabilitySchedule,
    ListAvailabilitySchedules,
    ListEventTypeAvailabilitySchedules,
    ListUserBusyTimes,
    ListUserMeetingLimits,
    UpdateAvailabilitySchedule,
    UpdateEventTypeAvailabilitySchedule,
    UpdateUserMeetingLimits,
)
from openslot.client.operations.contacts import (
    AddContactListMemberships,
    CreateContact,
    CreateContactList,
    CreateCustomFieldDefinition,
    CreateNote,
    DeleteContact,
    GetContact,
    GetContactList,
    GetCustomFieldDefinition,
    GetNote,
    ListContactLists,
    ListContacts,
    ListCustomFieldDefinitions,
    ListNotes,
    RemoveContactListMemberships,
    RenameContactList,
    UpdateContact,
)
from openslot.client.operations.erasures import DeleteInviteeData, DeleteScheduledEventData
from openslot.client.operations.event_types import (
    CreateOneOffEventType,
    CreateSoloEventType,
    GetEventType,
    ListEventTypeAvailableTimes,
    ListEventTypeMemberships,
    ListEventTypes,
    ListLocations,
    UpdateSoloEventType,
)
from openslot.client.operations.groups import GetGroup, GetGroupRelationship, ListGroupRelationships, ListGroups
from openslot.client.operations.invitations import (
    CreateOrganizationInvitation,
    DeleteOrganizationInvitation,
    GetOrganizationInvitation,
    ListOrganizationInvitations,
)
from openslot.client.operations.invitees import CreateEventInvitee, GetEventInvitee, ListEventInvitees
from openslot.client.operations.meeting_recaps import (
    DeleteMeetingRecap,
    GetMeetingRecap,
    GetMeetingRecapTranscript,
    ListMeetingRecaps,
    UpdateMeetingRecap,
)
from openslot.client.operations.no_shows import CreateInviteeNoShow, DeleteInviteeNoShow, GetInviteeNoShow
from openslot.client.operations.organizations import (
    DeleteOrganizationMembership,
    GetOrganization,
    GetOrganizationMembership,
    ListOrganizationMemberships,
)
from openslot.client.operations.routing_forms import (
    GetRoutingForm,
    GetRoutingFormSubmission,
    ListRoutingForms,
    ListRoutingFormSubmissions,
)
from openslot.client.operations.scheduled_events import CancelEvent, GetScheduledEvent, ListScheduledEvents
from openslot.client.operations.scheduling_links import CreateSchedulingLink, CreateShare
from openslot.client.operations.teams import GetTeam, ListTeams
from openslot.client.operations.users import GetCurrentUser, GetUser
from openslot.client.operations.webhook_subscriptions import (
    CreateWebhookSubscription,
    DeleteWebhookSubscription,
    GetSampleWebhookData,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
)

__all__ = [
    "AddContactListMemberships",
    "CancelEvent",
    "CreateAvailabilitySchedule",
    "CreateContact",
    "CreateContactList",
    "CreateCustomFieldDefinition",
    "CreateEventInvitee",
    "CreateInviteeNoShow",
    "CreateNote",
    "CreateOneOffEventType",
    "CreateOrganizationInvitation",
    "CreateSchedulingLink",
    "CreateShare",
    "CreateSoloEventType",
    "CreateWebhookSubscription",
    "DeleteContact",
    "DeleteInviteeData",
    "DeleteInviteeNoShow",
    "DeleteMeetingRecap",
    "DeleteOrganizationInvitation",
    "DeleteOrganizationMembership",
    "DeleteScheduledEventData",
    "DeleteWebhookSubscription",
    "GetAvailabilitySchedule",
    "GetContact",
    "GetContactList",
    "GetCurrentUser",
    "GetCustomFieldDefinition",
    "GetEventInvitee",
    "GetEventType",
    "GetGroup",
    "GetGroupRelationship",
    "GetInviteeNoShow",
    "GetMeetingRecap",
    "GetMeetingRecapTranscript",
    "GetNote",
    "GetOrganization",
    "GetOrganizationInvitation",
    "GetOrganizationMembership",
    "GetRoutingForm",
    "GetRoutingFormSubmission",
    "GetSampleWebhookData",
    "GetScheduledEvent",
    "GetTeam",
    "GetUser",
    "GetWebhookSubscription",
    "ListActivityLogEntries",
    "ListAvailabilitySchedules",
    "ListContactLists",
    "ListContacts",
    "ListCustomFieldDefinitions",
    "ListEventInvitees",
    "ListEventTypeAvailabilitySchedules",
    "ListEventTypeAvailableTimes",
    "ListEventTypeMemberships",
    "ListEventTypes",
    "ListGroupRelationships",
    "ListGroups",
    "ListLocations",
    "ListMeetingRecaps",
    "ListNotes",
    "ListOrganizationInvitations",
    "ListOrganizationMemberships",
    "ListOutgoingCommunications",
    "ListRoutingFormSubmissions",
    "ListRoutingForms",
    "ListScheduledEvents",
    "ListTeams",
    "ListUserBusyTimes",
    "ListUserMeetingLimits",
    "ListWebhookSubscriptions",
    "RemoveContactListMemberships",
    "RenameContactList",
    "UpdateAvailabilitySchedule",
    "UpdateContact",
    "UpdateEventTypeAvailabilitySchedule",
    "UpdateMeetingRecap",
    "UpdateSoloEventType",
    "UpdateUserMeetingLimits",
]
