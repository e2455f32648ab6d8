"""Public holidays by country or its parts, from the ``holidays`` library."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

import holidays


def is_region(text: str) -> bool:
    """Whether ``text`` is a country or subdivision that the library knows: ``IT``, ``US-CA``."""
    country, _, part = text.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    return country in known and (not part or part in known[country])


def holidays_of(region: str, first: date, last: date, *, worked: Collection[str] = ()) -> dict[date, str]:
    """The public holidays from ``first`` to ``last``, both included, with their English names where there are some.

    ``worked`` names holidays on which one works all the same.

    Raises:
        ValueError: an unknown region.
    """
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _of_year(region, year).items()
        if first <= day <= last and name not in worked
    }


def list_names(region: str, year: int) -> list[str]:
    """The names that a year's holidays have, in the order of their days.

    Raises:
        ValueError: an unknown region.
    """
    return list(dict.fromkeys(name for _, name in sorted(_of_year(region, year).items())))


@lru_cache(maxsize=1024)
def _of_year(region: str, year: int) -> dict[date, str]:
    if not is_region(region):
        raise ValueError(f"unknown country or region {region!r}")
    country, _, part = region.partition("-")
    known = holidays.list_localized_countries(include_aliases=False).get(country, [])
    language = next((one for one in ("en_US", "en_GB", "en") if one in known), None)
    return dict(holidays.country_holidays(country, subdiv=part or None, years=year, language=language))
