from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.listing import free_slots, is_free
from openslot.core.availability import AvailabilitySchedule, WallInterval
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.intervals import Interval
from openslot.core.schedule_rules import schedule_from_rules
from openslot.core.slots import Rules

MONDAY = date(2026, 12, 7)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def monday(start: str, end: str) -> Interval:
    return Interval(utc(f"2026-12-07 {start}"), utc(f"2026-12-07 {end}"))


WHOLE_MONDAY = Interval(utc("2026-12-07"), utc("2026-12-08"))


def rules(
    *,
    minutes: int = 30,
    step: int = 30,
    before: int = 0,
    after: int = 0,
    notice: timedelta = timedelta(),
    date_range: DateRange | None = None,
) -> Rules:
    return Rules(
        duration=timedelta(minutes=minutes),
        increment=timedelta(minutes=step),
        buffer_before=timedelta(minutes=before),
        buffer_after=timedelta(minutes=after),
        notice=notice,
        date_range=date_range or Indefinite(),
    )


def daily(*intervals: str, timezone: str = "UTC") -> AvailabilitySchedule:
    """Every day the same hours, each as ``09:00-17:00``."""
    written = [dict(zip(("from", "to"), interval.split("-"), strict=True)) for interval in intervals]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return schedule_from_rules(timezone, [{"type": "wday", "wday": day, "intervals": written} for day in days])


def monday_slots(
    what: Rules, schedule: AvailabilitySchedule, busy: Sequence[Interval] = (), *, now: datetime = LONG_AGO
) -> list[str]:
    return [f"{slot:%H:%M}" for slot in free_slots(what, schedule, busy, WHOLE_MONDAY, now=now)]


def test_slots_fill_the_window_to_its_end() -> None:
    assert monday_slots(rules(), daily("09:00-11:00")) == ["09:00", "09:30", "10:00", "10:30"]


def test_a_window_a_second_too_short_for_the_meeting_has_no_slot() -> None:
    just_fits, too_long = (Rules(timedelta(minutes=30, seconds=more), timedelta(minutes=5)) for more in (0, 1))
    assert monday_slots(just_fits, daily("09:00-09:30")) == ["09:00"]
    assert monday_slots(too_long, daily("09:00-09:30")) == []


def test_slots_are_instants_in_utc() -> None:
    slots = free_slots(rules(), daily("09:00-10:00", timezone="Europe/Rome"), (), WHOLE_MONDAY, now=LONG_AGO)
    assert [slot.isoformat() for slot in slots] == ["2026-12-07T08:00:00+00:00", "2026-12-07T08:30:00+00:00"]


def test_the_start_of_the_window_is_included_and_its_end_is_not() -> None:
    slots = free_slots(rules(), daily("09:00-17:00"), (), monday("10:00", "11:00"), now=LONG_AGO)
    assert slots == [utc("2026-12-07 10:00"), utc("2026-12-07 10:30")]


def test_the_grid_starts_with_the_window_not_with_the_question() -> None:
    window = monday("09:10", "10:20")
    slots = free_slots(rules(minutes=20, step=25), daily("09:00-17:00"), (), window, now=LONG_AGO)
    assert slots == [utc("2026-12-07 09:25"), utc("2026-12-07 09:50"), utc("2026-12-07 10:15")]


def test_the_grid_lies_in_the_zone_of_the_schedule() -> None:
    """Nepal is 5:45 ahead, so its whole hours are quarter past elsewhere."""
    assert monday_slots(rules(step=60), daily("09:00-11:00", timezone="Asia/Kathmandu")) == ["03:15", "04:15"]


def test_nothing_is_free_where_the_question_is_empty() -> None:
    backwards = Interval(WHOLE_MONDAY.end, WHOLE_MONDAY.start)
    assert free_slots(rules(), daily("09:00-17:00"), (), backwards, now=LONG_AGO) == []


def test_nothing_is_free_at_the_end_of_the_calendar() -> None:
    last_day = Interval(utc("9999-12-31"), datetime.max.replace(tzinfo=UTC))
    always = daily("00:00-24:00", timezone="Pacific/Kiritimati")
    assert free_slots(rules(date_range=Rolling(10_000_000)), always, (), last_day, now=LONG_AGO) == []


# Busy times and buffers


def test_a_slot_touching_a_busy_time_is_free() -> None:
    busy = [monday("09:30", "10:00")]
    assert monday_slots(rules(), daily("09:00-11:00"), busy) == ["09:00", "10:00", "10:30"]


