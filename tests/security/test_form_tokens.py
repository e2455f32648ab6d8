"""Tokens of forms. Source: ADR 0022."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from openslot.security.form_tokens import FormTokens, ShownForm

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
TOKENS = FormTokens("a key")


@given(now=st.datetimes(datetime(1970, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- zoned here
def test_a_token_has_the_second_at_which_its_form_was_shown(now: datetime) -> None:
    token = TOKENS.new(now)
    read = TOKENS.read(token)

    assert read == ShownForm(urlsafe_b64decode(token)[:16], now.replace(microsecond=0))


def test_no_two_are_alike_and_none_shows_its_secret_or_the_key() -> None:
    tokens = {TOKENS.new(NOW) for _ in range(100)}
    secrets = {shown.secret for shown in map(TOKENS.read, tokens) if shown is not None}

    assert (len(tokens), len(secrets)) == (100, 100)
    assert repr(TOKENS) == "FormTokens()"
    assert repr(ShownForm(b"secret", NOW)) == f"ShownForm(shown_at={NOW!r})"


@given(index=st.integers(0, 41), change=st.integers(1, 255))
def test_a_token_of_which_one_byte_is_another_is_none(index: int, change: int) -> None:
    raw = bytearray(urlsafe_b64decode(TOKENS.new(NOW)))
    raw[index] ^= change

    assert TOKENS.read(urlsafe_b64encode(raw).decode()) is None


@given(token=st.text(max_size=80) | st.text("ABCab-_=+/", min_size=56, max_size=56))
def test_any_other_text_is_none(token: str) -> None:
    assert TOKENS.read(token) is None


@given(where=st.integers(0, 55), letter=st.sampled_from(" \n=+/%"), dash=st.booleans())
def test_a_token_is_written_in_one_way_only(where: int, letter: str, *, dash: bool) -> None:
    token = next(one for one in iter(lambda: TOKENS.new(NOW), None) if not dash or "-" in one)
    where = token.index("-") if dash else where

    assert TOKENS.read(token[:where] + letter + token[where + 1 :]) is None
    assert TOKENS.read(token[:where] + letter + token[where:]) is None


def test_a_token_of_another_key_is_none() -> None:
    assert FormTokens("another").read(TOKENS.new(NOW + timedelta(seconds=1))) is None
