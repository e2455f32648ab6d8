import pytest

from openslot.core.passwords import IS_OBVIOUS, MAX_LENGTH, TOO_LONG, TOO_SHORT, password_problem


@pytest.mark.parametrize("password", ["correct horse", "ปลาทองว่ายน้ำ", "x7" * 4 + "ab", "tr0ubad0r", "a b c d e f"])
def test_eight_characters_of_any_kind_are_enough(password: str) -> None:
    assert password_problem(password, "ada@example.org", "Ada Lovelace") is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", TOO_SHORT),
        ("1234567", TOO_SHORT),
        ("x1y2" * 50 + "z", TOO_LONG),
        ("Password", IS_OBVIOUS),
        ("aaaaaaaabb", IS_OBVIOUS),
        ("ada@example.org", IS_OBVIOUS),
        ("ADA lovelace", IS_OBVIOUS),
    ],
)
def test_what_is_short_endless_or_tried_first_is_refused(password: str, problem: str) -> None:
    assert password_problem(password, "ada@example.org", "Ada Lovelace") == problem


def test_the_longest_is_taken() -> None:
    assert password_problem("x1y2" * (MAX_LENGTH // 4)) is None
