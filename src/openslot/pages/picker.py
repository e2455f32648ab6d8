"""The month calendar and the times of one day: what booking and rescheduling choose from."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from openslot.core.intervals import Interval
from openslot.i18n.formatting import Formats
from openslot.pages.visitor import VisitorPage
from openslot.services.slots import Slot

FindTimes = Callable[[Interval], Awaitable[Sequence[Slot]]]
"""The slots whose start lies in a window."""

LATEST_YEARS = 5
"""How far ahead the calendar goes, and so the search for the next times."""
GROWTH = 3
"""By how much each window of that search is longer than the one before: five or six reach the calendar's end."""
DECEMBER = 12
WEEK = 7


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
    """Where there are times when a month has none."""

    day: str
    url: str


@dataclass(frozen=True)
class Picker:
    """Everything the calendar shows."""

    path: tuple[str, ...]
    month: str
    first: date
    """The month's first day."""
    weeks: list[list[Day | None]]
    has_times: bool
    previous_url: str | None
    next_url: str | None
    chosen: date | None
    times: list[TimeLink]
    later: Elsewhere | None
    """The next day with times, where the month has none."""
    earlier: Elsewhere | None
    """The first day with times, where neither the month nor any after it has some."""
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
    following = next_month(month)
    slots = await find_times(between(formats, month, following))
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(formats.day(slot.start_time), []).append(slot)
    chosen = (
        requested if requested is not None and (requested.year, requested.month) == (month.year, month.month) else None
    )
    if chosen is None:
        chosen = expected if expected in by_day else min(by_day, default=None)
    counts = Counter({day: len(found) for day, found in by_day.items()})
    latest = _latest(today)
    later = earlier = None
    if not slots:
        later = await _first_day(page, find_times, path, following, latest)
        earlier = None if later else await _first_day(page, find_times, path, today.replace(day=1), month)
    return Picker(
        path=path,
        month=formats.month(month),
        first=month,
        weeks=_weeks(page, path, month, counts, chosen=chosen, today=today),
        has_times=bool(slots),
        previous_url=_month_url(page, path, previous_month(month)) if month > today else None,
        next_url=_month_url(page, path, following) if following < latest else None,
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
        later=later,
        earlier=earlier,
        announcement=_announcement(page, month, chosen, counts),
    )


async def times_near(page: VisitorPage, find_times: FindTimes, start: datetime) -> list[datetime]:
    """Other starts on the day of ``start``, or on the first day after it that has some; for when ``start`` is gone."""
    day = max(page.formats.day(start), page.formats.day(page.now))
    latest = _latest(page.formats.day(page.now))
    # the rest of the month first, which is mostly enough
    for window in (between(page.formats, day, next_month(day)), *_windows(page, next_month(day), latest)):
        if found := [slot.start_time for slot in await find_times(window)]:
            return [other for other in found if page.formats.day(other) == page.formats.day(found[0])]
    return []


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


def between(formats: Formats, first: date, last: date) -> Interval:
    """From the first instant of ``first`` until just before ``last``, in the visitor's zone."""
    start, end = (datetime.combine(day, time(), formats.zone).astimezone(UTC) for day in (first, last))
    return Interval(start, end)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // DECEMBER, month.month % DECEMBER + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


async def _first_day(
    page: VisitorPage, find_times: FindTimes, path: tuple[str, ...], first: date, last: date
) -> Elsewhere | None:
    """The first day with times from the month ``first`` until before the month ``last``."""
    for window in _windows(page, first, last):
        if slots := await find_times(window):
            day = page.formats.day(slots[0].start_time)
            return Elsewhere(page.formats.full_date(day), _day_url(page, path, day))
    return None


def _windows(page: VisitorPage, first: date, last: date) -> Iterator[Interval]:
    """From the month ``first`` until before the month ``last``, in windows that grow.

    Most often the next month has times; years without any cost only a few queries.
    """
    months = 1
    while first < last:
        end = min(_months_after(first, months), last)
        yield between(page.formats, first, end)
        first, months = end, months * GROWTH


def _latest(today: date) -> date:
    """The month with which the calendar ends, excluded."""
    return date(today.year + LATEST_YEARS, today.month, 1)


def _months_after(month: date, count: int) -> date:
    years, index = divmod(month.month - 1 + count, DECEMBER)
    return date(month.year + years, index + 1, 1)


def _weeks(
    page: VisitorPage, path: tuple[str, ...], month: date, counts: Counter[date], *, chosen: date | None, today: date
) -> list[list[Day | None]]:
    skipped = (month.weekday() - page.formats.first_week_day) % WEEK
    length = (next_month(month) - month).days
    squares: list[Day | None] = [None] * skipped
    for offset in range(length):
        day = month + timedelta(days=offset)
        squares.append(
            Day(
                date=day,
                number=day.day,
                label=_day_label(page, day, counts[day]),
                url=_day_url(page, path, day) if counts[day] else None,
                is_chosen=day == chosen,
                is_today=day == today,
            )
        )
    squares += [None] * (-len(squares) % WEEK)
    return [squares[index : index + WEEK] for index in range(0, len(squares), WEEK)]


def _announcement(page: VisitorPage, month: date, chosen: date | None, counts: Counter[date]) -> str:
    shown = page.formats.month(month)
    found = _day_label(page, chosen, counts[chosen]) if chosen else page.gettext("No times in %(month)s", month=shown)
    return f"{shown}. {found}. {page.formats.zone_name}."


def _day_label(page: VisitorPage, day: date, count: int) -> str:
    times = page.ngettext("%(num)d time available", "%(num)d times available", count)
    return f"{page.formats.full_date(day)}, {times}"


def _day_url(page: VisitorPage, path: tuple[str, ...], day: date) -> str:
    return page.trail.to(*path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", fragment="times")


def _month_url(page: VisitorPage, path: tuple[str, ...], month: date) -> str:
    return page.trail.to(*path, month=f"{month:%Y-%m}")


def _month(page: VisitorPage, requested: date | None, expected: date, today: date) -> date:
    named = _date(f"{page.query.get('month', '')}-01") or requested or expected
    latest = _latest(today) - timedelta(days=1)
    return min(max(named, today), latest).replace(day=1)


def _date(text: str | None) -> date | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").date()  # noqa: DTZ007 # a wall date, which has no zone
    except ValueError:
        return None
