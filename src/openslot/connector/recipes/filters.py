"""The filters of templates: what a value becomes on its way into a text. ``docs/flows.md`` lists them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from openslot.wire import codec


def as_text(value: Any) -> str:
    """A value as it reads within a text: nothing for ``None``, JSON for lists and objects."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _default(value: Any, other: Any) -> Any:
    return other if value is None or value == "" else value


def _date(value: str, form: str, zone: str | None = None) -> str:
    at = codec.parse_instant(value)
    return at.astimezone(ZoneInfo(zone) if zone else UTC).strftime(form)


def _plus_minutes(value: str, minutes: int) -> str:
    at: datetime = codec.parse_instant(value) + timedelta(minutes=minutes)
    return str(codec.Timestamp.of(at))


def _rows(value: Any) -> list[dict[str, Any]]:
    """The rows of a list that may be null or hold what is no row, as answers of the API do."""
    if value is not None and not isinstance(value, list):
        raise TypeError("it is no list")
    return [row for row in value or [] if isinstance(row, dict)]


def _answer(value: Any, question: str) -> Any:
    """The answer to a question, given by its whole text; ``None`` where there is no such question."""
    wanted = question.strip().casefold()
    return next((row.get("answer") for row in _rows(value) if _question(row).strip().casefold() == wanted), None)


def _answers(value: Any) -> str:
    return "\n".join(f"{_question(row)}: {as_text(row.get('answer'))}" for row in _rows(value))


def _question(row: dict[str, Any]) -> str:
    return as_text(row.get("question"))


def _pick(value: Any, name: str) -> list[Any]:
    """That field of the rows that have it; a name that no row has is taken for misspelled."""
    rows = _rows(value)
    found = [row[name] for row in rows if name in row]
    if rows and not found:
        raise LookupError(f"no row has {name}")
    return found


def _words(value: str | None) -> list[str]:
    return [] if value is None else value.split()


FILTERS: dict[str, Callable[..., Any]] = {
    "default": _default,
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: as_text(value).upper(),
    "trim": lambda value: as_text(value).strip(),
    "truncate": lambda value, letters: as_text(value)[:letters],
    "replace": lambda value, old, new: as_text(value).replace(old, new),
    "words": _words,
    "first": lambda value: value[0] if value else None,
    "last": lambda value: value[-1] if value else None,
    "join": lambda value, between=", ": between.join(map(as_text, [] if value is None else value)),
    "pick": _pick,
    "length": lambda value: 0 if value is None else len(value),
    "id": lambda value: as_text(value).rstrip("/").rpartition("/")[2],
    "date": _date,
    "plus_minutes": _plus_minutes,
    "answer": _answer,
    "answers": _answers,
    "json": lambda value: msgspec.json.encode(value).decode(),
}
"""By name: the value, then the arguments."""