def test_a_busy_time_does_not_move_the_grid() -> None:
    busy = [monday("09:10", "09:35")]
    assert monday_slots(rules(), daily("09:00-11:00"), busy) == ["10:00", "10:30"]


def test_busy_times_may_come_in_any_order_and_overlap() -> None:
    busy = [monday("12:00", "12:30"), monday("09:30", "11:00"), monday("09:00", "13:00"), monday("10:00", "10:01")]
    assert monday_slots(rules(step=60), daily("08:00-15:00"), busy) == ["08:00", "13:00", "14:00"]


def test_a_busy_time_of_several_days_covers_every_window_in_it() -> None:
    away = [Interval(utc("2026-12-01"), utc("2026-12-07 13:15"))]
    schedule = daily("09:00-10:00", "12:00-14:00")
    assert monday_slots(rules(minutes=15), schedule, away) == ["13:30"]


def test_a_busy_time_without_length_blocks_nothing() -> None:
    busy = [monday("09:15", "09:15"), monday("09:45", "09:30")]
    assert monday_slots(rules(), daily("09:00-10:00"), busy) == ["09:00", "09:30"]


def test_a_busy_time_counts_to_the_microsecond() -> None:
    free = [monday("08:00", "09:00"), monday("09:30", "12:00")]
    one_too_long = [monday("08:00", "09:00:00.000001"), monday("09:30", "12:00")]
    one_too_early = [monday("08:00", "09:00"), monday("09:29:59.999999", "12:00")]
    schedule = daily("09:00-12:00")
    assert [monday_slots(rules(), schedule, busy) for busy in (free, one_too_long, one_too_early)] == [
        ["09:00"],
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("before", "after", "last_ahead", "first_behind"),
    [(10, 20, "09:25", "11:10"), (20, 10, "09:35", "11:20"), (0, 20, "09:25", "11:00"), (20, 0, "09:45", "11:20")],
)
def test_each_buffer_keeps_its_own_side_free(before: int, after: int, last_ahead: str, first_behind: str) -> None:
    """The buffer after a meeting meets what follows it, so it is what decides how late a slot ahead may be."""
    what = rules(minutes=15, step=5, before=before, after=after)
    slots = monday_slots(what, daily("08:00-13:00"), [monday("10:00", "11:00")])
    ahead, behind = [slot for slot in slots if slot < "10:00"], [slot for slot in slots if slot >= "10:00"]
    assert (ahead[-1], behind[0]) == (last_ahead, first_behind)


@pytest.mark.parametrize(("before", "after"), [(10, 20), (20, 10)])
def test_between_two_meetings_of_ours_the_buffers_add_up(before: int, after: int) -> None:
    """Our own meetings come widened by their buffers: here one at 10:00 to 11:00 with 5 before and 15 after."""
    ours = [monday("09:55", "11:15")]
    slots = [
        utc(f"2026-12-07 {slot}")
        for slot in monday_slots(rules(minutes=15, step=5, before=before, after=after), daily("08:00-13:00"), ours)
    ]
    meeting = monday("10:00", "11:00")
    ahead = max(slot for slot in slots if slot < meeting.start) + timedelta(minutes=15)
    behind = min(slot for slot in slots if slot > meeting.start)
    assert meeting.start - ahead == timedelta(minutes=after + 5)
    assert behind - meeting.end == timedelta(minutes=15 + before)


def test_buffers_need_no_room_at_the_edges_of_a_window() -> None:
    assert monday_slots(rules(before=30, after=45), daily("09:00-10:00")) == ["09:00", "09:30"]


def test_a_busy_time_beyond_the_window_is_met_by_a_buffer() -> None:
    busy = [monday("08:00", "08:50"), monday("11:10", "12:00")]
    assert monday_slots(rules(before=15, after=15), daily("09:00-11:00"), busy) == ["09:30", "10:00"]


# Notice


def test_notice_includes_the_start_it_ends_at() -> None:
    what = rules(notice=timedelta(hours=2))
    on_time, too_late = utc("2026-12-07 08:00"), utc("2026-12-07 08:00:00.000001")
    schedule = daily("09:00-11:00")
    assert monday_slots(what, schedule, now=on_time) == ["10:00", "10:30"]
    assert monday_slots(what, schedule, now=too_late) == ["10:30"]


