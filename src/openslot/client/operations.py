"""The operations of Calendly's API that the client has, one declaration each; OpenSlot's own are in ``extensions``.

Source: ``tests/contract/calendly-v2.openapi.yaml``.
"""

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from openslot.client.operation import All, Bare, Many, Nothing, One, Sortable
from openslot.client.parameters import (
    ContactListUri,
    ContactUris,
    Event,
    EventTypeUri,
    Excluded,
    GroupUri,
    Id,
    Instant,
    LogCount,
    MemberUri,
    OrganizationUri,
    Role,
    RoutingFormUri,
    ScheduleUri,
    Scope,
    Status,
    UserUri,
)
from openslot.wire import (
    availability_schedules,
    contact_fields,
    contact_lists,
    contacts,
    erasures,
    event_type_availability_schedules,
    event_types,
    invitees,
    limits,
    no_shows,
    notes,
    one_off_event_types,
    scheduled_events,
    scheduling_links,
    shares,
    webhooks,
)
from openslot.wire.activity_log import ActivityLog, ActivityLogEntry
from openslot.wire.availability_schedules import AvailabilitySchedule
from openslot.wire.busy_times import BusyTime
from openslot.wire.common import Page
from openslot.wire.contact_fields import CustomFieldDefinition
from openslot.wire.contact_lists import ContactList, CreatedContactList, MembershipResult
from openslot.wire.contacts import Contact
from openslot.wire.event_type_availability_schedules import EventTypeAvailabilitySchedule
from openslot.wire.event_type_memberships import EventTypeMembership
from openslot.wire.event_types import AvailableTime, EventType
from openslot.wire.groups import Group, GroupRelationship
from openslot.wire.invitees import Invitee
from openslot.wire.limits import UserMeetingLimits
from openslot.wire.locations import MeetingLocation
from openslot.wire.no_shows import NoShow
from openslot.wire.notes import Note
from openslot.wire.organizations import Organization
from openslot.wire.outgoing_communications import OutgoingCommunication, OutgoingCommunications
from openslot.wire.routing_forms import RoutingForm, RoutingFormSubmission
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.shares import Share
from openslot.wire.users import OrganizationMembership, User
from openslot.wire.webhooks import WebhookPayload, WebhookSubscription


class GetCurrentUser(One[User]):
    """The user to whom the token belongs."""

    path = "/users/me"
    scopes: ClassVar = ("users:read",)


class GetUser(One[User]):
    """A member of the caller's organization."""

    path = "/users/{uuid}"
    scopes: ClassVar = ("users:read",)
    uuid: Id


class GetOrganization(One[Organization]):
    """The caller's organization."""

    path = "/organizations/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class ListOrganizationMemberships(Many[OrganizationMembership], kw_only=True):
    """The members of an organization. Name ``user``, ``organization`` or both."""

    path = "/organization_memberships"
    scopes: ClassVar = ("organizations:read",)
    user: UserUri | None = None
    organization: OrganizationUri | None = None
    email: str | None = None
    """E-mail address of the member."""
    role: Role | None = None


class GetOrganizationMembership(One[OrganizationMembership]):
    """One member, with the role."""

    path = "/organization_memberships/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class DeleteOrganizationMembership(Nothing):
    """Remove somebody from the organization. What is booked stays."""

    method: ClassVar = "DELETE"
    path = "/organization_memberships/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id


class ListEventTypes(Sortable[EventType], kw_only=True):
    """The event types of a user, or of the organization.

    Name ``user``, or ``organization`` (owners and admins).
    """

    path = "/event_types"
    scopes: ClassVar = ("event_types:read",)
    sort_fields: ClassVar = ("name", "position", "created_at", "updated_at")
    usual_sort: ClassVar = "name:asc"
    user: UserUri | None = None
    organization: OrganizationUri | None = None
    active: bool | None = None
    """Only event types that can be booked, or only the others."""
    admin_managed: bool | None = None
    """Only event types that admins manage, or only the others."""
    user_availability_schedule: ScheduleUri | None = None
    """Only together with ``user``."""


class GetEventType(One[EventType]):
    """One event type, a deleted one included."""

    path = "/event_types/{uuid}"
    scopes: ClassVar = ("event_types:read",)
    uuid: Id


