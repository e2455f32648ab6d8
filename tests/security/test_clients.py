"""Where a request comes from, as far as that can be believed. Source: RFC 7239; ADR 0030."""

import logging

import pytest

from openslot.security.clients import UNKNOWN, Clients

PROXIES = ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")
Headers = list[tuple[bytes, bytes]]


def client(peer: str | None, *headers: tuple[str, str], trusted: tuple[str, ...] = PROXIES) -> str | None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"client": None if peer is None else (peer, 40000), "headers": raw}
    return Clients(trusted, "k" * 32).of(scope)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        (None, UNKNOWN),
        ("", UNKNOWN),
        ("unix:/run/web.sock", UNKNOWN),
    ],
)
def test_without_a_proxy_it_is_the_peer_and_ipv6_by_the_network_that_a_household_has(
    peer: str | None, expected: str
) -> None:
    assert client(peer) == expected


def test_nobody_who_is_not_trusted_is_believed() -> None:
    forged = ("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=198.51.100.1")

    assert client("203.0.113.7", *forged) == "203.0.113.7"
    assert client("2001:db8:1:2::9", *forged) == "2001:db8:1:2::/64"
    assert client("203.0.113.7", *forged, trusted=()) == "203.0.113.7"
    assert client(None, *forged) == UNKNOWN


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "::1", "10.1.2.3", "172.17.0.1", "192.168.1.2", "::ffff:172.18.0.2", "fd00::1", "fe80::1"]
)
@pytest.mark.parametrize("header", [("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=_hidden")])
def test_behind_a_proxy_nearby_that_is_not_trusted_nobody_knows_who_it_is(peer: str, header: tuple[str, str]) -> None:
    """Counted by the proxy's address, all of its visitors would have one share between them."""
    assert client(peer, header, trusted=()) is None
    assert client(peer, header, trusted=("192.0.2.1/32",)) is None
    assert client(peer, trusted=()) is not None


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("203.0.113.7:5060", "203.0.113.7"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("nonsense", "127.0.0.1"),
        ("203.0.113.7, nonsense, 10.1.2.3", "10.1.2.3"),
        ("", "127.0.0.1"),
        (",,", "127.0.0.1"),
    ],
)
def test_of_a_chain_the_last_that_is_no_proxy_of_ours_counts(chain: str, expected: str) -> None:
    """What stands before it, anybody may have written."""
    assert client("127.0.0.1", ("X-Forwarded-For", chain)) == expected


def test_a_chain_may_come_in_several_headers() -> None:
    headers = ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.7")

    assert client("127.0.0.1", *headers) == "203.0.113.7"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
        ('For="[2001:db8:1:2::9]:4711"', "2001:db8:1:2::/64"),
        ("for=198.51.100.1, for=203.0.113.7;host=book.example", "203.0.113.7"),
        ("proto=https;for=203.0.113.7", "203.0.113.7"),
        ("for=_hidden", "127.0.0.1"),
        ("for=unknown", "127.0.0.1"),
        ('for="203.0.113.7', "127.0.0.1"),
    ],
)
def test_the_standard_s_own_header_is_read_as_well(value: str, expected: str) -> None:
    assert client("127.0.0.1", ("Forwarded", value)) == expected


def test_where_two_headers_disagree_the_proxy_itself_counts() -> None:
    """A proxy that writes one of them lets the other pass, which anybody may have written."""
    both = ("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=203.0.113.7")
    other = ("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=203.0.113.7")

    assert client("127.0.0.1", *both) == "203.0.113.7"
    assert client("127.0.0.1", *other) == "127.0.0.1"


def test_a_proxy_that_is_not_in_the_settings_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    clients = Clients((), "k" * 32)
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.7")]}
    with caplog.at_level(logging.WARNING):
        assert [clients.of(scope) for _ in range(3)] == [None] * 3

    (message,) = [record.getMessage() for record in caplog.records]
    assert message == (
        "the proxy at 127.0.0.1 forwards addresses of clients but is not in OPENSLOT_TRUSTED_PROXIES, so no quota by"
        " address applies to its visitors: set OPENSLOT_TRUSTED_PROXIES=127.0.0.1/32"
    )


def test_there_is_no_digest_of_nobody() -> None:
    assert Clients((), "a" * 32).digest(None) is None


def test_a_digest_can_be_compared_and_is_another_with_another_key() -> None:
    first, second = Clients((), "a" * 32), Clients((), "b" * 32)

    assert first.digest("203.0.113.7") == first.digest("203.0.113.7") != first.digest("203.0.113.8")
    assert first.digest("203.0.113.7") != second.digest("203.0.113.7")
    assert b"203" not in (first.digest("203.0.113.7") or b"203")
