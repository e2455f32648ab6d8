"""Jinja, one environment per language and kind of pages. Escapes everything by default."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openslot.i18n import languages

FOLDER = Path(__file__).parent / "templates"
"""The templates that all kinds of pages share."""


@cache
def environment(code: str, *folders: Path) -> Environment:
    """The templates of ``folders``, then the shared ones, in the language of a catalogue."""
    made = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(languages.translations(code), newstyle=True)  # type: ignore[attr-defined]
    return made
