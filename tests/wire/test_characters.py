"""Texts that would take time by more than their length."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.wire.characters import is_seen, normalized

HEAP = "a" + "\u0301\u0323" * 10_000
"""Its normal form takes a second: the marks are put in order one by one."""


@given(st.text(max_size=40))
def test_a_text_is_in_the_normal_form_that_unicode_gives_it(text: str) -> None:
    assert normalized("NFC", text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_text_that_heaps_up_marks_stays_as_it_is(form: str) -> None:
    assert normalized("NFC" if form == "NFC" else "NFKC", HEAP) is HEAP


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a", True), ("", False), ("\u0301", False), ("\u0301 \u200b\u0323", False), ("\u0301a", True),
        ("\u0301" * 10 + "\n" + "ก", True), ("\u0301" * 2000 + "a", False), ("\u200b" * 2000 + "a", True),
    ],
)  # fmt: skip
def test_a_text_is_seen_where_it_shows_more_than_marks(text: str, *, seen: bool) -> None:
    assert is_seen(text) is seen
