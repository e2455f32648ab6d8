"""Validation of the settings of event types, shares and one-off meetings, for everything that creates or changes one.

Each check appends to ``errors``, so that a response can name all errors at once. Source: behaviours, sections 8, 12 and
13.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

from msgspec import Struct, structs

from openslot.core.booking_form import INVALID, MUST_BE_FILLED, check_phone
from openslot.core.choices import MAX_CHOICE_LENGTH, tidy_choices
from openslot.core.errors import FieldError
from openslot.core.kinds import location_kind
from openslot.core.phones import phone_number
from openslot.core.redirects import is_redirect
from openslot.core.schedule_rules import WEEKDAYS, schedule_from_rules, tidy_rules
from openslot.wire import bounds
from openslot.wire.characters import is_seen, one_line
from openslot.wire.event_type_settings import is_hidden
from openslot.wire.event_types import CustomQuestion

MAX_NAME_LENGTH = 55
MAX_SLUG_LENGTH = 50
MAX_DURATION = 720
MAX_DURATIONS = 4
MAX_TEXT_LENGTH = 255
MAX_DAYS = 3650
"""Ten years, further ahead than any page shows."""
MAX_MINUTES = bounds.MAX_MINUTES
MAX_SEATS = 9_999
MAX_QUESTIONS = 10
MAX_HOSTS = 500
MAX_WEIGHT = 1_000_000
MAX_LEAD = 1_000
MAX_REMINDERS, MAX_REMINDER_MINUTES = bounds.MAX_REMINDERS, bounds.MAX_REMINDER_MINUTES
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LOCALES = frozenset(bounds.LOCALES)
"""Those of Calendly, and Thai (behaviours, section 8)."""
QUESTION_TYPES = frozenset(bounds.QUESTION_TYPES)
LOCATION_KINDS = frozenset(bounds.LOCATION_KINDS)


@dataclass(frozen=True)
class HostTerms:
    """A host to add to an event type, with the host's terms in its pool."""

    user_id: UUID
    pool: int = 0
    priority: int = 2
    weight: int = 100


class Location(Protocol):
    """A location in the settings of an event type, share or one-off meeting."""

    kind: str
    location: str | None
    additional_info: str | None
    phone_number: str | None


L = TypeVar("L", bound=Struct)


def check_name(name: str, errors: list[FieldError], parameter: str = "name") -> str:
    """A name of 1 to 55 characters, stripped of white space."""
    text = one_line(name)
    if not text:
        errors.append(FieldError(parameter, MUST_BE_FILLED))
    elif len(text) > MAX_NAME_LENGTH:
        errors.append(FieldError(parameter, f"is too long (maximum is {MAX_NAME_LENGTH})"))
    return text


def check_duration(minutes: int, errors: list[FieldError], parameter: str = "duration") -> None:
    """1 to 720 minutes."""
    if not 1 <= minutes <= MAX_DURATION:
        errors.append(FieldError(parameter, f"must be from 1 to {MAX_DURATION}"))


def check_durations(duration: int, options: Sequence[int] | None, errors: list[FieldError]) -> None:
    """A duration, and up to four distinct options to choose from, which include it."""
    check_duration(duration, errors)
    if options is None:
        return
    if len(options) > MAX_DURATIONS:
        errors.append(FieldError("duration_options", f"must have at most {MAX_DURATIONS} items"))
    if len(set(options)) != len(options):
        errors.append(FieldError("duration_options", "must be unique"))
    for index, minutes in enumerate(options[:MAX_DURATIONS]):
        check_duration(minutes, errors, f"duration_options[{index}]")
    if duration not in options:
        errors.append(FieldError("duration_options", "must contain duration"))


def check_locations(locations: Sequence[Location], errors: list[FieldError], parameter: str = "locations") -> None:
    """Every location has a known kind and the fields that its kind requires."""
    for index, one in enumerate(locations):
        check_location(one, errors, f"{parameter}[{index}]")


def check_location(one: Location, errors: list[FieldError], parameter: str = "location") -> None:
    """The location has a known kind and the fields that its kind requires."""
    if location_kind(one.kind) not in LOCATION_KINDS:
        errors.append(FieldError(f"{parameter}.kind", INVALID))
    errors += [
        FieldError(f"{parameter}.{name}", f"is too long (maximum is {MAX_TEXT_LENGTH})")
        for name in ("location", "additional_info")
        if len(getattr(one, name) or "") > MAX_TEXT_LENGTH
    ]
    if one.kind == "inbound_call":
        if is_seen(one.phone_number or ""):
            check_phone(one.phone_number or "", f"{parameter}.phone_number", errors)
        else:
            errors.append(FieldError(f"{parameter}.phone_number", MUST_BE_FILLED))


