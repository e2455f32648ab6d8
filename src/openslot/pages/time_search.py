"""The search for days with times, in windows that grow."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time

from openslot.core.intervals import Interval
from openslot.i18n.formatting import Formats
from openslot.pages.months import latest_month, months_after, next_month
from openslot.pages.visitor import VisitorPage
from openslot.services.slots import Slot

FindTimes = Callable[[Interval], Awaitable[Sequence[Slot]]]
"""The slots whose start lies in a window."""

GROWTH = 3
"""By how much each window of a search is longer than the one before: five or six reach the calendar's end."""


async def times_near(page: VisitorPage, find_times: FindTimes, start: datetime) -> list[datetime]:
    """Other starts on the day of ``start``, or on the first day after it that has some; for when ``start`` is gone."""
    day = max(page.formats.day(start), page.formats.day(page.now))
    latest = latest_month(page.formats.day(page.now))
    # the rest of the month first, which is mostly enough
    for window in (between(page.formats, day, next_month(day)), *_windows(page, next_month(day), latest)):
        if found := [slot.start_time for slot in await find_times(window)]:
            return [other for other in found if page.formats.day(other) == page.formats.day(found[0])]
    return []


async def first_day(page: VisitorPage, find_times: FindTimes, first: date, last: date) -> date | None:
    """The first day with times from the month ``first`` until before the month ``last``."""
    for window in _windows(page, first, last):
        if slots := await find_times(window):
            return page.formats.day(slots[0].start_time)
    return None


def between(formats: Formats, first: date, last: date) -> Interval:
    """From the first instant of ``first`` until just before ``last``, in the visitor's zone."""
    start, end = (datetime.combine(day, time(), formats.zone).astimezone(UTC) for day in (first, last))
    return Interval(start, end)


def _windows(page: VisitorPage, first: date, last: date) -> Iterator[Interval]:
    """From the month ``first`` until before the month ``last``, in windows that grow.

    Most often the next month has times; years without any cost only a few queries.
    """
    months = 1
    while first < last:
        end = min(months_after(first, months), last)
        yield between(page.formats, first, end)
        first, months = end, months * GROWTH
