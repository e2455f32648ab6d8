"""The new half of a reschedule: booking again, at another start, what an invitee had booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from openslot.core.booking_form import INVALID, LOCATION_CHOICE, is_given_by_invitee, own_location
from openslot.core.errors import FieldError, Invalid, SlotUnavailable
from openslot.core.ids import new_id
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services.booking import placing, seating
from openslot.services.booking.command import Booked
from openslot.services.booking.form import DURATION, Form, length_of
from openslot.services.serving import Served
from openslot.wire.invitees import Payment
from openslot.wire.scheduled_events import Location


class AfterMove(NamedTuple):
    """Length and place of the meeting after a move."""

    minutes: int
    location: Location | None


def after_move(form: Form, location: Location | None, joins: ScheduledEvent | None) -> AfterMove:
    """How long the meeting lasts to which an invitee moves with ``location``, and where it is for the invitee."""
    if joins is not None:
        location = own_location(location, joins.location) or joins.location
    return AfterMove(length_of(form, joins), location)


def lacks_place(own: Location | None, planned: Location | None) -> bool:
    """Whether a planned event requires a place of each invitee, which one with ``own`` has not entered."""
    return is_given_by_invitee(planned) and own_location(own, planned) is None


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a new booking takes over from the one it replaces."""

    old: Invitee
    location: Location | None
    guests: Sequence[str]
    payment: Payment | None
    timezone: str | None
    shown: AfterMove | None = None
    """What was announced to the invitee; something else is not made. None: nothing was."""


async def move(conn: Conn, served: Served, start_time: datetime, moved: Move, *, now: datetime) -> Booked:
    """Book again what ``moved.old`` had booked, at another start; the old time must have been given back before.

    Records no event: the caller knows the order of the two.

    Raises:
        SlotUnavailable, SlotTaken: as for a first booking.
        Invalid: length or place are not what was shown.
    """
    placement = await placing.place(conn, served, start_time, now=now)
    if placement.event is not None and lacks_place(moved.location, placement.event.location):
        raise SlotUnavailable(start_time)
    found = after_move(served.row, moved.location, placement.event)
    if moved.shown is not None and moved.shown != found:
        is_longer = moved.shown.minutes != found.minutes
        raise Invalid(FieldError(DURATION if is_longer else LOCATION_CHOICE, INVALID))
    old = moved.old
    invitee = Invitee(
        id=new_id(),
        organization_id=old.organization_id,
        scheduled_event_id=placement.event_id,
        chain_id=old.chain_id,
        email=old.email,
        name=old.name,
        first_name=old.first_name,
        last_name=old.last_name,
        status="active",
        timezone=moved.timezone or old.timezone,
        questions_and_answers=old.questions_and_answers,
        tracking=old.tracking,
        text_reminder_number=old.text_reminder_number,
        old_invitee_id=old.id,
        old_event_id=old.scheduled_event_id,
        routing_form_submission_id=old.routing_form_submission_id,
        payment=moved.payment,
        scheduling_method=old.scheduling_method,
        scheduled_by_id=old.scheduled_by_id,
        scheduling_link_id=old.scheduling_link_id,
        language=old.language,
        created_at=now,
        updated_at=now,
    )
    new = seating.NewInvitee(invitee, moved.location, moved.guests)
    return Booked(*await seating.seat(conn, placement, new, now=now))
