"""What an invitee fills in. Source: behaviours, sections 8, 10 and 13."""

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.booking_form import (
    MAX_ANSWER_LENGTH,
    check_answers,
    check_guests,
    check_location,
    is_zone,
)
from openslot.core.errors import FieldError
from openslot.wire.characters import one_line
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, QuestionAndAnswer
from openslot.wire.scheduled_events import Location


def test_every_zone_of_the_data_is_a_zone() -> None:
    assert all(is_zone(name) for name in zoneinfo.available_timezones())


@pytest.mark.parametrize(
    "name",
    ["", " ", "Mars/Olympus", "Europe", "Europe/", "/etc/localtime", "../UTC", "Europe/../Europe/Rome", "UTC\n",
     "\x00", "\ud800", "a" * 5000, "tzdata.zi", "zone.tab", "__init__.py", "Europe//Rome", ".", "con:"],
)  # fmt: skip
def test_anything_else_is_none(name: str) -> None:
    assert not is_zone(name)


@given(st.text(st.characters(), max_size=30) | st.from_regex(r"[A-Za-z_./-]{1,20}", fullmatch=True))
def test_any_text_is_a_zone_or_not(name: str) -> None:
    assert is_zone(name) in {True, False}


def test_guests_come_without_blanks_and_repetitions_in_their_order() -> None:
    errors: list[FieldError] = []

    guests = check_guests([" zoe@example.org", "Bob@example.org", "ZOE@example.org", "bob@example.org "], errors)

    assert (guests, errors) == (["zoe@example.org", "Bob@example.org"], [])


def test_ten_guests_come_and_eleven_do_not() -> None:
    guests = [f"guest{number}@example.org" for number in range(11)]
    errors: list[FieldError] = []

    assert check_guests(guests[:10] + guests[:10], errors) == guests[:10]
    assert errors == []
    check_guests(guests, errors)
    assert errors == [FieldError("event_guests", "must have at most 10 items")]


def test_of_many_more_none_is_looked_at() -> None:
    errors: list[FieldError] = []
    assert check_guests(["no address"] * 100_000, errors) == []
    assert errors == [FieldError("event_guests", "must have at most 10 items")]


def test_every_wrong_guest_is_named() -> None:
    errors: list[FieldError] = []

    check_guests(["zoe@example.org", "", "nobody"], errors)

    assert errors == [FieldError("event_guests[1]", "invalid"), FieldError("event_guests[2]", "invalid")]


def question(
    kind: str, *, name: str = "What?", position: int = 0, required: bool = True, choices: tuple[str, ...] = ()
) -> CustomQuestion:
    return CustomQuestion(name, kind, position, True, required, list(choices), False)


def test_answers_follow_the_questions() -> None:
    questions = [question("string", name="B", position=1), question("text", name="A", position=0)]
    errors: list[FieldError] = []

    answers = check_answers(questions, [("B", " b "), ("A", "a\nb")], errors)

    assert (answers, errors) == ([QuestionAndAnswer("A", "a\nb", 0), QuestionAndAnswer("B", "b", 1)], [])


def test_what_is_left_blank_is_left_out() -> None:
    errors: list[FieldError] = []

    assert check_answers([question("string", required=False)], [("What?", " \n ")], errors) == []
    assert errors == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_one_line_is_one_line_whatever_ends_the_lines(line_end: str) -> None:
    errors: list[FieldError] = []

    answers = check_answers([question("string")], [("What?", f"one{line_end}two")], errors)

    assert [answer.answer for answer in answers] == ["one two"]


@pytest.mark.parametrize("kind", ["string", "text", "single_select", "multi_select", "phone_number"])
def test_no_answer_is_longer_than_ten_thousand_characters(kind: str) -> None:
    errors: list[FieldError] = []

    check_answers([question(kind)], [("What?", "a" * (MAX_ANSWER_LENGTH + 1))], errors)

    assert errors == [FieldError("questions_and_answers[0].answer", "invalid")]


@given(st.lists(st.sampled_from(["Kiln", "Shop", "Garden", ""]), max_size=5))
def test_several_choices_are_one_per_line(chosen: list[str]) -> None:
    errors: list[FieldError] = []

    answers = check_answers(
        [question("multi_select", required=False, choices=("Kiln", "Shop"))], [("What?", "\n".join(chosen))], errors
    )

    wanted = [one for one in chosen if one]
    if "Garden" in wanted:
        assert [error.message for error in errors] == ["invalid"]
    else:
        assert [answer.answer.split("\n") for answer in answers] == ([wanted] if wanted else [])


STORED = ["Small ", "\u00a0Middle\u200b", "Large\r\n", "Very\nlarge", "", "Salt, pepper", "x" * (MAX_ANSWER_LENGTH + 1)]
"""Choices as they were stored before they were cleaned."""