def test_without_notice_a_slot_may_start_now_but_not_earlier() -> None:
    assert monday_slots(rules(), daily("09:00-11:00"), now=utc("2026-12-07 10:00")) == ["10:00", "10:30"]


def test_notice_is_elapsed_time() -> None:
    """24 hours before 10:00 on the day Italy goes to summer time it is 09:00 there."""
    what = rules(notice=timedelta(hours=24))
    sunday = Interval(utc("2026-03-29"), utc("2026-03-30"))
    slots = free_slots(what, daily("08:00-11:00", timezone="Europe/Rome"), (), sunday, now=utc("2026-03-28 08:00"))
    assert [slot.astimezone(ZoneInfo("Europe/Rome")).strftime("%H:%M") for slot in slots] == ["10:00", "10:30"]


# Date ranges

AUCKLAND = "Pacific/Auckland"


def auckland_slots(date_range: DateRange, *, now: datetime) -> list[str]:
    """Six-hourly starts around the clock, by the wall clock there (13 hours ahead of UTC), from Sunday on."""
    window = Interval(utc("2026-12-05 11:00"), utc("2026-12-15"))
    slots = free_slots(
        rules(step=360, date_range=date_range), daily("00:00-24:00", timezone=AUCKLAND), (), window, now=now
    )
    return [slot.astimezone(ZoneInfo(AUCKLAND)).strftime("%a %H:%M") for slot in slots]


def test_a_rolling_range_ends_with_the_last_day_in_the_zone_of_the_schedule() -> None:
    just_before_midnight, midnight = utc("2026-12-06 10:59:59"), utc("2026-12-06 11:00")
    assert auckland_slots(Rolling(1), now=just_before_midnight) == [
        "Mon 00:00", "Mon 06:00", "Mon 12:00", "Mon 18:00",
    ]  # fmt: skip
    assert auckland_slots(Rolling(1), now=midnight) == [
        "Mon 00:00", "Mon 06:00", "Mon 12:00", "Mon 18:00", "Tue 00:00", "Tue 06:00", "Tue 12:00", "Tue 18:00",
    ]  # fmt: skip


def test_a_rolling_range_of_no_days_is_today() -> None:
    assert auckland_slots(Rolling(0), now=utc("2026-12-06 23:30")) == ["Mon 18:00"]


def test_a_rolling_range_of_business_days_spans_the_weekend() -> None:
    friday_noon = utc("2026-12-10 23:00")
    assert (
        auckland_slots(Rolling(1, business_days=True), now=friday_noon)
        == [f"{day} {hour}:00" for day in ("Fri", "Sat", "Sun", "Mon") for hour in ("00", "06", "12", "18")][2:]
    )


def test_a_fixed_range_includes_both_its_days() -> None:
    assert auckland_slots(Fixed(date(2026, 12, 8), date(2026, 12, 9)), now=LONG_AGO) == [
        f"{day} {hour}:00" for day in ("Tue", "Wed") for hour in ("00", "06", "12", "18")
    ]


def test_a_fixed_range_that_ends_before_it_starts_is_empty() -> None:
    assert auckland_slots(Fixed(date(2026, 12, 9), date(2026, 12, 8)), now=LONG_AGO) == []


def test_a_range_goes_by_the_day_of_the_start_not_by_that_of_its_window() -> None:
    what = rules(step=60, date_range=Fixed(MONDAY, MONDAY))
    window = Interval(utc("2026-12-06"), utc("2026-12-09"))
    slots = free_slots(what, daily("22:00-02:00"), (), window, now=LONG_AGO)
    assert [f"{slot:%a %H:%M}" for slot in slots] == ["Mon 00:00", "Mon 01:00", "Mon 22:00", "Mon 23:00"]


# Windows past midnight, windows that meet


def test_an_overnight_window_keeps_its_grid_past_midnight() -> None:
    slots = monday_slots(rules(minutes=50, step=50), daily("22:00-02:00"))
    assert slots == ["00:30", "22:00", "22:50", "23:40"]


@pytest.mark.parametrize("midnight", ["24:00", "23:59", "00:00"])
def test_a_meeting_may_span_the_midnight_between_two_windows(midnight: str) -> None:
    schedule = daily(f"22:00-{midnight}", "00:00-01:00")
    assert monday_slots(rules(minutes=60, step=30), schedule) == ["00:00", "22:00", "22:30", "23:00", "23:30"]


