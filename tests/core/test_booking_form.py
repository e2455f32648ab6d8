"""What an invitee fills in. Source: behaviours, sections 8, 10 and 13."""

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.booking_form import (
    LONGEST_ANSWER,
    check_answers,
    check_guests,
    check_location,
    is_email,
    is_zone,
    phone_number,
)
from openslot.core.errors import FieldError
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, QuestionAndAnswer
from openslot.wire.scheduled_events import Location


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "ada.lovelace+kiln@sub.example.co.uk",
        "a@b.c",
        "ada@localhost",
        "zoë@bücher.example",
        "o'brien@example.org",
        "a" * 64 + "@example.org",
        "1@2.3",
        "ada@xn--bcher-kva.example",
    ],
)
def test_an_address_is_taken(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@@example.org",
        "ada@example@example.org",
        "ada @example.org",
        "ada@example.org ",
        "ada@example.org\n",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "ada@example.org;bob@example.org",
        '"ada"@example.org',
        "ada\\@example.org",
        "ada@[127.0.0.1]",
        "ada\x00@example.org",
        "ada\x85@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 250 + ".org",
    ],
)
def test_what_is_no_address_or_could_split_a_header_is_refused(text: str) -> None:
    assert not is_email(text)


@given(st.text())
def test_no_address_holds_a_blank_or_a_line_end(text: str) -> None:
    assert not (is_email(text) and any(character.isspace() or character in "<>,;" for character in text))


NUMBERS = {
    "+390655500123": "+390655500123",
    " +39 06 555 00123 ": "+390655500123",
    "+39 (06) 555-00.123": "+390655500123",
    "+39/06/55500123": "+390655500123",
    "+1\u00a0202\u00a0555\u00a00123": "+12025550123",
    "+1234567": "+1234567",
    "+123456789012345": "+123456789012345",
    "+123456": None,
    "+1234567890123456": None,
    "+0655500123": None,
    "0655500123": None,
    "00390655500123": None,
    "+39 06 555 00123 ext 5": None,
    "+39O655500123": None,
    "+3" + "\u0663" * 10: None,
    "++390655500123": None,
    "+": None,
    "": None,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_phone_number_is_e_164_without_separators(text: str) -> None:
    assert phone_number(text) == NUMBERS[text]


@given(st.text())
def test_a_cleaned_number_is_clean(text: str) -> None:
    cleaned = phone_number(text)

    assert cleaned is None or (cleaned.isascii() and phone_number(cleaned) == cleaned)


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

    check_answers([question(kind)], [("What?", "a" * (LONGEST_ANSWER + 1))], errors)

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
    places = [LocationConfiguration("physical", "Lane"), LocationConfiguration("physical", "Shop")]

    found = [check_location(places, InviteeLocation("physical", named), []) for named in ("Shop", "Lane", "Moon", None)]

    assert found == [Location("physical", location=name) for name in ("Shop", "Lane", "Lane", "Lane")]
