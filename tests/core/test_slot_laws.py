"""What holds for slots whatever the rules, hours, zone and busy times: random cases against a slow, obvious oracle."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from core.listing import free_slots, is_free
from openslot.core.availability import AvailabilitySchedule, WallInterval, windows
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.intervals import Interval, merge
from openslot.core.slots import Rules
from running import examples

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

# Nights on which clocks change, and plain days; the query lies around midnight UTC of the day.
PLACES = [
    ("UTC", date(2026, 12, 7)),
    ("Asia/Kathmandu", date(2026, 12, 11)),
    ("Pacific/Kiritimati", date(2026, 12, 7)),
    ("Europe/Rome", date(2026, 3, 29)),
    ("Europe/Rome", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Africa/Cairo", date(2026, 10, 30)),
]


@dataclass(frozen=True)
class Case:
    """A whole question to ``free_slots``, and the day it is about."""

    rules: Rules
    schedule: AvailabilitySchedule
    busy: list[Interval]
    window: Interval
    now: datetime
    day: date

    def slots(self, window: Interval | None = None) -> list[datetime]:
        return free_slots(self.rules, self.schedule, self.busy, window or self.window, now=self.now)

    def is_free(self, start: datetime) -> bool:
        return is_free(self.rules, self.schedule, self.busy, start, now=self.now)


def minutes(low: int, high: int, step: int = 1) -> st.SearchStrategy[timedelta]:
    return st.integers(low // step, high // step).map(lambda count: timedelta(minutes=count * step))


def seconds(low: int, high: int) -> st.SearchStrategy[timedelta]:
    """Now and then with a fraction."""
    return st.builds(timedelta, seconds=st.integers(low, high), microseconds=st.sampled_from([0, 0, 1, 999_999]))


@st.composite
def wall_intervals(draw: st.DrawFn) -> WallInterval:
    """Long ones, so that most cases have slots; some begin or end at odd minutes, past midnight, at 23:59 or 24:00."""
    start = draw(st.integers(0, 95).map(lambda count: count * 15) | st.integers(0, 1439))
    end = (start + draw(st.integers(2, 96).map(lambda count: count * 15))) % 1440
    return WallInterval(start, draw(st.sampled_from([end, end, end, 1439, 1440])))


hours_of_a_day = st.lists(wall_intervals(), min_size=1, max_size=3).map(tuple)


def date_ranges(day: date) -> st.SearchStrategy[DateRange]:
    fixed = st.builds(
        lambda first, length: Fixed(day + first * DAY, day + (first + length) * DAY),
        st.integers(-2, 1),
        st.integers(-1, 2),
    )
    return st.just(Indefinite()) | fixed | st.builds(Rolling, st.integers(0, 3), st.booleans())


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(st.sampled_from(PLACES))
    midnight = datetime.combine(day, time(), UTC)
    weekly = dict.fromkeys(range(7), draw(hours_of_a_day))
    weekly |= draw(st.dictionaries(st.integers(0, 6), hours_of_a_day | st.just(()), max_size=3))
    days = st.integers(-2, 2).map(lambda ahead: day + ahead * DAY)
    dates = draw(st.dictionaries(days, hours_of_a_day | st.just(()), max_size=3))
    rules = Rules(
        duration=draw(minutes(5, 120, 5)),
        increment=draw(minutes(5, 90, 5)),
        buffer_before=draw(minutes(0, 45, 5)),
        buffer_after=draw(minutes(0, 45, 5)),
        notice=draw(minutes(0, 240)),
        date_range=draw(date_ranges(day)),
    )
    starts = draw(st.lists(minutes(-1500, 1500, 5) | seconds(-90_000, 90_000), min_size=2, max_size=12))
    lengths = minutes(5, 180, 5) | seconds(0, 10_800)
    busy = [Interval(midnight + start, midnight + start + draw(lengths)) for start in starts]
    now = midnight - DAY + draw(seconds(-86_400, 43_200) | minutes(0, 2160))
    opens = midnight + draw(minutes(-1440, 0) | seconds(-86_400, 0))
    window = Interval(opens, opens + draw(minutes(300, 1800)))
    return Case(rules, AvailabilitySchedule(zone, weekly, dates), busy, window, now, day)


# The oracle: minute by minute, and by no function of ours.


@cache
def clock_readings(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """Every minute of ten days, and what the clock in ``zone`` shows then."""
    first = datetime.combine(day, time(), UTC) - 5 * DAY
    instants = [first + count * MINUTE for count in range(10 * 1440)]
    return [(instant, instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for instant in instants]


@cache
def instants_showing(zone: str, day: date) -> dict[datetime, list[datetime]]:
    """When the clock shows a time: once, twice, or not at all."""
    shown: dict[datetime, list[datetime]] = {}
    for instant, reading in clock_readings(zone, day):
        shown.setdefault(reading, []).append(instant)
    return shown


def opening_hours(case: Case) -> Iterator[tuple[datetime, datetime]]:
    zone = case.schedule.timezone
    shown = instants_showing(zone, case.day)
    for ahead in range(-3, 3):
        day = case.day + ahead * DAY
        hours = case.schedule.dates[day] if day in case.schedule.dates else case.schedule.weekly.get(day.weekday(), ())
        for interval in hours:
            midnight = datetime.combine(day, time())
            begin = midnight + interval.start_minute * MINUTE
            end = midnight + (1440 if interval.end_minute == 1439 else interval.end_minute) * MINUTE
            if interval.end_minute <= interval.start_minute:
                end += DAY
            after_gap = [
                next(at for at, reading in clock_readings(zone, case.day) if reading >= t) for t in (begin, end)
            ]
            opens, closes = shown.get(begin, after_gap[:1])[0], shown.get(end, after_gap[1:])[-1]
            if opens < closes:
                yield opens, closes


def last_rolling_day(rolling: Rolling, today: date) -> date:
    left = rolling.days
    while left:
        today += DAY
        left -= not rolling.business_days or today.weekday() < 5
    return today


def is_in_date_range(case: Case, start: datetime) -> bool:
    zone = ZoneInfo(case.schedule.timezone)
    day = start.astimezone(zone).date()
    match case.rules.date_range:
        case Fixed(first, last):
            return first <= day <= last
        case Rolling() as rolling:
            return day <= last_rolling_day(rolling, case.now.astimezone(zone).date())
    return True


def oracle(case: Case) -> list[datetime]:
    rules, window = case.rules, case.window
    hours = sorted(opening_hours(case))
    found = []
    for start, _ in clock_readings(case.schedule.timezone, case.day):
        if not window.start <= start < window.end:
            continue
        anchors = [opens for opens, closes in hours if opens <= start < closes]
        if not anchors or (start - min(anchors)) % rules.increment:
            continue
        lasting = range(rules.duration // MINUTE)
        is_open = all(any(opens <= start + at * MINUTE < closes for opens, closes in hours) for at in lasting)
        is_busy = any(
            start - rules.buffer_before < end and begin < start + rules.duration + rules.buffer_after
            for begin, end in case.busy
            if begin != end
        )
        if is_open and not is_busy and start >= case.now + rules.notice and is_in_date_range(case, start):
            found.append(start)
    return found


@settings(deadline=None, max_examples=examples(250))
@given(cases())
def test_the_listing_is_what_a_look_at_every_minute_finds(case: Case) -> None:
    assert case.slots() == oracle(case)


@settings(deadline=None, max_examples=examples(100))
@given(cases())
def test_every_meeting_lies_in_the_hours_of_the_schedule(case: Case) -> None:
    reach = Interval(case.window.start, case.window.end + case.rules.duration)
    hours = merge(windows(case.schedule, reach))
    for start in case.slots():
        end = start + case.rules.duration
        assert any(opens <= start and end <= closes for opens, closes in hours)


@settings(deadline=None, max_examples=examples(100))
@given(cases())
def test_no_meeting_with_its_buffers_overlaps_a_busy_time(case: Case) -> None:
    for start in case.slots():
        taken = Interval(start - case.rules.buffer_before, start + case.rules.duration + case.rules.buffer_after)
        assert [busy for busy in merge(case.busy) if busy.overlaps(taken)] == []


@settings(deadline=None, max_examples=examples(100))
@given(cases())
def test_slots_ascend_within_the_window_and_none_comes_twice(case: Case) -> None:
    slots = case.slots()
    assert slots == sorted(set(slots))
    assert all(case.window.contains(slot) for slot in slots)


@settings(deadline=None, max_examples=examples(100))
@given(cases(), st.lists(seconds(-90_000, 130_000), max_size=10))
def test_a_start_is_free_exactly_when_it_is_listed(case: Case, others: list[timedelta]) -> None:
    listed = case.slots()
    midnight = datetime.combine(case.day, time(), UTC)
    every_quarter = [midnight + count * 15 * MINUTE for count in range(-96, 145)]
    candidates = {*listed, *every_quarter, *(midnight + other for other in others)}
    inside = {start for start in candidates if case.window.contains(start)}
    assert {start for start in inside if case.is_free(start)} == set(listed)


@settings(deadline=None, max_examples=examples(100))
@given(cases(), st.lists(seconds(0, 86_400), max_size=5))
def test_a_listing_is_the_listings_of_its_parts_one_after_the_other(case: Case, cuts: list[timedelta]) -> None:
    inside = {case.window.start + cut for cut in cuts if case.window.contains(case.window.start + cut)}
    ends = sorted({case.window.start, *inside, case.window.end})
    parts = [case.slots(Interval(start, end)) for start, end in pairwise(ends)]
    assert [slot for part in parts for slot in part] == case.slots()


@settings(deadline=None, max_examples=examples(100))
@given(cases(), st.randoms(use_true_random=False))
def test_how_busy_times_are_written_down_does_not_matter(case: Case, random: Random) -> None:
    shuffled = [*case.busy, *case.busy]
    random.shuffle(shuffled)
    for busy in (shuffled, merge(case.busy)):
        assert free_slots(case.rules, case.schedule, busy, case.window, now=case.now) == case.slots()
