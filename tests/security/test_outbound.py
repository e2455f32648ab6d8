"""What our own requests may reach, and why not. Source: design, section 8; ADR 0014."""

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openslot.security.outbound import OutboundPolicy

REFUSED = {
    # address: what it is
    "0.0.0.0": "this host",
    "0.255.255.255": "this host",
    "10.0.0.1": "private network",
    "10.255.255.255": "private network",
    "100.64.0.1": "network shared by a carrier",
    "100.127.255.255": "network shared by a carrier",
    "100.100.100.200": "cloud metadata",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "cloud metadata",
    "169.254.0.1": "link-local",
    "169.254.169.254": "cloud metadata",
    "172.16.0.1": "private network",
    "172.31.255.255": "private network",
    "192.0.0.8": "protocol assignments",
    "192.0.0.9": "protocol assignments",
    "192.0.0.192": "cloud metadata",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.0.1": "private network",
    "198.18.0.1": "benchmarks",
    "198.19.255.255": "benchmarks",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "this host",
    "::1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::7f00:1": "IPv4-compatible",
    "::1.1.1.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "loopback, mapped into IPv6",
    "::ffff:7f00:1": "loopback, mapped into IPv6",
    "::ffff:10.0.0.1": "private network, mapped into IPv6",
    "::ffff:169.254.169.254": "cloud metadata, mapped into IPv6",
    "::ffff:0:127.0.0.1": "IPv4-translated",
    "64:ff9b::7f00:1": "loopback, through NAT64",
    "64:ff9b::a00:1": "private network, through NAT64",
    "64:ff9b:1::7f00:1": "NAT64 of a local network",
    "64:ff9b:1::101:101": "NAT64 of a local network",
    "100::1": "discarded",
    "100:0:0:1::1": "discarded",
    "200::1": "reserved",
    "2001:0:a00:1::": "Teredo",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:1::1": "protocol assignments",
    "2001:2::1": "benchmarks",
    "2001:10::1": "ORCHID",
    "2001:20::1": "ORCHID",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "loopback, through 6to4",
    "2002:a00:1::1": "private network, through 6to4",
    "2002:a9fe:a9fe::": "cloud metadata, through 6to4",
    "2606:4700::5efe:10.0.0.1": "private network, through ISATAP",
    "2606:4700::200:5efe:127.0.0.1": "loopback, through ISATAP",
    "3fff::1": "documentation",
    "4000::1": "reserved",
    "5f00::1": "segment routing",
    "fc00::1": "unique local",
    "fd12:3456:789a::1": "unique local",
    "fd00:ec2::254": "cloud metadata",
    "fd20:ce::254": "cloud metadata",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fe80::5efe:127.0.0.1": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
    "": "no IP address",
    "localhost": "no IP address",
    "127.1": "no IP address",
    "0x7f.0.0.1": "no IP address",
    "0177.0.0.1": "no IP address",
    "2130706433": "no IP address",
    "::1::": "no IP address",
}
PERMITTED = [
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.1", "11.0.0.1", "100.63.255.255", "100.128.0.1",
    "2606:4700:4700::1111", "2a00:1450:4001:810::200e", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1",
    "2606:4700::5efe:1.1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused_by_what_it_is(address: str) -> None:
    assert OutboundPolicy().refusal(address) == REFUSED[address]
    assert not OutboundPolicy().permits(address)


@pytest.mark.parametrize("address", PERMITTED)
def test_public_addresses_are_permitted(address: str) -> None:
    assert OutboundPolicy().permits(address)


CONTROL = "must not contain spaces or control characters"
SCHEME = "must be an http or https URL"
HOST = "must name a host"
NAME = "must name a host of letters, digits and hyphens"
CREDENTIALS = "must not contain credentials"
NUMBER = "must write an IPv4 address as four decimal numbers"
PORT = "must use a port from 1 to 65535"
BACKSLASH = "must not contain a backslash"
INVALID = "is not a valid URL"


def never_http(port: int) -> str:
    return f"must not use port {port}, which never speaks HTTP"


URLS = {
    # Addresses, as they are usually written
    "http://127.0.0.1/": "must not point to 127.0.0.1 (loopback)",
    "http://127.0.0.1:8080/hook": "must not point to 127.0.0.1 (loopback)",
    "http://127.255.255.254/": "must not point to 127.255.255.254 (loopback)",
    "http://0.0.0.0/": "must not point to 0.0.0.0 (this host)",
    "https://10.1.2.3/": "must not point to 10.1.2.3 (private network)",
    "https://172.16.0.1/": "must not point to 172.16.0.1 (private network)",
    "https://192.168.1.1/router": "must not point to 192.168.1.1 (private network)",
    "https://100.64.1.1/": "must not point to 100.64.1.1 (network shared by a carrier)",
    "http://169.254.169.254/latest/meta-data/": "must not point to 169.254.169.254 (cloud metadata)",
    "http://169.254.1.1/": "must not point to 169.254.1.1 (link-local)",
    "http://168.63.129.16/": "must not point to 168.63.129.16 (cloud metadata)",
    "http://192.0.2.1/": "must not point to 192.0.2.1 (documentation)",
    "http://198.18.0.1/": "must not point to 198.18.0.1 (benchmarks)",
    "http://224.0.0.1/": "must not point to 224.0.0.1 (multicast)",
    "http://240.0.0.1/": "must not point to 240.0.0.1 (reserved)",
    "http://255.255.255.255/": "must not point to 255.255.255.255 (broadcast)",
    "http://[::]/": "must not point to :: (this host)",
    "http://[::1]/": "must not point to ::1 (loopback)",
    "http://[0:0:0:0:0:0:0:1]/": "must not point to ::1 (loopback)",
    "http://[::ffff:127.0.0.1]/": "must not point to ::ffff:7f00:1 (loopback, mapped into IPv6)",
    "http://[::ffff:a9fe:a9fe]/": "must not point to ::ffff:a9fe:a9fe (cloud metadata, mapped into IPv6)",
    "http://[::127.0.0.1]/": "must not point to ::7f00:1 (IPv4-compatible)",
    "http://[64:ff9b::10.0.0.1]/": "must not point to 64:ff9b::a00:1 (private network, through NAT64)",
    "http://[64:ff9b:1::1.1.1.1]/": "must not point to 64:ff9b:1::101:101 (NAT64 of a local network)",
    "http://[2002:7f00:1::]/": "must not point to 2002:7f00:1:: (loopback, through 6to4)",
    "http://[2001:0:7f00:1::]/": "must not point to 2001:0:7f00:1:: (Teredo)",
    "http://[2606:4700::5efe:192.168.0.1]/":
        "must not point to 2606:4700::5efe:c0a8:1 (private network, through ISATAP)",
    "http://[fd00::1]:9000/": "must not point to fd00::1 (unique local)",
    "http://[fd00:ec2::254]/latest/": "must not point to fd00:ec2::254 (cloud metadata)",
    "http://[fe80::1%25eth0]/": "must not point to fe80::1%25eth0 (link-local)",
    "http://[2606:4700::1%25eth0]/": "must not contain a zone",
    "http://[ff02::1]/": "must not point to ff02::1 (multicast)",
    "http://[2001:db8::1]/": "must not point to 2001:db8::1 (documentation)",
    # Addresses in disguise
    "http://①②⑦.⓪.⓪.①:8080/": "must not point to 127.0.0.1 (loopback)",
    "http://127。0。0。1/": "must not point to 127.0.0.1 (loopback)",
    "http://127\uff0e0\uff610.1/": "must not point to 127.0.0.1 (loopback)",
    "http://\uff11\uff12\uff17.0.0.1/": "must not point to 127.0.0.1 (loopback)",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/latest/": "must not point to 169.254.169.254 (cloud metadata)",
    "http://127.1/": NUMBER,
    "http://127.0.1/": NUMBER,
    "http://\uff11\uff12\uff17.\uff11/": NUMBER,
    "http://2130706433/": NUMBER,
    "http://0/": NUMBER,
    "http://0177.0.0.1/": NUMBER,
    "http://0x7f000001/": NUMBER,
    "http://0X7F.1/": NUMBER,
    "http://0x7f.0x0.0x0.0x1/": NUMBER,
    "http://127.0.0.1./": NUMBER,
    "http://256.256.256.256/": NUMBER,
    "http://1.1.1.1.1/": NUMBER,
    "http://hooks.example.0x/": NUMBER,
    "http://\u0661.1.1.1/": NUMBER,
    "http://127%2e0%2e0%2e1/": NAME,
    "http://127.0.0.1%00.hooks.example/": NAME,
    "http://[127.0.0.1]/": INVALID,
    "http://[v1.127.0.0.1]/": INVALID,
    "http://[v1.a:b]/": "must not point to v1.a:b (no IP address)",
    # Names that mean this machine
    "http://localhost/": "must not point to localhost (loopback)",
    "http://LocalHost:3000/": "must not point to localhost (loopback)",
    "http://localhost./": "must not point to localhost (loopback)",
    "http://hooks.localhost/": "must not point to hooks.localhost (loopback)",
    "http://localhost.localdomain/": "must not point to localhost.localdomain (loopback)",
    "http://ip6-localhost/": "must not point to ip6-localhost (loopback)",
    "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/": "must not point to localhost (loopback)",
    "http://loca\u217chost/": "must not point to localhost (loopback)",
    "http://ⓛocalhost/": "must not point to localhost (loopback)",
    "http://metadata.google.internal/computeMetadata/v1/":
        "must not point to metadata.google.internal (cloud metadata)",
    # Credentials
    "https://user@hooks.example/": CREDENTIALS,
    "https://user:password@hooks.example/": CREDENTIALS,
    "https://:password@hooks.example/": CREDENTIALS,
    "https://@hooks.example/": CREDENTIALS,
    "https://1.1.1.1@127.0.0.1/": CREDENTIALS,
    "https://1.1.1.1:80@127.0.0.1:80/": CREDENTIALS,
    "https://a@b@hooks.example/": CREDENTIALS,
    # Ports
    "https://hooks.example:0/": "must not use port 0",
    "https://hooks.example:00/": "must not use port 0",
    "https://hooks.example:65536/": PORT,
    "https://hooks.example:-1/": PORT,
    "https://hooks.example:+80/": PORT,
    "https://hooks.example:http/": PORT,
    "https://hooks.example:80:80/": PORT,
    "https://hooks.example:\uff18\uff10/": PORT,
    "http://hooks.example:22/": never_http(22),
    "http://hooks.example:25/": never_http(25),
    "http://hooks.example:0025/": never_http(25),
    "http://hooks.example:6667/": never_http(6667),
    "http://[2606:4700::1]:10080/": never_http(10080),
    # Characters
    "https://hooks.example/a b": CONTROL,
    "https://hooks.example/\r\nX-Evil: 1": CONTROL,
    "https://hooks.example/\x00": CONTROL,
    "https://hooks.example/\x7f": CONTROL,
    "https://hooks.example/\u202egpj": CONTROL,
    "https://hooks.example/\ud800": CONTROL,
    "https://local\u200bhost/": CONTROL,
    "https://local\u00adhost/": CONTROL,
    "ht\ntps://hooks.example/": CONTROL,
    "\thttps://hooks.example/": CONTROL,
    " https://hooks.example/": CONTROL,
    "https://hooks.example\\@127.0.0.1/": BACKSLASH,
    "https://127.0.0.1\\.hooks.example/": BACKSLASH,
    "https:\\\\127.0.0.1/": BACKSLASH,
    "https://hooks.example/\\": BACKSLASH,
    # Hosts
    "https://": HOST,
    "https:///": HOST,
    "https:///hooks.example/": HOST,
    "https:/hooks.example/": HOST,
    "http:127.0.0.1": HOST,
    "https://?a=b": HOST,
    "https://#a": HOST,
    "https://:80/": HOST,
    "https://hooks..example/": NAME,
    "https://.hooks.example/": NAME,
    "https://hooks.example../": NAME,
    "https://hooks.example;a/": NAME,
    "https://*/": NAME,
    "https://$(id).hooks.example/": NAME,
    "https://" + "a" * 64 + ".example/": NAME,
    "https://" + "a." * 127 + "example/": NAME,
    "https://" + "é" * 64 + ".example/": INVALID,
    "https://[::1/": INVALID,
    "https://[::1]x/": INVALID,
    "https://x[::1]/": INVALID,
    "https://hooks.example\uff0f@127.0.0.1/": CREDENTIALS,
    "https://127.0.0.1\uff0f.hooks.example/": INVALID,
    # Schemes
    "ftp://hooks.example/": SCHEME,
    "file:///etc/passwd": SCHEME,
    "gopher://127.0.0.1:25/": SCHEME,
    "ws://hooks.example/": SCHEME,
    "unix:///var/run/docker.sock": SCHEME,
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/": SCHEME,
    "data:text/plain,hello": SCHEME,
    "javascript:alert(1)": SCHEME,
    "//hooks.example/": SCHEME,
    "hooks.example": SCHEME,
    "hooks.example:8080/": SCHEME,
    "": SCHEME,
    "\uff48ttps://hooks.example/": SCHEME,
    # Length, in bytes
    "https://hooks.example/" + "a" * 2027: "is too long (maximum is 2048)",
    "https://hooks.example/" + "é" * 1014: "is too long (maximum is 2048)",
}  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_a_callback_that_can_t_be_is_refused_in_words(url: str) -> None:
    assert OutboundPolicy().objection(url) == URLS[url]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example",
        "http://hooks.example/",
        "HTTPS://Hooks.Example:8443/a/b?c=d&e=f",
        "https://hooks.example:/",
        "https://hooks.example#@127.0.0.1/",
        "https://hooks.example?@127.0.0.1/",
        "https://hooks.example/@127.0.0.1/?to=http://127.0.0.1/#fragment",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/",
        "https://hooks.example./",
        "https://n8n_main:5678/",
        "https://1.1.1.1.nip.example/",
        "https://localhost.example/",
        "https://notlocalhost/",
        "https://hooks.example/" + "a" * 2026,
    ],
)
def test_a_callback_on_the_public_network_is_taken(url: str) -> None:
    """Names are judged when they are resolved, at each connection."""
    assert OutboundPolicy().objection(url) is None


