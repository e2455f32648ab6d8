"""What a plus sign in an address's query stands for. Source: since-september, section 7."""

from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.queries import addresses, maybe_number, pairs, separated, without_blanks

READERS = {"email": without_blanks, "guests": addresses, "a4": maybe_number}


def read(query: str) -> list[tuple[str, str]]:
    return pairs(query.encode(), READERS)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("email=ann+work@example.com", "ann+work@example.com"),
        ("email=ann%2Bwork%40example.com", "ann+work@example.com"),
        ("email=+ann+work@example.com+", "ann+work@example.com"),
        ("guests=a+b@example.com", "a+b@example.com"),
        ("guests=a+b@example.com,c+d@example.org", "a+b@example.com,c+d@example.org"),
        ("guests=a%2Bb%40example.com%2C+c%40example.org", "a+b@example.com,c@example.org"),
        ("guests=a@example.com,+b@example.org", "a@example.com,b@example.org"),
        ("guests=a@example.com+b@example.org", "a@example.com,b@example.org"),
        ("guests=a@example.com;b+c@example.org%0Ad@example.net", "a@example.com,b+c@example.org,d@example.net"),
        ("guests=", ""),
        ("a4=+390655500123", "+390655500123"),
        ("a4=%2B390655500123", "+390655500123"),
        ("a4=+39+06+5550+0123", "+39 06 5550 0123"),
        ("a4=%2B39+06+5550+0123", "+39 06 5550 0123"),
        ("a4=+39%2006%205550%200123", "+39 06 5550 0123"),
        ("a4=(+39)+06+5550+0123", "(+39) 06 5550 0123"),
        ("a4=tel:+39-06-5550-0123", "tel:+39-06-5550-0123"),
        ("a4=see+you+later", "see you later"),
        ("a4=+5+people", " 5 people"),
        ("a4=1+1", "1 1"),
        ("a4=+06+5550+0123", " 06 5550 0123"),
        ("name=Ada+Lovelace", "Ada Lovelace"),
        ("name=Zo%C3%AB", "Zoë"),
        ("name=Zoë", "Zoë"),
        ("name=%ff", "\ufffd"),
    ],
)
def test_a_plus_sign_is_read_as_it_was_meant(query: str, value: str) -> None:
    assert read(query) == [(query.partition("=")[0], value)]


def test_pairs_come_in_order_the_empty_ones_too() -> None:
    assert read("a=1&&b&c=&a=2&d=x=y") == [("a", "1"), ("b", ""), ("c", ""), ("a", "2"), ("d", "x=y")]


LOCAL = st.text("abcXYZ019.+_-é", min_size=1, max_size=8).filter(lambda text: not text.startswith("+"))
ADDRESS = st.builds("{}@{}".format, LOCAL, st.sampled_from(["example.com", "bücher.example"]))
NUMBER = st.from_regex(r"\+[1-9][0-9]{2}(?:[ ().-]?[0-9]){5,10}", fullmatch=True)
ENCODINGS: dict[str, Callable[[str], str]] = {
    "as a form": quote_plus,
    "as a script": lambda text: quote(text, safe="!'()*"),
    "every character": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "not at all but for blanks": lambda text: text.replace("%", "%25").replace("&", "%26").replace(" ", "%20"),
    "not at all but as a form": lambda text: text.replace("%", "%25").replace("&", "%26").replace(" ", "+"),
}


@given(ADDRESS, st.sampled_from(sorted(ENCODINGS)))
def test_an_address_comes_out_whatever_the_link_was_made_with(address: str, encoding: str) -> None:
    assert read(f"email={ENCODINGS[encoding](address)}") == [("email", address)]


@given(
    st.lists(ADDRESS, max_size=4), st.sampled_from([",", ", ", ";", "\n", " ", " , ", "\uff0c", "、"]),
    st.sampled_from(sorted(ENCODINGS)),
)  # fmt: skip
def test_a_list_of_addresses_comes_out_as_these(several: list[str], between: str, encoding: str) -> None:
    [(_, value)] = read(f"guests={ENCODINGS[encoding](between.join(several))}")

    assert separated(value) == several


@given(NUMBER, st.sampled_from(sorted(ENCODINGS)))
def test_a_number_comes_out_with_its_plus(number: str, encoding: str) -> None:
    assert read(f"a4={ENCODINGS[encoding](number)}") == [("a4", number)]


@given(
    st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["as a form", "as a script", "every character"])
)
def test_a_text_comes_out_as_it_was(text: str, encoding: str) -> None:
    assert read(f"name={ENCODINGS[encoding](text)}") == [("name", text)]
    if "+" not in text:
        assert read(f"name={ENCODINGS['not at all but as a form'](text)}") == [("name", text)]
