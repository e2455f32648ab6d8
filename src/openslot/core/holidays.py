"""Public holidays by country or its parts, from the ``holidays`` library."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

import holidays

_BETWEEN = "; "
"""The library's separator between the names of several holidays on one day."""


def is_region(text: str) -> bool:
    """Whether ``text`` is a country or subdivision that the library knows: ``IT``, ``US-CA``."""
    country, dash, part = text.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    return country in known and (not dash or part in known[country])


def holidays_of(region: str, first: date, last: date, *, worked: Collection[str] = ()) -> dict[date, str]:
    """The public holidays from ``first`` to ``last``, both included, with their English names where they exist.

    ``worked`` names holidays that are working days. A day with several holidays is a holiday unless all of them are
    worked; the names of the others are joined by semicolons.

    Raises:
        ValueError: an unknown region.
    """
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        for day, names in _of_year(region, year).items():
            left = [name for name in names if name not in worked]
            if first <= day <= last and left:
                found[day] = _BETWEEN.join(left)
    return found


def list_names(region: str, year: int) -> list[str]:
    """The names of a year's holidays, in the order of their days.

    Raises:
        ValueError: an unknown region.
    """
    return list(dict.fromkeys(name for names in _of_year(region, year).values() for name in names))


@lru_cache(maxsize=1024)
def _of_year(region: str, year: int) -> dict[date, list[str]]:
    """By day, ascending."""
    if not is_region(region):
        raise ValueError(f"unknown country or region {region!r}")
    country, _, part = region.partition("-")
    known = holidays.list_localized_countries(include_aliases=False).get(country, [])
    language = next((one for one in ("en_US", "en_GB", "en") if one in known), None)
    found = holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
    return {day: names.split(_BETWEEN) for day, names in sorted(found.items())}
