"""The months that the calendar goes through, each as its first day."""

from datetime import date, timedelta

LATEST_YEARS = 5
"""How far ahead the calendar goes."""
DECEMBER = 12


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // DECEMBER, month.month % DECEMBER + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_after(month: date, count: int) -> date:
    """The first day of the month ``count`` months after."""
    years, index = divmod(month.month - 1 + count, DECEMBER)
    return date(month.year + years, index + 1, 1)


def latest_month(today: date) -> date:
    """The month with which the calendar ends, excluded."""
    return date(today.year + LATEST_YEARS, today.month, 1)
