"""Lays out a letter as plain text and as HTML: two forms of one content."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from openslot.i18n.reader import Reader
from openslot.services.mails.letters import Letter

FOLDER = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def as_text(letter: Letter) -> str:
    return _environment().get_template("letter.txt").render(letter=letter)


def as_html(letter: Letter, reader: Reader) -> str:
    locale = reader.language.locale
    return (
        _environment()
        .get_template("letter.html")
        .render(letter=letter, lang=reader.language.code, dir=locale.text_direction)
    )
