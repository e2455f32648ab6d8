"""The booking form: whether what an invitee filled in is what the event type requires."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from openslot.core.booking_form import (
    INVALID,
    MUST_BE_FILLED,
    NO_NAME,
    UNANSWERED,
    WRONG_LOCATION,
    check_answers,
    check_guests,
    check_location,
    check_phone,
    check_planned_location,
    is_zone,
)
from openslot.core.contacts import MAX_NAME_LENGTH, email_address, person_name
from openslot.core.errors import FieldError, Invalid
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services.booking.command import Booking
from openslot.wire.characters import is_seen
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import QuestionAndAnswer
from openslot.wire.scheduled_events import Location

CONSENT = "text_reminder_consent"
"""The parameter of an invitee's consent to text messages."""
DURATION = "duration"
"""The parameter of a length that is not the one that was shown."""


class Form(Protocol):
    """What an event type requires to be filled in."""

    @property
    def locations(self) -> Sequence[LocationConfiguration]: ...

    @property
    def custom_questions(self) -> Sequence[CustomQuestion]: ...

    @property
    def duration_minutes(self) -> int: ...


@dataclass(frozen=True)
class FilledIn:
    """What an invitee filled in, as it is kept, checked against what the event type requires."""

    email: str
    name: str
    first_name: str | None
    last_name: str | None
    text_reminder_number: str | None
    location: Location | None
    answers: list[QuestionAndAnswer]
    guests: list[str]


@dataclass(frozen=True)
class UnknownForm:
    """The form of an event type that is not known: what each of them requires can be checked all the same."""

    locations: Sequence[LocationConfiguration] = ()
    custom_questions: Sequence[CustomQuestion] = ()
    duration_minutes: int = 0


def check(form: Form, booking: Booking, *, joins: ScheduledEvent | None = None) -> FilledIn:
    """Check that what was filled in is what the event type requires, and fits the planned event that is joined.

    Raises:
        Invalid: it is not; every field is named.
    """
    errors: list[FieldError] = []
    name = person_name(booking.name) or person_name(booking.first_name, booking.last_name)
    if not name:
        errors.append(FieldError("invitee", NO_NAME))
    elif len(name) > MAX_NAME_LENGTH:
        errors.append(FieldError("invitee.name", INVALID))
    email = email_address(booking.email)
    if email is None:
        errors.append(FieldError("invitee.email", INVALID if is_seen(booking.email) else MUST_BE_FILLED))
    if not is_zone(booking.timezone):
        errors.append(FieldError("invitee.timezone", INVALID))
    number = _check_number(booking, errors)
    location = _check_location(form, booking, joins, errors)
    if booking.shown_minutes not in {None, length_of(form, joins)}:
        errors.append(FieldError(DURATION, INVALID))
    answers = check_answers(form.custom_questions, [(one.question, one.answer) for one in booking.answers], errors)
    guests = check_guests(booking.guests, errors)
    if errors or email is None:
        raise invalid_booking(errors)
    first_name, last_name = [person_name(part) or None for part in (booking.first_name, booking.last_name)]
    return FilledIn(email, name, first_name, last_name, number, location, answers, guests)


def as_kept(booking: Booking, filled_in: FilledIn) -> Booking:
    """The command with invitee and guests as they are kept, for a request that waits."""
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
    if not booking.agrees_to_texts:
        errors.append(FieldError(CONSENT, MUST_BE_FILLED))
    return check_phone(booking.text_reminder_number, "invitee.text_reminder_number", errors)


def _check_location(
    form: Form, booking: Booking, joins: ScheduledEvent | None, errors: list[FieldError]
) -> Location | None:
    if joins is None:
        return check_location(form.locations, booking.location, errors)
    return check_planned_location(joins.location, booking.location, errors)


def length_of(form: Form, joins: ScheduledEvent | None) -> int:
    """Minutes that a booking lasts: those of the planned event that it joins, else the event type's."""
    if joins is None:
        return form.duration_minutes
    return int((joins.end_time - joins.start_time).total_seconds()) // 60


def invalid_booking(errors: Sequence[FieldError]) -> Invalid:
    """What is wrong with a booking, under the sentences that clients match.

    Source: since-september, section 7.
    """
    sentences = []
    if any(error.code == WRONG_LOCATION for error in errors):
        sentences.append("Specified location kind is not configured for this event type.")
    if any(error.parameter.startswith("questions_") and error.message.endswith(MUST_BE_FILLED) for error in errors):
        sentences.append(UNANSWERED)
    return Invalid(*errors, message=" ".join(sentences)) if sentences else Invalid(*errors)
