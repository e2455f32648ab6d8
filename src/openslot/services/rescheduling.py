"""Rescheduling: one transaction that cancels the old invitee and makes the new one.

Source: rules, section 11; webhooks, section 7. The canceled half is recorded, and so delivered, first (ADR 0005).
"""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import invitees
from openslot.db.pool import Conn
from openslot.presenters.links import Links
from openslot.services import booking, cancellation, outbox, slots
from openslot.services.booking import Booked
from openslot.services.invitees import find, refresh
from openslot.services.slots import Slot


async def available_times(conn: Conn, invitee_id: UUID, window: Interval, *, now: datetime) -> list[Slot]:
    """The slots an invitee may move to; the time of the event that would be given back counts as free.

    Raises:
        NotFound: no such invitee.
    """
    booked = await find(conn, invitee_id)
    return await slots.available_times(
        conn, booked.event_type, window, now=now, except_event_id=booked.invitee.scheduled_event_id
    )


async def reschedule(
    conn: Conn,
    invitee_id: UUID,
    start_time: datetime,
    *,
    timezone: str | None = None,
    reason: str | None = None,
    links: Links,
    now: datetime,
) -> Booked:
    """Move an invitee to another start; answers, guests, payment and tracking come along, a no-show mark does not.

    Raises:
        NotFound: no such invitee, or the event type takes no bookings any more.
        Forbidden: canceled already; in the past.
        SlotUnavailable: the start is not on offer. SlotTaken: somebody else was quicker.
    """
    old, old_event = await cancellation.hold_for_invitee(conn, invitee_id, now=now)
    served = await slots.serve(conn, old.organization_id, old_event.event_type_id)
    if not slots.is_open(served):
        raise NotFound("event type")
    if start_time == old_event.start_time:
        raise Forbidden("The event takes place at that time already")
    await cancellation.end_for_reschedule(conn, old, old_event, reason=reason, now=now)
    moved = booking.Move(
        old=old,
        location=old_event.location,
        guests=[guest.email for guest in old_event.guests],
        payment=old.payment,
        timezone=timezone,
    )
    new = await booking.move(conn, served, start_time, moved, now=now)
    await invitees.link_reschedule(
        conn, old.organization_id, old.id, new_invitee_id=new.invitee.id, new_event_id=new.event.id
    )
    correlation_id = new_id()
    ended = await refresh(conn, old)
    await outbox.record_invitee(conn, "invitee.canceled", ended.invitee, ended.event, links, correlation_id, now=now)
    await outbox.record_invitee(conn, "invitee.created", new.invitee, new.event, links, correlation_id, now=now)
    return new