def test_touching_windows_are_one_for_what_fits_and_each_has_its_own_grid() -> None:
    slots = monday_slots(rules(minutes=40, step=40), daily("09:00-10:30", "10:30-12:00"))
    assert slots == ["09:00", "09:40", "10:20", "10:30", "11:10"]


def test_where_windows_overlap_the_grid_of_the_earlier_one_holds() -> None:
    slots = monday_slots(rules(), daily("11:10-13:00", "09:00-11:30"))
    assert slots == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:40", "12:10"]


def test_a_window_inside_another_changes_nothing() -> None:
    alone, with_another = daily("09:00-12:00"), daily("09:00-12:00", "10:10-10:50", "09:00-10:00")
    assert monday_slots(rules(), with_another) == monday_slots(rules(), alone)


def test_windows_apart_are_apart() -> None:
    schedule = daily("09:00-10:00", "10:15-11:00")
    assert monday_slots(rules(minutes=45, step=15), schedule) == ["09:00", "09:15", "10:15"]


def test_around_the_clock_the_grid_starts_anew_each_midnight() -> None:
    slots = monday_slots(rules(minutes=60, step=500), daily("00:00-24:00"))
    assert slots == ["00:00", "08:20", "16:40"]


def test_a_meeting_longer_than_a_day_fits_an_open_week() -> None:
    assert monday_slots(rules(minutes=4000, step=720), daily("00:00-24:00")) == ["00:00", "12:00"]


# One start


def test_one_start_is_free_where_it_is_listed() -> None:
    schedule, busy = daily("09:00-11:00"), [monday("09:30", "10:00")]
    starts = ("08:30", "09:00", "09:15", "09:30", "10:00", "10:00:00.000001", "11:00")
    free = [is_free(rules(), schedule, busy, utc(f"2026-12-07 {start}"), now=LONG_AGO) for start in starts]
    assert free == [False, True, False, False, True, False, False]


def test_a_start_may_be_named_in_any_zone() -> None:
    start = datetime(2026, 12, 7, 18, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert is_free(rules(), daily("09:00-11:00"), (), start, now=LONG_AGO)


def test_the_second_of_two_equal_times_is_a_start_of_its_own() -> None:
    rome = ZoneInfo("Europe/Rome")
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=rome, fold=fold) for fold in (0, 1))
    schedule, busy = (
        daily("01:00-04:00", timezone="Europe/Rome"),
        [Interval(utc("2026-10-25"), utc("2026-10-25 01:00"))],
    )
    assert [is_free(rules(), schedule, busy, start, now=LONG_AGO) for start in (first, second)] == [False, True]


def test_the_last_instant_of_the_calendar_is_not_free() -> None:
    assert not is_free(rules(), daily("00:00-24:00"), (), datetime.max.replace(tzinfo=UTC), now=LONG_AGO)


def test_a_naive_start_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="naive"):
        is_free(rules(), daily("09:00-11:00"), (), datetime(2026, 12, 7, 9), now=LONG_AGO)  # noqa: DTZ001 -- refused


def test_a_schedule_in_an_unknown_zone_is_refused() -> None:
    nowhere = AvailabilitySchedule("Nowhere/Town", {0: (WallInterval(540, 600),)})
    with pytest.raises(ValueError, match="unknown time zone 'Nowhere/Town'"):
        monday_slots(rules(), nowhere)


# Rules

HALF_HOURLY = {"duration": timedelta(minutes=30), "increment": timedelta(minutes=30)}


@pytest.mark.parametrize("name", ["duration", "increment"])
def test_a_duration_and_an_increment_are_positive(name: str) -> None:
    spans: dict[str, Any] = HALF_HOURLY | {name: timedelta()}
    with pytest.raises(ValueError, match=f"{name} must be positive"):
        Rules(**spans)


@pytest.mark.parametrize("name", ["buffer_before", "buffer_after", "notice"])
def test_buffers_and_notice_are_not_negative(name: str) -> None:
    spans: dict[str, Any] = HALF_HOURLY | {name: timedelta(seconds=-1)}
    with pytest.raises(ValueError, match=f"{name} must not be negative"):
        Rules(**spans)


@pytest.mark.parametrize("name", ["duration", "increment", "buffer_before", "buffer_after", "notice"])
def test_spans_are_whole_seconds(name: str) -> None:
    spans: dict[str, Any] = HALF_HOURLY | {name: timedelta(seconds=1.5)}
    with pytest.raises(ValueError, match=f"{name} must be whole seconds"):
        Rules(**spans)