@pytest.mark.parametrize("kind", ["single_select", "multi_select"])
@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("Small", "Small"),
        ("Small ", "Small"),
        (" Small\u00a0", "Small"),
        ("Middle", "Middle"),
        ("\u00a0Middle\u200b", "Middle"),
        ("Large", "Large"),
        ("Large\r\n", "Large"),
        ("Very large", "Very large"),
        ("Very\nlarge", "Very large"),
        ("Salt, pepper", "Salt, pepper"),
        ("x" * (MAX_ANSWER_LENGTH + 1), "x" * (MAX_ANSWER_LENGTH + 1)),
    ],
)
def test_a_choice_is_known_whatever_blanks_are_around_it_there_or_here(kind: str, answer: str, kept: str) -> None:
    errors: list[FieldError] = []

    answers = check_answers([question(kind, choices=tuple(STORED))], [("What?", answer)], errors)

    assert (answers, errors) == ([QuestionAndAnswer("What?", kept, 0)], [])


@pytest.mark.parametrize("kind", ["single_select", "multi_select"])
@pytest.mark.parametrize("answer", ["small", "Smal", "Salt", "Small Middle"])
def test_another_answer_is_no_choice(kind: str, answer: str) -> None:
    errors: list[FieldError] = []

    assert check_answers([question(kind, choices=tuple(STORED))], [("What?", answer)], errors) == []
    assert [error.parameter for error in errors] == ["questions_and_answers[0].answer"]


@given(st.lists(st.integers(0, len(STORED) - 1).filter(lambda place: STORED[place] != ""), min_size=1, max_size=5))
def test_any_of_the_choices_can_be_chosen_together(places: list[int]) -> None:
    errors: list[FieldError] = []

    answers = check_answers(
        [question("multi_select", choices=tuple(STORED))],
        [("What?", "\n".join(STORED[place] for place in places))],
        errors,
    )

    assert errors == []
    assert [answer.answer for answer in answers] == ["\n".join(one_line(STORED[place]) for place in places)]


@pytest.mark.parametrize("kind", ["string", "text", "single_select", "multi_select", "phone_number"])
@pytest.mark.parametrize("answer", ["\u200b", "\u3164", "\u00a0\u2800", "\u202a\u202c"])
def test_an_answer_of_which_nothing_is_seen_is_none(kind: str, answer: str) -> None:
    errors: list[FieldError] = []

    assert check_answers([question(kind, choices=("A",))], [("What?", answer)], errors) == []
    assert errors == [FieldError("questions_and_answers[0].answer", "must be filled")]


def test_a_sole_location_is_taken_as_it_is() -> None:
    errors: list[FieldError] = []
    lane = LocationConfiguration("physical", "4 Brickyard Lane")

    assert check_location([lane], None, errors) == Location("physical", location="4 Brickyard Lane")
    assert check_location([], None, errors) is None
    assert errors == []


def test_among_several_one_must_be_chosen() -> None:
    errors: list[FieldError] = []
    places = [LocationConfiguration("physical", "Lane"), LocationConfiguration("ask_invitee")]

    assert check_location(places, None, errors) is None
    assert errors == [FieldError("location", "must be filled")]
    assert check_location(places, InviteeLocation("ask_invitee", " Pub "), []) == Location(
        "ask_invitee", location="Pub"
    )


def test_of_two_places_of_a_kind_the_named_one_is_taken_else_the_first() -> None:
    places = [LocationConfiguration("physical", "Lane"), LocationConfiguration("physical", "Shop ")]

    found = [
        check_location(places, InviteeLocation("physical", named), [])
        for named in ("Shop", "Shop ", "Lane\u00a0", "Moon", None)
    ]

    assert found == [Location("physical", location=name) for name in ("Shop ", "Shop ", "Lane", "Lane", "Lane")]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("06 5550 0123", "must begin with the country code, such as +39"),
        ("+39 06 5550 0123 ext. 5", "must have no extension"),
        ("+39 06", "is not a valid phone number"),
        ("\u200b", "must be filled"),
    ],
)
def test_a_refused_number_to_call_has_its_reason(number: str, message: str) -> None:
    errors: list[FieldError] = []

    assert (
        check_location([LocationConfiguration("outbound_call")], InviteeLocation("outbound_call", number), errors)
        is None
    )
    assert errors == [FieldError("location.location", message)]


def test_a_host_s_number_is_shown_in_full_however_it_was_stored() -> None:
    stored = LocationConfiguration("inbound_call", phone_number="+44 (0)20 7946 0958")

    assert check_location([stored], None, []) == Location("inbound_call", location="+442079460958")
