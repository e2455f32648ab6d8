"""What a host says of an event type, a share or a one-off meeting, checked. Everything that makes one accepts this.

Each check adds what is wrong to ``errors``, so that an answer names all of it at once. Source: behaviours, sections 8,
12 and 13.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from openslot.core.availability import schedule_from_rules
from openslot.core.booking_form import CONFERENCES, FREE_KINDS, INVALID, MUST_BE_FILLED, phone_number
from openslot.core.errors import FieldError

LONGEST_NAME = 55
LONGEST_DURATION = 720
MOST_DURATIONS = 4
LONGEST_TEXT = 255
MOST_DAYS = 3650
"""Ten years ahead, which is further than any page shows."""
LOCATION_KINDS = frozenset({"physical", "custom", "inbound_call"}) | FREE_KINDS | frozenset(CONFERENCES)


class Location(Protocol):
    """A location as event types, shares and one-off meetings write it."""

    kind: str
    location: str | None
    additional_info: str | None
    phone_number: str | None


def check_name(name: str, errors: list[FieldError], parameter: str = "name") -> str:
    """A name of 1 to 55 characters, without the blanks around it."""
    text = name.strip()
    if not text:
        errors.append(FieldError(parameter, MUST_BE_FILLED))
    elif len(text) > LONGEST_NAME:
        errors.append(FieldError(parameter, f"is too long (maximum is {LONGEST_NAME})"))
    return text


def check_duration(minutes: int, errors: list[FieldError], parameter: str = "duration") -> None:
    """1 to 720 minutes."""
    if not 1 <= minutes <= LONGEST_DURATION:
        errors.append(FieldError(parameter, f"must be from 1 to {LONGEST_DURATION}"))


def check_durations(duration: int, options: Sequence[int] | None, errors: list[FieldError]) -> None:
    """A duration, and the up to four different ones to choose from, of which it is one."""
    check_duration(duration, errors)
    if options is None:
        return
    if len(options) > MOST_DURATIONS:
        errors.append(FieldError("duration_options", f"must have at most {MOST_DURATIONS} items"))
    if len(set(options)) != len(options):
        errors.append(FieldError("duration_options", "must be unique"))
    for index, minutes in enumerate(options[:MOST_DURATIONS]):
        check_duration(minutes, errors, f"duration_options[{index}]")
    if duration not in options:
        errors.append(FieldError("duration_options", "must contain duration"))


def check_locations(locations: Sequence[Location], errors: list[FieldError], parameter: str = "locations") -> None:
    """Each of a known kind, with what its kind needs."""
    for index, one in enumerate(locations):
        check_location(one, errors, f"{parameter}[{index}]")


def check_location(one: Location, errors: list[FieldError], parameter: str = "location") -> None:
    """Of a known kind, with what its kind needs."""
    if one.kind not in LOCATION_KINDS:
        errors.append(FieldError(f"{parameter}.kind", INVALID))
    errors += [
        FieldError(f"{parameter}.{name}", f"is too long (maximum is {LONGEST_TEXT})")
        for name in ("location", "additional_info")
        if len(getattr(one, name) or "") > LONGEST_TEXT
    ]
    if one.kind == "inbound_call" and phone_number(one.phone_number or "") is None:
        errors.append(FieldError(f"{parameter}.phone_number", INVALID if one.phone_number else MUST_BE_FILLED))


def check_hours(timezone: str, rules: object, errors: list[FieldError], parameter: str) -> None:
    """Rules as those of an availability schedule, in a zone that exists."""
    try:
        schedule_from_rules(timezone, rules)
    except ValueError as exc:
        errors.append(FieldError(parameter, str(exc)))


def check_days(first: date | None, last: date | None, errors: list[FieldError]) -> None:
    """A first and a last day in this order."""
    if first is None:
        errors.append(FieldError("start_date", MUST_BE_FILLED))
    if last is None:
        errors.append(FieldError("end_date", MUST_BE_FILLED))
    if first is not None and last is not None and last < first:
        errors.append(FieldError("end_date", "must not be before start_date"))


def check_days_ahead(days: int | None, errors: list[FieldError], parameter: str) -> None:
    """So many days from today on."""
    if days is None:
        errors.append(FieldError(parameter, MUST_BE_FILLED))
    elif not 0 <= days <= MOST_DAYS:
        errors.append(FieldError(parameter, f"must be from 0 to {MOST_DAYS}"))
