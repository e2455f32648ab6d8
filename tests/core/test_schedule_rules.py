from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openslot.core.availability import AvailabilitySchedule, WallInterval
from openslot.core.schedule_rules import WEEKDAYS, schedule_from_rules, tidy_rules

MONDAY = date(2026, 12, 7)
NINE_TO_FIVE = WallInterval(9 * 60, 17 * 60)
OVERNIGHT = WallInterval(22 * 60, 2 * 60)


def written(schedule: AvailabilitySchedule) -> list[dict[str, object]]:
    """The rules as the API writes them: all seven weekdays from Sunday on, closed ones too, then the dates, ascending.

    Source: Calendly API, AvailabilityRule.
    """
    weekly: list[dict[str, object]] = [
        {"type": "wday", "wday": WEEKDAYS[day], "intervals": _intervals(schedule.weekly.get(day, ()))}
        for day in (6, 0, 1, 2, 3, 4, 5)
    ]
    return weekly + [
        {"type": "date", "date": day.isoformat(), "intervals": _intervals(intervals)}
        for day, intervals in sorted(schedule.dates.items())
    ]


def _intervals(intervals: tuple[WallInterval, ...]) -> list[dict[str, str]]:
    return [{"from": _hh_mm(interval.start_minute), "to": _hh_mm(interval.end_minute)} for interval in intervals]


