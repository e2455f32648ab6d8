"""When a user can't meet: scheduled events and holds, of whatever organization. Source: behaviours, section 9."""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden
from openslot.core.intervals import Interval
from openslot.core.roles import Action
from openslot.core.slots import BusyTime
from openslot.db import occupancy, users
from openslot.db.pool import Conn
from openslot.services.access import NOT_IN_ORGANIZATION, Principal


async def of_user(
    conn: Conn, principal: Principal, user_id: UUID, window: Interval, *, now: datetime
) -> list[BusyTime]:
    """The busy times of a user that lie in ``window`` or reach into it, by their start.

    Raises:
        Forbidden: another organization's user.
    """
    user = await users.get(conn, user_id)
    if user is None or user.organization_id != principal.organization_id:
        raise Forbidden(NOT_IN_ORGANIZATION)
    principal.require(Action.READ_SCHEDULE)
    found = await occupancy.busy_times(conn, [user.number], window, now=now)
    reaching = [one for one in found.busy[user.number] if _overlaps(one, window)]
    return sorted(reaching, key=lambda one: (one.meeting_start, one.meeting_end, one.id))


def _overlaps(busy: BusyTime, window: Interval) -> bool:
    """Whether the meeting itself, without buffers, meets the window."""
    return busy.meeting_start < window.end.timestamp() and busy.meeting_end > window.start.timestamp()
