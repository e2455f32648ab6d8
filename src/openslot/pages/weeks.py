"""The squares of the month calendar, week by week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from openslot.i18n.formatting import Formats
from openslot.pages.months import next_month
from openslot.pages.visitor import VisitorPage

WEEK = 7
ENDING_DAYS = 7
"""With so many days left, today included, a month ends: then the calendar goes on into the next one."""
AHEAD = timedelta(days=14)
"""How far it goes then, at least."""


@dataclass(frozen=True)
class Day:
    """One square of the calendar."""

    date: date
    number: int
    label: str
    """In full, with how many times there are."""
    url: str | None
    """Only where there are times."""
    is_chosen: bool
    is_today: bool
    month: str | None = None
    """The short name of its month, on the first day of the one after the month that is shown."""


@dataclass(frozen=True)
class Days:
    """The days that the calendar of a month shows: those from ``first`` until before ``end``."""

    month: date
    first: date
    end: date

    @property
    def goes_on(self) -> bool:
        """Whether days of the next month are shown too."""
        return self.end > next_month(self.month)

    def title(self, formats: Formats) -> str:
        """``January 2027``, or both months where days of two are shown."""
        if not self.goes_on:
            return formats.month(self.month)
        return formats.two_months(self.month, next_month(self.month))

    def include(self, day: date) -> bool:
        """Whether ``day`` is shown."""
        return self.first <= day < self.end


def days_of(formats: Formats, month: date, *, today: date) -> Days:
    """The days to show of the month that begins with ``month``.

    At its end the present month shows whole weeks from this one on instead: what can be booked soon is then mostly in
    the next month, and the weeks that are over are of no use.
    """
    end = next_month(month)
    if not month <= today < end or (end - today).days > ENDING_DAYS:
        return Days(month, month, end)
    return Days(month, max(month, _week_of(formats, today)), _week_of(formats, today + AHEAD) + timedelta(days=WEEK))


def weeks_of(
    page: VisitorPage,
    path: tuple[str, ...],
    days: Days,
    counts: Mapping[date, int],
    *,
    chosen: date | None,
    today: date,
) -> list[list[Day | None]]:
    """The squares; ``counts`` has the number of times of each day that has some. None: a square of no day."""
    following = next_month(days.month)
    squares: list[Day | None] = [None] * (days.first - _week_of(page.formats, days.first)).days
    for offset in range((days.end - days.first).days):
        day = days.first + timedelta(days=offset)
        count = counts.get(day, 0)
        squares.append(
            Day(
                date=day,
                number=day.day,
                label=day_label(page, day, count),
                url=day_url(page, path, day) if count else None,
                is_chosen=day == chosen,
                is_today=day == today,
                month=page.formats.short_month(day) if day == following else None,
            )
        )
    squares += [None] * (-len(squares) % WEEK)
    return [squares[index : index + WEEK] for index in range(0, len(squares), WEEK)]


def day_label(page: VisitorPage, day: date, count: int) -> str:
    """The accessible name of a day: the date, and how many times it has."""
    times = page.ngettext("%(num)d time available", "%(num)d times available", count)
    return f"{page.formats.full_date(day)}, {times}"


def day_url(page: VisitorPage, path: tuple[str, ...], day: date) -> str:
    """The address at which a day is open."""
    return page.trail.to(*path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", fragment="times")


def _week_of(formats: Formats, day: date) -> date:
    """The first day of the week of ``day``."""
    return day - timedelta(days=(day.weekday() - formats.first_week_day) % WEEK)
