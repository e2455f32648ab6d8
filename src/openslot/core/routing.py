"""Validates the answers to a routing form and finds the destination they lead to."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from openslot.core.booking_form import INVALID, MAX_ANSWER_LENGTH, MUST_BE_FILLED
from openslot.core.choices import choice_meant
from openslot.core.contacts import email_address, person_name
from openslot.core.errors import FieldError
from openslot.core.phones import phone_number
from openslot.wire.characters import one_line, stripped
from openslot.wire.routing_forms import (
    CustomMessage,
    RoutingFormAnswer,
    RoutingFormQuestion,
    RoutingQuestionSetting,
)

BOOKING_TYPES = ("name", "email")
"""Types of questions whose answers every booking needs."""


class Destination(Struct, frozen=True):
    """The destination of a form's answers: exactly one field is set."""

    event_type_id: UUID | None = None
    external_url: str | None = None
    custom_message: CustomMessage | None = None


class Condition(Struct, frozen=True):
    """True when the question's answer is one of ``equals``."""

    question_uuid: str
    equals: list[str]


class Route(Struct, frozen=True):
    """Taken when all its conditions are true."""

    conditions: list[Condition]
    destination: Destination


def check(
    questions: Sequence[RoutingFormQuestion], answers: Mapping[str, str], errors: list[FieldError]
) -> list[RoutingFormAnswer]:
    """The cleaned answers in the order of the questions; ``answers`` are by question uuid.

    Unanswered optional questions have a null answer. Problems are appended to ``errors``.
    """
    checked = []
    for index, question in enumerate(questions):
        given = stripped(answers.get(question.uuid, ""))
        cleaned = _clean(question, given) if given else None
        if not given and question.required:
            errors.append(FieldError(parameter(index), MUST_BE_FILLED))
        elif given and cleaned is None:
            errors.append(FieldError(parameter(index), INVALID))
        checked.append(RoutingFormAnswer(question.uuid, question.name, cleaned))
    return checked


def parameter(index: int) -> str:
    """The name under which what is wrong with the answer to a question is reported."""
    return f"questions_and_answers[{index}].answer"


def query_key(question: RoutingFormQuestion) -> str:
    """The key of a form's address that answers a question: its name, as ``company_size`` for "Company size?"."""
    return "_".join(re.findall(r"\w+", question.name.casefold()))


def from_query(questions: Sequence[RoutingQuestionSetting], query: Mapping[str, str]) -> dict[str, str]:
    """The answers that a form's address holds, by question uuid.

    Questions for a name and for an email address are answered by ``name`` and ``email`` too, as on booking pages.
    """
    found = {}
    for question in questions:
        own = question.type if question.type in BOOKING_TYPES else ""
        answer = query.get(query_key(question)) or query.get(own)
        if answer:
            found[question.uuid] = answer
    return found


def accepted(question: RoutingQuestionSetting, answer: str) -> str:
    """The answer; none where nobody sees the question and could mend what would be refused."""
    return "" if question.hidden and _clean(question, stripped(answer)) is None else answer


def destination(routes: Sequence[Route], fallback: Destination, answers: Sequence[RoutingFormAnswer]) -> Destination:
    """The destination of the first route whose conditions are all true, else ``fallback``."""
    given = {answer.question_uuid: answer.answer for answer in answers}
    for route in routes:
        if all(_is_true(condition, given.get(condition.question_uuid)) for condition in route.conditions):
            return route.destination
    return fallback


def _is_true(condition: Condition, answer: str | None) -> bool:
    return answer is not None and choice_meant(answer, condition.equals) is not None


def _clean(question: RoutingFormQuestion, answer: str) -> str | None:
    if question.type in {"select", "radios"}:
        choices = question.answer_choices or []
        place = choice_meant(answer, choices)
        return None if place is None else one_line(choices[place])
    if len(answer) > MAX_ANSWER_LENGTH:
        return None
    match question.type:
        case "email":
            return email_address(answer)
        case "name":
            return person_name(answer)
        case "phone":
            return phone_number(answer)
        case _:
            return answer