class ListEventTypeMemberships(Many[EventTypeMembership], kw_only=True):
    """The hosts of an event type."""

    path = "/event_type_memberships"
    scopes: ClassVar = ("event_types:read",)
    event_type: EventTypeUri


class CreateSoloEventType(One[EventType]):
    """Create a one-on-one event type, which is inactive at first."""

    method: ClassVar = "POST"
    path = "/event_types"
    scopes: ClassVar = ("event_types:write",)
    body: event_types.CreateSoloEventType


class UpdateSoloEventType(One[EventType]):
    """Change a one-on-one event type; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/event_types/{uuid}"
    scopes: ClassVar = ("event_types:write",)
    uuid: Id
    body: event_types.ChangeSoloEventType


class ListEventTypeAvailabilitySchedules(Bare[Page[EventTypeAvailabilitySchedule]]):
    """The hours of an event type, by host, all on one page."""

    path = "/event_type_availability_schedules"
    scopes: ClassVar = ("availability:read",)
    event_type: EventTypeUri


class UpdateEventTypeAvailabilitySchedule(One[EventTypeAvailabilitySchedule]):
    """Give a host hours for this event type alone, in place of those of a schedule.

    Hosts set their own unless admins manage the event type. Admins and owners set those of any host.
    """

    method: ClassVar = "PATCH"
    path = "/event_type_availability_schedules"
    scopes: ClassVar = ("availability:write",)
    event_type: EventTypeUri
    body: event_type_availability_schedules.ChangeEventTypeAvailabilitySchedule


class ListEventTypeAvailableTimes(All[AvailableTime]):
    """The free slots of an event type between two instants in the future, at most 31 days apart."""

    path = "/event_type_available_times"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """Included."""
    end_time: Instant
    """Excluded."""


class ListAvailabilitySchedules(All[AvailabilitySchedule]):
    """The availability schedules of a user."""

    path = "/user_availability_schedules"
    scopes: ClassVar = ("availability:read",)
    user: UserUri


class GetAvailabilitySchedule(One[AvailabilitySchedule]):
    """One availability schedule."""

    path = "/user_availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:read",)
    uuid: Id


class CreateAvailabilitySchedule(One[AvailabilitySchedule]):
    """Create an availability schedule of the caller. No event type has it until one is set to."""

    method: ClassVar = "POST"
    path = "/user_availability_schedules"
    scopes: ClassVar = ("availability:write",)
    answers_with: ClassVar = 201
    body: availability_schedules.CreateAvailabilitySchedule


class UpdateAvailabilitySchedule(One[AvailabilitySchedule]):
    """Change an availability schedule, and with it every event type that has it."""

    method: ClassVar = "PATCH"
    path = "/user_availability_schedules/{uuid}"
    scopes: ClassVar = ("availability:write",)
    uuid: Id
    body: availability_schedules.ChangeAvailabilitySchedule


class ListUserBusyTimes(All[BusyTime]):
    """When a user can't meet, in at most 7 days."""

    path = "/user_busy_times"
    scopes: ClassVar = ("availability:read",)
    user: UserUri
    start_time: Instant
    """In the future."""
    end_time: Instant
    """At most 7 days later."""


class ListUserMeetingLimits(All[UserMeetingLimits], kw_only=True):
    """How many meetings a user has at most in a day, week and month: one row."""

    path = "/user_meeting_limits"
    scopes: ClassVar = ("availability:read",)
    user: UserUri | None = None
    """The caller where it is left out."""


class UpdateUserMeetingLimits(One[UserMeetingLimits], kw_only=True):
    """Set the caller's meeting limits."""

    method: ClassVar = "PATCH"
    path = "/user_meeting_limits"
    scopes: ClassVar = ("availability:write",)
    body: limits.ChangeUserMeetingLimits


class ListLocations(All[MeetingLocation]):
    """The kinds of locations that a user can choose for event types."""

    path = "/locations"
    scopes: ClassVar = ("locations:read",)
    user: UserUri


