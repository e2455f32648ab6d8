"""Limits, days off, trips and preferences as our own API shows them."""

from typing import cast
from uuid import UUID

from openslot.core.schedule_rules import WEEKDAYS
from openslot.db import availability_schedules, days_off, meeting_limits, organizations, trips, users
from openslot.presenters.uris import Uris
from openslot.wire.availability import (
    DaysOff,
    HostPreferences,
    Hours,
    Limit,
    OrganizationPreferences,
    Schedule,
    Trip,
    Weekday,
)
from openslot.wire.codec import Timestamp


def limit(row: meeting_limits.MeetingLimit, uris: Uris) -> Limit:
    """The shape of PUT /openslot/limits."""
    return Limit(
        uri=uris.extension("limits", row.id),
        period=row.period,
        maximum=row.maximum,
        event_type=None if row.event_type_id is None else uris.event_type(row.event_type_id),
        user=None if row.user_id is None else uris.user(row.user_id),
        created_at=Timestamp.of(row.created_at),
    )


def off(row: days_off.DaysOff, uris: Uris) -> DaysOff:
    """The shape of POST /openslot/days_off."""
    return DaysOff(
        uri=uris.extension("days_off", row.id),
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        user=None if row.user_id is None else uris.user(row.user_id),
        created_at=Timestamp.of(row.created_at),
    )


def trip(row: trips.Trip, uris: Uris) -> Trip:
    """The shape of POST /openslot/trips."""
    return Trip(
        uri=uris.extension("trips", row.id),
        user=uris.user(row.user_id),
        first_day=row.first_day,
        last_day=row.last_day,
        timezone=row.timezone,
        created_at=Timestamp.of(row.created_at),
    )


def schedule(row: availability_schedules.Schedule, uris: Uris) -> Schedule:
    """The shape of GET /openslot/availability_schedules/{uuid}."""
    return Schedule(
        uri=uris.availability_schedule(row.id),
        user=uris.user(row.user_id),
        name=row.name,
        default=row.is_default,
        timezone=row.timezone,
        rules=row.rules,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def host_preferences(user_id: UUID, organization_id: UUID, row: users.Preferences, uris: Uris) -> HostPreferences:
    """The shape of GET /openslot/users/{uuid}."""
    zone, rules = row.schedule_timezone, row.schedule_rules
    return HostPreferences(
        user=uris.user(user_id),
        slug=row.slug,
        scheduling_url=uris.profile_page(row.slug),
        timezone=row.timezone,
        week_start=_weekday(row.week_start),
        holiday_region=row.holiday_region,
        worked_holidays=row.worked_holidays,
        availability=None if zone is None or rules is None else Hours(zone, rules),
        hosts_for=[uris.organization(one) if one == organization_id else uris.user(one) for one in row.hosts_for],
    )


def organization_preferences(
    organization_id: UUID, row: organizations.Preferences, uris: Uris
) -> OrganizationPreferences:
    """The shape of GET /openslot/organization."""
    return OrganizationPreferences(uris.organization(organization_id), row.timezone, _weekday(row.week_start))


def _weekday(number: int) -> Weekday:
    return cast(Weekday, WEEKDAYS[number])
