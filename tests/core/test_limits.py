from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openslot.core.epoch import floor_seconds
from openslot.core.intervals import Span
from openslot.core.limits import Limit, Period, is_full, periods
from running import examples

DAY = 86_400

ZONES = [
    "UTC",
    "Europe/Rome",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    # where summer time begins at midnight, or ends at one
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Havana",
    "America/Asuncion",
    # where a whole day was skipped
    "Pacific/Apia",
    "Pacific/Kwajalein",
]


def second(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def local_day(zone: str, moment: int) -> date:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def named(limit: Limit, day: date) -> object:
    """What a calendar calls the period in which ``day`` lies."""
    match limit.period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return (day - timedelta(days=limit.week_start)).isocalendar()[:2]
        case Period.MONTH:
            return day.year, day.month


zones = st.sampled_from(ZONES)
limits = st.builds(Limit, st.sampled_from(Period), st.integers(0, 9), zones, st.integers(0, 6))
skipped_days = st.builds(
    lambda moment, ahead: moment + ahead,
    st.sampled_from([second("2011-12-30"), second("1993-08-21")]),
    st.integers(-3 * DAY, 3 * DAY),
)
moments = st.integers(second("1990-01-01"), second("2040-01-01")) | skipped_days


@settings(deadline=None, max_examples=examples(300))
@given(limits, moments, st.integers(1, 70 * DAY))
def test_periods_lie_end_to_end_from_the_one_at_the_first_moment_to_the_one_at_the_last(
    limit: Limit, first: int, length: int
) -> None:
    last = first + length
    found = periods(limit, first, last)
    assert found[0].start <= first < found[0].end
    assert found[-1].start < last <= found[-1].end
    assert all(one.start < one.end == following.start for one, following in pairwise(found))


@settings(deadline=None, max_examples=examples(300))
@given(limits, moments, st.integers(1, 70 * DAY))
def test_a_moment_lies_in_the_one_period_that_has_its_local_date(limit: Limit, first: int, length: int) -> None:
    found = periods(limit, first, first + length)
    names = [named(limit, local_day(limit.timezone, one.start)) for one in found]
    assert len(set(names)) == len(names)
    for (start, end), name in zip(found, names, strict=True):
        within = [*range(start, end, 6 * 3_599), end - 1]
        assert {named(limit, local_day(limit.timezone, moment)) for moment in within} == {name}


@settings(deadline=None, max_examples=examples(200))
@given(limits, moments, st.integers(1, 70 * DAY), st.integers(0, 70 * DAY))
def test_periods_are_the_same_for_every_query(limit: Limit, first: int, length: int, inside: int) -> None:
    moment = first + inside % length
    longer = periods(limit, first, first + length)
    assert periods(limit, moment, moment + 1) == [one for one in longer if one.start <= moment < one.end]


@settings(deadline=None)
@given(zones, st.integers(0, 6), moments)
@example("Pacific/Apia", 4, second("2011-12-30T10:00"))  # starts on the day that was skipped
@example("Pacific/Apia", 5, second("2011-12-30T10:00"))  # on the day after it
def test_a_week_starts_on_its_weekday_at_the_first_moment_of_that_day(zone: str, week_start: int, moment: int) -> None:
    week = periods(Limit(Period.WEEK, 1, zone, week_start), moment, moment + 1)[0]
    first = local_day(zone, week.start)
    skipped = local_day(zone, week.start - 1) + timedelta(days=2) == first
    late = (first.weekday() - week_start) % 7
    assert late == 0 or (late == 1 and skipped)
    assert local_day(zone, week.start - 1) < first


@pytest.mark.parametrize(
    ("period", "week_start", "start", "end"),
    [
        (Period.DAY, 0, "2027-03-28T00:00+01:00", "2027-03-29T00:00+02:00"),
        (Period.WEEK, 0, "2027-03-22T00:00+01:00", "2027-03-29T00:00+02:00"),
        (Period.WEEK, 6, "2027-03-28T00:00+01:00", "2027-04-04T00:00+02:00"),
        (Period.WEEK, 5, "2027-03-27T00:00+01:00", "2027-04-03T00:00+02:00"),
        (Period.MONTH, 0, "2027-03-01T00:00+01:00", "2027-04-01T00:00+02:00"),
    ],
)
def test_a_period_in_which_clocks_change_lasts_from_midnight_to_midnight(
    period: Period, week_start: int, start: str, end: str
) -> None:
    noon = second("2027-03-28T12:00", "Europe/Rome")
    expected = Span(*(int(datetime.fromisoformat(text).timestamp()) for text in (start, end)))
    assert periods(Limit(period, 1, "Europe/Rome", week_start), noon, noon + 1) == [expected]


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", 23),  # midnight is skipped
        ("America/Santiago", "2026-04-04", "2026-04-04T03:00", 25),  # 24:00 is 23:00 again
        ("Asia/Beirut", "2027-03-28", "2027-03-27T22:00", 23),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", 23),
        ("America/Havana", "2024-11-03", "2024-11-03T04:00", 25),  # midnight comes twice
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", 24),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", 24),  # there was no 30th
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
    ],
)
def test_a_day_begins_with_its_first_moment_however_long_it_is(zone: str, day: str, start: str, hours: float) -> None:
    noon = second(f"{day}T12:00", zone)
    begins = second(start)
    assert periods(Limit(Period.DAY, 1, zone), noon, noon + 1) == [Span(begins, begins + int(hours * 3600))]


