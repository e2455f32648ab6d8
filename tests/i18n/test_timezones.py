from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from openslot.i18n import timezones

ENGLISH = Locale.parse("en_US")


@pytest.mark.parametrize("name", ["Europe/Rome", "Asia/Calcutta", "UTC", "America/Argentina/Buenos_Aires"])
def test_iana_names_are_found_older_spellings_included(name: str) -> None:
    found = timezones.find(name)
    assert found is not None
    assert found.key == name  # zones are equal only to themselves, and their cache may have been emptied


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("europe/rome", "Europe/Rome"), ("EUROPE/ROME", "Europe/Rome"), ("utc", "UTC"), ("us/eastern", "US/Eastern"),
        ("etc/gmt-2", "Etc/GMT-2"), ("+02:00", "Etc/GMT-2"), ("-0300", "Etc/GMT+3"), ("+00:00", "Etc/GMT-0"),
        ("+14:00", "Etc/GMT-14"), ("-12:00", "Etc/GMT+12"),
    ],
)  # fmt: skip
def test_names_are_found_in_any_case_and_offsets_of_whole_hours_too(name: str, zone: str) -> None:
    found = timezones.find(name)
    assert found is not None
    assert found.key == zone


@pytest.mark.parametrize("name", ["+05:30", "+15:00", "-13:00", "+2", "GMT+2", "UTC+2", "GMT+02:00", "02:00"])
def test_an_offset_that_no_zone_has_or_whose_sign_is_read_both_ways_is_no_zone(name: str) -> None:
    assert timezones.find(name) is None


def test_a_zone_of_an_offset_is_named_with_the_usual_sign() -> None:
    assert timezones.zone_name("Etc/GMT-2", ENGLISH) == timezones.city_name("Etc/GMT-2", ENGLISH) == "UTC+2"
    assert timezones.zone_name("Etc/GMT+3", ENGLISH) == "UTC\N{MINUS SIGN}3"


@pytest.mark.parametrize(
    "name",
    [
        "Etc/Unknown",
        "posixrules",
        "Factory",
        "İ" * 9,
        None,
        "",
        "Europe",
        "../etc/passwd",
        "/etc/passwd",
        "Mars/Olympus",
        "localtime",
        "A\x00B",
        "x" * 5000,
    ],
)
def test_anything_else_is_no_zone(name: str | None) -> None:
    assert timezones.find(name) is None


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "UTC"),
        ("Europe/Rome", "UTC+1"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "UTC\N{MINUS SIGN}3:30"),
        ("Pacific/Chatham", "UTC+13:45"),
    ],
)
def test_offsets_read_as_hours_and_minutes(zone: str, expected: str) -> None:
    assert timezones.offset(datetime(2027, 1, 4, 12, tzinfo=UTC).astimezone(ZoneInfo(zone))) == expected


def test_zones_are_listed_by_area_and_begin_with_their_city_so_that_typing_finds_them() -> None:
    areas = dict(timezones.options(Locale.parse("it_IT"), on=date(2027, 7, 1), also="Europe/Rome"))
    name = "Ora dell\N{RIGHT SINGLE QUOTATION MARK}Europa centrale"
    assert timezones.ZoneOption("Europe/Rome", "Roma (UTC+2)", name, "Italia CET CEST") in areas["Europe"]
    assert [option.label for option in areas["Europe"]] == sorted(option.label for option in areas["Europe"])
    assert list(areas) == sorted(areas)


def test_a_zone_in_use_is_listed_even_where_its_name_is_an_older_spelling() -> None:
    areas = dict(timezones.options(ENGLISH, on=date(2027, 1, 4), also="Asia/Calcutta"))
    assert "Asia/Calcutta" in [option.key for option in areas["Asia"]]


@pytest.mark.parametrize("also", ["UTC", "Etc/GMT+5", "EST5EDT", "GB"])
def test_zones_that_are_no_place_have_a_name_all_the_same(also: str) -> None:
    listed = [option for _, options in timezones.options(ENGLISH, on=date(2027, 1, 4), also=also) for option in options]
    assert [option.key for option in listed].count(also) == 1
    assert timezones.zone_name(also, ENGLISH)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Rome", "Central European Time"), ("UTC", "UTC"), ("Etc/UTC", "UTC"), ("Asia/Bangkok", "Thailand Time")],
)
def test_a_zones_time_has_the_name_that_holds_all_year(zone: str, expected: str) -> None:
    assert timezones.zone_name(zone, ENGLISH) == expected