class ListScheduledEvents(Sortable[ScheduledEvent], kw_only=True):
    """The meetings of a user, of the organization, or of the members of a group.

    Name ``user``, ``organization`` or both, or ``organization`` and ``group``.
    """

    path = "/scheduled_events"
    scopes: ClassVar = ("scheduled_events:read",)
    sort_fields: ClassVar = ("start_time",)
    usual_sort: ClassVar = "start_time:asc"
    user: UserUri | None = None
    organization: OrganizationUri | None = None
    group: GroupUri | None = None
    invitee_email: str | None = None
    """E-mail address of an invitee."""
    status: Status | None = None
    """``active`` or ``canceled``."""
    min_start_time: Instant | None = None
    """Only meetings that start then or later."""
    max_start_time: Instant | None = None
    """Only meetings that start then or earlier."""


class GetScheduledEvent(One[ScheduledEvent]):
    """One meeting."""

    path = "/scheduled_events/{uuid}"
    scopes: ClassVar = ("scheduled_events:read",)
    uuid: Id


class CancelEvent(One[Cancellation]):
    """Cancel a meeting for all of its invitees."""

    method: ClassVar = "POST"
    path = "/scheduled_events/{uuid}/cancellation"
    scopes: ClassVar = ("scheduled_events:write",)
    uuid: Id
    body: scheduled_events.CancelEvent | None = None


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


class CreateSchedulingLink(One[SchedulingLink]):
    """A link to an event type for one booking."""

    method: ClassVar = "POST"
    path = "/scheduling_links"
    scopes: ClassVar = ("scheduling_links:write",)
    body: scheduling_links.CreateSchedulingLink


class CreateShare(One[Share]):
    """A link for one booking that changes some of the event type's settings."""

    method: ClassVar = "POST"
    path = "/shares"
    scopes: ClassVar = ("shares:write",)
    body: shares.CreateShare


class CreateOneOffEventType(One[EventType]):
    """An event type for one meeting."""

    method: ClassVar = "POST"
    path = "/one_off_event_types"
    scopes: ClassVar = ("event_types:write",)
    body: one_off_event_types.CreateOneOffEventType


class ListGroups(Many[Group], kw_only=True):
    """The groups of an organization."""

    path = "/groups"
    scopes: ClassVar = ("groups:read",)
    organization: OrganizationUri


class GetGroup(One[Group]):
    """One group."""

    path = "/groups/{uuid}"
    scopes: ClassVar = ("groups:read",)
    uuid: Id


class ListGroupRelationships(Many[GroupRelationship], kw_only=True):
    """The members of groups: of an organization, of one ``group``, or of one ``owner``."""

    path = "/group_relationships"
    scopes: ClassVar = ("groups:read",)
    organization: OrganizationUri | None = None
    owner: MemberUri | None = None
    group: GroupUri | None = None


class GetGroupRelationship(One[GroupRelationship]):
    """The role of a member in a group."""

    path = "/group_relationships/{uuid}"
    scopes: ClassVar = ("groups:read",)
    uuid: Id


class ListRoutingForms(Sortable[RoutingForm], kw_only=True):
    """The routing forms of an organization."""

    path = "/routing_forms"
    scopes: ClassVar = ("routing_forms:read",)
    organization: OrganizationUri


class GetRoutingForm(One[RoutingForm]):
    """One routing form with its questions."""

    path = "/routing_forms/{uuid}"
    scopes: ClassVar = ("routing_forms:read",)
    uuid: Id


class ListRoutingFormSubmissions(Sortable[RoutingFormSubmission], kw_only=True):
    """The submissions of one form."""

    path = "/routing_form_submissions"
    scopes: ClassVar = ("routing_forms:read",)
    form: RoutingFormUri


class GetRoutingFormSubmission(One[RoutingFormSubmission]):
    """One submission of a routing form."""

    path = "/routing_form_submissions/{uuid}"
    scopes: ClassVar = ("routing_forms:read",)
    uuid: Id


class CreateWebhookSubscription(One[WebhookSubscription]):
    """Create a webhook subscription, to which events are delivered.

    The token also needs the scopes that read what the events contain.
    """

    method: ClassVar = "POST"
    path = "/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    body: webhooks.CreateWebhookSubscription


