"""The operations of Calendly's API that the client knows, one declaration each; OpenSlot's own are in ``extensions``.

Source: ``tests/contract/calendly-v2.openapi.yaml``.
"""

from datetime import datetime
from typing import Any, ClassVar

from openslot.client.operation import All, Bare, Many, Nothing, One, Sortable
from openslot.wire import (
    erasures,
    invitees,
    no_shows,
    one_off_event_types,
    scheduled_events,
    scheduling_links,
    shares,
    webhooks,
)
from openslot.wire.event_types import AvailableTime, EventType
from openslot.wire.groups import Group, GroupRelationship
from openslot.wire.invitees import Invitee
from openslot.wire.no_shows import NoShow
from openslot.wire.routing_forms import RoutingForm, RoutingFormSubmission
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.shares import Share
from openslot.wire.users import User
from openslot.wire.webhooks import WebhookPayload, WebhookSubscription


class GetCurrentUser(One[User]):
    """Whose token this is."""

    path = "/users/me"


class GetUser(One[User]):
    """A member of the caller's organization."""

    path = "/users/{uuid}"
    uuid: str


class ListEventTypes(Sortable[EventType], kw_only=True):
    """Name ``organization`` (owners and admins) or ``user``."""

    path = "/event_types"
    user: str | None = None
    organization: str | None = None
    active: bool | None = None
    admin_managed: bool | None = None
    user_availability_schedule: str | None = None
    """Only together with ``user``."""


class GetEventType(One[EventType]):
    """One event type, a deleted one included."""

    path = "/event_types/{uuid}"
    uuid: str


class ListEventTypeAvailableTimes(All[AvailableTime]):
    """The free slots of an event type between two instants in the future, at most 31 days apart."""

    path = "/event_type_available_times"
    event_type: str
    start_time: datetime
    end_time: datetime


class ListScheduledEvents(Sortable[ScheduledEvent], kw_only=True):
    """Name ``user``, ``organization`` or both, or ``organization`` and ``group``."""

    path = "/scheduled_events"
    user: str | None = None
    organization: str | None = None
    group: str | None = None
    invitee_email: str | None = None
    status: str | None = None
    """``active`` or ``canceled``."""
    min_start_time: datetime | None = None
    max_start_time: datetime | None = None


class GetScheduledEvent(One[ScheduledEvent]):
    """One meeting."""

    path = "/scheduled_events/{uuid}"
    uuid: str


class CancelEvent(One[Cancellation]):
    """Cancel a meeting for all of its invitees."""

    method: ClassVar = "POST"
    path = "/scheduled_events/{uuid}/cancellation"
    uuid: str
    body: scheduled_events.CancelEvent | None = None


class ListEventInvitees(Sortable[Invitee], kw_only=True):
    """Who booked a meeting."""

    path = "/scheduled_events/{uuid}/invitees"
    uuid: str
    status: str | None = None
    email: str | None = None


class GetEventInvitee(One[Invitee]):
    """One invitee of a meeting."""

    path = "/scheduled_events/{event_uuid}/invitees/{invitee_uuid}"
    event_uuid: str
    invitee_uuid: str


class CreateEventInvitee(One[Invitee]):
    """Book a slot."""

    method: ClassVar = "POST"
    path = "/invitees"
    body: invitees.CreateInvitee


class CreateInviteeNoShow(One[NoShow]):
    """Mark an invitee as absent."""

    method: ClassVar = "POST"
    path = "/invitee_no_shows"
    body: no_shows.CreateNoShow


class GetInviteeNoShow(One[NoShow]):
    """One mark."""

    path = "/invitee_no_shows/{uuid}"
    uuid: str


class DeleteInviteeNoShow(Nothing):
    """Take the mark back; ``uuid`` is the mark's, not the invitee's."""

    method: ClassVar = "DELETE"
    path = "/invitee_no_shows/{uuid}"
    uuid: str


class CreateSchedulingLink(One[SchedulingLink]):
    """A link to an event type for one booking."""

    method: ClassVar = "POST"
    path = "/scheduling_links"
    body: scheduling_links.CreateSchedulingLink


class CreateShare(One[Share]):
    """A link for one booking that changes some of the event type."""

    method: ClassVar = "POST"
    path = "/shares"
    body: shares.CreateShare


class CreateOneOffEventType(One[EventType]):
    """An event type for one meeting."""

    method: ClassVar = "POST"
    path = "/one_off_event_types"
    body: one_off_event_types.CreateOneOffEventType


class ListGroups(Many[Group], kw_only=True):
    """The groups of an organization."""

    path = "/groups"
    organization: str


class GetGroup(One[Group]):
    """One group."""

    path = "/groups/{uuid}"
    uuid: str


class ListGroupRelationships(Many[GroupRelationship], kw_only=True):
    """Who is in which group: of an organization, of one ``group``, of one ``owner`` (a membership or an invitation)."""

    path = "/group_relationships"
    organization: str | None = None
    owner: str | None = None
    group: str | None = None


class GetGroupRelationship(One[GroupRelationship]):
    """One place in a group."""

    path = "/group_relationships/{uuid}"
    uuid: str


class ListRoutingForms(Sortable[RoutingForm], kw_only=True):
    """The routing forms of an organization."""

    path = "/routing_forms"
    organization: str


class GetRoutingForm(One[RoutingForm]):
    """One routing form with its questions."""

    path = "/routing_forms/{uuid}"
    uuid: str


class ListRoutingFormSubmissions(Sortable[RoutingFormSubmission], kw_only=True):
    """The submissions of one form."""

    path = "/routing_form_submissions"
    form: str


class GetRoutingFormSubmission(One[RoutingFormSubmission]):
    """One set of answers."""

    path = "/routing_form_submissions/{uuid}"
    uuid: str


class CreateWebhookSubscription(One[WebhookSubscription]):
    """Ask to be told."""

    method: ClassVar = "POST"
    path = "/webhook_subscriptions"
    body: webhooks.CreateWebhookSubscription


class ListWebhookSubscriptions(Sortable[WebhookSubscription], kw_only=True):
    """``user`` belongs to scope user, ``group`` to scope group."""

    path = "/webhook_subscriptions"
    organization: str
    scope: str
    user: str | None = None
    group: str | None = None


class GetWebhookSubscription(One[WebhookSubscription]):
    """One subscription and its state."""

    path = "/webhook_subscriptions/{webhook_uuid}"
    webhook_uuid: str


class DeleteWebhookSubscription(Nothing):
    """Ask to be told no more."""

    method: ClassVar = "DELETE"
    path = "/webhook_subscriptions/{webhook_uuid}"
    webhook_uuid: str


class GetSampleWebhookData(Bare[WebhookPayload[dict[str, Any]]]):
    """A made-up delivery; nothing is sent. ``user`` belongs to scope user, ``group`` to scope group."""

    path = "/sample_webhook_data"
    event: str
    organization: str
    scope: str
    user: str | None = None
    group: str | None = None


class DeleteInviteeData(Nothing):
    """Erase people by their e-mail addresses; Calendly takes up to 7 days."""

    method: ClassVar = "POST"
    path = "/data_compliance/deletion/invitees"
    body: erasures.EraseInvitees
