"""The settings of an event type as questions of a form: what each is called, how it is written and how it is read.

What a form holds becomes the body that the API takes, so that one place checks both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openslot.html.fields import Choice, Field, Filled, first
from openslot.html.page import Page
from openslot.i18n.reader import N_

Body = dict[str, Any]
"""Settings by their names in the API."""


class NotANumber(ValueError):
    """A text that should be a whole number, or several."""


@dataclass(frozen=True)
class Setting:
    """One setting that a single control shows."""

    name: str
    """In the API."""
    kind: str
    """``text``, ``textarea``, ``color``, ``url``, ``number``, ``numbers`` or ``check``."""
    label: str
    hint: str = ""
    is_required: bool = False
    """Otherwise an empty text is null."""

    def write(self, value: Any) -> str:
        """What the control holds."""
        if value is None:
            return ""
        if self.kind == "numbers":
            return ", ".join(str(one) for one in value)
        if self.kind == "check":
            return "1" if value else ""
        return str(value)

    def read(self, data: Filled) -> Any:
        """The value that was typed.

        Raises:
            NotANumber: a number is wanted, and something else was typed.
        """
        text = first(data, self.name).replace("\r\n", "\n")  # as browsers send what is in several lines
        match self.kind:
            case "check":
                return bool(text)
            case "number":
                return _number(text) if text or self.is_required else None
            case "numbers":
                found = [_number(part) for part in text.replace(";", ",").split(",") if part.strip()]
                return found if found or self.name == "reminders" else None
        return text if text or self.is_required else None

    def field(self, page: Page, text: str, error: str | None) -> Field:
        """The question."""
        kinds = {"numbers": "text"}
        return Field(
            self.name,
            page.gettext(self.label),
            kinds.get(self.kind, self.kind),
            required=self.is_required,
            value=text,
            hint=page.gettext(self.hint) if self.hint else None,
            error=error,
        )


@dataclass(frozen=True)
class Card:
    """Settings that belong together."""

    title: str
    settings: Sequence[Setting]


BASICS = Card(
    N_("What it is"),
    [
        Setting("name", "text", N_("Name"), is_required=True),
        Setting(
            "slug",
            "text",
            N_("End of the address"),
            N_("Letters, digits and hyphens. The old address leads to the new one."),
            is_required=True,
        ),
        Setting("duration", "number", N_("Minutes"), is_required=True),
        Setting(
            "duration_options",
            "numbers",
            N_("Lengths to choose from"),
            N_("Up to four, in minutes, with commas between them. Empty: the one above."),
        ),
        Setting("color", "color", N_("Color"), is_required=True),
        Setting("description", "textarea", N_("Description")),
        Setting("internal_note", "textarea", N_("Note for colleagues"), N_("Invitees don't see it.")),
        Setting("active", "check", N_("It can be booked")),
    ],
)
TIMES = Card(
    N_("When it can be booked"),
    [
        Setting(
            "notice",
            "number",
            N_("Minutes of notice"),
            N_("So long before the start it can't be booked any more."),
            is_required=True,
        ),
        Setting("buffer_before", "number", N_("Free minutes before"), is_required=True),
        Setting("buffer_after", "number", N_("Free minutes after"), is_required=True),
        Setting(
            "increment",
            "number",
            N_("Start times every"),
            N_("In minutes, such as 15 for 9:00, 9:15, 9:30."),
            is_required=True,
        ),
    ],
)
SEATS = Setting("seats", "number", N_("Seats"), is_required=True)
FORM = Card(
    N_("What invitees are asked"),
    [
        Setting("splits_name", "check", N_("First and last name in two fields")),
        Setting("text_reminders", "check", N_("A phone number for text messages, with consent")),
    ],
)
AFTERWARDS = Card(
    N_("After booking"),
    [
        Setting("requires_approval", "check", N_("I approve each request before it is booked")),
        Setting("redirect_url", "url", N_("Lead invitees to this address"), N_("Empty: to the confirmation.")),
        Setting(
            "reminders",
            "numbers",
            N_("Reminders by mail"),
            N_("Minutes before the start, with commas between them, such as 1440, 60."),
        ),
        Setting(
            "cancel_cutoff",
            "number",
            N_("Can be canceled until"),
            N_("Minutes before the start. Empty: until the start."),
        ),
        Setting(
            "reschedule_cutoff",
            "number",
            N_("Can be moved until"),
            N_("Minutes before the start. Empty: until the start."),
        ),
        Setting("requires_cancel_reason", "check", N_("Who cancels has to say why")),
    ],
)
CARDS = (BASICS, TIMES, FORM, AFTERWARDS)


def _number(text: str) -> int:
    plain = text.strip()
    if not plain.isascii() or not plain.isdecimal():
        raise NotANumber(text)
    return int(plain)


LOCATIONS = "locations"
LOCATION_NAMES = {
    "physical": N_("In person"),
    "inbound_call": N_("The invitee calls"),
    "outbound_call": N_("I call the invitee"),
    "ask_invitee": N_("Where the invitee says"),
    "custom": N_("Something else"),
}
"""Of the kinds that need nothing but words. Those of conferences are set up with their accounts."""
QUESTIONS = "custom_questions"
QUESTION_NAMES = {
    "string": N_("One line"),
    "text": N_("Several lines"),
    "single_select": N_("One of several answers"),
    "multi_select": N_("Any of several answers"),
    "phone_number": N_("Phone number"),
}
MAX_ROWS = 10
"""As many questions as an event type may have."""
MAX_LOCATIONS = 100
"""More than any event type has; each is a row of the form."""


def location_rows(page: Page, given: Sequence[Mapping[str, Any]]) -> list[list[Field]]:
    """The questions for each location, and for one more."""
    rows = []
    for index, one in enumerate([*given, {}]):
        kind = str(one.get("kind", ""))
        names = dict(LOCATION_NAMES)
        if kind and kind not in names:
            names[kind] = kind
        where = one.get("phone_number") if kind == "inbound_call" else one.get("location")
        rows.append([
            _select(f"l{index}-kind", page.gettext("Place %(number)s", number=index + 1), page, names, kind),
            Field(f"l{index}-where", page.gettext("Address, number or words"), value=str(where or "")),
            Field(f"l{index}-info", page.gettext("More about it"), value=str(one.get("additional_info") or "")),
        ])  # fmt: skip
    return rows


def read_locations(data: Filled) -> list[Body]:
    """The locations that were filled in."""
    found = []
    for index in range(MAX_LOCATIONS):
        kind, where, info = (first(data, f"l{index}-{end}") for end in ("kind", "where", "info"))
        if not kind:
            continue
        one: Body = {"kind": kind}
        if where:
            one["phone_number" if kind == "inbound_call" else "location"] = where
        if info:
            one["additional_info"] = info
        found.append(one)
    return found


def question_rows(page: Page, given: Sequence[Mapping[str, Any]]) -> list[list[Field]]:
    """The questions about each question of the booking form, and about one more."""
    rows = []
    for index, one in enumerate([*given, {}][:MAX_ROWS]):
        name = f"q{index}"
        checks = [("required", N_("Must be answered")), ("other", N_("Other answers too")), ("off", N_("Not shown"))]
        values = {
            "required": one.get("required"),
            "other": one.get("include_other"),
            "off": not one.get("enabled", True),
        }
        rows.append([
            Field(
                f"{name}-name", page.gettext("Question %(number)s", number=index + 1), value=str(one.get("name", "")),
            ),
            _select(f"{name}-type", page.gettext("Answer"), page, QUESTION_NAMES, str(one.get("type", "string"))),
            Field(
                f"{name}-choices", page.gettext("Answers to choose from"), "textarea",
                value="\n".join(one.get("answer_choices", ())), hint=page.gettext("One on each line"),
            ),
            Field(f"{name}-place", page.gettext("Place in the order"), "number", value=str(index + 1)),
            *(
                Field(f"{name}-{end}", page.gettext(label), "check", value="1" if values[end] else "")
                for end, label in checks
            ),
        ])  # fmt: skip
    return rows


def in_order(questions: Sequence[Body]) -> list[Body]:
    """The questions as a form that is sent as it was shown has them."""
    ordered = sorted(questions, key=lambda one: int(one["position"]))
    return [{**one, "position": position} for position, one in enumerate(ordered)]


def read_questions(data: Filled, before: Sequence[Mapping[str, Any]]) -> list[Body]:
    """The questions that were filled in, in their order; ``before``: what else they have stays."""
    hidden = {str(one["name"]) for one in before if one.get("hidden")}
    found: list[tuple[int, Body]] = []
    for index in range(MAX_ROWS):
        name = first(data, f"q{index}-name")
        if not name:
            continue
        kind, place = first(data, f"q{index}-type"), first(data, f"q{index}-place")
        choices = [line.strip() for line in first(data, f"q{index}-choices").splitlines() if line.strip()]
        has_choices = kind in {"single_select", "multi_select"}
        one: Body = {
            "name": name, "type": kind, "position": 0, "enabled": not first(data, f"q{index}-off"),
            "required": bool(first(data, f"q{index}-required")), "answer_choices": choices if has_choices else [],
            "include_other": has_choices and bool(first(data, f"q{index}-other")),
        }  # fmt: skip
        if name in hidden:
            one["hidden"] = True
        found.append((int(place) if place.isdecimal() and len(place) < 4 else index + 1, one))  # noqa: PLR2004
    ordered = [one for _, one in sorted(found, key=lambda pair: pair[0])]
    return [{**one, "position": position} for position, one in enumerate(ordered)]


RANGE_NAMES = {
    "rolling": N_("For so many days from today"),
    "fixed": N_("Between two days"),
    "indefinite": N_("Any time"),
}


def range_fields(page: Page, given: Mapping[str, Any], error: str | None) -> list[Field]:
    """The questions about how far ahead it can be booked."""
    kind = replace(
        _select("range-kind", page.gettext("How far ahead"), page, RANGE_NAMES, str(given.get("kind", "rolling"))),
        error=error,
    )

    def text(name: str) -> str:
        return "" if given.get(name) is None else str(given[name])

    return [
        kind,
        Field("range-days", page.gettext("Days"), "number", value=text("days")),
        Field("range-business", page.gettext("Count only Mondays to Fridays"), "check",
              value="1" if given.get("business_days") else ""),
        Field("range-first", page.gettext("First day"), "date", value=text("first")),
        Field("range-last", page.gettext("Last day"), "date", value=text("last")),
    ]  # fmt: skip


def read_range(data: Filled) -> Body:
    """The days that were filled in, as the API writes them; what does not belong to the kind is left out."""
    kind = first(data, "range-kind") or "indefinite"
    days = first(data, "range-days")
    found: Body = {"kind": kind, "days": None, "business_days": False, "first": None, "last": None}
    if kind == "rolling":
        found["days"] = int(days) if days.isdecimal() and len(days) < 6 else None  # noqa: PLR2004
        found["business_days"] = bool(first(data, "range-business"))
    if kind == "fixed":
        found["first"], found["last"] = first(data, "range-first") or None, first(data, "range-last") or None
    return found


def _select(name: str, label: str, page: Page, names: Mapping[str, str], chosen: str) -> Field:
    choices = tuple(Choice(value, page.gettext(text), is_chosen=value == chosen) for value, text in names.items())
    return Field(name, label, "select", choices=choices, value=chosen)
