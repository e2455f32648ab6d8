from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openslot.core.availability import AvailabilitySchedule, Ruling, Trip, WallInterval, window_seconds
from openslot.core.epoch import DAY, floor_seconds
from openslot.core.intervals import Span

ONE_DAY = timedelta(days=1)
MONDAY = date(2027, 3, 1)
NINE_TO_FIVE = (WallInterval(9 * 60, 17 * 60),)
OVERNIGHT = (WallInterval(22 * 60, 2 * 60),)

ZONES = [
    "UTC",
    "Europe/Rome",
    "America/New_York",
    "America/Santiago",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Tokyo",
]
SPAN_OF_DAYS = 40

zones = st.sampled_from(ZONES)
# Around Easter clocks change in most of them.
days = st.integers(0, SPAN_OF_DAYS).map(lambda ahead: MONDAY + ahead * ONE_DAY)
hours = st.lists(st.builds(WallInterval, st.integers(0, 1439), st.integers(0, 1440)), max_size=3).map(tuple)
schedules = st.builds(
    AvailabilitySchedule,
    zones,
    st.dictionaries(st.integers(0, 6), hours, min_size=3),
    st.dictionaries(days, hours, max_size=4),
    st.dictionaries(days, st.just("a day off"), max_size=8),
)
trips = st.builds(
    lambda first, length, zone: Trip(first, None if length is None else first + length * ONE_DAY, zone),
    days,
    st.none() | st.integers(0, 20),
    zones,
)

WHOLE = (
    floor_seconds(datetime(2027, 2, 20, tzinfo=UTC)),
    floor_seconds(datetime(2027, 4, 20, tzinfo=UTC)),
)


def second(text: str) -> int:
    return floor_seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def open_on(schedule: AvailabilitySchedule, day: date) -> list[Span]:
    """The windows that start on ``day``, whatever else is open."""
    return window_seconds(AvailabilitySchedule(schedule.zone_on(day), {}, {day: schedule.on(day)}), *WHOLE)


def written(windows: list[Span]) -> list[str]:
    return [" - ".join(f"{datetime.fromtimestamp(end, UTC):%m-%d %H:%M}" for end in window) for window in windows]


def weekdays(timezone: str, *taken: Trip, closed: Mapping[date, str] | None = None) -> AvailabilitySchedule:
    return AvailabilitySchedule(timezone, dict.fromkeys(range(5), NINE_TO_FIVE), {}, closed or {}, taken)


# Days off


@settings(deadline=None)
@given(schedules, days)
def test_a_day_off_takes_just_the_windows_that_start_on_it_unless_there_is_a_rule_for_the_date(
    schedule: AvailabilitySchedule, day: date
) -> None:
    closed = replace(schedule, closed={**schedule.closed, day: "Hoppenstedt Day"})
    if day in schedule.dates:
        assert window_seconds(closed, *WHOLE) == window_seconds(schedule, *WHOLE)
    else:
        others = [
            open_on(schedule, MONDAY + ahead * ONE_DAY) for ahead in range(-20, 60) if MONDAY + ahead * ONE_DAY != day
        ]
        expected = {window for windows in others for window in windows}
        assert set(window_seconds(closed, *WHOLE)) == expected
        assert set(window_seconds(schedule, *WHOLE)) == expected | set(open_on(schedule, day))


@given(schedules, days)
def test_the_ruling_names_the_rule_that_the_hours_come_from(schedule: AvailabilitySchedule, day: date) -> None:
    hours_of = {
        Ruling("date", None): schedule.dates.get(day),
        Ruling("holiday", "a day off"): () if day in schedule.closed else None,
        Ruling("weekly", None): schedule.weekly.get(day.weekday(), ()),
    }
    # the first that has something to say
    ruling, intervals = next((one, found) for one, found in hours_of.items() if found is not None)
    assert (schedule.ruled_by(day), schedule.on(day)) == (ruling, intervals)


