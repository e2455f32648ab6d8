"""Booking: somebody takes a slot. Pages and API come here with the same command.

Source: design, section 6; behaviours, section 10.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from openslot.core.booking_form import (
    INVALID,
    LOCATION_CHOICE,
    MUST_BE_FILLED,
    NO_NAME,
    UNANSWERED,
    WRONG_LOCATION,
    check_answers,
    check_guests,
    check_location,
    check_phone,
    check_planned_location,
    is_given_by_invitee,
    is_zone,
    own_location,
)
from openslot.core.contacts import LONGEST_NAME, email_address, person_name
from openslot.core.errors import FieldError, Invalid, LinkEnded, NotFound, SlotUnavailable
from openslot.core.ids import new_id
from openslot.db import routing_forms
from openslot.db.event_types import ServedEventType
from openslot.db.holds import Hold
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.scheduling_links import SchedulingLink
from openslot.presenters.links import Links
from openslot.services import outbox, scheduling_links, slots
from openslot.services.booking import holds, placing
from openslot.telemetry import correlation
from openslot.wire.characters import is_seen
from openslot.wire.common import Tracking
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, Payment, QuestionAndAnswer
from openslot.wire.scheduled_events import Location

DURATION = "duration"
"""The parameter of a length that is not the one that was shown."""


@dataclass(frozen=True)
class Answer:
    """An answer to a custom question, which is named as the event type names it."""

    question: str
    answer: str
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class Booking:
    """The command: who wants which start of which event type, and what was filled in."""

    organization_id: UUID
    event_type_id: UUID
    start_time: datetime
    """Aware."""
    email: str
    timezone: str
    """IANA name: the zone in which the invitee reads times."""
    name: str | None = None
    """Either this, or ``first_name`` with an optional ``last_name``."""
    first_name: str | None = None
    last_name: str | None = None
    text_reminder_number: str | None = None
    location: InviteeLocation | None = None
    answers: Sequence[Answer] = ()
    tracking: Tracking = field(default_factory=Tracking)
    guests: Sequence[str] = ()
    """E-mail addresses."""
    duration_minutes: int | None = None
    """One of the event type's durations; None: its usual one. A planned event that is joined keeps its own."""
    shown_minutes: int | None = None
    """The length that was shown to who books; what would last otherwise is refused."""
    hold_token: str | None = field(default=None, repr=False)
    """Of a hold that keeps this start, or a seat of it, for the one who books."""
    payment: Payment | None = None
    link_token: str | None = field(default=None, repr=False)
    """Of the scheduling link that the invitee came through."""
    set_aside: frozenset[str] = frozenset()
    """Rules that a host sets aside for this booking: ``NOTICE``. Kept on the event."""
    scheduling_method: str | None = None
    """``api``, or None for a page."""
    scheduled_by_id: UUID | None = None
    routing_form_submission_id: UUID | None = None


@dataclass(frozen=True)
class Booked:
    """What a booking made."""

    invitee: Invitee
    event: ScheduledEvent


async def book(conn: Conn, booking: Booking, *, links: Links, now: datetime) -> Booked:
    """Take the slot, in the caller's transaction.

    A hold that has ended is no reason to refuse: if nobody took the slot meanwhile, it is there.

    Raises:
        NotFound: no such event type, or it takes no bookings; no such link. LinkEnded: it is used up, or over.
        Invalid: what was filled in does not fit what the event type asks; every field is named.
        SlotUnavailable: the start is not on offer. SlotTaken: somebody else was quicker.
    """
    served, link = await open_to(conn, booking, now=now)
    hold = await holds.held_by(conn, booking.hold_token, served.id, now=now)
    return await book_served(conn, served, booking, hold=hold, link=link, links=links, now=now)


