"""Formats dates and times for one visitor, by language, country and time zone.

Names and the order of dates follow the locale. The clock (12 or 24 hours) and the first day of the week follow the
region, unless the visitor has chosen a clock. Thai uses years of the Buddhist era.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.units import format_unit

from openslot.i18n import timezones
from openslot.i18n.languages import Language

CLOCKS = (12, 24)
"""How many hours a clock may have."""
BUDDHIST_ERA = 543
_YEAR = re.compile(r"(G\s*)?y+")
_QUOTED = re.compile(r"'[^']*'")
_COMMA_YEAR = re.compile(r"[,\s]*('\w+'\s*)?(G\s*)?y+")


@dataclass(frozen=True)
class Formats:
    """The formats for one visitor. Instants are aware and shown in ``zone``; dates are days in that zone."""

    locale: Locale
    zone: ZoneInfo
    region: Locale | None = None
    """The locale for clock and week; None: ``locale``."""
    hours: int | None = None
    """The clock that the visitor has chosen, one of ``CLOCKS``; None: the region's."""

    @classmethod
    def of(cls, language: Language, zone: ZoneInfo, *, hours: int | None = None) -> "Formats":
        """The formats of a language in its region."""
        return cls(language.locale, zone, language.region, hours)

    @property
    def clock(self) -> int:
        """How many hours the clock has: 12 or 24."""
        return self.hours or clock_of(self.region or self.locale)

    @property
    def first_week_day(self) -> int:
        """The day that weeks begin with; 0 is Monday."""
        return int((self.region or self.locale).first_week_day)

    def local(self, instant: datetime) -> datetime:
        """``instant`` on the visitor's wall clock."""
        return instant.astimezone(self.zone)

    def day(self, instant: datetime) -> date:
        """The visitor's date at ``instant``."""
        return self.local(instant).date()

    def full_date(self, day: date) -> str:
        """In full: ``Tuesday, November 3, 2026``."""
        return self._date(day, self.locale.date_formats["full"].pattern, era=True)

    def moment(self, instant: datetime) -> str:
        """For lists: ``Nov 3, 2026, 10:00 AM``."""
        day = self._date(self.day(instant), self.locale.date_formats["medium"].pattern, era=True)
        return f"{day}, {self.time(instant)}"

    def weekday_and_day(self, day: date) -> str:
        """In full without the year: ``Tuesday, November 3``."""
        return self._date(day, _COMMA_YEAR.sub("", self.locale.date_formats["full"].pattern))

    def month(self, day: date) -> str:
        """``November 2026``."""
        return self._date(day, self.locale.datetime_skeletons["yMMMM"].pattern)

    def two_months(self, first: date, second: date) -> str:
        """``November - December 2026``, with both years where they differ."""
        start = self._date(first, "LLLL") if first.year == second.year else self.month(first)
        return f"{start} \N{EN DASH} {self.month(second)}"

    def short_month(self, day: date) -> str:
        """``Nov``."""
        return self._date(day, "LLL")

    def time(self, instant: datetime) -> str:
        """``10:00 AM`` or ``10:00``; with its offset where the clock shows that time twice."""
        local = self.local(instant)
        pattern = "short"
        if self.clock != clock_of(self.locale):
            pattern = self.locale.datetime_skeletons["hm" if self.clock == CLOCKS[0] else "Hm"].pattern
        text = str(format_time(local, pattern, locale=self.locale))
        return f"{text} ({timezones.offset(local)})" if timezones.is_ambiguous(local) else text

    def span(self, start: datetime, end: datetime) -> str:
        """From start to end: ``10:00 AM - 10:30 AM``; the end has its date if it is on another day."""
        first, last = self.time(start), self.time(end)
        if self.day(start) != self.day(end):
            last = f"{last}, {self.weekday_and_day(self.day(end))}"
        return f"{first} \N{EN DASH} {last}"

    def duration(self, minutes: int) -> str:
        """``45 minutes``, ``1 hour 30 minutes``."""
        hours, rest = divmod(minutes, 60)
        parts = []
        if hours:
            parts.append(format_unit(hours, "hour", locale=self.locale))
        if rest:
            # Babel's data has no long Thai minute
            parts.append(format_unit(rest, "minute", "short" if self._is_thai else "long", locale=self.locale))
        return " ".join(parts)

    def listed(self, names: Sequence[str]) -> str:
        """The names as a list in the language: ``Ada, Bob and Cy``."""
        return str(format_list(names, locale=self.locale))

    @cached_property
    def zone_name(self) -> str:
        """``Central European Time``."""
        return timezones.zone_name(self.zone.key, self.locale)

    @cached_property
    def city(self) -> str:
        """The city that the zone is named after."""
        return timezones.city_name(self.zone.key, self.locale)

    def zone_offset(self, on: date) -> str:
        """The zone's distance from UTC at noon of a day: ``UTC+1``."""
        return timezones.offset(datetime.combine(on, time(12), self.zone))

    def zone_options(self, *, on: date) -> list[tuple[str, list[timezones.ZoneOption]]]:
        """The zones for a menu, by area, with their offsets on a day."""
        return timezones.options(self.locale, on=on, also=self.zone.key)

    @cached_property
    def week(self) -> list[tuple[str, str]]:
        """Short and full names of the weekdays, in the order of the country's week."""
        monday = date(2024, 1, 1)
        days = [monday + timedelta(days=(self.first_week_day + index) % 7) for index in range(7)]
        return [(self._date(day, "ccc"), self._date(day, "cccc")) for day in days]

    def _date(self, day: date, pattern: str, *, era: bool = False) -> str:
        if self._is_thai:
            # Babel formats only Gregorian years; Thai patterns with Buddhist years differ in nothing else
            year = f"{'พ.ศ. ' if era else ''}{day.year + BUDDHIST_ERA}"
            pattern = _YEAR.sub(f"'{year}'", pattern)
        return str(format_date(day, pattern, locale=self.locale))

    @property
    def _is_thai(self) -> bool:
        return bool(self.locale.language == "th")


@cache
def clock_of(locale: Locale) -> int:
    """The clock of a locale, 12 or 24 hours."""
    pattern = _QUOTED.sub("", locale.time_formats["short"].pattern)
    return CLOCKS[0] if "h" in pattern or "K" in pattern else CLOCKS[1]
