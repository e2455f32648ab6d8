"""Availability schedules, busy times and meeting limits."""

from typing import ClassVar

from openslot.client.operation import All, Bare, One
from openslot.client.parameters import (
    EventTypeUri,
    Id,
    Instant,
    UserUri,
)
from openslot.wire import (
    availability_schedules,
    event_type_availability_schedules,
    limits,
)
from openslot.wire.availability_schedules import AvailabilitySchedule
from openslot.wire.busy_times import BusyTime
from openslot.wire.common import Page
from openslot.wire.event_type_availability_schedules import EventTypeAvailabilitySchedule
from openslot.wire.limits import UserMeetingLimits


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
