"""How days and weeks are reckoned: a host's hours, holidays and week, the organization's zone and week."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType
from psycopg import errors as db_errors

from openslot.core.booking_form import NOT_A_ZONE, is_zone
from openslot.core.errors import Conflict, FieldError, Invalid, NotFound, invalid
from openslot.core.event_type_form import check_hours
from openslot.core.holidays import is_region, list_names
from openslot.core.roles import Action
from openslot.core.schedule_rules import WEEKDAYS, tidy_rules
from openslot.core.sites import tidy_sites
from openslot.core.slugs import check_slug, tidy_slug
from openslot.db import availability_schedules, former_slugs, organizations, users
from openslot.db.organizations import Preferences as OrganizationPreferences
from openslot.db.pool import Conn
from openslot.db.users import Preferences
from openslot.services import access
from openslot.services.access import Principal
from openslot.services.accounts import RESERVED_SLUGS
from openslot.wire.preferences import ChangeHostPreferences, ChangeOrganizationPreferences


async def of_user(conn: Conn, principal: Principal, user_id: UUID) -> Preferences:
    """A user's; one's own, or as admin or owner anybody's.

    Raises:
        Forbidden: somebody else's, by a plain member.
    """
    await access.colleague(conn, principal, user_id, Action.CHANGE_SCHEDULE)
    found = await users.get_preferences(conn, user_id)
    assert found is not None  # the line above has seen the user
    return found


async def change_user(
    conn: Conn,
    principal: Principal,
    user_id: UUID,
    wanted: ChangeHostPreferences,
    *,
    hosts_for: Sequence[UUID] | UnsetType = UNSET,
    now: datetime,
) -> Preferences:
    """Change what is set in ``wanted``; ``hosts_for`` are the ids of those who are named there.

    Raises:
        Forbidden: as ``of_user``.
        Invalid: an unknown region, holiday or colleague, or hours that can't be read; each is named.
        Conflict: the page's new address is, or was, somebody else's.
    """
    present = await of_user(conn, principal, user_id)
    region = present.holiday_region if wanted.holiday_region is UNSET else wanted.holiday_region
    worked = present.worked_holidays if wanted.worked_holidays is UNSET else wanted.worked_holidays
    errors: list[FieldError] = []
    if region is not None and not is_region(region):
        errors.append(FieldError("holiday_region", "is not a known country or region, such as IT or US-CA"))
    elif wanted.worked_holidays is not UNSET:
        known = (
            set() if region is None else {name for ahead in (-1, 0, 1) for name in list_names(region, now.year + ahead)}
        )
        errors += [
            FieldError(f"worked_holidays[{index}]", "is not a holiday of the region")
            for index, name in enumerate(worked)
            if name not in known
        ]
    slug = present.slug if wanted.slug is UNSET else tidy_slug(wanted.slug)
    if slug != present.slug:
        check_slug(slug, errors)
    timezone = present.timezone if wanted.timezone is UNSET else wanted.timezone
    if wanted.timezone is not UNSET and not is_zone(timezone):
        errors.append(FieldError("timezone", NOT_A_ZONE))
    if wanted.availability is not UNSET:
        check_hours(wanted.availability.timezone, wanted.availability.rules, errors, "availability")
    agreed = present.hosts_for if isinstance(hosts_for, UnsetType) else list(dict.fromkeys(hosts_for))
    errors += await _strangers(conn, principal.organization_id, agreed)
    if errors:
        raise Invalid(*errors)
    week_start = present.week_start if wanted.week_start is UNSET else WEEKDAYS.index(wanted.week_start)
    if slug != present.slug:
        await _rename_page(conn, principal.organization_id, user_id, present.slug, slug, now=now)
    await users.set_preferences(
        conn,
        user_id,
        timezone=timezone,
        week_start=week_start,
        holiday_region=region,
        worked_holidays=worked,
        hosts_for=agreed,
        now=now,
    )
    if wanted.availability is not UNSET:
        hours = wanted.availability
        there = await availability_schedules.set_default(
            conn, principal.organization_id, user_id, timezone=hours.timezone, rules=tidy_rules(hours.rules), now=now
        )
        if not there:
            raise NotFound("availability schedule")
    return await of_user(conn, principal, user_id)


async def _strangers(conn: Conn, organization_id: UUID, named: Sequence[UUID]) -> list[FieldError]:
    """Those of ``named`` that are neither colleagues nor the organization."""
    if not named:
        return []
    known = {one.id for one in await users.list_agreements(conn, organization_id, named)} | {organization_id}
    return [
        FieldError(f"hosts_for[{index}]", access.NOT_IN_ORGANIZATION)
        for index, one in enumerate(named)
        if one not in known
    ]


async def _rename_page(conn: Conn, organization_id: UUID, user_id: UUID, old: str, new: str, *, now: datetime) -> None:
    """Let the old address of a page lead to the new one.

    Raises:
        Conflict: the new one is, or was, somebody else's, or the service's own.
    """
    taken = Conflict(f"the page /{new} is, or was, somebody else's")
    if new in RESERVED_SLUGS or not await former_slugs.take_page(conn, new, but_of=user_id):
        raise taken
    try:
        async with conn.transaction():
            await former_slugs.replace(conn, organization_id, user_id, None, old, new, now=now)
            await users.set_slug(conn, user_id, new)
    except db_errors.UniqueViolation as exc:  # somebody was quicker
        raise taken from exc


async def of_organization(conn: Conn, organization_id: UUID) -> OrganizationPreferences:
    """The organization's."""
    found = await organizations.get_preferences(conn, organization_id)
    assert found is not None  # the caller belongs to it
    return found


async def change_organization(
    conn: Conn, principal: Principal, wanted: ChangeOrganizationPreferences, *, now: datetime
) -> OrganizationPreferences:
    """Change what is set in ``wanted``.

    Raises:
        Forbidden: a plain member. Invalid: an unknown zone, or what is no site.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    present = await of_organization(conn, principal.organization_id)
    timezone = present.timezone if wanted.timezone is UNSET else wanted.timezone
    if not is_zone(timezone):
        raise invalid("timezone", NOT_A_ZONE)
    week_start = present.week_start if wanted.week_start is UNSET else WEEKDAYS.index(wanted.week_start)
    sites = present.frame_ancestors
    if not isinstance(wanted.frame_ancestors, UnsetType):
        sites = None if wanted.frame_ancestors is None else tidy_sites(wanted.frame_ancestors)
    await organizations.set_preferences(
        conn, principal.organization_id, timezone=timezone, week_start=week_start, frame_ancestors=sites, now=now
    )
    return await of_organization(conn, principal.organization_id)
