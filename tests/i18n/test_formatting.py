from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from openslot.i18n.formatting import Formats

NARROW = "\u202f"
"""The space that CLDR puts before AM and PM."""
MORNING = datetime(2026, 11, 3, 9, tzinfo=UTC)
DAY = date(2026, 11, 3)


def formats(tag: str, zone: str = "Europe/Rome") -> Formats:
    return Formats(Locale.parse(tag), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("tag", "full", "without_year", "month"),
    [
        ("en_US", "Tuesday, November 3, 2026", "Tuesday, November 3", "November 2026"),
        ("en_GB", "Tuesday, 3 November 2026", "Tuesday, 3 November", "November 2026"),
        ("it_IT", "martedì 3 novembre 2026", "martedì 3 novembre", "novembre 2026"),
        ("th_TH", "วันอังคารที่ 3 พฤศจิกายน พ.ศ. 2569", "วันอังคารที่ 3 พฤศจิกายน", "พฤศจิกายน 2569"),
        ("es_ES", "martes, 3 de noviembre de 2026", "martes, 3 de noviembre", "noviembre de 2026"),
    ],
)
def test_dates_read_as_the_country_writes_them(tag: str, full: str, without_year: str, month: str) -> None:
    found = formats(tag)
    assert (found.full_date(DAY), found.weekday_and_day(DAY), found.month(DAY)) == (full, without_year, month)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en_US", f"2:30{NARROW}PM"), ("en_GB", "14:30"), ("it_IT", "14:30"), ("th_TH", "14:30")],
)
def test_the_clock_has_12_or_24_hours_by_country(tag: str, expected: str) -> None:
    assert formats(tag).time(datetime(2026, 11, 3, 13, 30, tzinfo=UTC)) == expected


def test_a_thai_year_is_of_the_buddhist_era_on_new_years_eve_of_the_visitors_zone() -> None:
    last_hour = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    found = formats("th_TH", "Asia/Bangkok")
    assert found.full_date(found.day(last_hour)) == "วันศุกร์ที่ 1 มกราคม พ.ศ. 2570"


def test_both_instants_of_a_repeated_hour_show_their_offset() -> None:
    night = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in range(4)]
    assert [formats("it_IT").time(instant) for instant in night] == [
        "02:30 (UTC+2)", "02:30 (UTC+1)", "03:30", "04:30",
    ]  # fmt: skip


def test_no_offset_is_shown_in_the_night_when_an_hour_is_skipped() -> None:
    night = [datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in range(3)]
    assert [formats("it_IT").time(instant) for instant in night] == ["01:30", "03:30", "04:30"]


def test_a_meeting_past_midnight_names_the_day_it_ends() -> None:
    late = datetime(2026, 11, 3, 22, 30, tzinfo=UTC)
    assert formats("en_GB").span(late, late + timedelta(minutes=20)) == "23:30 \N{EN DASH} 23:50"
    assert formats("en_GB").span(late, late + timedelta(hours=1)) == "23:30 \N{EN DASH} 00:30, Wednesday, 4 November"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en_US", ["1 minute", "45 minutes", "1 hour", "1 hour 30 minutes", "12 hours"]),
        ("it_IT", ["1 minuto", "45 minuti", "1 ora", "1 ora 30 minuti", "12 ore"]),
        ("th_TH", ["1 นาที", "45 นาที", "1 ชั่วโมง", "1 ชั่วโมง 30 นาที", "12 ชั่วโมง"]),
    ],
)
def test_durations_are_spelled_out(tag: str, expected: list[str]) -> None:
    assert [formats(tag).duration(minutes) for minutes in (1, 45, 60, 90, 720)] == expected


@pytest.mark.parametrize(("tag", "first"), [("en_US", "Sunday"), ("en_GB", "Monday"), ("it_IT", "lunedì")])
def test_the_week_begins_where_the_country_begins_it(tag: str, first: str) -> None:
    week = formats(tag).week
    assert len(week) == 7
    assert week[0][1] == first


@pytest.mark.parametrize(
    ("tag", "one_year", "two_years"),
    [
        ("en_US", "November \N{EN DASH} December 2026", "December 2026 \N{EN DASH} January 2027"),
        ("it_IT", "novembre \N{EN DASH} dicembre 2026", "dicembre 2026 \N{EN DASH} gennaio 2027"),
        ("th_TH", "พฤศจิกายน \N{EN DASH} ธันวาคม 2569", "ธันวาคม 2569 \N{EN DASH} มกราคม 2570"),
    ],
)
def test_two_months_have_one_year_where_that_is_the_same(tag: str, one_year: str, two_years: str) -> None:
    november, december, january = date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
    found = formats(tag)
    assert (found.two_months(november, december), found.two_months(december, january)) == (one_year, two_years)
