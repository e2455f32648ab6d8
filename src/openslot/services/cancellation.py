"""Cancellation: of a whole event by a host, or of one invitee through the link.

Source: behaviours, section 11; webhooks, section 6.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.ids import new_id
from openslot.db import invitees, occupancy, scheduled_events
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters.links import Links
from openslot.services import outbox
from openslot.services.access import Principal
from openslot.services.invitees import refresh
from openslot.wire.codec import Timestamp
from openslot.wire.scheduled_events import Cancellation

ALREADY_CANCELED = "Event is already canceled"
IN_THE_PAST = "Event in the past"


async def cancel_event(
    conn: Conn, principal: Principal, event_id: UUID, *, reason: str | None, links: Links, now: datetime
) -> Cancellation:
    """Cancel an event with all its invitees, as a host, admin or owner.

    Raises:
        NotFound: no such event in the organization.
        Forbidden: not a host and no admin; canceled already; in the past.
    """
    event = await scheduled_events.get(conn, principal.organization_id, event_id, lock=True)
    if event is None:
        raise NotFound("scheduled event")
    if not principal.may_see(event):
        raise Forbidden("You are not allowed to cancel this event")
    _refuse_finished(event, now=now)
    cancellation = _cancellation(principal.user.name, reason, "host", now=now)
    active = await invitees.list_active(conn, event.organization_id, event.id)
    await _end(conn, event, active, cancellation, now=now)
    await _record(conn, active, links, now=now)
    return cancellation


async def cancel_as_invitee(
    conn: Conn, invitee_id: UUID, *, reason: str | None, links: Links, now: datetime
) -> Cancellation:
    """Cancel an invitee through the public link, and with it the event: it has no other invitee.

    Raises:
        NotFound: no such invitee.
        Forbidden: canceled already; in the past.
    """
    invitee, event = await hold_for_invitee(conn, invitee_id, now=now)
    cancellation = _cancellation(invitee.name, reason, "invitee", now=now)
    await _end(conn, event, [invitee], cancellation, now=now)
    await _record(conn, [invitee], links, now=now)
    return cancellation


async def hold_for_invitee(conn: Conn, invitee_id: UUID, *, now: datetime) -> tuple[Invitee, ScheduledEvent]:
    """An invitee and the event, locked until commit, both still open to change.

    Raises:
        NotFound: no such invitee. Forbidden: canceled already; in the past.
    """
    found = await invitees.find(conn, invitee_id)
    if found is None:
        raise NotFound("invitee")
    event = await scheduled_events.get(conn, found.organization_id, found.scheduled_event_id, lock=True)
    invitee = await invitees.get(conn, found.organization_id, invitee_id)  # as it is under the lock
    if event is None or invitee is None:
        raise NotFound("invitee")
    if invitee.status == "canceled":
        raise Forbidden(ALREADY_CANCELED)
    _refuse_finished(event, now=now)
    return invitee, event


async def end_for_reschedule(
    conn: Conn, invitee: Invitee, event: ScheduledEvent, *, reason: str | None, now: datetime
) -> None:
    """Cancel the old half of a reschedule. Records no event: the caller knows the order of the two."""
    await _end(conn, event, [invitee], _cancellation(invitee.name, reason, "invitee", now=now), now=now)


async def _end(
    conn: Conn, event: ScheduledEvent, leaving: Sequence[Invitee], cancellation: Cancellation, *, now: datetime
) -> None:
    await invitees.cancel(conn, event.organization_id, [one.id for one in leaving], cancellation, now=now)
    await scheduled_events.cancel(conn, event.organization_id, event.id, cancellation, now=now)
    await occupancy.release(conn, event.organization_id, event.id)


async def _record(conn: Conn, left: Sequence[Invitee], links: Links, *, now: datetime) -> None:
    correlation_id = new_id()
    for one in left:
        after = await refresh(conn, one)
        await outbox.record_invitee(
            conn, "invitee.canceled", after.invitee, after.event, links, correlation_id, now=now
        )


def _refuse_finished(event: ScheduledEvent, *, now: datetime) -> None:
    if event.status == "canceled":
        raise Forbidden(ALREADY_CANCELED)
    if event.start_time <= now:
        raise Forbidden(IN_THE_PAST)


def _cancellation(by: str, reason: str | None, canceler_type: str, *, now: datetime) -> Cancellation:
    text = (reason or "").strip() or None
    return Cancellation(canceled_by=by, reason=text, canceler_type=canceler_type, created_at=Timestamp.of(now))