def tidy_locations(locations: Sequence[L]) -> list[L]:
    """Locations as they are stored: kinds as they are spelled now, phone numbers in E.164."""
    return [_tidy_location(one) for one in locations]


def _tidy_location(one: L) -> L:
    written = getattr(one, "phone_number", None)
    number = phone_number(written or "")
    if number not in {None, written}:
        one = structs.replace(one, phone_number=number)
    written_kind: str = getattr(one, "kind", "")
    kind = location_kind(written_kind)
    return one if written_kind == kind else structs.replace(one, kind=kind)


def check_hours(timezone: str, rules: object, errors: list[FieldError], parameter: str) -> None:
    """Valid availability rules in an existing time zone."""
    try:
        schedule_from_rules(timezone, rules)
    except ValueError as exc:
        errors.append(FieldError(parameter, str(exc)))


def check_whole_week(rules: Sequence[Mapping[str, Any]], errors: list[FieldError], parameter: str) -> None:
    """Exactly one rule for each weekday. Source: since-september, section 1."""
    named = sorted(str(rule.get("wday")) for rule in rules if rule.get("type") == "wday")
    if named != sorted(WEEKDAYS):
        errors.append(FieldError(parameter, "must have exactly one rule of type wday for each weekday"))


def check_dates(rules: Sequence[Mapping[str, Any]], first: date, errors: list[FieldError], parameter: str) -> None:
    """No rule for a date before ``first``; ``check_hours`` has found nothing wrong."""
    if any(rule["type"] == "date" and rule["date"] < first.isoformat() for rule in tidy_rules(rules)):
        errors.append(FieldError(parameter, f"must not have a date before {first}"))


def check_days(
    first: date | None,
    last: date | None,
    errors: list[FieldError],
    first_name: str = "start_date",
    last_name: str = "end_date",
) -> None:
    """A first and a last day, in this order."""
    if first is None:
        errors.append(FieldError(first_name, MUST_BE_FILLED))
    if last is None:
        errors.append(FieldError(last_name, MUST_BE_FILLED))
    if first is not None and last is not None and last < first:
        errors.append(FieldError(last_name, f"must not be before {first_name}"))


def check_days_ahead(days: int | None, errors: list[FieldError], parameter: str) -> None:
    """A number of days from today on."""
    if days is None:
        errors.append(FieldError(parameter, MUST_BE_FILLED))
    elif not 0 <= days <= MAX_DAYS:
        errors.append(FieldError(parameter, f"must be from 0 to {MAX_DAYS}"))


def check_number(parameter: str, value: int, least: int, most: int, errors: list[FieldError]) -> None:
    """From ``least`` to ``most``, both included."""
    if not least <= value <= most:
        errors.append(FieldError(parameter, f"must be from {least} to {most}"))


def check_color(color: str, errors: list[FieldError]) -> None:
    """``#rrggbb``."""
    if not re.fullmatch(r"#[0-9a-f]{6}", color):
        errors.append(FieldError("color", "must be #rrggbb"))


def check_locale(locale: str, errors: list[FieldError]) -> None:
    """A language of the API, or another one that pages support."""
    if locale not in LOCALES:
        errors.append(FieldError("locale", f"must be one of {', '.join(sorted(LOCALES))}"))


def check_seats(kind: str, seats: int, errors: list[FieldError]) -> None:
    """2 to 9,999 in a group, one otherwise (rules, section 10)."""
    if kind == "group":
        check_number("seats", seats, 2, MAX_SEATS, errors)
    elif seats != 1:
        errors.append(FieldError("seats", "is only for groups"))


