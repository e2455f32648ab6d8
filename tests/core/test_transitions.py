"""Every change of offset in every zone of the IANA data: what a window that starts, ends or lies there becomes.

The changes are found here by looking at the clocks twice a day, not by any function of ours.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest

from core.listing import free_slots
from openslot.core.availability import AvailabilitySchedule, WallInterval, window_seconds, zone_named
from openslot.core.epoch import EPOCH, floor_seconds
from openslot.core.intervals import Interval, Span
from openslot.core.slots import Rules

DAY, HOUR, MINUTE = 86_400, 3_600, 60
QUARTER = timedelta(minutes=15)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)

YEARS = [1919, 2011, 2027]
"""This year; one in which Samoa skipped a day; and one in which many changes are odd, by ten hours or by 41 seconds."""


class Change(NamedTuple):
    """Clocks in ``zone`` go from one offset to another (seconds east of UTC) at the epoch second ``at``."""

    zone: str
    at: int
    before: int
    after: int

    @property
    def skipped(self) -> range:
        """Whole minutes, as wall-clock seconds since 1970, that no clock there shows."""
        return whole_minutes(self.at + self.before, self.at + self.after)

    @property
    def repeated(self) -> range:
        """Whole minutes, likewise, that clocks there show twice."""
        return whole_minutes(self.at + self.after, self.at + self.before)


def whole_minutes(first: int, last: int) -> range:
    return range(first + -first % MINUTE, last, MINUTE)


def is_known(name: str) -> bool:
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


ZONES = sorted(filter(is_known, available_timezones()))


def offset(zone: ZoneInfo, second: int) -> int:
    shown = datetime.fromtimestamp(second, zone).utcoffset()
    assert shown is not None
    return int(shown.total_seconds())


@cache
def changes(year: int) -> list[Change]:
    first, last = (floor_seconds(datetime(which, 1, 1, tzinfo=UTC)) for which in (year, year + 1))
    return [
        Change(name, at, offset(zone, at - 1), offset(zone, at))
        for name in ZONES
        for zone in [ZoneInfo(name)]
        for before, after in pairwise(range(first, last + 1, DAY // 2))
        if offset(zone, before) != offset(zone, after)
        for at in [first_moment_of_another_offset(zone, before, after)]
    ]


def first_moment_of_another_offset(zone: ZoneInfo, before: int, after: int) -> int:
    while after - before > 1:
        middle = (before + after) // 2
        if offset(zone, middle) == offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def open_on(zone: str, wall: int, start: int | None = None, end: int | None = None) -> list[Span]:
    """The windows of a schedule open only on the day of the wall-clock second ``wall``, from or until then."""
    day, minute = date(1970, 1, 1) + timedelta(days=wall // DAY), wall % DAY // MINUTE
    interval = WallInterval(minute if start is None else start, minute if end is None else end)
    schedule = AvailabilitySchedule(zone, {}, {day: (interval,)})
    return window_seconds(schedule, wall - 3 * DAY, wall + 3 * DAY)


def sample(minutes: range) -> list[int]:
    """The first and the last of them and some between."""
    return sorted({*minutes[:1], *minutes[1 : -1 : max(len(minutes) // 3, 1)], *minutes[-1:]})


def next_midnight(wall: int) -> int:
    return wall - wall % DAY + DAY


@pytest.mark.parametrize(("year", "count"), [(1919, 150), (2011, 400), (2027, 300)])
def test_there_are_changes_of_both_kinds_to_look_at(year: int, count: int) -> None:
    found = changes(year)
    assert len(found) > count
    assert {change.before < change.after for change in found} == {True, False}


def test_the_changes_of_a_year_are_those_that_are_known() -> None:
    assert [change for change in changes(2027) if change.zone in {"Europe/Rome", "Australia/Lord_Howe"}] == [
        Change("Australia/Lord_Howe", floor_seconds(datetime(2027, 4, 3, 15, tzinfo=UTC)), 39_600, 37_800),
        Change("Australia/Lord_Howe", floor_seconds(datetime(2027, 10, 2, 15, 30, tzinfo=UTC)), 37_800, 39_600),
        Change("Europe/Rome", floor_seconds(datetime(2027, 3, 28, 1, tzinfo=UTC)), 3_600, 7_200),
        Change("Europe/Rome", floor_seconds(datetime(2027, 10, 31, 1, tzinfo=UTC)), 7_200, 3_600),
    ]


@pytest.mark.parametrize("year", YEARS)
def test_a_start_that_is_skipped_is_the_moment_of_the_change(year: int) -> None:
    for change in changes(year):
        for wall in sample(change.skipped):
            # until the same time of the next day, unless that is skipped as well
            starts = [change.at] if wall + DAY > change.at + change.after else []
            assert [start for start, _ in open_on(change.zone, wall, end=wall % DAY // MINUTE)] == starts, change


@pytest.mark.parametrize("year", YEARS)
def test_an_end_that_is_skipped_is_the_moment_of_the_change(year: int) -> None:
    for change in changes(year):
        for wall in sample(change.skipped):
            # an end of 23:59 means 24:00
            if (wall + MINUTE) % DAY and wall % DAY:
                ends = [end for _, end in open_on(change.zone, wall, start=0)]
                midnight = wall - wall % DAY
                assert ends == ([change.at] if midnight < change.skipped[0] else []), change


@pytest.mark.parametrize("year", YEARS)
def test_of_times_that_come_twice_a_start_is_the_first_and_an_end_the_second(year: int) -> None:
    for change in changes(year):
        for wall in sample(change.repeated):
            first, second = wall - change.before, wall - change.after
            assert [start for start, _ in open_on(change.zone, wall, end=wall % DAY // MINUTE)] == [first], change
            if (wall + MINUTE) % DAY and wall % DAY:
                assert [end for _, end in open_on(change.zone, wall, start=0)] == [second], change


@pytest.mark.parametrize("year", YEARS)
def test_every_moment_of_a_repeated_hour_is_offered_and_none_of_a_skipped_one_is_missed(year: int) -> None:
    """Around the clock there is a slot every quarter of an hour, by elapsed time; each day has its own grid."""
    rules = Rules(QUARTER, QUARTER)
    for change in changes(year):
        always = AvailabilitySchedule(change.zone, dict.fromkeys(range(7), (WallInterval(0, 24 * 60),)))
        span = abs(change.after - change.before)
        night = Span(change.at - span - HOUR, change.at + span + HOUR)
        window = Interval(*(EPOCH + timedelta(seconds=end) for end in night))
        slots = [floor_seconds(slot) for slot in free_slots(rules, always, (), window, now=LONG_AGO)]
        windows = window_seconds(always, *night)
        assert night.start <= slots[0] < night.start + 15 * MINUTE, change
        assert night.end - 15 * MINUTE <= slots[-1] < night.end, change
        assert all(any(start <= slot < end for start, end in windows) for slot in slots), change
        begin_anew = {end for window in windows for end in window}
        for one, another in pairwise(slots):
            assert 0 < another - one < 30 * MINUTE, change
            assert another - one == 15 * MINUTE or any(one < end <= another for end in begin_anew), change
        shown = {slot + (change.before if slot < change.at else change.after) for slot in slots}
        assert shown.isdisjoint(change.skipped), change


def nines(zone: ZoneInfo, year: int) -> list[datetime]:
    """09:00 on every day of that year that has it, in UTC."""
    hours = [datetime(year, 1, 1, 9, tzinfo=zone) + timedelta(days=ahead) for ahead in range(365)]
    return [hour.astimezone(UTC) for hour in hours if hour.astimezone(UTC).astimezone(zone).hour == hour.hour]


def nine_o_clock_slots(name: str, year: int) -> list[datetime]:
    schedule = AvailabilitySchedule(name, dict.fromkeys(range(7), (WallInterval(9 * 60, 10 * 60),)))
    whole = Interval(datetime(year, 1, 1, tzinfo=ZoneInfo(name)), datetime(year + 1, 1, 1, tzinfo=ZoneInfo(name)))
    return free_slots(Rules(timedelta(hours=1), timedelta(hours=1)), schedule, (), whole, now=LONG_AGO)


def test_nine_o_clock_is_offered_on_every_day_of_the_year_in_every_zone() -> None:
    for name in ZONES:
        slots = nine_o_clock_slots(name, 2027)
        assert slots == nines(ZoneInfo(name), 2027), name
        assert len(slots) == 365, name


def test_nine_o_clock_is_not_offered_on_a_day_that_was_skipped() -> None:
    slots = nine_o_clock_slots("Pacific/Apia", 2011)
    days = [f"{slot.astimezone(ZoneInfo('Pacific/Apia')):%m-%d %H}" for slot in slots]
    assert (len(days), days[-3:]) == (364, ["12-28 09", "12-29 09", "12-31 09"])
