"""The seats of a planned group event: more, or fewer down to those that are taken. Source: rules, section 10."""

from datetime import datetime
from uuid import UUID

from openslot.core import event_type_form as form
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, invalid
from openslot.db import holds, scheduled_events
from openslot.db import seats as seat_rows
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services import access
from openslot.services.access import Principal
from openslot.services.booking import cancellation


async def set_seats(conn: Conn, principal: Principal, event_id: UUID, seats: int, *, now: datetime) -> ScheduledEvent:
    """Let a planned group event have so many seats, as a host, admin or owner; its event type's stay as they are.

    Raises:
        NotFound: no such event in the organization.
        Forbidden: not a host and no admin; canceled already; in the past.
        Invalid: no group event; out of range; fewer than are taken, be it by invitees or by those who hold one.
    """
    await cancellation.lock_time(conn, principal.organization_id, event_id)  # who holds a seat does so under these
    event = await scheduled_events.get(conn, principal.organization_id, event_id, lock=True)
    if event is None:
        raise NotFound("scheduled event")
    if not await access.may_manage_event(conn, principal, event):
        raise Forbidden("You are not allowed to change this event")
    cancellation.refuse_finished(event, now=now)
    if event.invitees_limit <= 1:
        raise invalid("seats", "is only for groups")
    errors: list[FieldError] = []
    form.check_seats("group", seats, errors)
    if errors:
        raise Invalid(*errors)
    taken = event.invitees_active + await holds.count(conn, event.organization_id, event.id, now=now)
    if seats < taken:
        raise invalid("seats", f"must be at least the {taken} that are taken")
    await seat_rows.set_seats(conn, event.organization_id, event.id, seats, now=now)
    changed = await scheduled_events.get(conn, event.organization_id, event.id)
    assert changed is not None  # rows of events are never deleted
    return changed
