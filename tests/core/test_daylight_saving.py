"""The nights on which clocks change: what a host's wall-clock hours become, slot by slot."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from core.listing import free_slots
from openslot.core.availability import AvailabilitySchedule, WallInterval, windows
from openslot.core.intervals import Interval, merge
from openslot.core.slots import Rules

HALF_AN_HOUR = timedelta(minutes=30)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def labels(zone: str, day: str, hours: str, *, minutes: int = 30) -> list[str]:
    """The half-hourly starts in ``hours`` of that day alone, as the clock there shows them, with the offset."""
    intervals = tuple(
        WallInterval(*(minute(end) for end in interval.split("-"))) for interval in hours.split(" ") if interval
    )
    schedule = AvailabilitySchedule(zone, {}, {date.fromisoformat(day): intervals})
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    around = Interval(midnight - timedelta(days=2), midnight + timedelta(days=3))
    rules = Rules(timedelta(minutes=minutes), HALF_AN_HOUR)
    slots = free_slots(rules, schedule, (), around, now=LONG_AGO)
    return [f"{slot.astimezone(ZoneInfo(zone)):%H:%M%z}" for slot in slots]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        ("Europe/Rome", "2026-03-29", "01:00-04:00", "01:00+0100 01:30+0100 03:00+0200 03:30+0200"),
        (
            "Europe/Rome",
            "2026-10-25",
            "01:00-04:00",
            "01:00+0200 01:30+0200 02:00+0200 02:30+0200 02:00+0100 02:30+0100 03:00+0100 03:30+0100",
        ),
        ("America/New_York", "2026-03-08", "01:00-04:00", "01:00-0500 01:30-0500 03:00-0400 03:30-0400"),
        (
            "America/New_York",
            "2026-11-01",
            "00:30-02:30",
            "00:30-0400 01:00-0400 01:30-0400 01:00-0500 01:30-0500 02:00-0500",
        ),
        ("Australia/Lord_Howe", "2026-10-04", "01:00-03:00", "01:00+1030 01:30+1030 02:30+1100"),
        ("Australia/Lord_Howe", "2026-04-05", "01:00-03:00", "01:00+1100 01:30+1100 01:30+1030 02:00+1030 02:30+1030"),
        ("Pacific/Chatham", "2026-09-27", "02:00-05:00", "02:00+1245 02:30+1245 04:00+1345 04:30+1345"),
        (
            "Pacific/Chatham",
            "2026-04-05",
            "02:00-04:00",
            "02:00+1345 02:30+1345 03:00+1345 03:30+1345 03:00+1245 03:30+1245",
        ),
        ("Africa/Casablanca", "2026-03-22", "01:00-04:00", "01:00+0000 01:30+0000 03:00+0100 03:30+0100"),
        (
            "Africa/Casablanca",
            "2026-02-15",
            "01:00-04:00",
            "01:00+0100 01:30+0100 02:00+0100 02:30+0100 02:00+0000 02:30+0000 03:00+0000 03:30+0000",
        ),
    ],
)
def test_a_window_across_the_change_offers_every_instant_in_it(zone: str, day: str, hours: str, expected: str) -> None:
    assert labels(zone, day, hours) == expected.split()


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        ("Europe/Rome", "2026-03-29", "02:10-04:00", "03:00+0200 03:30+0200"),
        ("America/New_York", "2026-03-08", "02:10-04:00", "03:00-0400 03:30-0400"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10-03:30", "02:30+1100 03:00+1100"),
        ("Pacific/Chatham", "2026-09-27", "03:00-05:00", "03:45+1345 04:15+1345"),
        ("Africa/Casablanca", "2026-03-22", "02:59-04:00", "03:00+0100 03:30+0100"),
        ("America/Santiago", "2026-09-06", "00:00-02:00", "01:00-0300 01:30-0300"),
    ],
)
def test_a_start_in_the_gap_is_the_first_instant_after_it(zone: str, day: str, hours: str, expected: str) -> None:
    assert labels(zone, day, hours) == expected.split()


@pytest.mark.parametrize("hours", ["01:00-02:00", "01:00-02:30", "01:00-03:00"])
def test_an_end_in_the_gap_is_the_change(hours: str) -> None:
    assert labels("Europe/Rome", "2026-03-29", hours) == ["01:00+0100", "01:30+0100"]


@pytest.mark.parametrize("hours", ["02:00-03:00", "02:15-02:45"])
def test_a_window_in_the_gap_is_not_open(hours: str) -> None:
    assert labels("Europe/Rome", "2026-03-29", hours) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("02:30-03:30", "02:30+0200 02:00+0100 02:30+0100 03:00+0100"),
        ("01:30-02:30", "01:30+0200 02:00+0200 02:30+0200 02:00+0100"),
        ("02:15-02:45", "02:15+0200 02:45+0200 02:15+0100"),
        ("01:00-02:00", "01:00+0200 01:30+0200 02:00+0200 02:30+0200"),
        ("03:00-04:00", "03:00+0100 03:30+0100"),
    ],
)
def test_of_two_equal_times_a_start_is_the_first_and_an_end_the_second(hours: str, expected: str) -> None:
    assert labels("Europe/Rome", "2026-10-25", hours) == expected.split()


def test_durations_are_elapsed_time() -> None:
    assert labels("Europe/Rome", "2026-10-25", "02:30-03:00", minutes=60) == ["02:30+0200", "02:00+0100"]
    assert labels("Europe/Rome", "2026-03-29", "01:00-04:00", minutes=90) == ["01:00+0100", "01:30+0100"]


def test_an_overnight_window_loses_or_gains_the_hour() -> None:
    assert labels("Europe/Rome", "2026-03-28", "22:00-04:00")[-3:] == ["01:30+0100", "03:00+0200", "03:30+0200"]
    lost, gained = (labels("Europe/Rome", day, "22:00-04:00") for day in ("2026-03-28", "2026-10-24"))
    assert (len(lost), len(gained)) == (10, 14)


def test_windows_on_both_sides_of_a_skipped_midnight_touch() -> None:
    """In Chile 24:00 is followed at once by 01:00."""
    day = timedelta(days=1)
    saturday = date(2026, 9, 5)
    late, early = (WallInterval(22 * 60, 24 * 60),), (WallInterval(0, 2 * 60),)
    schedule = AvailabilitySchedule("America/Santiago", {}, {saturday: late, saturday + day: early})
    night = Interval(datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 9, 7, tzinfo=UTC))
    assert windows(schedule, night) == [
        Interval(datetime(2026, 9, 6, 2, tzinfo=UTC), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        Interval(datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 6, 5, tzinfo=UTC)),
    ]


def test_a_midnight_that_comes_twice_is_offered_twice_but_no_instant_is() -> None:
    """In Cuba 01:00 was followed by 00:00 of the same day, so the day before ended after the next had begun."""
    always = AvailabilitySchedule("America/Havana", dict.fromkeys(range(7), (WallInterval(0, 24 * 60),)))
    night = Interval(datetime(2024, 11, 3, 3, tzinfo=UTC), datetime(2024, 11, 3, 7, tzinfo=UTC))
    slots = free_slots(Rules(HALF_AN_HOUR, timedelta(minutes=45)), always, (), night, now=LONG_AGO)
    assert [f"{slot.astimezone(ZoneInfo('America/Havana')):%H:%M%z}" for slot in slots] == [
        "23:15-0400", "00:00-0400", "00:45-0400", "00:30-0500", "01:15-0500",
    ]  # fmt: skip


@cache
def changes() -> dict[str, list[datetime]]:
    """The day by day search of every zone's changes of offset in two years: each the midnight (UTC) before one."""
    days = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=ahead) for ahead in range(730)]
    found: dict[str, list[datetime]] = {}
    for name in sorted(available_timezones() - {"localtime"}):
        offsets = [day.astimezone(ZoneInfo(name)).utcoffset() for day in days]
        found[name] = [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]
    return found


def test_the_search_for_changes_finds_them() -> None:
    assert [f"{day:%Y-%m-%d}" for day in changes()["Europe/Rome"]] == [
        "2025-03-30", "2025-10-26", "2026-03-29", "2026-10-25",
    ]  # fmt: skip


def test_a_host_open_around_the_clock_is_open_around_every_change() -> None:
    for name, days in changes().items():
        always = AvailabilitySchedule(name, dict.fromkeys(range(7), (WallInterval(0, 24 * 60),)))
        for day in days:
            night = Interval(day - timedelta(days=1), day + timedelta(days=2))
            joined = merge(windows(always, night))
            assert len(joined) == 1, name
            assert joined[0].start <= night.start < night.end <= joined[0].end, name


def test_nine_to_five_is_nine_to_five_on_both_sides_of_every_change() -> None:
    hours = dict.fromkeys(range(7), (WallInterval(9 * 60, 17 * 60),))
    for name, days in changes().items():
        for day in days:
            night = Interval(day - timedelta(days=1), day + timedelta(days=2))
            for start, end in windows(AvailabilitySchedule(name, hours), night):
                local = [end.astimezone(ZoneInfo(name)).strftime("%H:%M") for end in (start, end)]
                assert local == ["09:00", "17:00"], name
