"""Days off and trips: one's own for members, anybody's and everybody's for admins. Source: rules, section 6."""

from datetime import date, datetime
from uuid import UUID

from openslot.core.booking_form import NOT_A_ZONE, is_zone
from openslot.core.errors import NotFound, invalid
from openslot.core.ids import new_id
from openslot.core.roles import Action
from openslot.db import days_off, trips
from openslot.db.days_off import DaysOff
from openslot.db.pool import Conn
from openslot.db.trips import Trip
from openslot.services import access
from openslot.services.access import Principal
from openslot.wire.characters import one_line

MAX_DAYS_OFF = 3 * 366


async def require_own(conn: Conn, principal: Principal, user_id: UUID | None) -> None:
    """Check that the caller may set what is a user's, or with None everybody's.

    Raises:
        Forbidden: somebody else's, or everybody's, by a plain member.
    """
    if user_id is None:
        principal.require(Action.CHANGE_ORGANIZATION)
    else:
        await access.colleague(conn, principal, user_id, Action.SET_TIME_OFF)


async def close_days(
    conn: Conn, principal: Principal, user_id: UUID | None, name: str, first: date, last: date, *, now: datetime
) -> DaysOff:
    """Take days off, both included; events that are booked stay.

    Raises:
        Forbidden: as ``require_own``. Invalid: no name, or days in the wrong order, or too many.
    """
    await require_own(conn, principal, user_id)
    name = one_line(name)
    if not name:
        raise invalid("name", "must be filled")
    if last < first:
        raise invalid("last_day", "must not be before first_day")
    if (last - first).days > MAX_DAYS_OFF:
        raise invalid("last_day", "must be within three years of first_day")
    made = DaysOff(new_id(), user_id, name, first, last, now)
    await days_off.insert(
        conn, principal.organization_id, id=made.id, user_id=user_id, name=made.name, first_day=first, last_day=last,
        now=now,
    )  # fmt: skip
    return made


async def open_days(conn: Conn, principal: Principal, days_off_id: UUID) -> None:
    """Take days off back.

    Raises:
        NotFound: there are none of this id. Forbidden: as ``require_own``.
    """
    found = await days_off.get(conn, principal.organization_id, days_off_id)
    if found is None:
        raise NotFound("days off")
    await require_own(conn, principal, found.user_id)
    await days_off.delete(conn, principal.organization_id, found.id)


async def travel(
    conn: Conn, principal: Principal, user_id: UUID, first: date, last: date | None, timezone: str, *, now: datetime
) -> Trip:
    """Read a user's hours in another zone on these days, both included.

    Raises:
        Forbidden: as ``require_own``. Invalid: an unknown zone, or days in the wrong order.
    """
    await require_own(conn, principal, user_id)
    if not is_zone(timezone):
        raise invalid("timezone", NOT_A_ZONE)
    if last is not None and last < first:
        raise invalid("last_day", "must not be before first_day")
    made = Trip(new_id(), user_id, first, last, timezone, now)
    await trips.insert(conn, principal.organization_id, made)
    return made


async def call_off(conn: Conn, principal: Principal, trip_id: UUID) -> None:
    """Take a trip back.

    Raises:
        NotFound: there is none of this id. Forbidden: as ``require_own``.
    """
    found = await trips.get(conn, principal.organization_id, trip_id)
    if found is None:
        raise NotFound("trip")
    await require_own(conn, principal, found.user_id)
    await trips.delete(conn, principal.organization_id, found.id)
