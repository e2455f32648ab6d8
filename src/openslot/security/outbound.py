"""Which addresses our own requests may reach: public ones, and the networks that the operator allows."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER_PUBLIC = tuple(ip_network(network) for network in ("192.0.0.0/24", "64:ff9b:1::/48", "fec0::/10"))
"""Some releases of Python call parts of these global; IANA's registries of special addresses do not."""

Address = IPv4Address | IPv6Address


class OutboundPolicy:
    """Says yes or no to addresses and URLs."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        """``allowed`` are networks such as ``10.0.0.0/8`` that may be reached although they are not public."""
        self._allowed = tuple(ip_network(network) for network in allowed)

    def permits(self, address: str) -> bool:
        """Whether a connection to ``address`` may be made; IPv4 inside IPv6 is judged as the IPv4 address it is."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        real = _unwrapped(parsed)
        if any(real in network for network in self._allowed if network.version == real.version):
            return True
        if any(real in network for network in _NEVER_PUBLIC if network.version == real.version):
            return False
        return real.is_global and not real.is_multicast and not real.is_reserved

    def objection(self, url: str) -> str | None:
        """Why ``url`` can't be a callback, or None. Names are judged when they are resolved, at each connection."""
        try:
            # Read as the HTTP library reads it: it turns "①②⑦.⓪.⓪.①" into 127.0.0.1 before it connects.
            parts = URL(url)
        except ValueError:
            return "is not a valid URL"
        host = parts.raw_host or ""
        objections = {
            "must be an http or https URL": parts.scheme not in {"http", "https"} or not host,
            "is not a valid URL": any(character == " " or not character.isprintable() for character in url),
            "must not contain credentials": parts.user is not None or parts.password is not None,
            "must not use port 0": parts.port == 0,
            "must not point into a private network": self._is_refused_literal(host),
        }
        return next((words for words, holds in objections.items() if holds), None)

    def _is_refused_literal(self, host: str) -> bool:
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return not self.permits(host)


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