class ListWebhookSubscriptions(Sortable[WebhookSubscription], kw_only=True):
    """The webhook subscriptions of one scope.

    ``user`` belongs to scope user, ``group`` to scope group.
    """

    path = "/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:read",)
    organization: OrganizationUri
    scope: Scope
    user: UserUri | None = None
    group: GroupUri | None = None


class GetWebhookSubscription(One[WebhookSubscription]):
    """One webhook subscription and its state."""

    path = "/webhook_subscriptions/{webhook_uuid}"
    scopes: ClassVar = ("webhooks:read",)
    webhook_uuid: Id


class DeleteWebhookSubscription(Nothing):
    """End a webhook subscription."""

    method: ClassVar = "DELETE"
    path = "/webhook_subscriptions/{webhook_uuid}"
    scopes: ClassVar = ("webhooks:write",)
    webhook_uuid: Id


class GetSampleWebhookData(Bare[WebhookPayload[dict[str, Any]]]):
    """A sample delivery; nothing is sent.

    ``user`` belongs to scope user, ``group`` to scope group.
    """

    path = "/sample_webhook_data"
    scopes: ClassVar = ("webhooks:read",)
    event: Event
    """An event that the scope allows, such as ``invitee.created``."""
    organization: OrganizationUri
    scope: Scope
    user: UserUri | None = None
    group: GroupUri | None = None


class ListActivityLogEntries(Sortable[ActivityLogEntry], kw_only=True):
    """What happened in the organization, for its owners and admins.

    Lists of ``actor``, ``namespace`` and ``action`` are separated by commas.
    """

    path = "/activity_log_entries"
    scopes: ClassVar = ("activity_log:read",)
    sort_fields: ClassVar = ("action", "actor.display_name", "actor.uri", "namespace", "occurred_at")
    usual_sort: ClassVar = "occurred_at:desc"
    organization: OrganizationUri
    count: LogCount | None = None
    """Rows per page, 1 to 1000. Left out: 20."""
    search_term: Annotated[str, Meta(max_length=300)] | None = None
    """Words that all occur in the entry. `|`: or; `+`: and; `-`: not; `"..."`: a phrase; `(...)`; `word*`: a prefix."""
    actor: str | None = None
    """URIs of users."""
    namespace: str | None = None
    """Such as `invitee,event_type`."""
    action: str | None = None
    """Such as `created,canceled`."""
    min_occurred_at: Instant | None = None
    """Only entries of then or later."""
    max_occurred_at: Instant | None = None
    """Only entries of then or earlier."""

    @classmethod
    def envelope(cls) -> Any:
        return ActivityLog


class ListOutgoingCommunications(Many[OutgoingCommunication], kw_only=True):
    """Messages to invitees and hosts about meetings, for owners and admins.

    OpenSlot sends none yet, so its list is empty.
    """

    path = "/outgoing_communications"
    scopes: ClassVar = ("outgoing_communications:read",)
    organization: OrganizationUri
    min_created_at: Instant | None = None
    """Only messages of then or later."""
    max_created_at: Instant | None = None
    """Only messages of then or earlier."""

    @classmethod
    def envelope(cls) -> Any:
        return OutgoingCommunications


class DeleteInviteeData(Nothing):
    """Erase the personal data of invitees and guests by e-mail address.

    Calendly takes up to 7 days; OpenSlot has erased it when it answers.
    """

    method: ClassVar = "POST"
    path = "/data_compliance/deletion/invitees"
    scopes: ClassVar = ("data_compliance:write",)
    answers_with: ClassVar = 202
    body: erasures.EraseInvitees


class ListContacts(Sortable[Contact], kw_only=True):
    """The caller's contacts.

    Each filter is a comma list, and a contact has one of its values.
    """

    path = "/contacts"
    scopes: ClassVar = ("contacts:read",)
    sort_fields: ClassVar = ("created_at", "updated_at")
    email: str | None = None
    """E-mail addresses, in any spelling."""
    phone_number: str | None = None
    """E.164."""
    timezone: str | None = None
    """IANA names."""
    name: str | None = None
    """Parts of the name, in any case."""
    job_title: str | None = None
    """Parts of it, in any case."""
    company: str | None = None
    """Parts of it, in any case."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    state: str | None = None
    city: str | None = None
    """Parts of it, in any case."""
    contact_list: ContactListUri | None = None
    """Only contacts in the list."""
    exclude: Excluded | None = None
    """What the contacts are to come without."""


class GetContact(One[Contact]):
    """One of the caller's contacts."""

    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id
    exclude: Excluded | None = None
    """What the contact is to come without."""


