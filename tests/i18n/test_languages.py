import pytest

from openslot.i18n import languages


def test_the_requested_language_beats_the_browser_s_preference() -> None:
    assert languages.choose("it", "th", "en").code == "it"


def test_the_browsers_preferences_are_taken_by_weight() -> None:
    assert languages.choose(None, "pl;q=0.9, it;q=0.2, th;q=0.8").code == "th"


def test_equal_weights_keep_their_order() -> None:
    assert languages.choose(None, "th, it").code == "th"


def test_a_language_refused_by_weight_zero_is_not_taken() -> None:
    assert languages.choose(None, "it;q=0, th;q=0.1").code == "th"


def test_the_hosts_language_is_taken_where_the_browser_knows_none_of_ours() -> None:
    assert languages.choose(None, "pl, da;q=0.5", "it").code == "it"


@pytest.mark.parametrize("accepted", ["", "*", "xx-!!", "pl", ";;;,,", "it;q=much", "x" * 10_000, "a" * 300 + "-b"])
def test_english_is_the_last_resort(accepted: str) -> None:
    assert languages.choose("klingon", accepted, "zz", "").code == "en"


def test_the_country_of_a_tag_sets_clock_and_order_of_dates() -> None:
    british = languages.choose(None, "en-GB")
    assert (british.code, british.locale.territory) == ("en", "GB")


def test_a_tag_without_country_gets_the_likely_one() -> None:
    countries = {language.code: language.locale.territory for language in languages.offered()}
    expected = {
        "de": "DE", "en": "US", "es": "ES", "fr": "FR", "it": "IT", "nl": "NL", "pt": "BR", "th": "TH", "uk": "UA",
    }  # fmt: skip
    assert countries | expected == countries


def test_languages_are_named_in_their_own_words() -> None:
    names = [language.own_name for language in languages.offered()]
    expected = {
        "Deutsch", "English", "Español", "Français", "Italiano", "Nederlands", "Português", "ไทย", "Українська",
    }  # fmt: skip
    assert expected <= set(names)


def test_a_catalogue_is_compiled_from_its_source() -> None:
    assert languages.translations("it").gettext("When") == "Quando"
    assert languages.translations("en").gettext("When") == "When"
    assert languages.translations("it").ngettext("%(num)d time available", "", 1) == "%(num)d orario disponibile"
    assert languages.translations("th").ngettext("%(num)d time available", "", 5) == "ว่าง %(num)d เวลา"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 place restante"), (1, "1 place restante"), (2, "2 places restantes")]
)
def test_nothing_is_singular_in_french(number: int, expected: str) -> None:
    texts = languages.translations("fr")
    assert texts.ngettext("%(num)d spot left", "%(num)d spots left", number) % {"num": number} == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "Залишилося 1 вільне місце"), (3, "Залишилося 3 вільні місця"), (11, "Залишилося 11 вільних місць"),
     (21, "Залишилося 21 вільне місце")],
)  # fmt: skip
def test_ukrainian_numbers_take_the_form_of_their_last_digits(number: int, expected: str) -> None:
    texts = languages.translations("uk")
    assert texts.ngettext("%(num)d spot left", "%(num)d spots left", number) % {"num": number} == expected


def test_of_a_header_without_an_end_the_first_languages_count() -> None:
    assert languages.choose(None, "pl," * 30 + "it").code == "en"
    assert languages.choose(None, "pl," * 10 + "it").code == "it"


def test_nobody_fills_the_memory_with_made_up_countries() -> None:
    most = languages._made.cache_info().maxsize
    assert most is not None
