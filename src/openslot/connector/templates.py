"""The templates of flows in YAML: values of the event by path, and a few filters. Nothing in them is executed.

``{{ payload.name }}``, ``{{ payload.email | lower }}``, ``{{ payload.first_name | default('you') }}``,
``{{ payload.scheduled_event.start_time | date('%d %B, %H:%M', payload.timezone) }}``. A path that leads nowhere is an
error unless ``default`` follows, so that a misspelling never becomes an empty mail.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from openslot.connector.flows import GiveUp
from openslot.wire import codec

Escape = Callable[[str], str]

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?![\w.]))|(?P<path>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign>[|(),]))"""
)


class TemplateError(GiveUp, ValueError):
    """A template can't be read, or asks for what is not there: trying again won't help."""


class Path(Struct, frozen=True):
    """A value by its way through the event: names of fields, and places in lists from 0."""

    names: tuple[str, ...]

    def value(self, context: Mapping[str, Any]) -> Any:
        found: Any = context
        for place, name in enumerate(self.names):
            if isinstance(found, Mapping) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                whole, so_far = ".".join(self.names), ".".join(self.names[:place]) or "the event"
                raise TemplateError(f"there is no {whole}: {so_far} has no {name}")
        return found


class Literal(Struct, frozen=True):
    """A text or a number that stands in the template."""

    given: str | int

    def value(self, _: Mapping[str, Any]) -> Any:
        return self.given


class Call(Struct, frozen=True):
    """A filter and what it is given besides the value."""

    name: str
    arguments: tuple[Path | Literal, ...]


class Place(Struct, frozen=True):
    """What stands between two pairs of braces."""

    source: Path | Literal
    calls: tuple[Call, ...]

    def value(self, context: Mapping[str, Any]) -> Any:
        try:
            found = self.source.value(context)
        except TemplateError:
            if not (self.calls and self.calls[0].name == "default"):
                raise
            found = None
        for call in self.calls:
            arguments = [argument.value(context) for argument in call.arguments]
            try:
                found = FILTERS[call.name](found, *arguments)
            except TemplateError:
                raise
            except (AttributeError, TypeError, LookupError, ValueError, OverflowError) as exc:
                raise TemplateError(f"{call.name} can't be had of {_shown(found)}: {exc}") from exc
        return found


class Template(Struct, frozen=True):
    """A text with places."""

    parts: tuple[str | Place, ...]

    def render(self, context: Mapping[str, Any], escape: Escape | None = None) -> str:
        """The text; ``escape`` is for what comes from places, and leaves alone what comes from ``env``.

        Raises:
            TemplateError: a path leads nowhere, or a filter does not fit its value.
        """
        return "".join(part if isinstance(part, str) else _placed(part, context, escape) for part in self.parts)

    def value(self, context: Mapping[str, Any]) -> Any:
        """What the one place stands for, of whatever type, where there is nothing around it; else the text.

        Raises:
            TemplateError: as ``render``.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Place):
            return self.parts[0].value(context)
        return self.render(context)


def parse(text: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: it can't be read; the message says where.
    """
    parts: list[str | Place] = []
    end = 0
    for place in _PLACE.finditer(text):
        parts += [text[end : place.start()], _place(place[1])]
        end = place.end()
    parts.append(text[end:])
    if any("{{" in part or "}}" in part for part in parts if isinstance(part, str)):
        raise TemplateError(f"braces that open or close nothing in {text!r}")
    return Template(tuple(part for part in parts if part != ""))


def in_url(value: str) -> str:
    """``value`` as a part of a URL, which it can't leave."""
    return quote(value, safe="")


def in_slack(value: str) -> str:
    """``value`` as plain text: a name can neither call a whole channel nor look like a link."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _placed(place: Place, context: Mapping[str, Any], escape: Escape | None) -> str:
    text = _text(place.value(context))
    is_ours = isinstance(place.source, Path) and place.source.names[0] == "env"
    return text if escape is None or is_ours else escape(text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shown(value: Any) -> str:
    return repr(value)[:80]


def _place(source: str) -> Place:
    tokens = _tokens(source)
    head = _operand(tokens, source)
    calls: list[Call] = []
    while tokens:
        if tokens.pop(0) != ("sign", "|"):
            raise TemplateError(f"a | is missing in {{{{{source}}}}}")
        calls.append(_call(tokens, source))
    return Place(head, tuple(calls))


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    end = 0
    while source[end:].strip():
        found = _TOKEN.match(source, end)
        if found is None or found.lastgroup is None:
            raise TemplateError(f"{source[end:].strip()!r} can't be read in {{{{{source}}}}}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        end = found.end()
    return tokens


def _operand(tokens: list[tuple[str, str]], source: str) -> Path | Literal:
    kind, text = tokens.pop(0) if tokens else ("", "")
    match kind:
        case "path":
            return Path(tuple(text.split(".")))
        case "text":
            return Literal(text[1:-1])
        case "number":
            return Literal(int(text))
        case _:
            raise TemplateError(f"a path, a text or a number is missing in {{{{{source}}}}}")


def _call(tokens: list[tuple[str, str]], source: str) -> Call:
    kind, name = tokens.pop(0) if tokens else ("", "")
    if kind != "path" or name not in FILTERS:
        raise TemplateError(f"there is no filter {name!r}, but {', '.join(FILTERS)}")
    arguments: list[Path | Literal] = []
    if tokens[:1] == [("sign", "(")]:
        tokens.pop(0)
        while tokens[:1] != [("sign", ")")]:
            if arguments and (not tokens or tokens.pop(0) != ("sign", ",")):
                raise TemplateError(f"a comma or ) is missing in {{{{{source}}}}}")
            arguments.append(_operand(tokens, source))
        tokens.pop(0)
    return Call(name, tuple(arguments))


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
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "trim": lambda value: _text(value).strip(),
    "truncate": lambda value, letters: _text(value)[:letters],
    "replace": lambda value, old, new: _text(value).replace(old, new),
    "words": _words,
    "first": lambda value: value[0] if value else None,
    "last": lambda value: value[-1] if value else None,
    "join": lambda value, between=", ": between.join(map(_text, value)),
    "pick": _pick,
    "length": len,
    "id": lambda value: _text(value).rstrip("/").rpartition("/")[2],
    "date": _date,
    "plus_minutes": _plus_minutes,
    "answer": _answer,
    "answers": _answers,
    "json": lambda value: msgspec.json.encode(value).decode(),
}
"""By name: the value, then the arguments."""
