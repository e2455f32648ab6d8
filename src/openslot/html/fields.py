"""Fields of forms: one question each, what was answered and what is wrong with it; shared by every form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from openslot.edges import AnyRequest
from openslot.html.page import Page
from openslot.html.posting import form_of
from openslot.html.text import clean
from openslot.i18n.countries import CountryOption
from openslot.wire.characters import one_line, stripped

Filled = Mapping[str, Sequence[str]]
"""What a form holds: every value of every name, cleaned."""

ANSWER = "answer-"
"""Begins the names of fields whose questions a host has written."""
_MAX_DIGITS = 6
_MAX_NAME_LENGTH = 80
"""Letters of a question that are repeated beside what is wrong with its answer."""


@dataclass(frozen=True)
class Choice:
    """One radio button or check box."""

    value: str
    label: str
    hint: str | None = None
    is_chosen: bool = False
    input: "Field | None" = None
    """Shown when this is chosen."""


class Countries(NamedTuple):
    """The countries to choose from beside a telephone number."""

    likely: Sequence[CountryOption]
    chosen: str
    """Its code, or empty."""
    address: str
    """Where all of them are."""


@dataclass(frozen=True)
class Field:
    """One question, what was answered, and what is wrong with it."""

    name: str
    """Also the id of its control; choices add their number to it."""
    label: str
    kind: str = "text"
    """``text``, ``email``, ``tel``, ``textarea``, ``select``, ``radios`` or ``checkboxes``."""
    required: bool = False
    value: str = ""
    choices: tuple[Choice, ...] = ()
    countries: Countries | None = None
    """For ``tel``."""
    hint: str | None = None
    autocomplete: str | None = None
    missing: str = ""
    """The message when nothing was filled in."""
    wrong: str = ""
    """The message when it was not accepted."""
    error: str | None = None

    @property
    def first_id(self) -> str:
        """Where a link of the error summary leads."""
        if self.kind not in ("radios", "checkboxes") or not self.choices:
            return self.name
        inputs = [choice.input.name for choice in self.choices if choice.input and choice.input.error]
        return inputs[0] if inputs else f"{self.name}-0"


def problem(page: Page, field: Field, fields: Sequence[Field]) -> str:
    """What is wrong with one of ``fields``, for a list beside which the question is not seen.

    Sentences about our own fields name them. A host's question is named before; where its words are no name, such as
    ``?``, or another has the same, its number shows which it is.
    """
    error = field.error or ""
    if not field.name.startswith(ANSWER):
        return error
    questions = [other for other in fields if other.name.startswith(ANSWER)]
    name = " ".join(field.label.split())
    if len(name) > _MAX_NAME_LENGTH:
        name = f"{name[:_MAX_NAME_LENGTH].rstrip()}…"
    if any(letter.isalnum() for letter in name) and [other.label for other in questions].count(field.label) == 1:
        return f"{name}: {error}"
    number = questions.index(field) + 1
    return page.gettext("Question %(number)s, “%(question)s”: %(problem)s", number=number, question=name, problem=error)


def problems(page: Page, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """The error summary: the target and the text of each link."""
    found = [(f"#{field.first_id}", problem(page, field, fields)) for field in fields if field.error]
    return found or [("#main", page.gettext("Something could not be accepted. Check your answers."))]


def filled(request: AnyRequest) -> Filled:
    """The submitted form, files left out."""
    return {clean(name): [clean(value) for value in values] for name, values in form_of(request).items()}


def first(data: Filled, name: str) -> str:
    """The first value of a name, without blanks around it; empty where there is none, or nothing to be seen."""
    values = data.get(name)
    return stripped(values[0]) if values else ""


def choice_index(value: str, length: int) -> int | None:
    """The number of the chosen one of ``length`` choices; None where ``value`` names none."""
    if value.isdecimal() and len(value) <= _MAX_DIGITS and int(value) < length:
        return int(value)
    return None


def choice_text(value: str, choices: Sequence[str]) -> str:
    """The text of the chosen one on one line; empty where ``value`` names none."""
    index = choice_index(value, len(choices))
    return "" if index is None else one_line(choices[index])


def missing(page: Page, kind: str) -> str:
    """The message when a question of this type was left out."""
    match kind:
        case "single_select" | "select" | "radios":
            return page.gettext("Choose an answer")
        case "multi_select":
            return page.gettext("Choose at least one answer")
        case "email":
            return page.gettext("Enter your email address")
        case _:
            return page.gettext("Answer this question")


def wrong(page: Page, kind: str) -> str:
    """The message when the answer to a question of this type was not accepted."""
    match kind:
        case "email":
            return page.gettext("Enter an email address in the form name@example.com")
        case "single_select" | "multi_select" | "select" | "radios":
            return page.gettext("Choose one of the answers")
        case _:
            return page.gettext("Enter a shorter answer")
