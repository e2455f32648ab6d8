"""How far ahead an event type can be booked, in whole days of the schedule's zone, the last day included.

``slots`` turns these days into instants.
"""

from dataclasses import dataclass
from datetime import date
from typing import assert_never

_BUSINESS_DAYS = 5
_FRIDAY = 4


@dataclass(frozen=True)
class Indefinite:
    """Any day."""


@dataclass(frozen=True)
class Rolling:
    """Today and the ``days`` days after it; with ``business_days``, only Mondays to Fridays are counted.

    Raises:
        ValueError: ``days`` is negative.
    """

    days: int
    business_days: bool = False

    def __post_init__(self) -> None:
        if self.days < 0:
            raise ValueError("days must not be negative")


@dataclass(frozen=True)
class Fixed:
    """From ``first`` to ``last``, both included; empty where ``last`` comes before ``first``."""

    first: date
    last: date


DateRange = Indefinite | Rolling | Fixed


def days_open(date_range: DateRange, today: date) -> tuple[date, date]:
    """The first and the last day that can be booked when it is ``today`` in the schedule's zone.

    Source: rolling ranges count from today, as in cal.com; weekends in between stay bookable.
    """
    match date_range:
        case Indefinite():
            return date.min, date.max
        case Rolling(days, business_days):
            ahead = _calendar_days(today, days) if business_days else days
            return date.min, date.fromordinal(min(today.toordinal() + ahead, date.max.toordinal()))
        case Fixed(first, last):
            return first, last
        case _:
            assert_never(date_range)


def _calendar_days(today: date, business_days: int) -> int:
    """The number of calendar days from ``today`` to the last of so many business days."""
    weekday = min(today.weekday(), _FRIDAY)
    past_friday = today.weekday() - weekday
    weeks, rest = divmod(business_days, _BUSINESS_DAYS)
    weekend = 2 if weekday + rest > _FRIDAY else 0
    return max(7 * weeks + rest + weekend - past_friday, 0)
