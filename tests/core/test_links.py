"""Addresses of web pages."""

import pytest

from openslot.core.links import is_web_address


@pytest.mark.parametrize(
    "text", ["https://example.org", "HTTP://example.org:8080/a?b=c#d", "https://münchen.example/ü", "http://a/@b"]
)
def test_what_a_browser_opens_is_a_web_address(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "https://", "ftp://example.org", "javascript:alert(1)", "https://a@b.example", "https://a b",
     " https://example.org", "https://example.org/\n"],
)  # fmt: skip
def test_what_it_does_not_open_is_none(text: str) -> None:
    assert not is_web_address(text)