async def open_to(conn: Conn, booking: Booking, *, now: datetime) -> tuple[ServedEventType, SchedulingLink | None]:
    """The event type as it is for who books, and the link that was come through.

    Raises:
        NotFound, LinkEnded, Invalid: as ``book``.
    """
    served = await slots.serve(conn, booking.organization_id, booking.event_type_id)
    link = await scheduling_links.of_booking(conn, served, booking.link_token)
    if link is not None and link.has_ended(now):
        raise LinkEnded
    if not slots.is_open(served):
        raise NotFound("event type")
    served = scheduling_links.applied(served, link)
    return slots.lasting(served, booking.duration_minutes), link


async def book_served(
    conn: Conn,
    served: ServedEventType,
    booking: Booking,
    *,
    hold: Hold | None,
    link: SchedulingLink | None,
    links: Links,
    now: datetime,
) -> Booked:
    """The same for an event type that is at hand, with the hold that keeps the slot.

    Raises:
        Invalid, SlotUnavailable, SlotTaken, LinkEnded: as ``book``.
    """
    filled_in = None if served.kind == "group" else check(served, booking)  # what can be seen without locks
    served = setting_aside(served, booking.set_aside)
    place = await placing.place(conn, served, booking.start_time, hold=hold, now=now)
    if filled_in is None:
        filled_in = check(served, booking, joins=place.event)
    invitee_id = new_id()
    submission_id = await _link_submission(conn, booking, invitee_id, place.event_id, now=now)
    invitee = Invitee(
        id=invitee_id,
        organization_id=served.organization_id,
        scheduled_event_id=place.event_id,
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
        created_at=now,
        updated_at=now,
    )
    seated = placing.Seated(invitee, filled_in.location, filled_in.guests, booking.set_aside)
    invitee, event = await placing.seat(conn, place, seated, now=now)
    await scheduling_links.use(conn, link, now=now)
    await outbox.record_invitee(conn, "invitee.created", invitee, event, links, correlation.current(), now=now)
    return Booked(invitee, event)


def setting_aside(served: ServedEventType, rules: Collection[str]) -> ServedEventType:
    """The event type without the rules that a host sets aside."""
    return msgspec.structs.replace(served, notice_minutes=0) if "NOTICE" in rules else served


class Asks(Protocol):
    """What asks for something to be filled in: an event type."""

    @property
    def locations(self) -> Sequence[LocationConfiguration]: ...

    @property
    def custom_questions(self) -> Sequence[CustomQuestion]: ...

    @property
    def duration_minutes(self) -> int: ...


class Outcome(NamedTuple):
    """What comes of a move, apart from its start."""

    minutes: int
    location: Location | None


def outcome(served: Asks, location: Location | None, joins: ScheduledEvent | None) -> Outcome:
    """How long the meeting lasts to which an invitee moves with ``location``, and where it is for the invitee."""
    if joins is not None:
        location = own_location(location, joins.location) or joins.location
    return Outcome(length_of(served, joins), location)


