"""Event types, their hosts and available times."""

from typing import ClassVar

from openslot.client.operation import All, Many, One, Sortable
from openslot.client.parameters import (
    EventTypeUri,
    Id,
    Instant,
    OrganizationUri,
    ScheduleUri,
    UserUri,
)
from openslot.wire import (
    event_types,
    one_off_event_types,
)
from openslot.wire.event_type_memberships import EventTypeMembership
from openslot.wire.event_types import AvailableTime, EventType
from openslot.wire.locations import MeetingLocation


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


class ListEventTypeAvailableTimes(All[AvailableTime]):
    """The free slots of an event type between two instants in the future, at most 31 days apart."""

    path = "/event_type_available_times"
    scopes: ClassVar = ("availability:read", "event_types:read")
    event_type: EventTypeUri
    start_time: Instant
    """Included."""
    end_time: Instant
    """Excluded."""


class ListLocations(All[MeetingLocation]):
    """The kinds of locations that a user can choose for event types."""

    path = "/locations"
    scopes: ClassVar = ("locations:read",)
    user: UserUri


class CreateOneOffEventType(One[EventType]):
    """An event type for one meeting."""

    method: ClassVar = "POST"
    path = "/one_off_event_types"
    scopes: ClassVar = ("event_types:write",)
    body: one_off_event_types.CreateOneOffEventType
