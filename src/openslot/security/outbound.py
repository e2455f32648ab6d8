"""Which addresses our own requests may reach: public ones, and the networks that the operator allows (ADR 0014).

Sources: IANA's registries of special-purpose addresses, and the documents named beside each network.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

MAX_URL_LENGTH = 2048
"""Bytes in UTF-8, so that it fits into an index together with the names of all events."""
MAX_PORT = 0xFFFF

Address = IPv4Address | IPv6Address

_SPECIAL: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(network), kind)
    for kind, networks in {
        # Services of clouds that give out credentials; the fourth is Azure's, whose address looks like a public one.
        "cloud metadata": (
            "169.254.169.254/32", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32",
            "fd00:ec2::254/128", "fd20:ce::254/128", "fd00:42::42/128",
        ),
        "this host": ("0.0.0.0/8", "::/128"),  # RFC 1122, 4291
        "loopback": ("127.0.0.0/8", "::1/128"),  # RFC 1122, 4291
        "private network": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
        "unique local": ("fc00::/7",),  # RFC 4193
        "link-local": ("169.254.0.0/16", "fe80::/10"),  # RFC 3927, 4291
        "site-local": ("fec0::/10",),  # RFC 3879
        "network shared by a carrier": ("100.64.0.0/10",),  # RFC 6598
        "multicast": ("224.0.0.0/4", "ff00::/8"),  # RFC 5771, 4291
        "broadcast": ("255.255.255.255/32",),  # RFC 919
        "documentation": (  # RFC 5737, 3849, 9637
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20",
        ),
        "benchmarks": ("198.18.0.0/15", "2001:2::/48"),  # RFC 2544, 5180
        "discarded": ("100::/64", "100:0:0:1::/64"),  # RFC 6666, 9780
        "6to4 relay": ("192.88.99.0/24",),  # RFC 7526
        "Teredo": ("2001::/32",),  # RFC 4380
        "ORCHID": ("2001:10::/28", "2001:20::/28"),  # RFC 4843, 7343
        # Some of these count as global, such as 192.0.0.9 (port control), but none can be a receiver of webhooks.
        "protocol assignments": ("192.0.0.0/24", "2001::/23"),  # RFC 6890, 2928
        "segment routing": ("5f00::/16",),  # RFC 9602
        "NAT64 of a local network": ("64:ff9b:1::/48",),  # RFC 8215
        "IPv4-compatible": ("::/96",),  # RFC 4291
        "IPv4-translated": ("::ffff:0:0:0/96",),  # RFC 2765
        "reserved": ("240.0.0.0/4",),  # RFC 1112
    }.items()
    for network in networks
)  # fmt: skip
"""Networks that are not public, with their names; the first match counts."""

_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = 0x0000_5EFE
"""The start of the address's lower half, apart from the bit for a unique address. RFC 5214."""

_LOCAL_NAMES: dict[str, tuple[str, ...]] = {
    "localhost": ("127.0.0.1", "::1"),
    "localhost.localdomain": ("127.0.0.1", "::1"),
    "ip6-localhost": ("::1",),
    "ip6-loopback": ("::1",),
    "metadata.google.internal": ("169.254.169.254",),
}
"""Names with a fixed meaning. All other names are resolved and checked at each connection."""

_NEVER_HTTP = frozenset({
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})  # fmt: skip
"""Source: https://fetch.spec.whatwg.org/#port-blocking, "bad port"; port 0 has a message of its own here."""

