"""The countries of ISO 3166-1, by their codes of two letters."""

from functools import cache
from importlib.resources import files


def is_country(code: str) -> bool:
    """Whether ``code`` is the alpha-2 code of a country, in capitals: ``IT``."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#"))