class CreateContact(One[Contact]):
    """Create a contact of the caller."""

    method: ClassVar = "POST"
    path = "/contacts"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another contact of the caller has one of the addresses."
    body: contacts.CreateContact


class UpdateContact(One[Contact]):
    """Change one of the caller's contacts; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another contact of the caller has one of the addresses."
    uuid: Id
    body: contacts.UpdateContact


class DeleteContact(Nothing):
    """Delete one of the caller's contacts, with the notes about it."""

    method: ClassVar = "DELETE"
    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    uuid: Id


class ListCustomFieldDefinitions(All[CustomFieldDefinition]):
    """The custom fields of the caller's contacts."""

    path = "/contacts/custom_field_definitions"
    scopes: ClassVar = ("contacts:read",)


class GetCustomFieldDefinition(One[CustomFieldDefinition]):
    """One custom field of the caller's contacts."""

    path = "/contacts/custom_field_definitions/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateCustomFieldDefinition(One[CustomFieldDefinition]):
    """Create a custom field of the caller's contacts; its options get their UUIDs."""

    method: ClassVar = "POST"
    path = "/contacts/custom_field_definitions"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another custom field of the caller has the label."
    body: contact_fields.CreateCustomFieldDefinition


class ListContactLists(Bare[Page[ContactList]]):
    """The caller's lists of contacts, all at once."""

    path = "/contact_lists"
    scopes: ClassVar = ("contacts:read",)


class GetContactList(One[ContactList]):
    """One of the caller's lists of contacts."""

    path = "/contact_lists/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateContactList(One[CreatedContactList]):
    """Create a list of contacts; a user has at most 25."""

    method: ClassVar = "POST"
    path = "/contact_lists"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another list of the caller has the name."
    body: contact_lists.CreateContactList


class RenameContactList(One[ContactList]):
    """Give one of the caller's lists another name."""

    method: ClassVar = "PATCH"
    path = "/contact_lists/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another list of the caller has the name."
    uuid: Id
    body: contact_lists.RenameContactList


class AddContactListMemberships(One[MembershipResult]):
    """Add contacts to a list; those in it already stay."""

    method: ClassVar = "POST"
    path = "/contact_lists/{uuid}/memberships"
    scopes: ClassVar = ("contacts:write",)
    answers_with: ClassVar = 200
    uuid: Id
    body: contact_lists.ChangeMemberships


class RemoveContactListMemberships(One[MembershipResult]):
    """Remove contacts from a list; they stay contacts."""

    method: ClassVar = "POST"
    path = "/contact_lists/{uuid}/memberships/removal"
    scopes: ClassVar = ("contacts:write",)
    answers_with: ClassVar = 200
    uuid: Id
    body: contact_lists.ChangeMemberships


class ListNotes(Many[Note], kw_only=True):
    """The caller's notes about some contacts, the last changed first."""

    path = "/notes"
    scopes: ClassVar = ("contacts:read",)
    contact: ContactUris
    """URIs of 1 to 10 contacts; the parameter may also be repeated."""


class GetNote(One[Note]):
    """One of the caller's notes."""

    path = "/notes/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateNote(One[Note]):
    """Create a note about one of the caller's contacts, with a title, a text or both."""

    method: ClassVar = "POST"
    path = "/notes"
    scopes: ClassVar = ("contacts:write",)
    body: notes.CreateNote


class DeleteScheduledEventData(Nothing):
    """Erase the meetings that started in a span of time, with everything about them.

    Calendly takes up to 7 days; OpenSlot has erased it when it answers.
    """

    method: ClassVar = "POST"
    path = "/data_compliance/deletion/events"
    scopes: ClassVar = ("data_compliance:write",)
    answers_with: ClassVar = 202
    body: erasures.EraseEvents