def check_questions(questions: Sequence[CustomQuestion], errors: list[FieldError]) -> None:
    """Distinct questions of known types; selects have choices."""
    if len(questions) > MAX_QUESTIONS:
        errors.append(FieldError("custom_questions", f"must have at most {MAX_QUESTIONS} items"))
    if len({one.name for one in questions}) < len(questions):
        errors.append(FieldError("custom_questions", "must be unique"))
    for index, one in enumerate(questions):
        path = f"custom_questions[{index}]"
        if not is_seen(one.name):
            errors.append(FieldError(f"{path}.name", MUST_BE_FILLED))
        if one.type not in QUESTION_TYPES:
            errors.append(FieldError(f"{path}.type", INVALID))
        if is_hidden(one) and one.required:
            errors.append(FieldError(f"{path}.required", "must be false where the question is hidden"))
        if one.type.endswith("_select") and not any(map(is_seen, one.answer_choices)):
            errors.append(FieldError(f"{path}.answer_choices", MUST_BE_FILLED))
        errors += [
            FieldError(f"{path}.answer_choices[{place}]", f"is too long (maximum is {MAX_CHOICE_LENGTH})")
            for place, choice in enumerate(one.answer_choices)
            if len(choice) > MAX_CHOICE_LENGTH
        ]


def tidy_questions(questions: Sequence[CustomQuestion]) -> list[CustomQuestion]:
    """Questions as they are stored, with tidy choices."""
    return [structs.replace(one, answer_choices=tidy_choices(one.answer_choices)) for one in questions]


def check_reminders(minutes: Sequence[int], errors: list[FieldError]) -> None:
    """At most five, up to thirty days before the start."""
    if len(minutes) > MAX_REMINDERS:
        errors.append(FieldError("reminders", f"must have at most {MAX_REMINDERS} items"))
    for index, one in enumerate(minutes[:MAX_REMINDERS]):
        check_number(f"reminders[{index}]", one, 1, MAX_REMINDER_MINUTES, errors)


def check_redirect(url: str | None, errors: list[FieldError]) -> None:
    """An address of the web."""
    if url is not None and not is_redirect(url):
        errors.append(FieldError("redirect_url", "must be a URL such as https://example.org/thank-you"))


def check_reconfirmation(ask_minutes: int | None, by_minutes: int | None, errors: list[FieldError]) -> None:
    """The request comes before the deadline for the answer: ``ask_minutes`` and ``by_minutes`` are before the start."""
    if ask_minutes is None:
        return
    check_number("reconfirmation.ask_minutes", ask_minutes, 1, MAX_MINUTES, errors)
    if by_minutes is not None and not 0 <= by_minutes < ask_minutes:
        errors.append(FieldError("reconfirmation.by_minutes", "must be less than ask_minutes"))


def check_hosts(
    pooling_type: str | None,
    owner_id: UUID,
    pool_sizes: Sequence[int] | None,
    hosts: Sequence[HostTerms],
    errors: list[FieldError],
) -> None:
    """The hosts fit the kind of pooling, each listed once."""
    if len({one.user_id for one in hosts}) < len(hosts):
        errors.append(FieldError("hosts", "must be unique"))
    if not 1 <= len(hosts) <= MAX_HOSTS:
        errors.append(FieldError("hosts", f"must have 1 to {MAX_HOSTS} items"))
    if pooling_type is None and [one.user_id for one in hosts] != [owner_id]:
        errors.append(FieldError("hosts", "must be the owner alone where there is no pooling"))
    for index, one in enumerate(hosts):
        check_number(f"hosts[{index}].priority", one.priority, 1, 4, errors)
        check_number(f"hosts[{index}].weight", one.weight, 1, MAX_WEIGHT, errors)
        if pooling_type == "multi_pool":
            check_number(f"hosts[{index}].pool", one.pool, 0, max(len(pool_sizes or ()) - 1, 0), errors)
        elif one.pool:
            errors.append(FieldError(f"hosts[{index}].pool", "is only for multi_pool"))
    if pooling_type == "multi_pool":
        _check_pools(pool_sizes, hosts, errors)
    elif pool_sizes is not None:
        errors.append(FieldError("pool_sizes", "is only for multi_pool"))


def _check_pools(pool_sizes: Sequence[int] | None, hosts: Sequence[HostTerms], errors: list[FieldError]) -> None:
    """No pool needs more hosts than it has."""
    if not pool_sizes:
        errors.append(FieldError("pool_sizes", MUST_BE_FILLED))
    for pool, size in enumerate(pool_sizes or ()):
        members = sum(1 for one in hosts if one.pool == pool)
        if not 1 <= size <= members:
            errors.append(FieldError(f"pool_sizes[{pool}]", f"must be from 1 to the pool's hosts, which are {members}"))
