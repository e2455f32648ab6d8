"""Codes that are mailed. Source: ADR 0048."""

from openslot.security.mailed_codes import code, is_code


def test_a_code_is_for_one_form_and_one_address() -> None:
    given = code("key", b"form", "ada@example.org")

    assert len(given) == 6
    assert given.isdecimal()
    assert is_code("key", b"form", "ada@example.org", f" {given[:3]} {given[3:]} ")
    assert not is_code("key", b"form", "bob@example.org", given)
    assert not is_code("key", b"other", "ada@example.org", given)
    assert not is_code("other", b"form", "ada@example.org", given)
    assert not is_code("key", b"form", "ada@example.org", "")
    assert not is_code("key", b"form", "ada@example.org", "٣٣٣٣٣٣")
