"""Cancellation: of a whole event by a host, or of one invitee through the link.

Source: behaviours, section 11; webhooks, section 6.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.ids import new_id
from openslot.db import assignments, event_types, holds, invitees, occupancy, scheduled_events, scheduling_links, seats
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters.uris import Uris
from openslot.services import access, ledger, serving
from openslot.services.access import Principal
from openslot.services.booking import policies
from openslot.services.booking.invitees import Refreshed, find, record
from openslot.services.ledger import Choice, ChoiceReason
from openslot.services.mails import announcing
from openslot.wire.characters import stripped
from openslot.wire.codec import Timestamp
from openslot.wire.scheduled_events import Cancellation

ALREADY_CANCELED = "Event is already canceled"
IN_THE_PAST = "Event in the past"


async def cancel_event(
    conn: Conn, principal: Principal, event_id: UUID, *, reason: str | None, uris: Uris, now: datetime
) -> Cancellation:
    """Cancel an event with all its invitees, as a host, admin or owner.

    Raises:
        NotFound: no such event in the organization.
        Forbidden: not a host and no admin; canceled already; in the past.
    """
    await lock_time(conn, principal.organization_id, event_id)
    event = await scheduled_events.get(conn, principal.organization_id, event_id, lock=True)
    if event is None:
        raise NotFound("scheduled event")
    if not await access.may_manage_event(conn, principal, event):
        raise Forbidden("You are not allowed to cancel this event")
    refuse_finished(event, now=now)
    cancellation = _cancellation(principal.user.name, reason, "host", now=now)
    active = await invitees.list_active(conn, event.organization_id, event.id)
    await _end(conn, event, active, cancellation, now=now)
    await _give_back_uses(conn, active)
    for number, one in enumerate(active):
        left = await record(conn, "invitee.canceled", one.organization_id, one.id, uris, now=now)
        await _announce(conn, left, with_hosts=number == 0, now=now)
    return cancellation


async def cancel_as_invitee(
    conn: Conn, invitee_id: UUID, *, reason: str | None, uris: Uris, now: datetime
) -> Cancellation:
    """Cancel an invitee through the public link, and with the last one the event.

    Raises:
        NotFound: no such invitee.
        Forbidden: canceled already; in the past; too late by the event type's policy.
    """
    found = await find(conn, invitee_id)
    await lock_time(conn, found.event.organization_id, found.event.id)
    invitee, event = await hold_for_invitee(conn, found.invitee, now=now)
    policies.require_cancelable(found.event_type, event, now=now)
    return await leave(conn, invitee, event, by=Canceler(invitee.name, "invitee"), reason=reason, uris=uris, now=now)


async def cancel_invitee(
    conn: Conn, principal: Principal, invitee_id: UUID, *, reason: str | None, uris: Uris, now: datetime
) -> Cancellation:
    """Cancel one invitee of an event as its host, an admin or owner; no cutoff holds for them.

    Raises:
        NotFound: no such invitee in the organization.
        Forbidden: not a host and no admin; canceled already; in the past.
    """
    found = await find(conn, invitee_id)
    if found.event.organization_id != principal.organization_id:
        raise NotFound("invitee")
    if not await access.may_manage_event(conn, principal, found.event):
        raise Forbidden("You are not allowed to cancel this event")
    await lock_time(conn, found.event.organization_id, found.event.id)
    invitee, event = await hold_for_invitee(conn, found.invitee, now=now)
    by = Canceler(principal.user.name, "host")
    return await leave(conn, invitee, event, by=by, reason=reason, uris=uris, now=now)


class Canceler(NamedTuple):
    """Who cancels."""

    name: str
    type: str
    """``host`` or ``invitee``."""


async def leave(
    conn: Conn,
    invitee: Invitee,
    event: ScheduledEvent,
    *,
    by: Canceler,
    reason: str | None,
    uris: Uris,
    now: datetime,
) -> Cancellation:
    """Take one invitee off an event that is locked; the last one cancels it. Records it."""
    cancellation = _cancellation(by.name, reason, by.type, now=now)
    await _take_off(conn, event, invitee, cancellation, now=now)
    await _give_back_uses(conn, [invitee])
    left = await record(conn, "invitee.canceled", invitee.organization_id, invitee.id, uris, now=now)
    await _announce(conn, left, with_hosts=True, now=now)
    return cancellation


async def _announce(conn: Conn, left: Refreshed, *, with_hosts: bool, now: datetime) -> None:
    guests = await invitees.list_guests(conn, left.invitee.organization_id, left.invitee.id)
    await announcing.canceled(conn, left.invitee, left.event, guests, with_hosts=with_hosts, now=now)


async def lock_time(conn: Conn, organization_id: UUID, event_id: UUID) -> None:
    """Hold an event's time, and the ledger if it is in one: all that ``placing`` locks before the event itself.

    Who holds or takes a seat does so under the hosts' locks, so nobody does while the last invitee leaves.
    """
    await event_types.lock_pool_of(conn, organization_id, event_id)
    await occupancy.lock_hosts_of_seats(conn, organization_id, event_id)


async def hold_for_invitee(conn: Conn, found: Invitee, *, now: datetime) -> tuple[Invitee, ScheduledEvent]:
    """An invitee and the event, locked until commit, both still open to change.

    Raises:
        NotFound: no such invitee. Forbidden: canceled already; in the past.
    """
    event = await scheduled_events.get(conn, found.organization_id, found.scheduled_event_id, lock=True)
    invitee = await invitees.get(conn, found.organization_id, found.id)  # as it is under the lock
    if event is None or invitee is None:
        raise NotFound("invitee")
    if invitee.status == "canceled":
        raise Forbidden(ALREADY_CANCELED)
    refuse_finished(event, now=now)
    return invitee, event


async def end_for_reschedule(
    conn: Conn, invitee: Invitee, event: ScheduledEvent, *, by: Canceler, reason: str | None, now: datetime
) -> None:
    """Cancel the old half of a reschedule. Records no event: the caller knows the order of the two."""
    await _take_off(conn, event, invitee, _cancellation(by.name, reason, by.type, now=now), now=now)


async def _take_off(
    conn: Conn, event: ScheduledEvent, invitee: Invitee, cancellation: Cancellation, *, now: datetime
) -> None:
    """One invitee leaves; an event without any is canceled."""
    if event.invitees_active <= 1:
        await _end(conn, event, [invitee], cancellation, now=now)
        return
    await invitees.cancel(conn, event.organization_id, [invitee.id], cancellation, now=now)
    await seats.give_back_seat(conn, event.organization_id, event.id, now=now)


async def _end(
    conn: Conn, event: ScheduledEvent, leaving: Sequence[Invitee], cancellation: Cancellation, *, now: datetime
) -> None:
    await invitees.cancel(conn, event.organization_id, [one.id for one in leaving], cancellation, now=now)
    await scheduled_events.cancel(conn, event.organization_id, event.id, cancellation, now=now)
    await assignments.release(conn, event.organization_id, event.id, now=now)
    await _give_back_time(conn, event, now=now)


async def _give_back_time(conn: Conn, event: ScheduledEvent, *, now: datetime) -> None:
    """Free the hosts, unless somebody holds a seat: then the time is kept as for any hold, under the id of a new event.

    A canceled event's own id is used up, since its row stays.
    """
    kept_as = new_id()
    is_held = event.invitees_limit > 1 and await holds.move(conn, event.organization_id, event.id, to=kept_as, now=now)
    if not is_held:
        await occupancy.release(conn, event.organization_id, event.id)
        return
    served = await serving.serve(conn, event.organization_id, event.event_type_id)
    if served.chooses_hosts:
        away = await assignments.absence_credits(conn, event.organization_id, event.id)
        choices = [Choice(host.user_id, ChoiceReason.HELD, (), away.get(host.user_id, {})) for host in event.hosts]
        await ledger.give(conn, served, kept_as, choices, was_held=False, now=now)


async def _give_back_uses(conn: Conn, left: Sequence[Invitee]) -> None:
    """Let what was booked through a link that allows it be booked again; links are locked in order, as everywhere."""
    used = [(one.scheduling_link_id, one.organization_id) for one in left if one.scheduling_link_id is not None]
    for link_id, organization_id in sorted(used):
        await scheduling_links.give_back(conn, organization_id, link_id)


def refuse_finished(event: ScheduledEvent, *, now: datetime) -> None:
    """Check that an event can still be changed.

    Raises:
        Forbidden: canceled already; in the past.
    """
    if event.status == "canceled":
        raise Forbidden(ALREADY_CANCELED)
    if event.start_time <= now:
        raise Forbidden(IN_THE_PAST)


def _cancellation(by: str, reason: str | None, canceler_type: str, *, now: datetime) -> Cancellation:
    text = stripped(reason or "") or None
    return Cancellation(canceled_by=by, reason=text, canceler_type=canceler_type, created_at=Timestamp.of(now))