def test_what_the_operator_allows_is_permitted() -> None:
    policy = OutboundPolicy(["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"])

    permitted = ["10.1.2.3", "127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd12::1", "fd00:ec2::254", "1.1.1.1"]
    refused = ["10.2.0.1", "127.0.0.2", "::ffff:127.0.0.2", "fc00::1", "::1"]
    assert [address for address in permitted + refused if policy.permits(address)] == permitted
    assert policy.objection("http://10.1.2.3/") is None
    assert policy.objection("http://localhost/") is None
    assert policy.objection("http://10.2.0.1/") == "must not point to 10.2.0.1 (private network)"
    assert policy.objection("http://10.1.2.3:22/") == never_http(22)


NOT_GLOBAL = [
    # Everything that IANA's registries of special-purpose addresses do not call globally reachable
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "240.0.0.0/4", "255.255.255.255/32",
    "::1/128", "::/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
    "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
    # Multicast, Azure's metadata service
    "224.0.0.0/4", "ff00::/8", "168.63.129.16/32",
]  # fmt: skip


def reachable(text: str) -> bool:
    """The same rule told another way: by the registries and by the library, of what is carried and of itself."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address.is_global and not any(
            address in ipaddress.IPv4Network(one) for one in NOT_GLOBAL if ":" not in one
        )
    groups = [int(group, 16) for group in address.exploded.split(":")]
    if groups[:6] in ([0, 0, 0, 0, 0, 0xFFFF], [0x64, 0xFF9B, 0, 0, 0, 0]):
        return reachable(str(IPv4Address(groups[6] << 16 | groups[7])))
    if groups[0] == 0x2002:
        return reachable(str(IPv4Address(groups[1] << 16 | groups[2])))
    if groups[4] in {0, 0x200} and groups[5] == 0x5EFE and not reachable(str(IPv4Address(groups[6] << 16 | groups[7]))):
        return False
    return groups[0] >> 13 == 1 and address.is_global and not any(
        address in ipaddress.IPv6Network(one) for one in NOT_GLOBAL if ":" in one
    )  # fmt: skip


def inside(network: str) -> st.SearchStrategy[str]:
    return st.ip_addresses(network=network).map(str)


def next_to(network: str) -> st.SearchStrategy[str]:
    """The addresses on both sides of the borders of a network."""
    made = ip_network(network)
    kind = IPv4Address if made.version == 4 else IPv6Address
    first, last = int(made.network_address), int(made.broadcast_address)
    return st.sampled_from(
        [str(kind(one)) for one in (first - 1, first, last, last + 1) if 0 <= one < 2**made.max_prefixlen]
    )


def carried(address: int) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            str(IPv6Address(value))
            for value in (
                address,
                0xFFFF << 32 | address,
                0x64_FF9B << 96 | address,
                0x2002 << 112 | address << 80,
                0x2606_4700 << 96 | 0x5EFE << 32 | address,
                0x2606_4700 << 96 | 0x0200_5EFE << 32 | address,
            )
        ]
    )


ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(NOT_GLOBAL).flatmap(inside),
    st.sampled_from(NOT_GLOBAL).flatmap(next_to),
    st.sampled_from([one for one in NOT_GLOBAL if ":" not in one])
    .flatmap(lambda network: st.one_of(inside(network), next_to(network)))
    .flatmap(lambda text: carried(int(IPv4Address(text)))),
    st.ip_addresses(v=4).flatmap(lambda address: carried(int(address))),
)


@given(ADDRESSES)
@example("2001:1::1")
@example("192.0.0.9")
def test_an_address_is_permitted_exactly_when_all_the_world_can_reach_it(address: str) -> None:
    assert OutboundPolicy().permits(address) is reachable(address)


@given(ADDRESSES)
def test_a_url_and_a_connection_are_judged_alike(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    policy = OutboundPolicy()

    objection = policy.objection(f"http://{host}/")

    refusal = policy.refusal(address)
    assert objection is None if refusal is None else re.fullmatch(
        rf"must not point to .+ \({re.escape(refusal)}\)", str(objection)
    )  # fmt: skip


@given(st.one_of(st.text(), st.text().map("http://".__add__), st.text().map("http://[".__add__)))
def test_any_text_is_a_url_or_not(text: str) -> None:
    policy = OutboundPolicy()

    assert policy.objection(text) is None or isinstance(policy.objection(text), str)
    assert policy.permits(text) in {True, False}
