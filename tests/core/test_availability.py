from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from openslot.core.availability import AvailabilitySchedule, WallInterval, windows
from openslot.core.intervals import Interval

MONDAY = date(2026, 12, 7)
TUESDAY = date(2026, 12, 8)
NINE_TO_FIVE = WallInterval(9 * 60, 17 * 60)
OVERNIGHT = WallInterval(22 * 60, 2 * 60)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Interval:
    return Interval(utc(start), utc(end))


def weekly(*intervals: WallInterval, timezone: str = "UTC") -> AvailabilitySchedule:
    return AvailabilitySchedule(timezone, dict.fromkeys(range(7), intervals))


def on_monday(
    *intervals: WallInterval, dates: Mapping[date, tuple[WallInterval, ...]] | None = None, timezone: str = "UTC"
) -> AvailabilitySchedule:
    return AvailabilitySchedule(timezone, {0: intervals}, dates or {})


WEEK = span("2026-12-07", "2026-12-14")


def test_windows_follow_the_wall_clock_of_the_schedule() -> None:
    schedule = on_monday(NINE_TO_FIVE, timezone="Asia/Kathmandu")
    assert windows(schedule, WEEK) == [span("2026-12-07 03:15", "2026-12-07 11:15")]


def test_windows_keep_their_own_start_and_end_whatever_the_window() -> None:
    window = span("2026-12-07 10:10", "2026-12-07 10:20")
    assert windows(on_monday(NINE_TO_FIVE), window) == [span("2026-12-07 09:00", "2026-12-07 17:00")]


@pytest.mark.parametrize(
    ("window", "count"),
    [
        (span("2026-12-07 08:00", "2026-12-07 09:00"), 0),
        (span("2026-12-07 08:00", "2026-12-07 09:00:00.000001"), 1),
        (span("2026-12-07 16:59:59.999999", "2026-12-07 18:00"), 1),
        (span("2026-12-07 17:00", "2026-12-07 18:00"), 0),
    ],
)
def test_windows_that_only_touch_the_query_are_left_out(window: Interval, count: int) -> None:
    assert len(windows(on_monday(NINE_TO_FIVE), window)) == count


def test_windows_ascend_and_none_comes_twice() -> None:
    afternoon = WallInterval(13 * 60, 14 * 60)
    assert windows(on_monday(afternoon, NINE_TO_FIVE, afternoon), WEEK) == [
        span("2026-12-07 09:00", "2026-12-07 17:00"),
        span("2026-12-07 13:00", "2026-12-07 14:00"),
    ]


def test_an_overnight_window_ends_on_the_next_day() -> None:
    assert windows(on_monday(OVERNIGHT), WEEK) == [span("2026-12-07 22:00", "2026-12-08 02:00")]


def test_an_overnight_window_that_began_the_day_before_is_found() -> None:
    early_tuesday = span("2026-12-08 01:00", "2026-12-08 01:30")
    assert windows(on_monday(OVERNIGHT), early_tuesday) == [span("2026-12-07 22:00", "2026-12-08 02:00")]


@pytest.mark.parametrize(
    ("written", "opens"),
    [
        (WallInterval(0, 0), span("2026-12-07", "2026-12-08")),
        (WallInterval(0, 1440), span("2026-12-07", "2026-12-08")),
        (WallInterval(540, 540), span("2026-12-07 09:00", "2026-12-08 09:00")),
        (WallInterval(540, 0), span("2026-12-07 09:00", "2026-12-08")),
        (WallInterval(540, 1439), span("2026-12-07 09:00", "2026-12-08")),
        (WallInterval(1439, 1439), span("2026-12-07 23:59", "2026-12-09")),
        (WallInterval(1438, 1440), span("2026-12-07 23:58", "2026-12-08")),
    ],
)
def test_an_interval_opens_to_midnight_or_past_it(written: WallInterval, opens: Interval) -> None:
    assert windows(on_monday(written), WEEK) == [opens]


def test_a_rule_for_a_date_replaces_that_of_the_weekday() -> None:
    noon = WallInterval(12 * 60, 13 * 60)
    schedule = weekly(NINE_TO_FIVE)
    overridden = AvailabilitySchedule("UTC", schedule.weekly, {TUESDAY: (noon,)})
    assert windows(overridden, span("2026-12-07", "2026-12-10")) == [
        span("2026-12-07 09:00", "2026-12-07 17:00"),
        span("2026-12-08 12:00", "2026-12-08 13:00"),
        span("2026-12-09 09:00", "2026-12-09 17:00"),
    ]


def test_a_date_without_intervals_is_closed() -> None:
    assert windows(on_monday(NINE_TO_FIVE, dates={MONDAY: ()}), WEEK) == []


def test_a_date_opens_a_day_that_the_week_leaves_closed() -> None:
    assert windows(on_monday(dates={TUESDAY: (NINE_TO_FIVE,)}), WEEK) == [span("2026-12-08 09:00", "2026-12-08 17:00")]


def test_a_closed_date_ends_no_window_of_the_evening_before() -> None:
    schedule = on_monday(OVERNIGHT, dates={TUESDAY: ()})
    assert windows(schedule, WEEK) == [span("2026-12-07 22:00", "2026-12-08 02:00")]


def test_the_longest_window_is_found_at_its_very_end() -> None:
    opens = span("2026-12-08 11:59", "2026-12-09 12:00")
    longest = on_monday(WallInterval(1439, 1439), timezone="Etc/GMT+12")
    assert windows(longest, span("2026-12-09 11:59", "2026-12-09 12:00")) == [opens]


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_dates_are_those_of_the_zone_even_at_the_date_line(timezone: str) -> None:
    schedule = AvailabilitySchedule(timezone, {}, {MONDAY: (WallInterval(0, 1440),)})
    opens = {
        "Pacific/Kiritimati": span("2026-12-06 10:00", "2026-12-07 10:00"),
        "Etc/GMT+12": span("2026-12-07 12:00", "2026-12-08 12:00"),
    }[timezone]
    first_minute = Interval(opens.start, opens.start + timedelta(minutes=1))
    last_minute = Interval(opens.end - timedelta(minutes=1), opens.end)
    assert [windows(schedule, window) for window in (first_minute, opens, last_minute)] == [[opens]] * 3


def test_the_ends_of_the_calendar_are_closed() -> None:
    always = weekly(WallInterval(0, 1440), timezone="Pacific/Kiritimati")
    everything = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    last_day = Interval(utc("9999-12-31"), everything.end)
    first_day = Interval(everything.start, utc("0001-01-02"))
    assert windows(always, last_day) == windows(always, first_day) == []


def test_an_empty_question_has_no_answer() -> None:
    assert windows(weekly(NINE_TO_FIVE), span("2026-12-09", "2026-12-07")) == []


def test_a_day_skipped_at_the_date_line_has_no_windows() -> None:
    """Samoa went from 29 to 31 December 2011."""
    schedule = weekly(NINE_TO_FIVE, timezone="Pacific/Apia")
    assert windows(schedule, span("2011-12-29 12:00", "2011-12-31 12:00")) == [
        span("2011-12-29 19:00", "2011-12-30 03:00"),
        span("2011-12-30 19:00", "2011-12-31 03:00"),
    ]


@pytest.mark.parametrize("minutes", [(-1, 60), (1440, 60), (60, -1), (60, 1441)])
def test_an_interval_has_minutes_that_a_clock_shows(minutes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="an interval"):
        WallInterval(*minutes)
