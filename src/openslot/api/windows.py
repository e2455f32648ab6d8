"""Windows of time that a query names: ``start_time`` and ``end_time``. Source: behaviours, section 9."""

from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from openslot.api.decoding import draft_query_of
from openslot.core.errors import Invalid, invalid
from openslot.core.intervals import Interval
from openslot.edges import AnyRequest


class NamesWindow(Protocol):
    """The parameters of a call that names a window."""

    @property
    def start_time(self) -> datetime: ...

    @property
    def end_time(self) -> datetime: ...


Q = TypeVar("Q", bound=NamesWindow)


async def query_and_window(request: AnyRequest, kind: type[Q], *, days: int, now: datetime) -> tuple[Q, Interval]:
    """The query as ``kind``, and its window.

    Raises:
        Invalid: a parameter is missing or wrong; each is named, and what is wrong with the window.
    """
    query, wrong = await draft_query_of(request, kind)
    if query is None or {one.parameter for one in wrong} & {"start_time", "end_time"}:
        raise Invalid(*wrong)
    try:
        window = window_of(query.start_time, query.end_time, days=days, now=now)
    except Invalid as exc:
        raise Invalid(*wrong, *exc.details) from exc
    if wrong:
        raise Invalid(*wrong)
    return query, window


def window_of(start: datetime, end: datetime, *, days: int, now: datetime) -> Interval:
    """The window from ``start`` to ``end``.

    Raises:
        Invalid: it begins in the past, is empty, or longer than ``days``.
    """
    if start <= now:
        raise invalid("start_time", "start_time must be in the future")
    if end <= start:
        raise invalid("start_time", "start_time must be before end_time")
    if end - start > timedelta(days=days):
        raise invalid("end_time", f"end_time must be at most {days} days after start_time")
    return Interval(start, end)