def _hh_mm(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


RULES = [
    {"type": "wday", "wday": "sunday", "intervals": []},
    {
        "type": "wday",
        "wday": "monday",
        "intervals": [{"from": "09:00", "to": "12:30"}, {"from": "13:00", "to": "24:00"}],
    },
    {"type": "wday", "wday": "tuesday", "intervals": []},
    {"type": "wday", "wday": "wednesday", "intervals": [{"from": "22:00", "to": "02:00"}]},
    {"type": "wday", "wday": "thursday", "intervals": [{"from": "00:00", "to": "23:59"}]},
    {"type": "wday", "wday": "friday", "intervals": []},
    {"type": "wday", "wday": "saturday", "intervals": []},
    {"type": "date", "date": "2026-12-07", "intervals": [{"from": "10:00", "to": "11:00"}]},
    {"type": "date", "date": "2026-12-24", "intervals": []},
]
SCHEDULE = AvailabilitySchedule(
    "Europe/Rome",
    {
        0: (WallInterval(540, 750), WallInterval(780, 1440)),
        2: (OVERNIGHT,),
        3: (WallInterval(0, 1439),),
    },
    {MONDAY: (WallInterval(600, 660),), date(2026, 12, 24): ()},
)


def test_rules_are_read_from_the_form_of_the_api() -> None:
    assert schedule_from_rules("Europe/Rome", RULES) == SCHEDULE


def test_rules_are_written_in_the_form_of_the_api() -> None:
    assert written(SCHEDULE) == RULES


def test_rules_may_leave_weekdays_out_and_hold_keys_we_do_not_know() -> None:
    rule = {"type": "wday", "wday": "monday", "date": None, "intervals": [{"from": "09:00", "to": "17:00", "id": 1}]}
    assert schedule_from_rules("UTC", [rule]) == AvailabilitySchedule("UTC", {0: (NINE_TO_FIVE,)})


def test_a_date_may_have_months_and_days_of_one_digit() -> None:
    """Source: the pattern of AvailabilityRule.date in the public OpenAPI file."""
    rules = [{"type": "date", "date": "2027-1-5", "intervals": []}]
    assert schedule_from_rules("UTC", rules).dates == {date(2027, 1, 5): ()}


wall_intervals = st.builds(WallInterval, st.integers(0, 1439), st.integers(0, 1440))
hours_of_days = st.lists(wall_intervals, min_size=1, max_size=3).map(tuple)
schedules = st.builds(
    AvailabilitySchedule,
    st.sampled_from(["UTC", "Asia/Kathmandu"]),
    st.dictionaries(st.integers(0, 6), hours_of_days),
    st.dictionaries(st.dates(), st.just(()) | hours_of_days, max_size=4),
)


@settings(deadline=None)
@given(schedules)
def test_written_rules_read_as_the_same_schedule(schedule: AvailabilitySchedule) -> None:
    assert schedule_from_rules(schedule.timezone, written(schedule)) == schedule


@pytest.mark.parametrize(
    "timezone",
    ["", "Nowhere/Town", "Europe", "localtime", "posix/Europe/Rome", "right/UTC", "../UTC", "/UTC", "UTC\0", "x" * 300],
)
def test_an_unknown_zone_is_refused(timezone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        schedule_from_rules(timezone, [])


def wday_rule(**changes: object) -> dict[str, object]:
    return {"type": "wday", "wday": "monday", "intervals": [], **changes}


def date_rule(**changes: object) -> dict[str, object]:
    return {"type": "date", "date": "2026-12-24", "intervals": [], **changes}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (None, "rules must be a list"),
        ({}, "rules must be a list"),
        (["monday"], "rules must hold objects"),
        ([{}], "intervals must be a list"),
        ([wday_rule(type="weekday")], "type must be wday or date, not 'weekday'"),
        ([wday_rule(type=None)], "type must be wday or date, not None"),
        ([wday_rule(type=["wday"])], r"type must be wday or date, not \['wday'\]"),
        ([wday_rule(wday="Monday")], "wday must be one of monday, .*, sunday, not 'Monday'"),
        ([wday_rule(wday=0)], "wday must be one of .*, not 0"),
        ([wday_rule(), wday_rule()], "monday has two rules"),
        ([date_rule(), date_rule()], "2026-12-24 has two rules"),
        ([date_rule(date="2026-02-29")], "a date must be YYYY-MM-DD, not '2026-02-29'"),
        ([date_rule(date="20261224")], "a date must be YYYY-MM-DD"),
        ([date_rule(date="2026-W52-4")], "a date must be YYYY-MM-DD"),
        ([date_rule(date="2026-12-24\n")], "a date must be YYYY-MM-DD"),
        ([date_rule(date=None)], "a date must be YYYY-MM-DD, not None"),
        ([wday_rule(intervals="09:00-17:00")], "intervals must be a list"),
        ([wday_rule(intervals=["09:00"])], "intervals must hold objects"),
        ([wday_rule(intervals=[{"from": "09:00"}])], "a time must be HH:MM, not None"),
        ([wday_rule(intervals=[{"from": "9:00", "to": "17:00"}])], "a time must be HH:MM, not '9:00'"),
        ([wday_rule(intervals=[{"from": "09:00", "to": "24:01"}])], "a time must be HH:MM, not '24:01'"),
        ([wday_rule(intervals=[{"from": "09:60", "to": "17:00"}])], "a time must be HH:MM, not '09:60'"),
        ([wday_rule(intervals=[{"from": "09:00", "to": "17:00\n"}])], "a time must be HH:MM"),
        ([wday_rule(intervals=[{"from": "0٩:00", "to": "17:00"}])], "a time must be HH:MM"),
        ([wday_rule(intervals=[{"from": 900, "to": "17:00"}])], "a time must be HH:MM, not 900"),
        ([wday_rule(intervals=[{"from": "24:00", "to": "17:00"}])], "an interval starts from 00:00 to 23:59"),
    ],
)
def test_a_malformed_rule_is_refused_by_name(rules: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        schedule_from_rules("UTC", rules)


def test_tidy_rules_have_no_keys_that_are_not_of_such_a_rule() -> None:
    hours = {"from": "09:00", "to": "12:00"}
    rules: list[dict[str, Any]] = [
        {"type": "wday", "wday": "monday", "date": "x", "intervals": [hours | {"by": "x"}], "note": "x"},
        {"type": "date", "date": "2027-1-5", "wday": None, "intervals": []},
    ]

    assert tidy_rules(rules) == [
        {"type": "wday", "wday": "monday", "intervals": [hours]},
        {"type": "date", "date": "2027-01-05", "intervals": []},
    ]