def test_of_a_rule_for_the_date_a_day_off_and_the_weekday_the_first_counts() -> None:
    tuesday, wednesday = MONDAY + ONE_DAY, MONDAY + 2 * ONE_DAY
    schedule = AvailabilitySchedule(
        "UTC",
        dict.fromkeys(range(7), NINE_TO_FIVE),
        {MONDAY: OVERNIGHT, tuesday: ()},
        {MONDAY: "Saint David's Day", tuesday: "Strike", wednesday: "Holi"},
    )
    assert [schedule.ruled_by(MONDAY + ahead * ONE_DAY) for ahead in range(4)] == [
        Ruling("date", None),
        Ruling("date", None),
        Ruling("holiday", "Holi"),
        Ruling("weekly", None),
    ]
    assert written(window_seconds(schedule, second("2027-03-01"), second("2027-03-05"))) == [
        "03-01 22:00 - 03-02 02:00",
        "03-04 09:00 - 03-04 17:00",
    ]


def test_a_day_off_ends_no_window_of_the_evening_before_and_takes_the_night_that_starts_on_it() -> None:
    schedule = AvailabilitySchedule("UTC", dict.fromkeys(range(7), OVERNIGHT), {}, {MONDAY: "Saint David's Day"})
    assert written(window_seconds(schedule, second("2027-03-01"), second("2027-03-03"))) == [
        "02-28 22:00 - 03-01 02:00",
        "03-02 22:00 - 03-03 02:00",
    ]


def test_a_day_off_during_a_trip_is_the_day_of_the_place() -> None:
    schedule = weekdays(
        "Europe/Rome", Trip(MONDAY, MONDAY + 2 * ONE_DAY, "Asia/Tokyo"), closed={MONDAY + ONE_DAY: "Dolls' Day"}
    )
    assert written(window_seconds(schedule, second("2027-03-01"), second("2027-03-04"))) == [
        "03-01 00:00 - 03-01 08:00",
        "03-03 00:00 - 03-03 08:00",
    ]


# Trips


@settings(deadline=None)
@given(schedules, zones)
def test_a_trip_over_all_days_is_the_same_schedule_in_the_other_zone(schedule: AvailabilitySchedule, zone: str) -> None:
    moved = replace(schedule, timezone=zone)
    for last in (None, date(2027, 12, 31)):
        away = replace(schedule, trips=(Trip(date(2027, 1, 1), last, zone),))
        assert window_seconds(away, *WHOLE) == window_seconds(moved, *WHOLE)
        assert [away.day_at(at) for at in range(*WHOLE, 36_000)] == [moved.day_at(at) for at in range(*WHOLE, 36_000)]


@settings(deadline=None)
@given(schedules, trips)
def test_a_trip_moves_the_windows_of_its_days_and_no_others(schedule: AvailabilitySchedule, trip: Trip) -> None:
    away = replace(schedule, trips=(trip,))
    there = replace(schedule, timezone=trip.timezone)
    expected = set()
    for ahead in range(-20, 60):
        day = MONDAY + ahead * ONE_DAY
        is_away = trip.first <= day <= (trip.last or day)
        assert (trip.covers(day), away.zone_on(day)) == (is_away, trip.timezone if is_away else schedule.timezone)
        expected |= set(open_on(there if is_away else schedule, day))
    assert window_seconds(away, *WHOLE) == sorted(expected)


@settings(deadline=None)
@given(schedules, st.lists(trips, max_size=5, unique_by=lambda trip: trip.first))
def test_of_overlapping_trips_the_one_that_began_last_counts(schedule: AvailabilitySchedule, taken: list[Trip]) -> None:
    away = replace(schedule, trips=tuple(taken))
    zone_by_day = {MONDAY + ahead * ONE_DAY: schedule.timezone for ahead in range(-20, 60)}
    for trip in sorted(taken, key=lambda trip: trip.first):
        zone_by_day |= {day: trip.timezone for day in zone_by_day if trip.covers(day)}
    assert {day: away.zone_on(day) for day in zone_by_day} == zone_by_day
    assert window_seconds(away, *WHOLE) == window_seconds(replace(away, trips=away.trips[::-1]), *WHOLE)


