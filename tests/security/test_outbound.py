"""What our own requests may reach. Source: design, section 8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.security.outbound import OutboundPolicy

REFUSED = {
    # address: what it is
    "0.0.0.0": "this host",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "100.64.0.1": "shared by a carrier",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local: metadata of clouds",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.8": "protocol assignments",
    "192.0.2.1": "documentation",
    "192.168.0.1": "private",
    "198.18.0.1": "benchmarks",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "this host",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback, mapped",
    "::ffff:7f00:1": "loopback, mapped",
    "::ffff:10.0.0.1": "private, mapped",
    "::ffff:169.254.169.254": "link-local, mapped",
    "::127.0.0.1": "loopback, compatible",
    "::7f00:1": "loopback, compatible",
    "64:ff9b::7f00:1": "loopback, through NAT64",
    "64:ff9b::a00:1": "private, through NAT64",
    "64:ff9b:1::7f00:1": "local-use NAT64",
    "2002:7f00:1::": "loopback, 6to4",
    "2002:a00:1::1": "private, 6to4",
    "2001:0:a00:1::": "Teredo",
    "2001:db8::1": "documentation",
    "fc00::1": "unique local",
    "fd12:3456:789a::1": "unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with a zone",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "100::1": "discard",
    "": "nothing",
    "localhost": "no address",
    "127.1": "no address",
    "0x7f.0.0.1": "no address",
    "2130706433": "no address",
    "::1::": "no address",
}
PERMITTED = [
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.1", "11.0.0.1", "2606:4700:4700::1111",
    "2a00:1450:4001:810::200e", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not OutboundPolicy().permits(address)


@pytest.mark.parametrize("address", PERMITTED)
def test_public_addresses_are_permitted(address: str) -> None:
    assert OutboundPolicy().permits(address)


URLS = {
    "http://127.0.0.1/": "must not point into a private network",
    "http://127.0.0.1:8080/hook": "must not point into a private network",
    "https://10.1.2.3/": "must not point into a private network",
    "http://169.254.169.254/latest/meta-data/": "must not point into a private network",
    "http://[::1]/": "must not point into a private network",
    "http://[::ffff:127.0.0.1]/": "must not point into a private network",
    "http://[fe80::1%25eth0]/": "must not point into a private network",
    "http://[fd00::1]:9000/": "must not point into a private network",
    "http://0.0.0.0/": "must not point into a private network",
    "http://①②⑦.⓪.⓪.①:8080/": "must not point into a private network",
    "http://127。0。0。1/": "must not point into a private network",
    "http://\uff11\uff12\uff17.0.0.1/": "must not point into a private network",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/latest/": "must not point into a private network",
    "https://user@hooks.example/": "must not contain credentials",
    "https://user:password@hooks.example/": "must not contain credentials",
    "https://:password@hooks.example/": "must not contain credentials",
    "https://1.1.1.1@127.0.0.1/": "must not contain credentials",
    "https://hooks.example:0/": "must not use port 0",
    "https://hooks.example:65536/": "is not a valid URL",
    "https://hooks.example:-1/": "is not a valid URL",
    "https://hooks.example:http/": "is not a valid URL",
    "https://[::1/": "is not a valid URL",
    "https://hooks.example/a b": "is not a valid URL",
    "https://hooks.example/\r\nX-Evil: 1": "is not a valid URL",
    "https://hooks.example/\x00": "is not a valid URL",
    "https://hooks.example/\x7f": "is not a valid URL",
    "\thttps://hooks.example/": "is not a valid URL",
    " https://hooks.example/": "is not a valid URL",
    "ftp://hooks.example/": "must be an http or https URL",
    "file:///etc/passwd": "must be an http or https URL",
    "gopher://127.0.0.1:25/": "must be an http or https URL",
    "javascript:alert(1)": "must be an http or https URL",
    "//hooks.example/": "must be an http or https URL",
    "hooks.example": "must be an http or https URL",
    "https://": "must be an http or https URL",
    "https:///": "must be an http or https URL",
    "http:127.0.0.1": "must be an http or https URL",
    "": "must be an http or https URL",
}


@pytest.mark.parametrize("url", URLS)
def test_a_callback_that_can_t_be_is_refused_in_words(url: str) -> None:
    assert OutboundPolicy().objection(url) == URLS[url]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example",
        "http://hooks.example/",
        "HTTPS://Hooks.Example:8443/a/b?c=d&e=f#g",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/",
        "https://hooks.example./",
        "https://localhost/",
    ],
)
def test_a_callback_on_the_public_network_is_taken(url: str) -> None:
    """Names are judged when they are resolved, at each connection."""
    assert OutboundPolicy().objection(url) is None


def test_what_the_operator_allows_is_permitted() -> None:
    policy = OutboundPolicy(["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"])

    permitted = ["10.1.2.3", "127.0.0.1", "::ffff:10.1.2.3", "fd12::1", "1.1.1.1"]
    refused = ["10.2.0.1", "127.0.0.2", "::ffff:127.0.0.2", "fc00::1", "::1"]
    assert [address for address in permitted + refused if policy.permits(address)] == permitted
    assert policy.objection("http://10.1.2.3/") is None
    assert policy.objection("http://10.2.0.1/") == "must not point into a private network"


@given(st.text())
def test_any_text_is_a_url_or_not(text: str) -> None:
    policy = OutboundPolicy()

    assert policy.objection(text) is None or isinstance(policy.objection(text), str)
    assert policy.permits(text) in {True, False}
