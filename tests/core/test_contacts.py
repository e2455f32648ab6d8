"""Addresses and names as they are kept: whoever is meant is one person, however the address is written (ADR 0019)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.contacts import (
    email_address,
    is_same_address,
    known_address,
    person_name,
    spellings,
    unique_addresses,
)
from openslot.wire.characters import address_key, one_line, tidy_address, trimmed

UNSEEN = [
    "\u200b", "\u200e", "\u200f", "\u202a", "\u202c", "\u202e", "\u2060", "\u2066", "\ufeff", "\u00ad", "\u200c",
    "\u200d", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180e", "\u3164", "\uffa0", "\ufe0f", "\ufffc",
    "\U000e0061", "\U000e0100", "\u2800",
]  # fmt: skip
"""Of each kind of character that shows nothing, one or more."""


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "Ada.Lovelace+kiln@sub.Example.co.uk",
        "a@b.c",
        "ada@localhost",
        "ada@here.localhost",
        "ada@shop.test",
        "ada@example.invalid",
        "zoë@bücher.example",
        "o'brien@example.org",
        "a" * 64 + "@example.org",
        "1@2.3",
        "иван@почта.рф",
        "用户@例子.广告",
        "รองเท้า@example.org",
        "ada@straße.de",
        "!#$%&'*+-/=?^_`{|}~@example.org",
    ],
)
def test_an_address_is_kept_as_it_is(text: str) -> None:
    assert email_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@@example.org",
        "ada@example@example.org",
        "ada @example.org",
        "ada@exam\u3000ple.org",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "a..b@example.org",
        ".a@example.org",
        "a.@example.org",
        "Ada <ada@example.org>",
        "ada@example.org, bob@example.org",
        "ada@example.org;bob@example.org",
        '"ada"@example.org',
        "ada\\@example.org",
        "ada@[127.0.0.1]",
        "ada\x00@example.org",
        "ada\x85@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 250 + ".org",
        "ada\uff20bob@example.org",
        "ada\uff1bbob@example.org",
        "e\u0301" * 100_000,
    ],
)
def test_what_is_no_address_or_could_split_a_header_is_refused(text: str) -> None:
    assert email_address(text) is None


@pytest.mark.parametrize("character", ["\u2024", "\u2026", "\ufe6b", "\ufe52", "\u2488", "\u2100", "\u037e", "\u00b4"])
def test_no_other_character_becomes_a_dot_or_an_at_in_silence(character: str) -> None:
    assert email_address(f"ada{character}bob@example.org") is None
    assert email_address(f"ada@example{character}org") is None


@pytest.mark.parametrize(
    "text",
    [
        *(f"zoe@example.com{one}" for one in UNSEEN),
        *(f"{one}zoe@example.com" for one in UNSEEN),
        *(f"z{one}oe@exa{one}mple.com" for one in UNSEEN),
        " zoe@example.com\t",
        "\u3000zoe@example.com\u00a0\r\n",
        "zoe@example.com\x00",
        "\uff5a\uff4f\uff45@example.com",
        "\uff5a\uff4f\uff45\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d",
        "\U0001d433\U0001d428\U0001d41e@example.com",
        "zoe@example。com",
    ],
)
def test_what_is_not_seen_makes_no_other_person(text: str) -> None:
    assert email_address(text) == "zoe@example.com"


def test_a_domain_is_kept_in_its_own_letters_and_found_in_both() -> None:
    assert email_address("Ada@XN--BCHER-KVA.example") == "Ada@bücher.example"
    assert email_address("ada@BÜCHER.example") == "ada@bücher.example"
    assert spellings("ada@BÜCHER.example") == ["ada@bücher.example", "ada@xn--bcher-kva.example"]
    assert is_same_address("ada@bücher.example", "ADA@xn--bcher-kva.EXAMPLE")
    assert not is_same_address("ada@bücher.example", "ada@bucher.example")
    assert not is_same_address("ada@straße.de", "ada@strasse.de")


def test_everybody_is_there_once() -> None:
    assert unique_addresses(
        ["Zoe@example.org", "bob@bücher.example", "zoe@EXAMPLE.org", "bob@xn--bcher-kva.example"]
    ) == [
        "Zoe@example.org",
        "bob@bücher.example",
    ]


def test_what_was_taken_for_an_address_once_can_be_looked_for() -> None:
    assert known_address("a..b@example.org ") == "a..b@example.org"
    assert known_address(".a@Example.org") == ".a@Example.org"
    assert known_address("zoe@example.com\u200b") == "zoe@example.com"
    for text in ("ada", "ada@example", "ada @example.org", "Ada <ada@example.org>", "ada@example.org\nx"):
        assert known_address(text) is None


LOCAL = st.text(string.ascii_letters + string.digits + "+-_'éñüжд用ท", min_size=1, max_size=12)
DOMAINS = st.sampled_from(
    ["example.com", "Sub.example.org", "bücher.example", "xn--bcher-kva.example", "почта.рф", "localhost"]
)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    parts = draw(st.lists(LOCAL, min_size=1, max_size=3))
    return f"{'.'.join(parts)}@{draw(DOMAINS)}"


@st.composite
def decorated(draw: st.DrawFn, address: str) -> str:
    """The same address as somebody pastes it: with what is not seen, in another case, in full width, in ASCII."""
    local, _, domain = address.rpartition("@")
    if domain == "bücher.example" and draw(st.booleans()):
        domain = "xn--bcher-kva.example"
    written = []
    for character in f"{local}@{domain}":
        one = character.swapcase() if len(character.swapcase()) == 1 and draw(st.booleans()) else character
        if "!" <= one <= "~" and draw(st.booleans()):
            one = chr(ord(one) + 0xFEE0)
        written.append(draw(st.sampled_from(["", *UNSEEN])) if draw(st.booleans()) else "")
        written.append(one)
    around = st.text(st.sampled_from([*UNSEEN, " ", "\t", "\u00a0", "\u3000", "\n"]), max_size=3)
    return f"{draw(around)}{''.join(written)}{draw(around)}"


@given(st.data(), addresses())
def test_an_address_is_the_same_person_however_it_is_written(data: st.DataObject, address: str) -> None:
    written = data.draw(decorated(address))

    kept, other = email_address(address), email_address(written)
    assert kept is not None
    assert other is not None
    assert address_key(kept) == address_key(other) == address_key(written)
    lowered = {one.lower() for one in spellings(kept)}
    assert lowered == {one.lower() for one in spellings(written)}
    assert other.lower() in lowered


@given(st.text() | addresses().flatmap(decorated))
def test_keeping_an_address_again_changes_nothing(text: str) -> None:
    kept = email_address(text)

    assert tidy_address(tidy_address(text)) == tidy_address(text)
    assert kept is None or email_address(kept) == kept


@given(st.text())
def test_no_address_holds_a_blank_or_a_line_end(text: str) -> None:
    kept = email_address(text)

    assert kept is None or not any(character.isspace() or character in "<>,;" for character in kept)


@pytest.mark.parametrize(
    "name",
    [
        *UNSEEN,
        "".join(UNSEEN),
        "",
        " ",
        "\t\r\n",
        "\x00",
        "\x1b\x7f",
        "\u2028",
        "\u00a0\u3000",
        "\u0301",
        "\u3164 \u3164",
    ],
)
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    assert person_name(name) == ""
    assert person_name("Ada", name) == "Ada"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Ada\u00a0 \u3000Lovelace\n", "Ada Lovelace"),
        ("\u200eAda \u202eLovelace\u202c\u200f", "Ada Lovelace"),
        ("Ada\u3164Lovelace", "Ada Lovelace"),
        ("Ada\u00ad Love\u200blace\ufeff", "Ada Lovelace"),
        ("علی\u200cرض\u0627", "علی\u200cرض\u0627"),
        ("Ann 👩\u200d🚀", "Ann 👩\u200d🚀"),
        ("Ann ❤\ufe0f", "Ann ❤\ufe0f"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("Nguyễn Văn A", "Nguyễn Văn A"),
        ("O\u2019Brien-Smith, Jr.", "O\u2019Brien-Smith, Jr."),
        ("X Æ A-12", "X Æ A-12"),
        ("\uff21\uff44\uff41", "\uff21\uff44\uff41"),
    ],
)
def test_a_name_is_one_line_of_what_was_meant(name: str, kept: str) -> None:
    assert person_name(name) == kept


@given(st.text(st.characters() | st.sampled_from([*UNSEEN, " ", "\n"])))
def test_keeping_a_name_again_changes_nothing(text: str) -> None:
    assert person_name(person_name(text)) == person_name(text)
    assert one_line(one_line(text)) == one_line(text)
    assert trimmed(trimmed(text)) == trimmed(text)
