"""The placeholders of templates: a value by its path, and the filters that follow it.

A preview has veiled values: each is there, and shown as its path.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from openslot.connector.flows import GiveUp
from openslot.connector.recipes.filters import FILTERS

Context = Mapping[str, Any]
"""What paths lead into."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?![\w.]))|(?P<path>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign>[|(),]))"""
)


class TemplateError(GiveUp, ValueError):
    """A template can't be read, or needs what is not there: trying again won't help."""

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        """``missing`` is the path that leads nowhere, if that is what is wrong."""
        super().__init__(message)
        self.missing = missing


class Veiled(dict[str, Any]):
    """What a preview has in place of what paths lead into: each value is there, and shown as its path."""

    def hides(self, name: str, *, is_needed: bool) -> bool:  # noqa: ARG002 -- see ``VeiledOrLacking``
        """Whether a name is shown as its path; ``is_needed``: nothing stands in for it where it is lacking."""
        return name in self


class VeiledOrLacking(Veiled):
    """What is needed and not there is shown as its path, too, and noted."""

    lacking: set[str]

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.lacking = set()

    def hides(self, name: str, *, is_needed: bool) -> bool:
        if name not in self and is_needed:
            self.lacking.add(name)
        return name in self or is_needed


class Path(Struct, frozen=True):
    """A value by its way through the event: names of fields, and places in lists from 0."""

    names: tuple[str, ...]

    def value(self, context: Context) -> Any:
        """Follow the path.

        Raises:
            TemplateError: it leads nowhere.
        """
        found: Any = context
        for place, name in enumerate(self.names):
            if isinstance(found, Mapping) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                whole, so_far = ".".join(self.names), ".".join(self.names[:place]) or "the event"
                raise TemplateError(f"there is no {whole}: {so_far} has no {name}", self.names)
        return found


class Literal(Struct, frozen=True):
    """A text or a number that stands in the template."""

    given: str | int

    def value(self, _: Context) -> Any:
        return self.given


class Call(Struct, frozen=True):
    """A filter and what it is given besides the value."""

    name: str
    arguments: tuple[Path | Literal, ...]


class Placeholder(Struct, frozen=True):
    """What stands between two pairs of braces."""

    source: Path | Literal
    calls: tuple[Call, ...]

    @property
    def given(self) -> tuple[Path | Literal, ...]:
        """All that its value is made of."""
        return (self.source, *(argument for call in self.calls for argument in call.arguments))

    @property
    def is_ours(self) -> bool:
        """Whether nothing in it comes from anywhere but the process's variables and the template itself."""
        return all(isinstance(one, Literal) or one.names[0] == "env" for one in self.given)

    @property
    def _spared(self) -> Path | Literal | None:
        """What may lead nowhere."""
        return self.source if self.calls and self.calls[0].name == "default" else None

    def veil(self, context: Context) -> str | None:
        """What is shown in its place, where something that it is made of is not to be shown, or not there yet."""
        veiled = [
            one for one in self.given if isinstance(one, Path) and _is_veiled(one, context, one is not self._spared)
        ]
        return f"{{{', '.join('.'.join(one.names) for one in veiled)}}}" if veiled else None

    def value(self, context: Context) -> Any:
        """The value of the path after its filters; a veiled one is shown as its path.

        Raises:
            TemplateError: the path leads nowhere, or a filter does not fit its value.
        """
        if (veil := self.veil(context)) is not None:
            return veil
        try:
            found = self.source.value(context)
        except TemplateError:
            if self._spared is None:
                raise
            found = None
        for call in self.calls:
            arguments = [argument.value(context) for argument in call.arguments]
            try:
                found = FILTERS[call.name](found, *arguments)
            except TemplateError:
                raise
            except (AttributeError, TypeError, LookupError, ValueError, OverflowError, OSError) as exc:
                raise TemplateError(f"{call.name} can't be had of {_shown(found)}: {exc}") from exc
        return found


def _is_veiled(path: Path, context: Context, is_needed: bool) -> bool:  # noqa: FBT001
    found = context.get(path.names[0])
    return isinstance(found, Veiled) and len(path.names) > 1 and found.hides(path.names[1], is_needed=is_needed)


def _shown(value: Any) -> str:
    return repr(value)[:80]


def read_placeholder(source: str) -> Placeholder:
    """Read what stands between two pairs of braces.

    Raises:
        TemplateError: it is no path with filters.
    """
    tokens = _tokens(source)
    head = _operand(tokens, source)
    calls: list[Call] = []
    while tokens:
        if tokens.pop(0) != ("sign", "|"):
            raise TemplateError(f"a | is missing in {{{{{source}}}}}")
        calls.append(_call(tokens, source))
    return Placeholder(head, tuple(calls))


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
