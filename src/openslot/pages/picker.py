"""The month calendar and the times of one day: what booking and rescheduling choose from."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from openslot.i18n.formatting import Formats
from openslot.pages.months import latest_month, next_month, previous_month
from openslot.pages.time_search import FindTimes, between, first_day
from openslot.pages.visitor import VisitorPage
from openslot.pages.weeks import Day, Days, day_label, day_url, days_of, weeks_of
from openslot.services.slots import Slot


@dataclass(frozen=True)
class TimeLink:
    """One start to choose."""

    text: str
    label: str
    """Begins with ``text``; adds date and zone."""
    url: str
    seats: str | None
    """How many may still join, where several can; with the length of a planned meeting that lasts otherwise."""


@dataclass(frozen=True)
class Elsewhere:
    """Where there are times when a month or a day has none."""

    day: str
    url: str


@dataclass(frozen=True)
class Picker:
    """Everything the calendar shows."""

    path: tuple[str, ...]
    month: str
    """Its name; of both where days of the next one are shown too."""
    first: date
    """The month's first day."""
    weeks: list[list[Day | None]]
    has_times: bool
    previous_url: str | None
    next_url: str | None
    chosen: date | None
    times: list[TimeLink]
    later: Elsewhere | None
    """The next day with times, where the chosen one, or the whole month, has none."""
    earlier: Elsewhere | None
    """The first day with times, where there are none later either."""
    announcement: str
    """What to read out after a change: the month, the day and how many times it has, the zone."""

    @property
    def keep(self) -> dict[str, str]:
        """The month and the day of the address, for a form that changes the zone."""
        chosen = {"date": f"{self.chosen:%Y-%m-%d}"} if self.chosen else {}
        return {"month": f"{self.first:%Y-%m}", **chosen}


async def pick(
    page: VisitorPage,
    find_times: FindTimes,
    path: tuple[str, ...],
    *,
    counts_seats: bool = False,
    minutes: int | None = None,
    around: datetime | None = None,
) -> Picker:
    """The calendar of the month (and day) that the address names, for links below ``path``.

    ``minutes`` is how long a new meeting lasts: one planned with another length shows it. Where the address names no
    month, it is that of the day of ``around``, which is open if it has times; by default that of today.
    """
    formats, trail = page.formats, page.trail
    today = formats.day(page.now)
    requested = _date(page.query.get("date"))
    expected = formats.day(around) if around else today
    month = _month(page, requested, expected, today)
    days = days_of(formats, month, today=today)
    by_day: dict[date, list[Slot]] = {}
    for slot in await find_times(between(formats, days.first, days.end)):
        by_day.setdefault(formats.day(slot.start_time), []).append(slot)
    chosen = requested if requested is not None and days.include(requested) else None
    if chosen is None:
        chosen = expected if expected in by_day else min(by_day, default=None)
    counts = Counter({day: len(found) for day, found in by_day.items()})
    later = earlier = None
    if chosen not in by_day:
        later, earlier = await _instead(page, find_times, days, list(by_day), chosen, today)
    following = next_month(month)
    shown = days.title(formats)
    return Picker(
        path=path,
        month=shown,
        first=month,
        weeks=weeks_of(page, path, days, counts, chosen=chosen, today=today),
        has_times=bool(by_day),
        previous_url=_month_url(page, path, previous_month(month)) if month > today else None,
        next_url=_month_url(page, path, following) if following < latest_month(today) else None,
        chosen=chosen,
        times=[
            TimeLink(
                text=formats.time(slot.start_time),
                label=time_label(formats, slot.start_time),
                url=trail.to(*path, start_segment(slot.start_time), timezone=page.zone.key),
                seats=_seats(page, slot, minutes) if counts_seats else None,
            )
            for slot in by_day.get(chosen, [])
        ]
        if chosen is not None
        else [],
        later=_elsewhere(page, path, later),
        earlier=_elsewhere(page, path, earlier),
        announcement=_announcement(page, shown, chosen, counts),
    )


async def _instead(
    page: VisitorPage, find_times: FindTimes, days: Days, found: list[date], chosen: date | None, today: date
) -> tuple[date | None, date | None]:
    """The next day with times after ``chosen`` or the month; if there is none, the first one before.

    ``found`` are the days with times that the calendar shows.
    """
    later = min((day for day in found if chosen and day > chosen), default=None)
    if later is None:
        later = await first_day(page, find_times, next_month(days.month), latest_month(today))
    if later is not None:
        return later, None
    return None, await first_day(page, find_times, today.replace(day=1), days.month) or min(found, default=None)


def _seats(page: VisitorPage, slot: Slot, minutes: int | None) -> str:
    seats = page.seats(slot.invitees_remaining)
    if slot.planned is None or minutes is None or slot.planned.minutes == minutes:
        return seats
    return f"{page.formats.duration(slot.planned.minutes)}, {seats}"


def start_segment(start: datetime) -> str:
    """The start as a part of the address: ``2026-11-03T09:00:00Z``."""
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def time_label(formats: Formats, start: datetime) -> str:
    """The accessible name of a start: time, date, zone."""
    return f"{formats.time(start)}, {formats.full_date(formats.day(start))}, {formats.zone_name}"


def _elsewhere(page: VisitorPage, path: tuple[str, ...], day: date | None) -> Elsewhere | None:
    return None if day is None else Elsewhere(page.formats.full_date(day), day_url(page, path, day))


def _announcement(page: VisitorPage, shown: str, chosen: date | None, counts: Counter[date]) -> str:
    found = day_label(page, chosen, counts[chosen]) if chosen else page.gettext("No times in %(month)s", month=shown)
    return f"{shown}. {found}. {page.formats.zone_name}."


def _month_url(page: VisitorPage, path: tuple[str, ...], month: date) -> str:
    return page.trail.to(*path, month=f"{month:%Y-%m}")


def _month(page: VisitorPage, requested: date | None, expected: date, today: date) -> date:
    named = _date(f"{page.query.get('month', '')}-01") or requested or expected
    latest = latest_month(today) - timedelta(days=1)
    return min(max(named, today), latest).replace(day=1)


def _date(text: str | None) -> date | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").date()  # noqa: DTZ007 # a wall date, which has no zone
    except ValueError:
        return None
