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


def _answer(value: list[dict[str, Any]], question: str) -> Any:
    """The answer to a question, given by its whole text; ``None`` where it was not asked."""
    wanted = question.strip().casefold()
    return next((row["answer"] for row in value if row["question"].strip().casefold() == wanted), None)


def _answers(value: list[dict[str, Any]]) -> str:
    return "\n".join(f"{row['question']}: {row['answer'] or ''}" for row in value)


def _pick(value: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in value]


def _words(value: str) -> list[str]:
    return value.split()


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
    "join": lambda value, between=", ": between.join(map(as_text, value)),
    "pick": _pick,
    "length": len,
    "id": lambda value: as_text(value).rstrip("/").rpartition("/")[2],
    "date": _date,
    "plus_minutes": _plus_minutes,
    "answer": _answer,
    "answers": _answers,
    "json": lambda value: msgspec.json.encode(value).decode(),
}
"""By name: the value, then the arguments."""
