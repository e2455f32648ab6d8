"""Limits per day, week and month: of an event type, a host, or everybody. Source: rules, section 5."""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import NotFound, invalid
from openslot.core.ids import new_id
from openslot.core.limits import Period
from openslot.db import meeting_limits
from openslot.db.meeting_limits import MeetingLimit
from openslot.db.pool import Conn
from openslot.services import serving, time_off
from openslot.services.access import Principal


async def require_own(conn: Conn, principal: Principal, event_type_id: UUID | None, user_id: UUID | None) -> None:
    """Check that the caller may set limits of an event type, of a user, or (with neither) of everybody.

    Raises:
        Invalid: of both at once. NotFound: no such event type. Forbidden: not one's own.
    """
    if event_type_id is None:
        await time_off.require_own(conn, principal, user_id)
    elif user_id is not None:
        raise invalid("user", "can't be set together with event_type")
    else:
        await serving.own(conn, principal, event_type_id)


async def put(
    conn: Conn,
    principal: Principal,
    period: str,
    maximum: int,
    *,
    event_type_id: UUID | None = None,
    user_id: UUID | None = None,
    now: datetime,
) -> MeetingLimit:
    """Set a limit, in place of one with the same owner and period.

    Raises:
        Invalid, NotFound, Forbidden: as ``require_own``.
    """
    await require_own(conn, principal, event_type_id, user_id)
    return await meeting_limits.put(
        conn,
        principal.organization_id,
        id=new_id(),
        period=Period(period),
        maximum=maximum,
        event_type_id=event_type_id,
        user_id=user_id,
        now=now,
    )


async def lift(conn: Conn, principal: Principal, limit_id: UUID) -> None:
    """Take a limit back.

    Raises:
        NotFound: there is none of this id. Forbidden: not one's own.
    """
    found = await meeting_limits.get(conn, principal.organization_id, limit_id)
    if found is None:
        raise NotFound("limit")
    await require_own(conn, principal, found.event_type_id, found.user_id)
    await meeting_limits.delete(conn, principal.organization_id, found.id)
