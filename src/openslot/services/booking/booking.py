"""Booking: an invitee takes a slot.

Source: design, section 6; behaviours, section 10.
"""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import LinkEnded, NotFound
from openslot.core.ids import new_id
from openslot.db import routing_forms
from openslot.db.holds import Hold
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import explaining, outbox, scheduling_links, serving
from openslot.services.access import Principal
from openslot.services.booking import holds, placing, seating
from openslot.services.booking.command import Booked, Booking
from openslot.services.booking.form import check
from openslot.services.contacts import meeting
from openslot.services.mails import announcing
from openslot.services.serving import Served
from openslot.services.terms import Terms
from openslot.telemetry import correlation


async def book(conn: Conn, booking: Booking, *, uris: Uris, now: datetime) -> Booked:
    """Take the slot, in the caller's transaction.

    A hold that has ended is no reason to refuse: if nobody took the slot meanwhile, it is there.

    Raises:
        NotFound: no such event type, or it takes no bookings; no such link. LinkEnded: it is used up, or over.
        Invalid: what was filled in does not fit what the event type requires; every field is named.
        SlotUnavailable: the start is not on offer. SlotTaken: somebody else was quicker.
    """
    served = await open_to(conn, booking, now=now)
    hold = await holds.held_by(conn, booking.hold_token, served.id, now=now)
    return await book_served(conn, served, booking, hold=hold, uris=uris, now=now)


async def open_to(conn: Conn, booking: Booking, *, by: Principal | None = None, now: datetime) -> Served:
    """The event type on the terms of the booking, with the link that the invitee came through.

    Raises:
        NotFound, LinkEnded, Invalid: as ``book``.
        Forbidden: ``by`` sets rules aside, and is neither an admin nor the owner of the event type nor a host of it.
    """
    served = await serving.serve(conn, booking.organization_id, booking.event_type_id)
    if by is not None and booking.set_aside:
        explaining.require_insight(by, served.stored)
    link = await scheduling_links.of_booking(conn, served.stored, booking.link_token)
    if link is not None and link.has_ended(now):
        raise LinkEnded
    if not served.is_open:
        raise NotFound("event type")
    return served.on(Terms(link=link, duration_minutes=booking.duration_minutes, set_aside=booking.set_aside))


async def book_served(
    conn: Conn,
    served: Served,
    booking: Booking,
    *,
    hold: Hold | None,
    uris: Uris,
    now: datetime,
) -> Booked:
    """The same for an event type that is at hand, with the hold that keeps the slot.

    Raises:
        Invalid, SlotUnavailable, SlotTaken, LinkEnded: as ``book``.
    """
    filled_in = None if served.is_group else check(served.row, booking)  # what can be seen without locks
    link = served.terms.link
    placement = await placing.place(conn, served, booking.start_time, hold=hold, now=now)
    if filled_in is None:
        filled_in = check(served.row, booking, joins=placement.event)
    invitee_id = new_id()
    submission_id = await _link_submission(conn, booking, invitee_id, placement.event_id, now=now)
    invitee = Invitee(
        id=invitee_id,
        organization_id=served.organization_id,
        scheduled_event_id=placement.event_id,
        chain_id=invitee_id,
        email=filled_in.email,
        name=filled_in.name,
        first_name=filled_in.first_name,
        last_name=filled_in.last_name,
        status="active",
        timezone=booking.timezone,
        questions_and_answers=filled_in.answers,
        tracking=booking.tracking,
        text_reminder_number=filled_in.text_reminder_number,
        routing_form_submission_id=submission_id,
        scheduling_method=booking.scheduling_method,
        scheduled_by_id=booking.scheduled_by_id,
        scheduling_link_id=None if link is None else link.id,
        payment=booking.payment,
        language=booking.language,
        created_at=now,
        updated_at=now,
    )
    new = seating.NewInvitee(invitee, filled_in.location, filled_in.guests)
    invitee, event = await seating.seat(conn, placement, new, now=now)
    await scheduling_links.use(conn, link, now=now)
    await outbox.record_invitee(conn, "invitee.created", invitee, event, uris, correlation.current(), now=now)
    await meeting.become_known(conn, invitee, event, uris=uris, now=now)
    was_requested = hold is not None and hold.reason == holds.Reason.APPROVAL
    await announcing.booked(
        conn,
        invitee,
        event,
        filled_in.guests,
        reminders=served.row.reminder_minutes,
        was_requested=was_requested,
        now=now,
    )
    return Booked(invitee, event)


async def _link_submission(
    conn: Conn, booking: Booking, invitee_id: UUID, event_id: UUID, *, now: datetime
) -> UUID | None:
    """Tie the booking to the routing form submission it came from; an unknown or used one is left aside."""
    if booking.routing_form_submission_id is None:
        return None
    linked = await routing_forms.link_invitee(
        conn,
        booking.organization_id,
        booking.routing_form_submission_id,
        invitee_id=invitee_id,
        event_id=event_id,
        now=now,
    )
    return booking.routing_form_submission_id if linked else None
