"""A user's meetings per day, week and month over all event types. Source: since-september, section 1."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from openslot.core.ids import new_id
from openslot.core.limits import Period
from openslot.db import meeting_limits, users
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.wire.limits import ChangeUserMeetingLimits


async def get(conn: Conn, organization_id: UUID, user_id: UUID) -> dict[Period, int]:
    """The limits that are set."""
    found = await meeting_limits.list_of_user(conn, organization_id, user_id)
    return {Period(one.period): one.maximum for one in found}


async def change(
    conn: Conn, principal: Principal, wanted: ChangeUserMeetingLimits, *, now: datetime
) -> dict[Period, int]:
    """Set or lift the caller's limits; what is left out stays. Returns those that are set then."""
    organization_id, user_id = principal.organization_id, principal.user.id
    await users.lock(conn, user_id)  # bookings that count towards the limits lock it too
    changes = {Period.DAY: wanted.daily, Period.WEEK: wanted.weekly, Period.MONTH: wanted.monthly}
    for period, maximum in changes.items():
        if maximum is None:
            await meeting_limits.delete_of_user(conn, organization_id, user_id, period)
        elif maximum is not UNSET:
            await meeting_limits.put(
                conn, organization_id, id=new_id(), period=period, maximum=maximum, user_id=user_id, now=now
            )
    return await get(conn, organization_id, user_id)
