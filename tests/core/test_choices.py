"""Choices, as they are kept and as answers mean them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.choices import MAX_CHOSEN, Chosen, choice_meant, choices_meant, is_same_choice, tidy_choices
from openslot.wire.characters import one_line


def test_choices_are_kept_on_one_line_none_empty_none_twice() -> None:
    assert tidy_choices(
        ["Small ", "\u00a0Middle", "Very\r\nlarge", "", " ", "\u200b", "Small", "small", "Cafe\u0301", "Café"]
    ) == [
        "Small",
        "Middle",
        "Very large",
        "small",
        "Cafe\u0301",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Small ", "Small"),
        ("\u00a0Small", "Small\n"),
        ("Very  large", "Very\u2028large"),
        ("Cafe\u0301", "Café"),
        ("A,B", "A , B"),
    ],
)
def test_blanks_make_no_other_choice(one: str, other: str) -> None:
    assert is_same_choice(one, other)
    assert choice_meant(one, ["Else", other]) == choice_meant(other, ["Else", one]) == 1


def test_letters_and_case_do() -> None:
    assert not is_same_choice("Small", "small")
    assert choice_meant("Smal", ["Small"]) is None
    assert choice_meant(" ", ["", " "]) is None


def test_a_choice_that_holds_the_separator_is_known_as_a_whole() -> None:
    choices = ["Salt, pepper", "Sugar", "A", "A, B"]

    assert choices_meant("Sugar,Salt,pepper, own words ,A, B", choices, separator=",") == [
        Chosen("Sugar", 1),
        Chosen("Salt, pepper", 0),
        Chosen("own words", None),
        Chosen("A, B", 3),
    ]
    assert choices_meant("Very\nlarge\nSugar", ["Very\r\nlarge", "Sugar"]) == [
        Chosen("Very large", 0),
        Chosen("Sugar", 1),
    ]


TEXTS = st.text("aB ,\n\r\u00a0\u200bé", max_size=8)


@given(st.lists(TEXTS, max_size=6))
def test_every_choice_that_shows_something_can_be_chosen(choices: list[str]) -> None:
    for choice in choices:
        place = choice_meant(choice, choices)
        assert (place is None) == (one_line(choice) == "")
        assert place is None or is_same_choice(choices[place], choice)
    assert tidy_choices(tidy_choices(choices)) == tidy_choices(choices)


@given(st.data(), st.lists(TEXTS.filter(lambda text: one_line(text) != ""), min_size=1, max_size=6))
def test_several_choices_in_lines_are_those(data: st.DataObject, choices: list[str]) -> None:
    kept = tidy_choices(choices)
    chosen = data.draw(st.lists(st.sampled_from(kept)))

    assert [one.text for one in choices_meant("\n".join(chosen), kept)] == chosen


def test_of_a_list_without_an_end_the_first_parts_are_looked_at() -> None:
    found = choices_meant("x\n" * 100_000, ["x"])
    assert [one.place for one in found] == [0] * MAX_CHOSEN + [None]