def test_a_day_that_was_skipped_is_no_period() -> None:
    around = second("2011-12-29T12:00", "Pacific/Apia"), second("2012-01-01T12:00", "Pacific/Apia")
    days = periods(Limit(Period.DAY, 1, "Pacific/Apia"), *around)
    assert [f"{local_day('Pacific/Apia', one.start)}" for one in days] == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_a_date_that_came_back_after_midnight_counts_to_the_next_day() -> None:
    """In St. John's 00:01 was followed by 23:01 of the day before, until 2011."""
    zone = "America/St_Johns"
    sunday, monday = periods(
        Limit(Period.DAY, 1, zone), second("2010-11-07T02:00", "UTC"), second("2010-11-07T12:00", "UTC")
    )
    assert monday.start == sunday.end == second("2010-11-07T02:30", "UTC")
    assert f"{local_day(zone, monday.start)} {local_day(zone, monday.start + 60)}" == "2010-11-07 2010-11-06"


def test_december_is_followed_by_january() -> None:
    found = periods(Limit(Period.MONTH, 1, "UTC"), second("2027-12-31"), second("2028-01-02"))
    assert found == [
        Span(second("2027-12-01"), second("2028-01-01")),
        Span(second("2028-01-01"), second("2028-02-01")),
    ]


@pytest.mark.parametrize("period", Period)
def test_what_only_touches_a_period_does_not_meet_it_and_nothing_meets_none(period: Period) -> None:
    limit = Limit(period, 1, "Europe/Rome")
    noon = second("2027-05-12T12:00")
    (one,) = periods(limit, noon, noon + 1)
    assert periods(limit, one.start, one.end) == [one]
    assert periods(limit, noon, noon) == periods(limit, noon, noon - DAY) == []


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_the_calendar_have_no_periods(period: Period, zone: str) -> None:
    limit = Limit(period, 1, zone)
    first, last = (floor_seconds(end) for end in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)))
    assert periods(limit, first, first + DAY) == periods(limit, last - DAY, last) == []
    assert periods(limit, last - 200 * DAY, last) != []
    assert periods(limit, first, first + 100 * DAY) != []


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown time zone 'Europe/Atlantis'"):
        periods(Limit(Period.DAY, 1, "Europe/Atlantis"), 0, 1)


@pytest.mark.parametrize(
    ("maximum", "count", "full"), [(3, 2, False), (3, 3, True), (3, 4, True), (0, 0, True), (1, 0, False)]
)
def test_a_period_is_full_at_its_maximum(maximum: int, count: int, *, full: bool) -> None:
    assert is_full(Limit(Period.DAY, maximum, "UTC"), count) is full


def test_a_limit_is_not_negative_and_a_week_starts_on_a_weekday() -> None:
    with pytest.raises(ValueError, match=r"^maximum must not be negative$"):
        Limit(Period.DAY, -1, "UTC")
    for week_start in (-1, 7):
        with pytest.raises(ValueError, match=r"^week_start must be 0 to 6$"):
            Limit(Period.WEEK, 1, "UTC", week_start)
