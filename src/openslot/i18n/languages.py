"""Which languages there are, and which one a visitor gets.

A language is a folder, ``locale/<code>/LC_MESSAGES/openslot.po``; English is that of the sources and needs none.
Catalogues are compiled in memory, so only the ``.po`` files are kept.
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"
DOMAIN = "openslot"
FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Language:
    """A catalogue, and the conventions of the country it is read in (``en`` with ``en_GB``)."""

    code: str
    locale: Locale

    @property
    def translations(self) -> NullTranslations:
        """The messages; those of the sources where the code is English."""
        return translations(self.code)

    @property
    def own_name(self) -> str:
        """What its speakers call it."""
        return (Locale(self.code).get_display_name(self.code) or self.code).capitalize()


def path_of(code: str) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def codes() -> tuple[str, ...]:
    """The languages on offer: English, then those found by folder."""
    return (SOURCE, *sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


@cache
def translations(code: str) -> NullTranslations:
    """The compiled catalogue of ``code``."""
    if code == SOURCE:
        return NullTranslations()
    with path_of(code).open("rb") as file:
        catalogue = read_po(file, locale=code, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def find(tag: str) -> Language | None:
    """The language of a tag such as ``it``, ``en-GB`` or ``th_TH``; None where there is no catalogue for it."""
    try:
        locale = Locale.parse(tag.strip().replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    if locale.language not in codes():
        return None
    if locale.territory is None:  # the week's first day and the clock are a country's, so take the likely one
        likely = get_global("likely_subtags").get(locale.language, locale.language)
        locale = Locale.parse(f"{locale.language}_{likely.rpartition('_')[2]}")
    return Language(locale.language, locale)


def choose(asked: str | None, accepted: str, *fallbacks: str) -> Language:
    """What a visitor reads: the language asked for, else the best of an ``Accept-Language`` header, else a fallback."""
    for tag in (asked or "", *_by_preference(accepted), *fallbacks):
        if tag and (language := find(tag)) is not None:
            return language
    language = find(SOURCE)
    assert language is not None  # the source language is always there
    return language


def offered() -> list[Language]:
    """Every language, for a menu."""
    return [language for code in codes() if (language := find(code)) is not None]


def _by_preference(accepted: str) -> list[str]:
    weighed = []
    for part in accepted.split(","):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() not in ("", "*") and weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda entry: -entry[0])]  # stable: equal weights keep their order


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
