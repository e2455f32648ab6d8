"""Clock, week and order of dates by the browser's country, whatever language the words are in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from openslot.i18n import languages
from openslot.i18n.formatting import Formats

ROME = ZoneInfo("Europe/Rome")
AFTERNOON = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
DAY = date(2026, 11, 3)
NARROW = "\u202f"
DAY_FIRST, MONTH_FIRST = "Tuesday, 3 November 2026", "Tuesday, November 3, 2026"


def read(accepted: str, requested: str | None = None, *fallbacks: str) -> tuple[str, str, str, str]:
    """Language of the words, a time, a date, and the week's first day."""
    language = languages.choose(requested, accepted, *fallbacks)
    formats = Formats.of(language, ROME)
    return language.code, formats.time(AFTERNOON), formats.full_date(DAY), formats.week[0][1]


@pytest.fixture(autouse=True)
def only_italian_and_thai(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds of a language without a catalogue holds whichever catalogues there are."""
    monkeypatch.setattr(languages, "codes", lambda: ("en", "it", "th"))


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("de-DE", ("en", "14:30", DAY_FIRST, "Monday")),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", ("en", "14:30", DAY_FIRST, "Monday")),
        ("de,en-US;q=0.7,en;q=0.3", ("en", "14:30", DAY_FIRST, "Monday")),
        ("fr-FR,fr;q=0.9,en-US;q=0.8", ("en", "14:30", DAY_FIRST, "Monday")),
        ("fr-CA", ("en", "14:30", "Tuesday, November 3, 2026", "Sunday")),
        ("ja-JP", ("en", "14:30", DAY_FIRST, "Sunday")),
        ("ja,en-US;q=0.5", ("en", "14:30", DAY_FIRST, "Sunday")),
        ("zh-TW", ("en", "2:30 pm", DAY_FIRST, "Sunday")),
        ("zh-Hant", ("en", "2:30 pm", DAY_FIRST, "Sunday")),
        ("zh-Hans-CN", ("en", "14:30", DAY_FIRST, "Monday")),
        ("pt-BR,pt;q=0.9,en-US;q=0.8", ("en", "14:30", DAY_FIRST, "Sunday")),
        ("es-MX", ("en", "2:30 pm", DAY_FIRST, "Sunday")),
        ("ar-EG", ("en", "2:30 pm", DAY_FIRST, "Saturday")),
        ("fa-IR", ("en", "14:30", DAY_FIRST, "Saturday")),
        ("en-GB", ("en", "14:30", DAY_FIRST, "Monday")),
        ("en-AU", ("en", f"2:30{NARROW}pm", DAY_FIRST, "Monday")),
        ("en-US", ("en", f"2:30{NARROW}PM", MONTH_FIRST, "Sunday")),
        ("en,en-GB;q=0.9", ("en", "14:30", DAY_FIRST, "Monday")),
        ("xx-DE", ("en", "14:30", DAY_FIRST, "Monday")),
        ("de-JP", ("en", "14:30", DAY_FIRST, "Sunday")),
        ("en-DE-u-hc-h23", ("en", "14:30", DAY_FIRST, "Monday")),
        ("sr-Latn-RS", ("en", "14:30", DAY_FIRST, "Monday")),
        ("en-US;q=0.3, de-AT;q=0.9", ("en", "14:30", DAY_FIRST, "Monday")),
        ("es-419", ("en", "2:30 pm", DAY_FIRST, "Monday")),
    ],
)
def test_english_words_have_the_clock_week_and_dates_of_the_browsers_country(
    accepted: str, expected: tuple[str, str, str, str]
) -> None:
    assert read(accepted) == expected


@pytest.mark.parametrize(
    "accepted",
    ["*", "*;q=0.5", "", "zz", "en-ZZ", "de-DE;q=0", "de-DE;q=much", "-DE", ";;,,", "d" * 9000, "\x00", "en-"],
)
def test_what_names_no_country_is_read_as_before(accepted: str) -> None:
    assert read(accepted) == ("en", f"2:30{NARROW}PM", MONTH_FIRST, "Sunday")


@pytest.mark.parametrize(
    ("accepted", "requested", "expected"),
    [
        ("it-IT", None, ("it", "14:30", "martedì 3 novembre 2026", "lunedì")),
        ("en-US", "it", ("it", "14:30", "martedì 3 novembre 2026", "lunedì")),
        ("de-DE,it;q=0.5", None, ("it", "14:30", "martedì 3 novembre 2026", "lunedì")),
        ("de-DE", "th", ("th", "14:30", "วันอังคารที่ 3 พฤศจิกายน พ.ศ. 2569", "วันอาทิตย์")),
    ],
)
def test_italian_and_thai_keep_their_own(
    accepted: str, requested: str | None, expected: tuple[str, str, str, str]
) -> None:
    assert read(accepted, requested) == expected


def test_english_requested_in_the_address_keeps_the_browsers_country() -> None:
    assert read("de-DE", "en") == ("en", "14:30", DAY_FIRST, "Monday")


def test_a_country_in_the_address_beats_the_browsers() -> None:
    assert read("de-DE", "en-US") == ("en", f"2:30{NARROW}PM", MONTH_FIRST, "Sunday")


def test_without_a_browser_s_preference_the_country_is_the_hosts() -> None:
    assert read("", None, "de") == ("en", "14:30", DAY_FIRST, "Monday")
    assert read("*", "klingon", "fr-FR") == ("en", "14:30", DAY_FIRST, "Monday")


def test_every_inhabited_country_is_found_whatever_language_goes_with_it() -> None:
    """What is left over are islands that CLDR has no language for, and codes that are no country's."""
    countries = [str(code) for code in Locale("en").territories if str(code).isalpha()]
    lost = {code for code in countries if languages.choose(None, f"xx-{code}").region.territory != code}
    assert lost == {"AC", "AQ", "BQ", "BV", "CP", "CQ", "EU", "EZ", "HM", "QO", "TA", "TF", "UN", "XA", "XB", "ZZ"}
    assert {code for code in countries if languages.choose(None, f"en-{code}").region.territory != code} == lost


@pytest.mark.parametrize(
    ("tag", "twelve", "twenty_four"),
    [
        ("en-US", f"2:30{NARROW}PM", "14:30"), ("de-DE", "2:30 pm", "14:30"), ("it-IT", f"2:30{NARROW}PM", "14:30"),
        ("th-TH", "2:30 PM", "14:30"),
    ],
)  # fmt: skip
def test_the_clock_that_was_chosen_beats_the_countrys(tag: str, twelve: str, twenty_four: str) -> None:
    language = languages.choose(None, tag)
    assert Formats.of(language, ROME, hours=12).time(AFTERNOON) == twelve
    assert Formats.of(language, ROME, hours=24).time(AFTERNOON) == twenty_four
