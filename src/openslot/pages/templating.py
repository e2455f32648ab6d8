"""Jinja, one environment per language, with the few helpers that templates use. Escapes everything by default."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openslot.i18n import languages

FOLDER = Path(__file__).parent / "templates"


@cache
def environment(code: str) -> Environment:
    """The templates in the language of a catalogue."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(languages.translations(code), newstyle=True)  # type: ignore[attr-defined]
    return made