def is_unsaid(own: Location | None, planned: Location | None) -> bool:
    """Whether a planned event asks every invitee for a place that who has ``own`` has not said."""
    return is_given_by_invitee(planned) and own_location(own, planned) is None


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a new booking takes over from the one it replaces."""

    old: Invitee
    location: Location | None
    guests: Sequence[str]
    payment: Payment | None
    timezone: str | None
    set_aside: frozenset[str] = frozenset()
    shown: Outcome | None = None
    """What was announced to the invitee; something else is not made. None: nothing was."""


async def move(conn: Conn, served: ServedEventType, start_time: datetime, moved: Move, *, now: datetime) -> Booked:
    """Book again what ``moved.old`` had booked, at another start; the old time must have been given back before.

    Records no event: the caller knows the order of the two.

    Raises:
        SlotUnavailable, SlotTaken: as for a first booking.
        Invalid: length or place are not what was shown.
    """
    place = await placing.place(conn, served, start_time, now=now)
    if place.event is not None and is_unsaid(moved.location, place.event.location):
        raise SlotUnavailable(start_time)
    found = outcome(served, moved.location, place.event)
    if moved.shown is not None and moved.shown != found:
        is_longer = moved.shown.minutes != found.minutes
        raise Invalid(FieldError(DURATION if is_longer else LOCATION_CHOICE, INVALID))
    old = moved.old
    invitee = Invitee(
        id=new_id(),
        organization_id=old.organization_id,
        scheduled_event_id=place.event_id,
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
        created_at=now,
        updated_at=now,
    )
    seated = placing.Seated(invitee, moved.location, moved.guests, moved.set_aside)
    return Booked(*await placing.seat(conn, place, seated, now=now))


@dataclass(frozen=True)
class FilledIn:
    """What an invitee filled in, as it is kept, checked against what the event type asks."""

    email: str
    name: str
    first_name: str | None
    last_name: str | None
    text_reminder_number: str | None
    location: Location | None
    answers: list[QuestionAndAnswer]
    guests: list[str]


@dataclass(frozen=True)
class AsksAnything:
    """Where the event type is not known: what every one of them asks can be checked all the same."""

    locations: Sequence[LocationConfiguration] = ()
    custom_questions: Sequence[CustomQuestion] = ()
    duration_minutes: int = 0


def check(served: Asks, booking: Booking, *, joins: ScheduledEvent | None = None) -> FilledIn:
    """See that what was filled in is what the event type asks, and fits the planned event that is joined.

    Raises:
        Invalid: it is not; every field is named.
    """
    errors: list[FieldError] = []
    name = person_name(booking.name) or person_name(booking.first_name, booking.last_name)
    if not name:
        errors.append(FieldError("invitee", NO_NAME))
    elif len(name) > LONGEST_NAME:
        errors.append(FieldError("invitee.name", INVALID))
    email = email_address(booking.email)
    if email is None:
        errors.append(FieldError("invitee.email", INVALID if is_seen(booking.email) else MUST_BE_FILLED))
    if not is_zone(booking.timezone):
        errors.append(FieldError("invitee.timezone", INVALID))
    number = _check_number(booking, errors)
    location = _check_location(served, booking, joins, errors)
    if booking.shown_minutes not in {None, length_of(served, joins)}:
        errors.append(FieldError(DURATION, INVALID))
    answers = check_answers(served.custom_questions, [(one.question, one.answer) for one in booking.answers], errors)
    guests = check_guests(booking.guests, errors)
    if errors or email is None:
        raise refused(errors)
    first_name, last_name = [person_name(part) or None for part in (booking.first_name, booking.last_name)]
    return FilledIn(email, name, first_name, last_name, number, location, answers, guests)


def as_kept(booking: Booking, filled_in: FilledIn) -> Booking:
    """The command with its people as they are kept, for one that waits."""
    return replace(
        booking,
        email=filled_in.email,
        name=filled_in.name,
        first_name=filled_in.first_name,
        last_name=filled_in.last_name,
        guests=filled_in.guests,
    )


def _check_number(booking: Booking, errors: list[FieldError]) -> str | None:
    if booking.text_reminder_number is None or not is_seen(booking.text_reminder_number):
        return None
    return check_phone(booking.text_reminder_number, "invitee.text_reminder_number", errors)


def _check_location(
    served: Asks, booking: Booking, joins: ScheduledEvent | None, errors: list[FieldError]
) -> Location | None:
    if joins is None:
        return check_location(served.locations, booking.location, errors)
    return check_planned_location(joins.location, booking.location, errors)


def length_of(event_type: Asks, joins: ScheduledEvent | None) -> int:
    """Minutes that a booking lasts: those of the planned event that it joins, else the event type's."""
    if joins is None:
        return event_type.duration_minutes
    return int((joins.end_time - joins.start_time).total_seconds()) // 60


def refused(errors: Sequence[FieldError]) -> Invalid:
    """What is wrong with a booking, under the sentences that clients match.

    Source: since-september, section 7.
    """
    sentences = []
    if any(error.code == WRONG_LOCATION for error in errors):
        sentences.append("Specified location kind is not configured for this event type.")
    if any(error.parameter.startswith("questions_") and error.message.endswith(MUST_BE_FILLED) for error in errors):
        sentences.append(UNANSWERED)
    return Invalid(*errors, message=" ".join(sentences)) if sentences else Invalid(*errors)


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
