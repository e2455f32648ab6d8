from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.holidays import _of_year, holidays_of, is_region, list_names

NEW_YEAR_2027, NEW_YEAR_S_EVE_2027 = date(2027, 1, 1), date(2027, 12, 31)


def of_2027(region: str, *worked: str) -> dict[str, str]:
    found = holidays_of(region, NEW_YEAR_2027, NEW_YEAR_S_EVE_2027, worked=worked)
    return {f"{day:%m-%d}": name for day, name in found.items()}


def test_the_holidays_of_a_country_have_english_names() -> None:
    assert of_2027("IT") == {
        "01-01": "New Year's Day",
        "01-06": "Epiphany",
        "03-28": "Easter Sunday",
        "03-29": "Easter Monday",
        "04-25": "Liberation Day",
        "05-01": "Labor Day",
        "06-02": "Republic Day",
        "08-15": "Assumption Of Mary Day",
        "10-04": "Saint Francis of Assisi, Patron Saint of Italy",
        "11-01": "All Saints' Day",
        "11-07": "National Unity Day",
        "12-08": "Immaculate Conception",
        "12-25": "Christmas Day",
        "12-26": "Saint Stephen's Day",
    }


def test_a_part_of_a_country_has_holidays_of_its_own_beside_the_country_s() -> None:
    country, part = of_2027("US"), of_2027("US-CA")
    assert {day: name for day, name in part.items() if day not in country} == {
        "03-31": "Cesar Chavez Day",
        "10-29": "Diwali",
        "11-26": "Day After Thanksgiving",
    }
    assert (country["10-11"], "10-11" in part) == ("Columbus Day", False)
    assert country.items() & part.items() >= {("07-04", "Independence Day"), ("12-25", "Christmas Day")}


@pytest.mark.parametrize("region", ["JP", "SA", "IL", "CN", "RU", "GR", "TH"])
def test_names_are_english_also_where_the_country_writes_otherwise(region: str) -> None:
    """Dashes and apostrophes may be typographic, letters are Latin."""
    assert all(ord(letter) < 0x250 for name in list_names(region, 2027) for letter in name if letter.isalpha())


def test_names_do_not_follow_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to itself, the library asks the environment; a name someone works on would be found on no other machine."""
    monkeypatch.setenv("LANGUAGE", "it")
    _of_year.cache_clear()
    assert of_2027("IT")["01-06"] == "Epiphany"


def test_holidays_that_one_works_on_are_left_out() -> None:
    all_of_them, some = of_2027("IT"), of_2027("IT", "Epiphany", "National Unity Day", "Waitangi Day")
    assert all_of_them.items() - some.items() == {("01-06", "Epiphany"), ("11-07", "National Unity Day")}
    assert some.items() <= all_of_them.items()
    assert of_2027("IT", *list_names("IT", 2027)) == {}


def test_a_day_of_two_holidays_is_one_as_long_as_one_of_them_is_left() -> None:
    presidents, anthony = "Presidents' Day", "Susan B. Anthony Day"
    assert of_2027("US-CA")["02-15"] == f"{presidents}; {anthony}"
    assert of_2027("US-CA", presidents)["02-15"] == anthony
    assert of_2027("US-CA", anthony)["02-15"] == presidents
    assert "02-15" not in of_2027("US-CA", presidents, anthony)


def test_the_names_of_a_year_come_in_the_order_of_their_days_each_once() -> None:
    assert list_names("CN", 2027) == [
        "New Year's Day",
        "Chinese New Year's Eve",
        "Chinese New Year (Spring Festival)",
        "Chinese New Year (Spring Festival) (observed)",
        "Tomb-Sweeping Day",
        "Labor Day",
        "Labor Day (observed)",
        "Dragon Boat Festival",
        "Mid-Autumn Festival",
        "National Day",
        "National Day (observed)",
    ]


def test_every_name_that_a_day_has_is_in_the_list() -> None:
    for region in ("IT", "US-CA", "GB-SCT", "CZ", "JO"):
        listed = set(list_names(region, 2027))
        assert {name for names in of_2027(region).values() for name in names.split("; ")} == listed


def test_days_across_the_turn_of_the_year_are_those_of_both_years() -> None:
    assert holidays_of("IT", date(2026, 12, 25), date(2027, 1, 6)) == {
        date(2026, 12, 25): "Christmas Day",
        date(2026, 12, 26): "Saint Stephen's Day",
        date(2027, 1, 1): "New Year's Day",
        date(2027, 1, 6): "Epiphany",
    }


def test_a_holiday_kept_in_the_year_before_is_found_there() -> None:
    """New Year's Day of 2028 is a Saturday."""
    name = "New Year's Day (observed)"
    assert holidays_of("US", NEW_YEAR_S_EVE_2027, NEW_YEAR_S_EVE_2027) == {NEW_YEAR_S_EVE_2027: name}


@given(st.sampled_from(["IT", "US-CA", "GB"]), st.dates(date(2020, 1, 1), date(2032, 1, 1)), st.integers(0, 800))
def test_a_query_returns_a_part_of_the_whole(region: str, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    whole = holidays_of(region, date(2019, 1, 1), date(2036, 1, 1))
    assert holidays_of(region, first, last) == {day: name for day, name in whole.items() if first <= day <= last}


def test_before_its_first_day_there_is_nothing() -> None:
    assert holidays_of("IT", date(2027, 12, 26), date(2027, 12, 24)) == {}
    assert holidays_of("IT", date(2028, 1, 1), date(2027, 12, 24)) == {}


@pytest.mark.parametrize("text", ["IT", "US", "US-CA", "DE-BY", "GB-SCT", "CA-QC"])
def test_a_country_and_its_part_are_regions(text: str) -> None:
    assert is_region(text)
    assert list_names(text, 2027)


@pytest.mark.parametrize(
    "text",
    ["", "-", "XX", "it", "ITA", "US-", "US-ca", "US-XX", "IT-ZZ", "US-CA-", "US-CA-LA", "-CA", " IT", "UK", "Italy"],
)
def test_anything_else_is_no_region(text: str) -> None:
    assert not is_region(text)
    for query in (
        lambda: holidays_of(text, NEW_YEAR_2027, NEW_YEAR_S_EVE_2027),
        lambda: list_names(text, 2027),
    ):
        with pytest.raises(ValueError, match=f"^unknown country or region '{text}'$"):
            query()


def test_every_region_that_the_library_knows_has_years_of_its_own_days() -> None:
    known = holidays.list_supported_countries(include_aliases=False)
    regions = [*known, *(f"{country}-{part}" for country in ("IT", "US", "DE", "CH") for part in known[country])]
    assert len(regions) > 300
    for region in regions:
        found = holidays_of(region, NEW_YEAR_2027, NEW_YEAR_S_EVE_2027)
        assert {day.year for day in found} <= {2027}, region
        assert all(name and name == name.strip() for name in list_names(region, 2027)), region


def test_what_is_answered_can_be_changed_without_changing_the_next_answer() -> None:
    first = of_2027("IT")
    holidays_of("IT", NEW_YEAR_2027, NEW_YEAR_S_EVE_2027).clear()
    list_names("IT", 2027).clear()
    assert of_2027("IT") == first
