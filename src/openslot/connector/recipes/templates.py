"""The templates of flows in YAML: values of the event by path, and a few filters. Nothing in them is executed.

``{{ payload.name }}``, ``{{ payload.email | lower }}``, ``{{ payload.first_name | default('you') }}``,
``{{ payload.scheduled_event.start_time | date('%d %B, %H:%M', payload.timezone) }}``. A path that leads nowhere is an
error unless ``default`` follows, so that a misspelling never becomes an empty mail.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from openslot.connector.flows import GiveUp
from openslot.connector.recipes.filters import FILTERS, as_text

Context = Mapping[str, Any]
"""What paths lead into."""
Escape = Callable[[str], str]

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?![\w.]))|(?P<path>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign>[|(),]))"""
)
_HOST = re.compile(r"[^/]*//[^/]*")
_LABEL = re.compile(r"(?<=[/@.])[A-Za-z0-9-]+(?=\.)")
"""One that is whole, and not the last of a host."""
_CALLING = re.compile(r"(?<![\w.+-])@|@(?=everyone|here|(?:channel|all)\b)", re.IGNORECASE)


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


class Template(Struct, frozen=True):
    """A text with places."""

    parts: tuple[str | Placeholder, ...]

    def render(self, context: Context, escape: Escape | None = None) -> str:
        """The text; ``escape`` is for what places give, and leaves alone what is ours.

        Raises:
            TemplateError: a path leads nowhere, or a filter does not fit its value.
        """
        return "".join(part if isinstance(part, str) else _text_of(part, context, escape) for part in self.parts)

    def render_url(self, context: Context) -> str:
        """The text as a URL. What places give is percent-encoded, unless it is ours, and stays the part that it is.

        Raises:
            TemplateError: as ``render``; or it would leave a segment of the path empty, or make it ``.`` or ``..``,
                which name something else than the template does; or it is in the host and no whole label of it, or
                the last one.
        Source: RFC 3986, sections 3.2.2 and 5.2.4.
        """
        url = ""
        spans: list[tuple[int, int]] = []
        for part in self.parts:
            text = part if isinstance(part, str) else _text_of(part, context, in_url)
            if isinstance(part, Placeholder) and not part.is_ours and part.veil(context) is None:
                spans.append((len(url), len(url) + len(text)))
            url += text
        ends = {end for _, end in spans}
        for begin, end in spans:
            _check_part(url, begin, end, ends)
        return url

    def value(self, context: Context) -> Any:
        """What the one place stands for, of whatever type, where there is nothing around it; else the text.

        Raises:
            TemplateError: as ``render``.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Placeholder):
            return self.parts[0].value(context)
        return self.render(context)


def parse(text: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: it can't be read; the message says where.
    """
    parts: list[str | Placeholder] = []
    end = 0
    for place in _PLACE.finditer(text):
        parts += [text[end : place.start()], _placeholder(place[1])]
        end = place.end()
    parts.append(text[end:])
    if any("{{" in part or "}}" in part for part in parts if isinstance(part, str)):
        raise TemplateError(f"braces that open or close nothing in {text!r}")
    return Template(tuple(part for part in parts if part != ""))


def compiled(value: Any) -> Any:
    """``value`` with its texts as templates, within lists and objects too.

    Raises:
        TemplateError: one can't be read.
    """
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, Mapping):
        return {name: compiled(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [compiled(entry) for entry in value]
    return value


def filled(value: Any, context: Context) -> Any:
    """What ``compiled`` has made, with what the templates stand for.

    Raises:
        TemplateError: as ``Template.value``.
    """
    if isinstance(value, Template):
        return value.value(context)
    if isinstance(value, Mapping):
        return {name: filled(entry, context) for name, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, context) for entry in value]
    return value


def in_url(value: str) -> str:
    """``value`` percent-encoded. It may still be a dot segment, see ``Template.render_url``."""
    return quote(value, safe="")


def in_header(value: str) -> str:
    """``value`` on one line and without control characters: another line would be another header.

    Nor may it hold an encoded word (RFC 2047), which stands for letters of any kind: Python's own mail library decodes
    it, line ends included.
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return line.replace("=?", "= ?")


def in_slack(value: str) -> str:
    """``value`` as plain text: a name can neither call a whole channel nor look like a link.

    Slack wants its signs escaped. Discord, Mattermost and Rocket.Chat go by a plain ``@here``: a space of no width
    keeps the letters apart there. Addresses of mail stay as they are.
    """
    return _CALLING.sub("@\u200b", value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _text_of(place: Placeholder, context: Context, escape: Escape | None) -> str:
    text = as_text(place.value(context))
    return text if escape is None or place.is_ours or place.veil(context) is not None else escape(text)


def _check_part(url: str, begin: int, end: int, ends: Collection[int]) -> None:
    """Whether what stands from ``begin`` to ``end`` may be there, ``ends`` being those of all that was put in.

    After the path anything may.
    """
    whole = re.split(r"[?#]", url, maxsplit=1)[0]
    host = _HOST.match(whole)
    if host is not None and begin <= host.end():
        _check_label(url, begin, end, host.end(), ends)
    elif begin <= len(whole):
        segment = whole[whole.rfind("/", 0, begin) + 1 :].partition("/")[0]
        if segment in {"", ".", ".."}:
            raise TemplateError(f"{segment!r} can't be a part of the path of a URL")


def _check_label(url: str, begin: int, end: int, host_end: int, ends: Collection[int]) -> None:
    """Whether it is a whole label, and not the last one: that would make it anybody's host, or one of ours within."""
    rest = url[end:host_end].partition(":")[0].rstrip(".")
    label = _LABEL.match(url, begin)
    is_last = not rest or end + len(rest) in ends
    if label is None or label.end() != end or "@" in url[end:host_end] or is_last:
        raise TemplateError(f"{url[begin:end]!r} can't be a part of the host of a URL")


def _is_veiled(path: Path, context: Context, is_needed: bool) -> bool:  # noqa: FBT001
    found = context.get(path.names[0])
    return isinstance(found, Veiled) and len(path.names) > 1 and found.hides(path.names[1], is_needed=is_needed)


def _shown(value: Any) -> str:
    return repr(value)[:80]


def _placeholder(source: str) -> Placeholder:
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
