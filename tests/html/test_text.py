import pytest

from openslot.html.text import clean, initials, paragraphs


def test_control_characters_and_halves_of_pairs_are_dropped() -> None:
    assert clean("a\x00b\x1bc\ud800d\x7f\te") == "abcd\te"


def test_line_ends_are_unified() -> None:
    assert clean("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


def test_paragraphs_are_parted_by_blank_lines() -> None:
    assert paragraphs("\nOne\nstill one\n \n\nTwo\n") == [["One", "still one"], ["Two"]]
    assert paragraphs(None) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", "AL"),
        ("Ada", "A"),
        ("Anna Maria de Sica", "AS"),
        ("สมชาย ใจดี", "สใ"),
        ("(x) ...", ""),
        ("", ""),
    ],
)
def test_initials_stand_for_a_picture(name: str, expected: str) -> None:
    assert initials(name) == expected
