"""Whether what an invitee filled in is what the event type requires. Source: since-september, section 7."""

from typing import Any

import pytest

from openslot.core.errors import FieldError, Invalid
from openslot.core.ids import new_id
from openslot.services.booking import form
from openslot.services.booking.command import Booking, GivenAnswer
from openslot.services.booking.form import FilledIn, UnknownForm
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, QuestionAndAnswer
from openslot.wire.scheduled_events import Location
from services.conftest import START

TOUR = UnknownForm(
    locations=[LocationConfiguration("ask_invitee")],
    custom_questions=[CustomQuestion("How many?", "string", 0, True, True, [], False)],
    duration_minutes=30,
)


def wanted(**values: Any) -> Booking:
    """What Ada filled in, unless ``values`` differ."""
    defaults: dict[str, Any] = {
        "organization_id": new_id(),
        "event_type_id": new_id(),
        "start_time": START,
        "first_name": " Ada\n",
        "last_name": "Example",
        "email": " ada@example.org",
        "timezone": "Europe/Rome",
        "location": InviteeLocation("ask_invitee", location=" The yard "),
        "answers": [GivenAnswer("How many?", " 3 ")],
        "guests": ["grace@example.org", "grace@example.org"],
        "shown_minutes": 30,
    }
    return Booking(**(defaults | values))


def refusal(booking: Booking) -> Invalid:
    with pytest.raises(Invalid) as refused:
        form.check(TOUR, booking)
    return refused.value


def test_what_was_filled_in_is_tidied() -> None:
    assert form.check(TOUR, wanted()) == FilledIn(
        email="ada@example.org",
        name="Ada Example",
        first_name="Ada",
        last_name="Example",
        text_reminder_number=None,
        location=Location("ask_invitee", location="The yard"),
        answers=[QuestionAndAnswer("How many?", "3", 0)],
        guests=["grace@example.org"],
    )


def test_every_wrong_field_is_named() -> None:
    wrong = wanted(
        first_name=" ", last_name=None, email="ada", timezone="Mars/Base", text_reminder_number="12", shown_minutes=45
    )

    assert [one.parameter for one in refusal(wrong).details] == [
        "invitee",
        "invitee.email",
        "invitee.timezone",
        "invitee.text_reminder_number",
        "duration",
    ]
    assert refusal(wanted(email=" ")).details == (FieldError("invitee.email", "must be filled"),)


def test_a_wrong_location_and_a_question_without_an_answer_have_sentences_of_their_own() -> None:
    elsewhere = InviteeLocation("zoom_conference")
    wrong = [
        wanted(location=elsewhere),
        wanted(answers=[]),
        wanted(location=elsewhere, answers=[]),
        wanted(timezone="Mars/Base"),
    ]

    no_such_kind = "Specified location kind is not configured for this event type."
    unanswered = "Required Questions and Answers cannot be blank."
    assert [refusal(one).message for one in wrong] == [
        no_such_kind,
        unanswered,
        f"{no_such_kind} {unanswered}",
        "The supplied parameters are invalid.",
    ]


def test_a_request_that_waits_keeps_the_invitee_as_filled_in() -> None:
    booking = wanted()
    kept = form.as_kept(booking, form.check(TOUR, booking))

    assert (kept.email, kept.name, kept.first_name, kept.last_name, kept.guests) == (
        "ada@example.org",
        "Ada Example",
        "Ada",
        "Example",
        ["grace@example.org"],
    )
    assert (kept.answers, kept.location, kept.start_time) == (booking.answers, booking.location, booking.start_time)
