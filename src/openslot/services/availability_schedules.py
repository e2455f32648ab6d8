"""A host's schedules: one's own for members, anybody's for admins. One is the default, where no other is named."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from openslot.core.availability import day_of
from openslot.core.booking_form import NOT_A_ZONE, is_zone
from openslot.core.epoch import floor_seconds
from openslot.core.errors import FieldError, Invalid, NotFound, invalid
from openslot.core.event_type_form import check_dates, check_hours, check_whole_week
from openslot.core.ids import new_id
from openslot.core.roles import Action
from openslot.core.schedule_rules import tidy_rules
from openslot.db import availability_schedules
from openslot.db.availability_schedules import Schedule
from openslot.db.pool import Conn
from openslot.services import access
from openslot.services.access import Principal
from openslot.wire.availability_schedules import ChangeSchedule, CreateSchedule
from openslot.wire.characters import one_line


async def own(conn: Conn, principal: Principal, schedule_id: UUID) -> Schedule:
    """A schedule that the caller may see and change.

    Raises:
        NotFound: there is none of this id. Forbidden: somebody else's, by a plain member.
    """
    found = await availability_schedules.get(conn, principal.organization_id, schedule_id)
    if found is None:
        raise NotFound("availability schedule")
    await access.colleague(conn, principal, found.user_id, Action.CHANGE_SCHEDULE)
    return found


async def shown(conn: Conn, principal: Principal, schedule_id: UUID) -> Schedule:
    """A schedule of anybody in the organization.

    Raises:
        NotFound: there is none of this id.
    """
    found = await availability_schedules.get(conn, principal.organization_id, schedule_id)
    if found is None:
        raise NotFound("availability schedule")
    return found


async def create(
    conn: Conn,
    principal: Principal,
    user_id: UUID,
    wanted: CreateSchedule,
    *,
    max_age_days: int | None = None,
    now: datetime,
) -> Schedule:
    """A new schedule of a user's; the first is the default in any case.

    With ``max_age_days`` every weekday needs a rule, and dates may be so many days in the past, as in Calendly's calls
    (since-september, section 1). Ours take any.

    Raises:
        Forbidden: somebody else's, by a plain member. Invalid: no name, or hours that can't be read or are out of those
            bounds.
    """
    await access.colleague(conn, principal, user_id, Action.CHANGE_SCHEDULE)
    name = _check(wanted.name, wanted.timezone, wanted.rules, max_age_days, now=now)
    there = await availability_schedules.lock_all(conn, principal.organization_id, user_id)
    had_default = any(one.is_default for one in there)
    made = Schedule(
        id=new_id(),
        organization_id=principal.organization_id,
        user_id=user_id,
        name=name,
        timezone=wanted.timezone,
        is_default=wanted.default or not had_default,
        rules=tidy_rules(wanted.rules),
        created_at=now,
        updated_at=now,
    )
    if made.is_default:
        await availability_schedules.clear_default(conn, made.organization_id, user_id, now=now)
    await availability_schedules.insert(
        conn,
        id=made.id,
        organization_id=made.organization_id,
        user_id=made.user_id,
        name=made.name,
        timezone=made.timezone,
        is_default=made.is_default,
        rules=made.rules,
        now=now,
    )
    return made


async def change(
    conn: Conn,
    principal: Principal,
    schedule_id: UUID,
    wanted: ChangeSchedule,
    *,
    max_age_days: int | None = None,
    now: datetime,
) -> Schedule:
    """Change what is set in ``wanted``; ``max_age_days`` as in ``create``, for new rules. Events that are booked stay.

    Raises:
        NotFound, Forbidden: as ``own``. Invalid: as ``create``; a default that is to be none.
    """
    seen = await own(conn, principal, schedule_id)
    there = await availability_schedules.lock_all(conn, seen.organization_id, seen.user_id)
    present = next((one for one in there if one.id == schedule_id), None)
    if present is None:
        raise NotFound("availability schedule")
    if present.is_default and wanted.default is False:
        raise invalid("default", "make another one the default instead")
    name = present.name if wanted.name is UNSET else wanted.name
    timezone = present.timezone if wanted.timezone is UNSET else wanted.timezone
    rules = present.rules if wanted.rules is UNSET else wanted.rules
    name = _check(name, timezone, rules, None if wanted.rules is UNSET else max_age_days, now=now)
    changed = msgspec.structs.replace(present, name=name, timezone=timezone, rules=tidy_rules(rules), updated_at=now)
    if wanted.default is not UNSET and wanted.default and not present.is_default:
        await availability_schedules.clear_default(conn, present.organization_id, present.user_id, now=now)
        changed = msgspec.structs.replace(changed, is_default=True)
    await availability_schedules.update(conn, changed, now=now)
    return changed


async def delete(conn: Conn, principal: Principal, schedule_id: UUID) -> None:
    """Delete a schedule that nothing needs.

    Raises:
        NotFound, Forbidden: as ``own``. Invalid: it is the default, or event types have it, which are named.
    """
    seen = await own(conn, principal, schedule_id)
    there = await availability_schedules.lock_all(conn, seen.organization_id, seen.user_id)
    present = next((one for one in there if one.id == schedule_id), None)
    if present is None:
        raise NotFound("availability schedule")
    if present.is_default:
        raise invalid("availability_schedule", "is the default: make another one the default first")
    uses = await availability_schedules.list_uses(conn, present.organization_id, present.id)
    if uses:
        raise invalid("availability_schedule", f"is used by event types: {', '.join(uses)}")
    await availability_schedules.delete(conn, present.organization_id, present.id)


async def require_of(conn: Conn, organization_id: UUID, user_id: UUID, schedule_id: UUID | None) -> None:
    """Check that a schedule is the user's, and stays until commit; None is the default, which everybody has.

    Raises:
        Invalid: it is not.
    """
    if schedule_id is None:
        return
    found = await availability_schedules.get(conn, organization_id, schedule_id, keep=True)
    if found is None or found.user_id != user_id:
        raise invalid("availability_schedule", "is not a schedule of the owner")


def _check(
    name: str, timezone: str, rules: Sequence[Mapping[str, Any]], max_age_days: int | None, *, now: datetime
) -> str:
    """The name on one line, without the blanks around it."""
    errors: list[FieldError] = []
    name = one_line(name)
    if not name:
        errors.append(FieldError("name", "must be filled"))
    if is_zone(timezone):
        check_hours(timezone, rules, errors, "rules")
    else:
        errors.append(FieldError("timezone", NOT_A_ZONE))
    if max_age_days is not None and not errors:  # hours that can't be read have no days
        check_whole_week(rules, errors, "rules")
        check_dates(rules, day_of(floor_seconds(now), timezone) - timedelta(days=max_age_days), errors, "rules")
    if errors:
        raise Invalid(*errors)
    return name
