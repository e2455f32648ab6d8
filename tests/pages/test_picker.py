"""The calendar as a value, over slots that are made up here."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Clock
from openslot.core.intervals import Interval
from openslot.pages.picker import Picker, pick
from openslot.pages.time_search import times_near
from openslot.pages.weeks import Day
from openslot.services.slots import Slot
from pages.conftest import MakePage

PATH = ("ada", "intro")


def offering(*starts: datetime) -> Callable[[Interval], Awaitable[Sequence[Slot]]]:
    """Exactly these starts, in whatever window is windows."""

    async def find_times(window: Interval) -> Sequence[Slot]:
        return [Slot(start, 1) for start in starts if window.contains(start)]

    return find_times


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # mypy sees no length in a star


def days(picker: Picker) -> list[Day]:
    return [day for week in picker.weeks for day in week if day]


def free(picker: Picker) -> list[date]:
    return [day.date for day in days(picker) if day.url]


async def test_days_with_times_are_links_and_others_are_not(make_page: MakePage) -> None:
    picker = await pick(make_page(), offering(utc(2027, 1, 5, 9), utc(2027, 1, 5, 10), utc(2027, 1, 8, 9)), PATH)
    assert free(picker) == [date(2027, 1, 5), date(2027, 1, 8)]
    assert len(days(picker)) == 31
    first = next(day for day in days(picker) if day.url)
    assert first.url == "/ada/intro?month=2027-01&date=2027-01-05#times"
    assert first.label == "Tuesday, January 5, 2027, 2 times available"


async def test_the_first_day_with_times_is_open_until_another_is_chosen(make_page: MakePage) -> None:
    find_times = offering(utc(2027, 1, 5, 9), utc(2027, 1, 8, 9))
    assert (await pick(make_page(), find_times, PATH)).chosen == date(2027, 1, 5)
    assert (await pick(make_page(date="2027-01-08"), find_times, PATH)).chosen == date(2027, 1, 8)


async def test_a_chosen_day_without_times_is_announced_as_such(make_page: MakePage) -> None:
    picker = await pick(make_page(date="2027-01-09"), offering(utc(2027, 1, 5, 9)), PATH)
    assert (picker.chosen, picker.times, picker.has_times) == (date(2027, 1, 9), [], True)


async def test_each_times_name_has_time_date_and_zone(make_page: MakePage) -> None:
    picker = await pick(make_page(language="it"), offering(utc(2027, 1, 5, 9)), PATH)
    assert [(time.text, time.label) for time in picker.times] == [
        ("10:00", "10:00, martedì 5 gennaio 2027, Ora dell\N{RIGHT SINGLE QUOTATION MARK}Europa centrale")
    ]


async def test_a_times_link_names_the_start_in_utc_and_the_zone_it_is_shown_in(make_page: MakePage) -> None:
    picker = await pick(make_page(), offering(utc(2027, 1, 5, 9)), PATH)
    assert picker.times[0].url == "/ada/intro/2027-01-05T09:00:00Z?timezone=Europe%2FRome"


async def test_days_are_those_of_the_visitors_zone(make_page: MakePage) -> None:
    late = offering(utc(2027, 1, 5, 23), utc(2027, 1, 31, 23))
    assert free(await pick(make_page(zone="UTC"), late, PATH)) == [date(2027, 1, 5), date(2027, 1, 31)]
    assert free(await pick(make_page(zone="Asia/Bangkok"), late, PATH)) == [date(2027, 1, 6)]
    february = await pick(make_page(zone="Asia/Bangkok", month="2027-02"), late, PATH)
    assert free(february) == [date(2027, 2, 1)]


async def test_both_instants_of_a_repeated_hour_are_listed_with_their_offset(make_page: MakePage) -> None:
    night = [utc(2027, 10, 31, hour, 30) for hour in range(3)]
    picker = await pick(make_page(language="it", date="2027-10-31"), offering(*night), PATH)
    assert [time.text for time in picker.times] == ["02:30 (UTC+2)", "02:30 (UTC+1)", "03:30"]


async def test_a_month_without_times_shows_when_the_next_are(make_page: MakePage) -> None:
    picker = await pick(make_page(), offering(utc(2027, 4, 6, 9)), PATH)
    assert picker.later is not None
    assert (picker.later.day, picker.later.url) == (
        "Tuesday, April 6, 2027", "/ada/intro?month=2027-04&date=2027-04-06#times",
    )  # fmt: skip
    assert (picker.has_times, picker.chosen) == (False, None)


STARTS = st.lists(st.integers(-50, 2200).map(lambda days: utc(2027, 1, 1, 12) + timedelta(days=days)), max_size=4).map(
    sorted
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(starts=STARTS, month=st.dates(date(2027, 1, 1), date(2031, 12, 31)), zone=st.sampled_from(["UTC", "Asia/Tokyo"]))
async def test_the_next_times_are_found_wherever_they_are_in_the_calendar(
    make_page: MakePage, starts: list[datetime], month: date, zone: str
) -> None:
    def in_month(start: datetime) -> date:
        return start.astimezone(ZoneInfo(zone)).date().replace(day=1)

    month = month.replace(day=1)
    reachable = [start for start in starts if date(2027, 1, 1) <= in_month(start) < date(2032, 1, 1)]
    after = [start for start in reachable if in_month(start) > month]
    before = [start for start in reachable if in_month(start) < month]
    windows: list[Interval] = []

    async def find_times(window: Interval) -> Sequence[Slot]:
        windows.append(window)
        return [Slot(start, 1) for start in starts if window.contains(start)]

    page = make_page(zone=zone, month=f"{month:%Y-%m}")
    picker = await pick(page, find_times, PATH)
    if any(in_month(start) == month for start in starts):
        assert (picker.later, picker.earlier, len(windows)) == (None, None, 1)
        return
    expected = [
        page.formats.full_date(page.formats.day(found[0])) if found else None
        for found in (after, [] if after else before)
    ]
    assert [None if one is None else one.day for one in (picker.later, picker.earlier)] == expected
    assert len(windows) <= 1 + 5 + 5


async def test_the_search_for_the_next_times_takes_few_queries_and_ends_where_the_calendar_does(
    make_page: MakePage,
) -> None:
    windows: list[Interval] = []

    async def none(window: Interval) -> Sequence[Slot]:
        windows.append(window)
        return []

    picker = await pick(make_page(zone="UTC"), none, PATH)
    assert (picker.later, picker.earlier) == (None, None)
    edges = [(2027, 1), (2027, 2), (2027, 3), (2027, 6), (2028, 3), (2030, 6), (2032, 1)]
    months = [utc(year, month, 1) for year, month in edges]
    assert windows == [Interval(*pair) for pair in pairwise(months)]


async def test_a_day_without_times_shows_when_the_next_are(make_page: MakePage) -> None:
    starts = offering(utc(2027, 1, 5, 9), utc(2027, 1, 8, 9))

    async def instead(find_times: Callable[[Interval], Awaitable[Sequence[Slot]]], day: str) -> list[str | None]:
        picker = await pick(make_page(date=day), find_times, PATH)
        return [None if one is None else one.day for one in (picker.later, picker.earlier)]

    assert await instead(starts, "2027-01-07") == ["Friday, January 8, 2027", None]
    far = offering(utc(2027, 1, 5, 9), utc(2030, 6, 3, 9))
    assert await instead(far, "2027-01-07") == ["Monday, June 3, 2030", None]
    assert await instead(starts, "2027-01-09") == [None, "Tuesday, January 5, 2027"]
    assert await instead(starts, "2027-01-08") == [None, None]


@pytest.mark.parametrize(
    ("today", "language", "shown", "title"),
    [
        (24, "en-US", (date(2027, 1, 1), date(2027, 1, 31)), "January 2027"),
        (25, "en-US", (date(2027, 1, 24), date(2027, 2, 13)), "January \N{EN DASH} February 2027"),
        (31, "en-US", (date(2027, 1, 31), date(2027, 2, 20)), "January \N{EN DASH} February 2027"),
        (31, "it", (date(2027, 1, 25), date(2027, 2, 14)), "gennaio \N{EN DASH} febbraio 2027"),
    ],
)
async def test_a_month_that_ends_goes_on_into_the_next(
    make_page: MakePage, clock: Clock, today: int, language: str, shown: tuple[date, date], title: str
) -> None:
    clock.now = utc(2027, 1, today, 12)
    picker = await pick(make_page(language=language), offering(utc(2027, 2, 2, 9)), PATH)
    found = days(picker)
    assert ((found[0].date, found[-1].date), picker.month) == (shown, title)
    names = {day.date: day.month for day in found if day.month}
    open_day = date(2027, 2, 2) if title != "January 2027" else None
    assert names == ({date(2027, 2, 1): "feb" if language == "it" else "Feb"} if open_day else {})
    assert (picker.chosen, len(picker.times)) == (open_day, 1 if open_day else 0)
    assert {len(week) for week in picker.weeks} == {7}


async def test_in_the_last_week_another_month_is_shown_as_ever(make_page: MakePage, clock: Clock) -> None:
    clock.now = utc(2027, 1, 31, 12)
    found = days(await pick(make_page(month="2027-02"), offering(), PATH))
    assert (found[0].date, found[-1].date) == (date(2027, 2, 1), date(2027, 2, 28))


async def test_months_that_are_over_are_not_offered(make_page: MakePage) -> None:
    picker = await pick(make_page(), offering(), PATH)
    assert picker.previous_url is None
    assert picker.next_url == "/ada/intro?month=2027-02"
    february = await pick(make_page(month="2027-02"), offering(), PATH)
    assert february.previous_url == "/ada/intro?month=2027-01"


@pytest.mark.parametrize(
    "query",
    [
        {"month": "2026-12"}, {"month": "x"}, {"month": "2027-13"}, {"month": "0000-00"}, {"date": "2027-02-30"},
        {"date": "x", "month": ""}, {"date": "2020-01-01"}, {"month": "1-1"},
    ],
)  # fmt: skip
async def test_an_address_that_names_no_month_to_come_shows_this_one(
    make_page: MakePage, query: dict[str, str]
) -> None:
    assert (await pick(make_page(**query), offering(), PATH)).month == "January 2027"


async def test_the_calendar_ends_some_years_ahead(make_page: MakePage) -> None:
    picker = await pick(make_page(month="9999-12"), offering(), PATH)
    assert (picker.month, picker.next_url) == ("December 2031", None)


async def test_a_day_of_another_month_than_the_one_shown_is_not_open(make_page: MakePage) -> None:
    picker = await pick(make_page(month="2027-02", date="2027-01-05"), offering(utc(2027, 2, 9, 9)), PATH)
    assert picker.chosen == date(2027, 2, 9)


@pytest.mark.parametrize(("language", "before"), [("en-US", 5), ("en-GB", 4), ("it", 4), ("th", 5)])
async def test_weeks_begin_as_the_visitors_country_has_it(make_page: MakePage, language: str, before: int) -> None:
    """The first of January 2027 is a Friday."""
    picker = await pick(make_page(language=language), offering(), PATH)
    assert [day is None for day in picker.weeks[0]].count(True) == before
    assert {len(week) for week in picker.weeks} == {7}


async def test_today_is_the_visitors_today(make_page: MakePage, clock: object) -> None:
    del clock  # 4 January, 08:00 UTC
    for zone, today in (("Europe/Rome", 4), ("Pacific/Honolulu", 3)):
        picker = await pick(make_page(zone=zone), offering(), PATH)
        assert [day.number for day in days(picker) if day.is_today] == [today]


async def test_other_times_for_one_that_is_gone_are_of_the_same_day(make_page: MakePage) -> None:
    starts = [utc(2027, 1, 5, 9), utc(2027, 1, 5, 15), utc(2027, 1, 6, 9)]
    near = await times_near(make_page(), offering(*starts), utc(2027, 1, 5, 10))
    assert near == starts[:2]


async def test_or_of_the_first_day_after_it_that_has_some(make_page: MakePage) -> None:
    starts = [utc(2027, 1, 4, 15), utc(2027, 1, 8, 9), utc(2027, 1, 8, 10), utc(2027, 1, 9, 9)]
    assert await times_near(make_page(), offering(*starts), utc(2027, 1, 5, 10)) == starts[1:3]
    assert await times_near(make_page(), offering(), utc(2027, 1, 5, 10)) == []


@pytest.mark.parametrize(
    "later", [utc(2027, 2, 1, 9), utc(2027, 6, 7, 9), utc(2031, 12, 15, 9)], ids=["next month", "summer", "the end"]
)
async def test_however_far_away_that_day_is(make_page: MakePage, later: datetime) -> None:
    windows: list[Interval] = []
    found = offering(later, later + timedelta(hours=1), later + timedelta(days=1))

    async def find_times(window: Interval) -> Sequence[Slot]:
        windows.append(window)
        return await found(window)

    near = await times_near(make_page(), find_times, utc(2027, 1, 5, 10))
    assert (near, len(windows) < 8) == ([later, later + timedelta(hours=1)], True)


async def test_for_a_start_that_is_past_they_begin_today(make_page: MakePage) -> None:
    start = utc(2027, 1, 4, 15)
    assert await times_near(make_page(), offering(start), start - timedelta(days=400)) == [start]
