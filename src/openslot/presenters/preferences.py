"""Preferences of hosts and of the organization as our own API shows them."""

from typing import cast
from uuid import UUID

from openslot.core.schedule_rules import WEEKDAYS
from openslot.db import organizations, users
from openslot.presenters.pictures import path_of
from openslot.presenters.uris import Uris
from openslot.wire.availability_schedules import Hours
from openslot.wire.preferences import HostPreferences, OrganizationPreferences, Weekday


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
    week_start = _weekday(row.week_start)
    return OrganizationPreferences(
        organization=uris.organization(organization_id),
        timezone=row.timezone,
        week_start=week_start,
        frame_ancestors=row.frame_ancestors,
        logo_url=None if row.logo is None else uris.picture(path_of(row.logo)),
    )


def _weekday(number: int) -> Weekday:
    return cast(Weekday, WEEKDAYS[number])
