"""Countries by name, with what their telephone numbers begin with."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from openslot.core.phones import calling_code, countries


class CountryOption(NamedTuple):
    """One entry of a list of countries."""

    code: str
    """``IT``."""
    label: str
    """The country in the reader's language, and how numbers there begin: ``Italy +39``."""


def option(locale: Locale, code: str) -> CountryOption | None:
    """The entry of one country; None where there is none."""
    number = calling_code(code)
    return None if number is None else CountryOption(code, f"{locale.territories.get(code, code)} +{number}")


@lru_cache(maxsize=64)
def options(locale: Locale) -> list[CountryOption]:
    """Every country and territory that has telephone numbers, by name."""
    found = [one for code in countries() if (one := option(locale, code)) is not None]
    return sorted(found, key=lambda one: _as_sorted(one.label))


def _as_sorted(name: str) -> str:
    """The name without accents, so that Ö is beside O."""
    return "".join(one for one in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(one))
