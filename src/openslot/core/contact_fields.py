"""The custom fields of contacts: which values each type takes.

Source: contract, ContactFieldValue; since-september, section 2.
"""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from babel.core import get_global
from msgspec import Struct

from openslot.core.booking_form import INVALID, MUST_BE_FILLED
from openslot.core.errors import invalid
from openslot.wire.characters import one_line, stripped

Value = str | int | float | bool | list[str] | None
"""As in JSON; None: the contact has no value."""
MAX_TEXT_LENGTH = 10_000
MAX_TAG_LENGTH = 255
MAX_TAGS = 100
TOO_LONG = "is too long (maximum is {})"

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class FieldType(StrEnum):
    """The types of custom fields, except for ``invitee_question``, which nobody can create over the API."""

    TEXT = "text"
    NUMBER = "number"
    CURRENCY = "currency"
    TAGS = "tags"
    DATE = "date"
    SINGLE_SELECT = "single_select"


class Option(Struct, frozen=True):
    """One choice of a ``single_select``."""

    uuid: UUID
    label: str
    is_active: bool = True


def is_currency(code: str) -> bool:
    """Whether ``code`` is a currency's, in capitals: ``EUR``. Source: ISO 4217, as in the CLDR."""
    return code in get_global("all_currencies")


def read_value(field_type: str, options: Sequence[Option], value: Value, parameter: str) -> Value:
    """``value`` as it is stored for a field of this type; None: none.

    A currency's value is an amount in the currency, not in minor units. A ``single_select`` takes the UUID of an
    option or its label, and stores the UUID.

    Raises:
        Invalid: the type does not take it; ``parameter`` is named.
    """
    if value is None:
        return None
    match FieldType(field_type):
        case FieldType.TEXT:
            return _text(value, parameter)
        case FieldType.NUMBER | FieldType.CURRENCY:
            return _number(value, parameter)
        case FieldType.DATE:
            return _day(value, parameter)
        case FieldType.TAGS:
            return _tags(value, parameter)
        case FieldType.SINGLE_SELECT:
            return _option(options, value, parameter)


def _text(value: Value, parameter: str) -> str | None:
    if not isinstance(value, str):
        raise invalid(parameter, INVALID)
    if len(value) > MAX_TEXT_LENGTH:
        raise invalid(parameter, TOO_LONG.format(MAX_TEXT_LENGTH))
    return stripped(value) or None


def _number(value: Value, parameter: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(parameter, INVALID)
    return value


def _day(value: Value, parameter: str) -> str:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise invalid(parameter, INVALID)


def _tags(value: Value, parameter: str) -> list[str] | None:
    if not isinstance(value, list):
        raise invalid(parameter, INVALID)
    tags = list(dict.fromkeys(one_line(tag) for tag in value))
    if "" in tags:
        raise invalid(parameter, MUST_BE_FILLED)
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH for tag in tags):
        raise invalid(parameter, TOO_LONG.format(f"{MAX_TAGS} tags of {MAX_TAG_LENGTH} characters"))
    return tags or None


def _option(options: Sequence[Option], value: Value, parameter: str) -> str:
    """The UUID of the option that ``value`` names, by its UUID or by its label as it is written."""
    active = [one for one in options if one.is_active]
    found = {one.uuid for one in active if isinstance(value, str) and value in {one.label, str(one.uuid)}}
    if len(found) == 1:
        return str(found.pop())
    problem = "is the label of several options" if found else "is not an option"
    listed = ", ".join(f'"{one.label}" ({one.uuid})' for one in active)
    raise invalid(parameter, f"{problem}; the options are {listed}")
