"""The network address of a client, as far as it can be trusted: quotas for callers without a token are counted by it.

The peer of the connection is known. Headers that name a client behind it are trusted only from the operator's own
proxies, and only up to the last address that one of these has seen. Source: RFC 7239; ADR 0030.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

log = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address

UNKNOWN = "unknown"
"""The client behind a socket without addresses, or a proxy that names none. All of these are counted together."""
PREFIX = 64
"""IPv6 clients are counted by network: a household or a machine gets at least a /64, with addresses at will."""
LOCAL = [
    ip_network(one)
    for one in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
                "::1/128", "fc00::/7", "fe80::/10")
]  # fmt: skip
"""Networks in which a proxy of the operator may run, but no caller from the internet. ``is_private`` includes more."""
LONGEST = 4096
"""Bytes of a header that are read; no proxy writes more."""
_FOR = re.compile(r"""(?:^|[;,\s])for\s*=\s*(?:"([^"]*)"|([^;,\s]*))""", re.IGNORECASE)


class Clients:
    """Finds the client of a request, given the trusted proxies."""

    def __init__(self, trusted_proxies: Sequence[str], secret_key: str) -> None:
        self._trusted = [ip_network(one) for one in trusted_proxies]
        self._key = hashlib.sha256(b"clients:" + secret_key.encode()).digest()
        self._has_warned = False

    def of(self, scope: Any) -> str | None:
        """The client of a request: an IPv4 address, an IPv6 network, or ``UNKNOWN``.

        None: the request comes through a local proxy that is not trusted. Then the client is not known: all visitors
        share the proxy's address, and the header may be one that a visitor has sent.
        """
        peer = _read((scope.get("client") or ("",))[0])
        if peer is None:
            return UNKNOWN
        headers = [(name, value) for name, value in scope["headers"] if name in _CHAINS]
        if not headers:
            return _shown(peer)
        if not self._is_trusted(peer):
            if not any(peer in network for network in LOCAL):
                return _shown(peer)
            self._warn(peer)
            return None
        found = {self._behind(_CHAINS[name](_joined(headers, name)), peer) for name in {name for name, _ in headers}}
        # If two headers disagree, one of them was sent by the client, and there is no telling which.
        return _shown(found.pop() if len(found) == 1 else peer)

    def digest(self, client: str | None) -> bytes | None:
        """A keyed digest of a client, to store and compare instead of the address. None: the client is not known."""
        return None if client is None else hmac.digest(self._key, client.encode(), hashlib.sha256)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def _behind(self, chain: Iterable[Address | None], peer: Address) -> Address:
        """The nearest address of a chain that is not a trusted proxy: a trusted proxy has seen that one."""
        last = peer
        for address in chain:
            if address is None:
                break
            last = address
            if not self._is_trusted(address):
                break
        return last

    def _warn(self, peer: Address) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "the proxy at %s forwards addresses of clients but is not in OPENSLOT_TRUSTED_PROXIES, so no quota by "
                "address applies to its visitors: set OPENSLOT_TRUSTED_PROXIES=%s/%d",
                peer,
                peer,
                peer.max_prefixlen,
            )


def _x_forwarded_for(value: str) -> list[Address | None]:
    return [_read(part) for part in reversed(value.split(","))]


def _forwarded(value: str) -> list[Address | None]:
    return [_read(quoted or plain) for quoted, plain in reversed(_FOR.findall(value))]


_CHAINS = {b"x-forwarded-for": _x_forwarded_for, b"forwarded": _forwarded}
"""The parser of each header; it returns the nearest address first."""


def _joined(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    text = ",".join(value.decode("latin-1") for one, value in headers if one == name)
    return text[-LONGEST:]


def _read(text: str) -> Address | None:
    """An address, with or without a port; None: not an address, such as a name by which a proxy hides it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _shown(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address.packed, PREFIX), strict=False))
