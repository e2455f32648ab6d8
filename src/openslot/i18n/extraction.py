"""Extracts the messages of the sources, and updates catalogues with them."""

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from openslot.core.scopes import SCOPES
from openslot.i18n import languages

CONSOLE_LANGUAGES = frozenset({"it", "th"})
"""Those in which the console is complete beside English; in others, sentence by sentence falls back to English."""
OF_CONSOLE = ("console/", "presenters/explanations.py")
"""Where sentences are that the console alone translates."""
SOURCES = Path(__file__).parent.parent
_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.html": {"silent": "false", "newstyle_gettext": "true"}}


def messages() -> Catalog:
    """Every message in templates and code, with the files that use it."""
    found = Catalog(domain=languages.DOMAIN, fuzzy=False)
    for name, _, message, _, _ in extract_from_dir(SOURCES, _METHODS, _OPTIONS):
        found.add(message, locations=[(Path(name).as_posix(), 0)])
    for text in SCOPES.values():
        found.add(text, locations=[("core/scopes.py", 0)])
    return found


def read(code: str) -> Catalog:
    """The stored catalogue of a language."""
    with languages.path_of(code).open("rb") as file:
        return read_po(file, locale=code, domain=languages.DOMAIN)


def update(code: str) -> int:
    """Update or create a language's catalogue; return the number of messages without a translation."""
    path = languages.path_of(code)
    catalogue = read(code) if path.exists() else Catalog(locale=code, domain=languages.DOMAIN)
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, omit_header=True, include_lineno=False)
    return len(untranslated(catalogue))


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages whose translation is incomplete or marked as fuzzy, but for those that need none."""
    missing = []
    for message in catalogue:
        if not message.id or _may_be_english(message, str(catalogue.locale)):
            continue
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.fuzzy or not all(texts) or len(texts) != (catalogue.num_plurals if message.pluralizable else 1):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def _may_be_english(message: Message, code: str) -> bool:
    """Whether a sentence falls back to English: one of the console alone, where the language need not have that."""
    places = [file for file, _ in message.locations]
    is_of_console = bool(places) and all(file.startswith(OF_CONSOLE) for file in places)
    return is_of_console and code not in CONSOLE_LANGUAGES and not message.string
