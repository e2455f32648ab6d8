"""The templates of flows in YAML: values of the event by path, and a few filters. Nothing in them is executed.

``{{ payload.name }}``, ``{{ payload.email | lower }}``, ``{{ payload.first_name | default('you') }}``,
``{{ payload.scheduled_event.start_time | date('%d %B, %H:%M', payload.timezone) }}``. A path that leads nowhere is an
error unless ``default`` follows, so that a misspelling never becomes an empty mail.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from openslot.connector.recipes.escapes import check_url_part, in_url
from openslot.connector.recipes.filters import as_text
from openslot.connector.recipes.placeholders import Context, Placeholder, TemplateError, read_placeholder

Escape = Callable[[str], str]

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


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
            check_url_part(url, begin, end, ends)
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
        TemplateError: it can't be read; the message has the place.
    """
    parts: list[str | Placeholder] = []
    end = 0
    for place in _PLACE.finditer(text):
        parts += [text[end : place.start()], read_placeholder(place[1])]
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


def _text_of(place: Placeholder, context: Context, escape: Escape | None) -> str:
    text = as_text(place.value(context))
    return text if escape is None or place.is_ours or place.veil(context) is not None else escape(text)
