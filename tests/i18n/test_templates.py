"""No template has a sentence of its own: every one is given to gettext, so that it can be translated."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

from openslot.i18n import extraction

TEMPLATES = sorted(extraction.SOURCES.glob("**/templates/**/*.html"))
SPOKEN = frozenset({"aria-label", "aria-description", "title", "alt", "placeholder", "content", "label"})
"""The attributes whose value is read or read out."""
NAMES = {
    "OpenSlot", "width=device-width, initial-scale=1", "light dark", "noindex", "narrow", "middle", "wide",
    "formnovalidate", "website", "summary",
}  # fmt: skip
"""What is the same in every language, or read by machines."""
ATTRIBUTE = re.compile(r'[\w:-]+="[^"]*"')
"""One that a block or a macro writes into a tag, so that it stands alone in its template."""


def literal(source: str) -> tuple[str, list[str]]:
    """What a template writes whatever its values are, and the texts within its expressions, gettext's left out.

    What an expression prints stands as a blank, so that the HTML around it stays whole.
    """
    html, texts, in_gettext, depth = "", [], False, 0
    for _, kind, value in Environment(autoescape=True).lex(source):
        if kind == "data":
            html += value
        elif kind == "variable_begin":
            html += " "
        elif kind == "name" and value in {"_", "gettext", "ngettext"}:
            in_gettext, depth = True, 0
        elif kind == "operator" and in_gettext:
            depth += {"(": 1, ")": -1}.get(value, 0)
            in_gettext = depth > 0
        elif kind == "string" and not in_gettext:
            texts.append(value[1:-1])
    return html, texts


class Reader(HTMLParser):
    """Collects what people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- named so above
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:  # neither a style sheet nor a script
            self.found.append(ATTRIBUTE.sub("", data))


def sentences(source: str) -> list[str]:
    """The words in a template that no catalogue can have."""
    html, texts = literal(source)
    reader = Reader()
    reader.feed(html)
    reader.close()
    shown = [" ".join(text.split()).strip(" \N{EN DASH}\N{MIDDLE DOT}") for text in reader.found]
    phrases = [text for text in texts if re.match(r"[A-Z][a-z]+ [a-z]", text)]
    return [text for text in shown + phrases if re.search(r"[^\W\d_]{2}", text) and text not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_that_gettext_is_not_given(path: Path) -> None:
    assert sentences(path.read_text()) == []


def test_such_words_are_found_wherever_they_stand() -> None:
    template = """<p title="Over it {{ x }}">Before {{ _("Known (%(a)s)", a=f(x)) }}<br>{% if x %}after{% endif %}</p>
    {{ "No more" if x else "class" }}{{ other("Not translated") }}<i aria-label="{{ _('Known') }}">{# why #}</i>"""
    assert sentences(template) == ["Over it", "Before", "after", "No more", "Not translated"]
