"""Weekly hours as they are typed and shown: ``9:00-12:00, 13:30-17:00``. Times are by the schedule's own clock."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_RANGE = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\s*(?:-|\u2013|\u2014|to)\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[,;\n]|\band\b")
NOON, LAST_HOUR = 12, 24


class NotHours(ValueError):
    """A text that names no times of a day."""


def write(intervals: Sequence[Mapping[str, Any]]) -> str:
    """What the control holds; empty where nothing is offered."""
    return ", ".join(f"{one['from']}\u2013{one['to']}" for one in intervals)


def read(text: str) -> list[dict[str, str]]:
    """The intervals, as the API writes them.

    Raises:
        NotHours: something in the text is no time from and until.
    """
    found = []
    for part in _SEPARATORS.split(text):
        if not part.strip():
            continue
        matched = _RANGE.fullmatch(part.strip())
        if matched is None:
            raise NotHours(part)
        first = _time(matched[1], matched[2], matched[3] or (matched[6] if _is_before(matched) else None))
        found.append({"from": first, "to": _time(matched[4], matched[5], matched[6])})
    return found


def _is_before(matched: "re.Match[str]") -> bool:
    """Whether "am" or "pm" at the end alone counts for the beginning too: ``1-5 pm`` yes, ``9-5 pm`` no."""
    return matched[6] is not None and int(matched[1]) % NOON < int(matched[4]) % NOON


def _time(hours: str, minutes: str | None, half: str | None) -> str:
    number = int(hours)
    if half is not None:
        if not 1 <= number <= NOON:
            raise NotHours(hours)
        number = number % NOON + (NOON if half.lower() == "pm" else 0)
    text = f"{number:02}:{minutes or '00'}"
    if number > LAST_HOUR or int(minutes or 0) > 59 or text > "24:00":  # noqa: PLR2004
        raise NotHours(text)
    return text
