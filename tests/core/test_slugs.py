"""What the address of a page is made of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.errors import FieldError
from openslot.core.slugs import ALLOWED, MAX_SLUG_LENGTH, check_slug, numbered, slugify

SLUGS = {
    "Ada Lovelace": "ada-lovelace",
    "  Zoë  Łukasz ": "zoe-lukasz",
    "Straße": "strasse",
    "Ærø Übung": "aero-ubung",
    "Привет, мир": "privet-mir",
    "Καλημέρα": "kalimera",
    "สมชาย": "smchay",
    "北京": "beijing",
    "こんにちは": "konnichiha",
    "안녕": "annyeong",
    "😀": "grinning",
    "\uff21\uff44\uff41": "ada",
    "!!!": "host",
    "\u200b": "host",
    "a" * 80: "a" * 50,
    "a" * 49 + " b": "a" * 49,
    "<script>": "script",
}


@pytest.mark.parametrize("name", SLUGS)
def test_a_slug_is_lower_case_letters_digits_and_hyphens(name: str) -> None:
    assert slugify(name) == SLUGS[name]


@given(st.text(), st.integers(1, 10**6))
def test_any_name_has_a_slug_of_its_own_for_each_number(name: str, number: int) -> None:
    slug = numbered(slugify(name), number)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert numbered(slugify(name), number + 1) != slug
    errors: list[FieldError] = []
    assert (check_slug(slug, errors), errors) == (slug, [])


@given(st.text(st.characters(categories=["Lo"]), min_size=1, max_size=30))
def test_letters_of_any_script_leave_something(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", slugify(name))


@pytest.mark.parametrize("slug", ["Glaze-Lab", " glaze-lab\u200b"])
def test_a_slug_that_somebody_chose_is_in_lower_case(slug: str) -> None:
    errors: list[FieldError] = []

    assert (check_slug(slug, errors), errors) == ("glaze-lab", [])


@pytest.mark.parametrize(
    "slug",
    ["", " ", "straße", "สวัสดี", "привет", "😀", "kiln tour", "kiln_tour", "-kiln", "kiln-", "a--b", "a/b", "a" * 51],
)
def test_the_error_for_another_names_what_is_allowed(slug: str) -> None:
    errors: list[FieldError] = []

    check_slug(slug, errors)

    assert errors == [FieldError("slug", ALLOWED)]
