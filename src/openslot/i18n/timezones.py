"""Names, offsets and menus of time zones."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import get_timezone_location, get_timezone_name

from openslot.core.availability import zone_named

UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal"})
NOON = time(12, tzinfo=UTC)
MINUS = "\N{MINUS SIGN}"
_WHOLE_HOURS = re.compile(r"([+-])(\d\d):?00")


class ZoneOption(NamedTuple):
    """One entry of a list of zones."""

    key: str
    """IANA name."""
    label: str
    """The city in the reader's language and its offset: ``Rome (UTC+1)``."""
    name: str
    """``Central European Time``."""
    words: str
    """What else it is looked for by: the country in the reader's language, and abbreviations: ``Italy CET CEST``."""


def find(name: str | None) -> ZoneInfo | None:
    """The zone of an IANA name, with older spellings and in any case of letters; None where there is none.

    Browsers may send an offset instead. ``+02:00`` has a zone, as whole hours do; ``GMT+2`` has none, since its sign is
    ambiguous.
    """
    return _zone(name) if name else None


@lru_cache(maxsize=64)
def options(locale: Locale, *, on: date, also: str = "UTC") -> list[tuple[str, list[ZoneOption]]]:
    """The zones for a menu by area (``Europe``, ``Asia``), each area by city, with their offsets on a day.

    ``also`` is in the menu even if it is an older spelling, such as ``Asia/Calcutta``.
    """
    areas: dict[str, list[ZoneOption]] = defaultdict(list)
    zones = _listed()
    for key, city in _cities(locale):
        areas[key.partition("/")[0]].append(_option(zones[key], city, locale, on))
    listed = {option.key for entries in areas.values() for option in entries}
    if also not in listed:
        areas[also.partition("/")[0]].append(_option(ZoneInfo(also), city_name(also, locale), locale, on))
    for entries in areas.values():
        entries.sort(key=lambda option: option.label)
    return sorted(areas.items())


def _option(zone: ZoneInfo, city: str, locale: Locale, on: date) -> ZoneOption:
    country = locale.territories.get(_countries().get(zone.key, ""), "")
    label = f"{city} ({offset(datetime.combine(on, NOON).astimezone(zone))})"
    words = " ".join([country, *_abbreviations(zone, on.year)]).strip()
    return ZoneOption(zone.key, label, zone_name(zone.key, locale), words)


def _abbreviations(zone: ZoneInfo, year: int) -> list[str]:
    """The letters for the zone's time in January and July: ``CET``, ``CEST``; none where tzdata has only numbers."""
    names = (datetime(year, month, 1, tzinfo=zone).tzname() or "" for month in (1, 7))
    return list(dict.fromkeys(name for name in names if name.isalpha()))


def city_name(key: str, locale: Locale) -> str:
    """The city that a zone is named after, in the reader's language."""
    if key.startswith("Etc/"):
        return zone_name(key, locale)
    if key in UTC_NAMES or "/" not in key:
        return key
    return get_timezone_location(ZoneInfo(key), locale=locale, return_city=True)


def country(key: str) -> str | None:
    """The code of the country (``IT``) that a zone is of; None where it is of none, or of several."""
    return _countries().get(key)


def zone_name(key: str, locale: Locale) -> str:
    """The name of the zone's time, summer or not: ``Central European Time``."""
    if key in UTC_NAMES:
        return "UTC"
    if key.startswith("Etc/"):  # these names have the opposite sign: Etc/GMT-2 is two hours ahead
        return offset(datetime(2000, 1, 1, tzinfo=ZoneInfo(key)))
    if "/" not in key:
        return key
    return get_timezone_name(ZoneInfo(key), width="long", zone_variant="generic", locale=locale)


def offset(local: datetime) -> str:
    """The distance from UTC at an aware time: ``UTC``, ``UTC+1``, ``UTC-3:30`` (with a true minus sign)."""
    distance = local.utcoffset() or timedelta()
    minutes = round(abs(distance) / timedelta(minutes=1))
    if not minutes:
        return "UTC"
    sign = MINUS if distance < timedelta() else "+"
    hours, rest = divmod(minutes, 60)
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"


def is_ambiguous(local: datetime) -> bool:
    """Whether the wall clock shows this time twice, as in the night when summer time ends."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    hours = _WHOLE_HOURS.fullmatch(name)
    if hours:
        sign = {"+": "-", "-": "+"}[hours[1]]  # Etc names follow POSIX, where the sign is the opposite
        name = f"Etc/GMT{sign}{int(hours[2])}"
    key = _names().get(name.casefold())
    return None if key is None else zone_named(key)


@cache
def _names() -> dict[str, str]:
    """Every name of a zone by its lower-case form, without names that stand for the machine's own zone."""
    return {name.casefold(): name for name in available_timezones() - {"localtime", "posixrules", "Factory"}}


@cache
def _listed() -> dict[str, ZoneInfo]:
    """The zones for menus, by name. Cached: reading their 400 files takes a tenth of a second."""
    return {key: ZoneInfo(key) for key in sorted(_countries().keys() & available_timezones() | {"UTC"})}


@cache
def _countries() -> dict[str, str]:
    """The code of the country of each zone."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


@cache
def _cities(locale: Locale) -> list[tuple[str, str]]:
    return [(key, city_name(key, locale)) for key in _listed()]
