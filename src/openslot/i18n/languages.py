"""The available languages, and the choice of one for a visitor.

Each language has a catalogue ``locale/<code>/LC_MESSAGES/openslot.po``, except English, the language of the sources.
Catalogues are compiled in memory, so that only ``.po`` files are stored.

A visitor whose preferred languages have no catalogue gets English, but clock, week and order of dates still follow the
visitor's country (ADR 0023). In other languages, they follow the language's own country.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
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
ENGLISH_ELSEWHERE = Locale("en", "150")
"""English for countries without an English locale: day before month."""
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-[a-z0-9-]*)?", re.IGNORECASE)
_MAX_ACCEPTED_LENGTH, _MAX_ACCEPTED = 1000, 20
"""The limits for an ``Accept-Language`` header in characters and languages; browsers send a few languages."""
_PSEUDO_TERRITORIES = frozenset({"ZZ", "XA", "XB"})
"""Territory codes that do not stand for a country."""


@dataclass(frozen=True)
class Language:
    """A catalogue with the conventions of a country, such as ``en`` with ``en_GB``."""

    code: str
    locale: Locale
    """Names and order of dates, in the catalogue's language."""
    region: Locale
    """Clock and week: ``locale``, or the visitor's country if ``locale`` is not one of that country."""

    @property
    def translations(self) -> NullTranslations:
        """The translations; for English, the messages of the sources."""
        return translations(self.code)

    @property
    def tag(self) -> str:
        """The language with its region: ``en-GB``."""
        return str(self.locale).replace("_", "-")

    @property
    def own_name(self) -> str:
        """The name of the language in the language itself."""
        return (Locale(self.code).get_display_name(self.code) or self.code).capitalize()


def path_of(code: str) -> Path:
    """The path of a language's catalogue."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def codes() -> tuple[str, ...]:
    """The codes of all languages: English, then those with a catalogue."""
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
    parts = _Tag.read(tag)
    if parts is None or parts.language not in codes():
        return None
    # clock and week depend on the country, so a tag without one gets the language's most likely country
    locale = parts.locale(parts.territory or parts.likely_territory) or parts.locale(parts.likely_territory)
    return None if locale is None else Language(locale.language, locale, locale)


def choose(requested: str | None, accepted: str, *fallbacks: str) -> Language:
    """The language for a visitor: ``requested``, else the best of an ``Accept-Language`` header, else a fallback.

    English is read everywhere, so its conventions come from the first tag with a country: of the requested one, the
    browser's preferences, and the fallbacks, in this order.
    """
    preferred = _by_preference(accepted)
    language = next((found for tag in (requested or "", *preferred, *fallbacks) if (found := find(tag))), None)
    if language is None:
        language = find(SOURCE)
        assert language is not None  # the source language is always there
    if language.code != SOURCE:
        return language
    named = _Tag.read(requested or "")
    first = [requested or ""] if named is not None and named.territory else []
    region = _region([*first, *preferred, requested or "", *fallbacks])
    return language if region is None else replace(language, locale=_english_of(region), region=region)


def _region(tags: Sequence[str]) -> Locale | None:
    """The locale of the country that the first of these tags names or implies; None where none does."""
    known = [parts for tag in tags if (parts := _Tag.read(tag))]
    for parts in known:
        sisters = [other.territory for other in known if other.language == parts.language and other.territory]
        territory = parts.territory or next(iter(sisters), None) or parts.likely_territory
        if territory and (locale := parts.locale(territory) or _locale_of(territory)):
            return locale
    return None


def _english_of(region: Locale) -> Locale:
    locale = _made(SOURCE, region.territory, None)
    return ENGLISH_ELSEWHERE if locale is None else locale


@dataclass(frozen=True)
class _Tag:
    """The relevant parts of a language tag; variants and extensions are ignored."""

    language: str
    script: str | None
    territory: str | None

    @classmethod
    def read(cls, tag: str) -> "_Tag | None":
        found = _TAG.fullmatch(tag.strip().replace("_", "-"))
        if found is None:
            return None
        language, script, territory = found.groups()
        territory = territory.upper() if territory and territory.upper() not in _PSEUDO_TERRITORIES else None
        return cls(language.lower(), script.title() if script else None, territory)

    @property
    def likely_territory(self) -> str | None:
        """The country with most of the language's readers."""
        subtags = get_global("likely_subtags")
        likely = subtags.get(f"{self.language}_{self.script}") or subtags.get(self.language, "")
        return likely.rpartition("_")[2] or None

    def locale(self, territory: str | None) -> Locale | None:
        """The locale of this language in a country; None where Babel has none."""
        return _made(self.language, territory, self.script) or _made(self.language, territory, None)


def _locale_of(territory: str) -> Locale | None:
    """The locale of a country in the language most spoken there."""
    likely = _Tag.read(get_global("likely_subtags").get(f"und_{territory}", SOURCE))
    return (likely and likely.locale(territory)) or _made(SOURCE, territory, None)


@lru_cache(maxsize=1024)  # bounded, since visitors can send any number of tags
def _made(language: str, territory: str | None, script: str | None) -> Locale | None:
    try:
        return Locale(language, territory, script)
    except UnknownLocaleError:
        return None


def offered() -> list[Language]:
    """Every language, for a menu."""
    return [language for code in codes() if (language := find(code)) is not None]


def _by_preference(accepted: str) -> list[str]:
    weighed = []
    for part in accepted[:_MAX_ACCEPTED_LENGTH].split(",")[:_MAX_ACCEPTED]:
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() not in ("", "*") and weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda entry: -entry[0])]  # a stable sort keeps the header's order


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