@settings(deadline=None)
@given(schedules, st.lists(trips, max_size=3), st.integers(0, 40 * DAY), st.integers(0, 5 * DAY))
def test_windows_on_a_trip_are_the_same_for_every_query(
    schedule: AvailabilitySchedule, taken: list[Trip], start: int, length: int
) -> None:
    away = replace(schedule, trips=tuple(taken))
    first, last = WHOLE[0] + 5 * DAY + start, WHOLE[0] + 5 * DAY + start + length
    expected = [one for one in window_seconds(away, *WHOLE) if one.start < last and first < one.end]
    assert window_seconds(away, first, last) == expected


def test_hours_are_those_of_the_place_from_the_first_day_of_a_trip_to_its_last() -> None:
    schedule = weekdays("Europe/Rome", Trip(date(2027, 3, 2), date(2027, 3, 3), "America/New_York"))
    assert written(window_seconds(schedule, second("2027-03-01"), second("2027-03-05"))) == [
        "03-01 08:00 - 03-01 16:00",
        "03-02 14:00 - 03-02 22:00",
        "03-03 14:00 - 03-03 22:00",
        "03-04 08:00 - 03-04 16:00",
    ]


def test_a_night_that_starts_on_the_last_day_of_a_trip_ends_by_the_clock_of_the_place() -> None:
    schedule = AvailabilitySchedule(
        "UTC", dict.fromkeys(range(7), OVERNIGHT), trips=(Trip(MONDAY, MONDAY, "Asia/Tokyo"),)
    )
    assert written(window_seconds(schedule, second("2027-03-01 04:00"), second("2027-03-03"))) == [
        "03-01 13:00 - 03-01 17:00",
        "03-02 22:00 - 03-03 02:00",
    ]


def test_an_unknown_zone_of_a_trip_is_refused() -> None:
    schedule = weekdays("UTC", Trip(MONDAY, None, "Europe/Atlantis"))
    with pytest.raises(ValueError, match="unknown time zone 'Europe/Atlantis'"):
        window_seconds(schedule, second("2027-03-01"), second("2027-03-02"))


# The day at a moment


@given(zones, st.integers(*WHOLE))
def test_without_trips_the_day_is_that_of_the_schedule_s_zone(zone: str, moment: int) -> None:
    """Midnight by midnight, found with the windows of whole days."""
    day = AvailabilitySchedule(zone, {}).day_at(moment)
    whole_day = AvailabilitySchedule(zone, {}, {day: (WallInterval(0, 24 * 60),)})
    assert [start <= moment < end for start, end in window_seconds(whole_day, moment, moment + 1)] == [True]


@settings(deadline=None)
@given(zones, st.lists(trips, max_size=3), st.integers(WHOLE[0], WHOLE[1] - 1))
def test_the_day_is_under_way_in_its_own_zone_if_any_is(zone: str, taken: list[Trip], moment: int) -> None:
    schedule = AvailabilitySchedule(zone, dict.fromkeys(range(7), (WallInterval(0, 24 * 60),)), trips=tuple(taken))
    candidates = [MONDAY + ahead * ONE_DAY for ahead in range(-20, 60)]
    under_way = [day for day in candidates if any(start <= moment < end for start, end in open_on(schedule, day))]
    home = AvailabilitySchedule(zone, {}).day_at(moment)
    assert schedule.day_at(moment) == max(under_way, default=home)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2027-02-28T14:59", "2027-02-28"),
        ("2027-02-28T15:00", "2027-03-01"),  # midnight in Tokyo, and in New York still Sunday morning
        ("2027-03-01T14:59", "2027-03-01"),
        ("2027-03-01T15:00", "2027-03-02"),
        ("2027-03-02T14:59", "2027-03-02"),
        ("2027-03-02T15:00", "2027-03-02"),  # over in Tokyo; New York's clock shows the second, too
        ("2027-03-03T04:59", "2027-03-02"),
        ("2027-03-03T05:00", "2027-03-03"),
    ],
)
def test_at_the_ends_of_a_trip_the_day_is_one_whose_hours_may_be_open(moment: str, day: str) -> None:
    schedule = weekdays("America/New_York", Trip(MONDAY, MONDAY + ONE_DAY, "Asia/Tokyo"))
    assert schedule.day_at(second(moment)) == date.fromisoformat(day)