_URL = re.compile(r"(?P<scheme>[^:/?#]*):(?P<slashes>//)?(?P<authority>[^/?#]*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*:[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_NAME = re.compile(r"(?=.{1,253}\.?\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")
"""A host that ends in a number is an IPv4 address in some notation. Source: WHATWG URL, "ends in a number"."""


class OutboundPolicy:
    """Decides which addresses and URLs our requests may reach."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        """``allowed`` are networks such as ``10.0.0.0/8`` that may be reached although they are not public.

        Raises:
            ValueError: one of them is not a network.
        """
        self._allowed = tuple(ip_network(network) for network in allowed)

    def permits(self, address: str) -> bool:
        """Whether a connection to ``address`` may be made."""
        return self.refusal(address) is None

    def refusal(self, address: str) -> str | None:
        """The kind of ``address``, such as ``loopback``, because of which it must not be reached; None: it may be.

        IPv4 embedded in IPv6 is treated as the IPv4 address that it leads to. A zone (``%eth0``) is ignored.
        """
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return "no IP address"
        real, way = _unwrapped(parsed)
        if self._allows(real):
            return None
        kind, inner = _kind(real), _isatap(real)
        if kind is None and inner is not None and not self._allows(inner):
            kind, way = _kind(inner), ", through ISATAP"
        return None if kind is None else kind + way

    def objection(self, url: str) -> str | None:
        """Why ``url`` can't be a callback, as a predicate for an error message, such as "must name a host"; or None.

        Names are checked when they are resolved, at each connection. A fragment is accepted, but never sent.
        """
        return _objection_to_text(url) or self._objection_to_parts(url)

    def _allows(self, address: Address) -> bool:
        return any(address in network for network in self._allowed if network.version == address.version)

    def _objection_to_parts(self, url: str) -> str | None:
        parts = _URL.match(url)
        if parts is None or parts["scheme"].lower() not in {"http", "https"}:
            return "must be an http or https URL"
        if not parts["slashes"] or not parts["authority"]:
            return "must name a host"
        if "@" in parts["authority"]:
            return "must not contain credentials"
        authority = _AUTHORITY.fullmatch(parts["authority"])
        if authority is None:
            return "is not a valid URL"
        if not authority["host"]:
            return "must name a host"
        return _objection_to_port(authority["port"]) or self._objection_to_host(url)

    def _objection_to_host(self, url: str) -> str | None:
        try:
            # Parsed as the HTTP library does: it turns "①②⑦.⓪.⓪.①" into 127.0.0.1 before it connects.
            host = URL(url).raw_host or ""
        except ValueError:
            return "is not a valid URL"
        if ":" in host:
            return self._objection_to_address(host)
        if _NUMBER.fullmatch(host):
            try:
                IPv4Address(host)
            except ValueError:
                return "must write an IPv4 address as four decimal numbers"
            return self._objection_to_address(host)
        if not _NAME.fullmatch(host):
            return "must name a host of letters, digits and hyphens"
        return self._objection_to_name(host.removesuffix("."))

    def _objection_to_address(self, host: str) -> str | None:
        if (refusal := self.refusal(host)) is not None:
            return f"must not point to {host} ({refusal})"
        return "must not contain a zone" if "%" in host else None  # aiohttp can't connect to it

    def _objection_to_name(self, name: str) -> str | None:
        addresses = _LOCAL_NAMES.get("localhost" if name.endswith(".localhost") else name, ())
        refusals = [refusal for address in addresses if (refusal := self.refusal(address)) is not None]
        return f"must not point to {name} ({refusals[0]})" if addresses and len(refusals) == len(addresses) else None


def _objection_to_text(url: str) -> str | None:
    if any(character == " " or not character.isprintable() for character in url):
        return "must not contain spaces or control characters"
    if len(url.encode()) > MAX_URL_LENGTH:
        return f"is too long (maximum is {MAX_URL_LENGTH})"
    return "must not contain a backslash" if "\\" in url else None  # browsers read it as a slash, others do not


def _objection_to_port(port: str | None) -> str | None:
    if not port:
        return None
    if re.fullmatch(r"[0-9]{1,5}", port) is None or int(port) > MAX_PORT:
        return "must use a port from 1 to 65535"
    if int(port) == 0:
        return "must not use port 0"
    return f"must not use port {int(port)}, which never speaks HTTP" if int(port) in _NEVER_HTTP else None


def _unwrapped(address: Address) -> tuple[Address, str]:
    """The address that is reached in the end, and the mechanism, as a suffix for its kind."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped, ", mapped into IPv6"
        if address.sixtofour is not None:
            return address.sixtofour, ", through 6to4"
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF), ", through NAT64"
    return address, ""


def _kind(address: Address) -> str | None:
    """The kind of ``address`` if it is not public, else None."""
    for network, kind in _SPECIAL:
        if network.version == address.version and address in network:
            return kind
    # Special networks that later releases of Python know, and the reserved part of IPv6.
    return None if address.is_global and not address.is_reserved else "reserved"


def _isatap(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address) or (int(address) >> 32) & 0xFDFF_FFFF != _ISATAP:
        return None
    return IPv4Address(int(address) & 0xFFFF_FFFF)
