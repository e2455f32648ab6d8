"""Subjects and opening texts of an organization: which are taken, and what becomes of their variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.errors import FieldError
from openslot.core.mail_templates import VARIABLES, check, paragraphs, subject

VALUES = {name: f"<{name}>" for name in VARIABLES}


def problems(subject: str | None, opening: str | None, *, is_title: bool = False) -> list[tuple[str, str]]:
    errors: list[FieldError] = []
    check(subject, opening, is_title=is_title, errors=errors)
    return [(error.parameter, error.message) for error in errors]


@pytest.mark.parametrize(
    ("subject", "opening", "is_title", "wrong"),
    [
        ("On {date} at {time}", "Dear {invitee},\n\nsee {location}.", False, []),
        ("{ event }", None, True, []),
        ("Braces } { and {} are text", "{not a variable}", False, []),
        ("Hello", None, True, ["subject"]),
        (None, "Hello", True, []),
        ("{event.__class__}", "{{7*7}} {% if %}", False, []),
        (" \u200b ", "", False, ["subject", "opening"]),
        ("{Event}", "{password}", False, ["subject", "opening"]),
    ],
)
def test_only_known_variables_are_taken(
    subject: str | None, opening: str | None, wrong: list[str], *, is_title: bool
) -> None:
    assert [parameter for parameter, _ in problems(subject, opening, is_title=is_title)] == wrong


def test_an_unknown_variable_is_named_with_those_there_are() -> None:
    ((_, message),) = problems("{nome}", None)

    assert message.startswith("has no variable {nome}; there are {event}, {host}, ")


def test_a_subject_is_one_line_whatever_a_name_holds() -> None:
    assert subject("{event} for\n{invitee}", {"event": "Kiln\r\nBcc: x@example.org", "invitee": "Ada"}) == (
        "Kiln Bcc: x@example.org for Ada"
    )


def test_blank_lines_separate_paragraphs_and_what_is_empty_is_left_out() -> None:
    text = "Dear {invitee},\r\nwelcome.\r\n\r\n{reason}\n \nSee you"

    assert paragraphs(text, {"invitee": "Ada", "reason": ""}) == ["Dear Ada,\nwelcome.", "See you"]


@given(st.text(), st.text())
def test_what_a_variable_stands_for_is_never_read_as_a_template(one: str, other: str) -> None:
    values = {"event": f"{one}{{host}}{other}", "host": "Ada"}

    assert "".join(paragraphs("|{event}|", values)).count("{host}") >= 1
    assert subject("|{event}|", values).count("{host}") >= 1
