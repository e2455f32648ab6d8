"""The engine alone: starts of a month per second, compared with a bare integer sweep that knows the answer's shape.

The month is that of tests/core/data/month.json, whose expected starts two independent programs agree on. Every result
is compared with them before it is timed.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from openslot.core.availability import AvailabilitySchedule, WallInterval
from openslot.core.epoch import ceil_seconds, floor_seconds, instant
from openslot.core.intervals import Interval, Span, merge
from openslot.core.offers import Offer, OfferedHost, starts
from openslot.core.slots import BusyTime, Rules
from openslot.presenters.uris import Uris
from openslot.wire import codec
from openslot.wire.event_types import AvailableTime

ROOT = Path(__file__).parent.parent
SECONDS = 1.5
"""How long each measurement repeats its work."""
MANY_HOSTS, MANY_DAYS = 50, 60


class Figure(NamedTuple):
    """One line of the report."""

    work: str
    per_second: float
    goal: str
    """The target, or the best peer, to compare it with."""


class Month(NamedTuple):
    """The month's data, read once."""

    schedules: list[AvailabilitySchedule]
    busy: list[list[Interval]]
    window: Interval
    expected: dict[str, list[datetime]]


def load() -> Month:
    """The month of the test data."""
    month: dict[str, Any] = json.loads((ROOT / "tests/core/data/month.json").read_text(encoding="utf-8"))
    hours = (WallInterval(9 * 60, 17 * 60),)
    weekly = {weekday - 1: hours for weekday in month["windows"]["weekdays"]}
    first = datetime.combine(date.fromisoformat(month["first_day"][:10]), datetime.min.time())
    first = first.replace(tzinfo=ZoneInfo(month["invitee_zone"]))
    return Month(
        schedules=[AvailabilitySchedule(host["zone"], weekly) for host in month["hosts"]],
        busy=[
            [Interval(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in host["busy"]]
            for host in month["hosts"]
        ],
        window=Interval(first.astimezone(UTC), (first + timedelta(days=month["days"])).astimezone(UTC)),
        expected={name: [datetime.fromisoformat(text) for text in texts] for name, texts in month["expected"].items()},
    )


def bare_sweep(windows: list[tuple[int, int]], busy: list[tuple[int, int]], duration: int, step: int) -> list[int]:
    """The baseline: free starts in whole numbers, with everything sorted, clipped and merged beforehand."""
    found = []
    index = 0
    for start, end in windows:
        cursor = start
        last = end - duration
        while cursor <= last:
            while index < len(busy) and busy[index][1] <= cursor:
                index += 1
            if index < len(busy) and busy[index][0] < cursor + duration:
                past = busy[index][1]
                cursor += -(-(past - cursor) // step) * step
                continue
            found.append(cursor)
            cursor += step
    return found


def repeated(work: Callable[[], object]) -> float:
    """How often per second ``work`` runs: the best of many rounds, so that a busy machine counts less."""
    best = 0.0
    deadline = time.perf_counter() + SECONDS
    while time.perf_counter() < deadline:
        began = time.perf_counter()
        for _ in range(20):
            work()
        best = max(best, 20 / (time.perf_counter() - began))
    return best


def in_json(found: list[int]) -> bytes:
    """The starts as the API writes them, links included."""
    uris = Uris("http://localhost", "http://localhost/api/v2")
    pages = uris.slot_pages("http://localhost/ada/intro", found)
    return codec.encode([AvailableTime("available", 1, start, page) for start, page in pages])


def offer_of(hosts: list[tuple[AvailabilitySchedule, list[Interval]]], needed: int) -> Offer:
    """An event type of half an hour on a 15-minute grid, as the services pass it to the engine."""
    rules = Rules(timedelta(minutes=30), timedelta(minutes=15))
    return Offer(
        rules,
        [
            OfferedHost(
                UUID(int=number + 1),
                schedule,
                [BusyTime(floor_seconds(start), ceil_seconds(end)) for start, end in busy],
            )
            for number, (schedule, busy) in enumerate(hosts)
        ],
        (needed,),
    )


def measure() -> tuple[float, list[Figure]]:
    """The baseline's rate, and the figures.

    Raises:
        AssertionError: an answer is wrong.
    """
    month = load()
    now = month.window.start
    span = Span(floor_seconds(month.window.start), ceil_seconds(month.window.end))
    rules = Rules(timedelta(minutes=30), timedelta(minutes=15))
    first_host = month.expected["first_host"]

    def solo() -> list[datetime]:
        busy = [BusyTime(floor_seconds(start), ceil_seconds(end)) for start, end in month.busy[0]]
        offer = Offer(rules, [OfferedHost(UUID(int=1), month.schedules[0], busy)])
        return [instant(start) for start in starts(offer, span, now=now)]

    zone = ZoneInfo(month.schedules[0].timezone)
    days = [month.window.start.astimezone(zone).date() + timedelta(days=number) for number in range(32)]
    windows = [
        tuple(int(datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp()) for hour in (9, 17))
        for day in days
        if day.weekday() < 5
    ]
    windows = [window for window in windows if span.start <= window[0] and window[1] <= span.end]
    taken = [(floor_seconds(start), ceil_seconds(end)) for start, end in merge(month.busy[0])]

    def yardstick() -> list[int]:
        return bare_sweep(windows, taken, 1800, 900)  # type: ignore[arg-type] # pairs

    assert solo() == first_host
    assert [instant(start) for start in yardstick()] == first_host
    alone = offer_of([(month.schedules[0], month.busy[0])], 1)

    def in_seconds() -> list[int]:
        return starts(alone, span, now=now)

    def yardstick_out() -> bytes:
        return in_json(yardstick())

    def engine_out() -> bytes:
        return in_json(in_seconds())

    assert engine_out() == yardstick_out()
    everybody = list(zip(month.schedules, month.busy, strict=True))
    collective = offer_of(everybody, 5)

    def five() -> list[int]:
        return starts(collective, span, now=now)

    assert [instant(start) for start in five()] == month.expected["collective_of_all"]
    shift = timedelta(days=31)
    doubled = [
        (schedule, busy + [Interval(start + shift, end + shift) for start, end in busy]) for schedule, busy in everybody
    ]
    many = offer_of([doubled[number % len(doubled)] for number in range(MANY_HOSTS)], 1)
    sixty = Span(span.start, span.start + MANY_DAYS * 86_400)

    def round_robin() -> list[int]:
        return starts(many, sixty, now=now)

    each = [starts(offer_of([one], 1), sixty, now=now) for one in doubled]
    assert round_robin() == sorted(set().union(*each))
    bare = repeated(yardstick)
    return bare, [
        Figure("the sweep, JSON out", repeated(yardstick_out), "5,960/s"),
        Figure("one host, 31 days, 200 busy, in seconds", repeated(in_seconds), "40 % of the sweep"),
        Figure("the same, datetimes in and out", repeated(solo), "2,400/s; best peer 47/s"),
        Figure("the same, JSON out", repeated(engine_out), "40 % of the sweep, JSON out"),
        Figure("collective of 5, the same month", repeated(five), "700/s; best peer 18/s"),
        Figure(f"round robin, {MANY_HOSTS} hosts x {MANY_DAYS} days", repeated(round_robin), "20/s (50 ms)"),
    ]


def report() -> None:
    """Print the figures."""
    bare, figures = measure()
    print(f"{'engine alone':<40} {'per second':>11} {'of sweep':>9} {'ms each':>8}  against")
    print(f"{'bare integer sweep (yardstick)':<40} {bare:>11,.0f} {1:>9} {1000 / bare:>8.3f}  -")
    for work, rate, goal in figures:
        print(f"{work:<40} {rate:>11,.0f} {rate / bare:>9.3f} {1000 / rate:>8.3f}  {goal}")


if __name__ == "__main__":
    report()
