"""Which way answers lead. Source: behaviours, section 12."""

import pytest

from openslot.core.errors import FieldError
from openslot.core.ids import new_id
from openslot.core.routing import Condition, Destination, Route, check, destination
from openslot.wire.routing_forms import CustomMessage, RoutingFormAnswer, RoutingQuestionSetting

MEETING = Destination(event_type_id=new_id())
DOCS = Destination(external_url="https://example.com/docs")
THANKS = Destination(custom_message=CustomMessage("Thank you", "We will write."))


def answers(**given: str | None) -> list[RoutingFormAnswer]:
    return [RoutingFormAnswer(name, name.title(), answer) for name, answer in given.items()]


ROUTES = [
    Route([Condition("size", ["Small", "Middle"]), Condition("need", ["Meeting"])], MEETING),
    Route([Condition("need", ["Meeting", "Docs"])], DOCS),
]


@pytest.mark.parametrize(
    ("size", "need", "leads_to"),
    [
        ("Small", "Meeting", MEETING),
        ("Middle", "Meeting", MEETING),
        ("Large", "Meeting", DOCS),
        ("Small", "Docs", DOCS),
        ("small", "meeting", THANKS),
        ("Small", "Job", THANKS),
        (None, "Meeting", DOCS),
        (None, None, THANKS),
    ],
)
def test_the_first_route_with_all_conditions_true_is_taken(
    size: str | None, need: str | None, leads_to: Destination
) -> None:
    assert destination(ROUTES, THANKS, answers(size=size, need=need)) == leads_to


def test_without_routes_everybody_goes_the_same_way() -> None:
    assert destination([], THANKS, answers(need="Meeting")) == THANKS


def test_a_route_without_conditions_is_taken_by_everybody() -> None:
    assert destination([Route([], DOCS), *ROUTES], THANKS, answers(size="Small", need="Meeting")) == DOCS


def test_an_unanswered_question_fulfils_no_condition() -> None:
    assert destination([Route([Condition("gone", [""])], DOCS)], THANKS, answers(need="Meeting")) == THANKS


QUESTIONS = [
    ("name", " Ada ", "Ada"),
    ("text", "Bricks", "Bricks"),
    ("text", "a" * 10_000, "a" * 10_000),
    ("text", "a" * 10_001, None),
    ("textarea", "Two\nlines", "Two\nlines"),
    ("email", "ada@example.org", "ada@example.org"),
    ("email", "ada", None),
    ("phone", "+39 06 555 00123", "+390655500123"),
    ("phone", "06 555 00123", None),
    ("select", "Docs", "Docs"),
    ("select", "docs", None),
    ("select", "Docs\nJob", None),
    ("radios", "Job", "Job"),
    ("radios", "Nothing", None),
    ("email", "ada@example.org\u200b", "ada@example.org"),
    ("email", "a..b@example.org", None),
    ("name", "\u202eAda \u00a0 L.\u200b", "Ada L."),
    ("phone", "+44 (0)20 7946 0958", "+442079460958"),
    ("select", "Docs\u00a0", "Docs"),
    ("radios", " Job\u200b", "Job"),
]


@pytest.mark.parametrize(("kind", "answer", "kept"), QUESTIONS)
def test_an_answer_fits_its_question(kind: str, answer: str, kept: str | None) -> None:
    choices = ["Docs", "Job"] if kind in {"select", "radios"} else None
    errors: list[FieldError] = []

    checked = check([RoutingQuestionSetting("q", "Question", kind, True, choices)], {"q": answer}, errors)

    assert checked == [RoutingFormAnswer("q", "Question", kept)]
    assert errors == ([] if kept is not None else [FieldError("questions_and_answers[0].answer", "invalid")])


STORED = ["Small ", "\u00a0Middle", "Very\r\nlarge", "", "x" * 10_001]
"""Choices as they were stored before they were cleaned."""


@pytest.mark.parametrize("kind", ["select", "radios"])
@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("Small", "Small"),
        ("Small ", "Small"),
        ("Middle", "Middle"),
        ("Very large", "Very large"),
        ("Very\nlarge", "Very large"),
        ("x" * 10_001, "x" * 10_001),
    ],
)
def test_a_choice_is_known_and_leads_on_whatever_blanks_are_around_it(kind: str, answer: str, kept: str) -> None:
    errors: list[FieldError] = []

    checked = check([RoutingQuestionSetting("q", "Question", kind, True, STORED)], {"q": answer}, errors)

    assert (checked, errors) == ([RoutingFormAnswer("q", "Question", kept)], [])
    for written in (answer, kept, f" {kept}\u00a0"):
        assert destination([Route([Condition("q", [written])], DOCS)], THANKS, checked) == DOCS


@pytest.mark.parametrize("kind", ["name", "text", "email", "phone", "textarea", "select", "radios"])
def test_an_answer_of_which_nothing_is_seen_is_none(kind: str) -> None:
    errors: list[FieldError] = []

    check([RoutingQuestionSetting("q", "Question", kind, True, ["", "A"])], {"q": "\u200b\u3164"}, errors)

    assert errors == [FieldError("questions_and_answers[0].answer", "must be filled")]


def test_answers_come_in_the_order_of_the_questions_and_nothing_else_comes() -> None:
    questions = [
        RoutingQuestionSetting("a", "First", "text", True, None),
        RoutingQuestionSetting("b", "Second", "text", False, None),
        RoutingQuestionSetting("c", "Third", "text", True, None),
    ]
    errors: list[FieldError] = []

    checked = check(questions, {"unknown": "x", "c": "third", "a": "first", "b": " "}, errors)

    assert checked == [
        RoutingFormAnswer("a", "First", "first"),
        RoutingFormAnswer("b", "Second", None),
        RoutingFormAnswer("c", "Third", "third"),
    ]
    assert errors == []


def test_every_missing_answer_is_named() -> None:
    questions = [RoutingQuestionSetting(name, name, "text", True, None) for name in "ab"]
    errors: list[FieldError] = []

    check(questions, {"a": " "}, errors)

    assert errors == [FieldError(f"questions_and_answers[{index}].answer", "must be filled") for index in range(2)]
