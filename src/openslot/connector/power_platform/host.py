"""Where the platform reaches the gateway, and whether it can."""

import re
from ipaddress import IPv4Address

from msgspec import Struct

_PARTS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<name>[^/:@?#\s]*)(?::(?P<port>[^/@]*))?(?P<path>/.*)?", re.IGNORECASE
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_MAX_NAME_LENGTH = 253
_LAST_PORT = 65535
_AT_HOME = {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "test", "invalid"}
"""Last labels of names that mean something on one machine or in one network only. RFC 6761, 6762."""


class Host(Struct, frozen=True):
    """A gateway's place on the internet, as Swagger has it."""

    authority: str
    """Name and perhaps port, in ASCII."""
    base_path: str
    """``/`` or a path without a slash at its end."""

    @classmethod
    def parse(cls, text: str) -> "Host":
        """From a name with perhaps a port and a path, or from an https URL.

        Raises:
            ValueError: it is no such thing; the message has the reason.
        """
        found = _PARTS.fullmatch(text)
        if found is None or not found["name"]:
            raise _Refused("write a name, perhaps with a port and a path")
        if found["scheme"] and found["scheme"].lower() != "https":
            raise _Refused("the platform calls by https only")
        if found["name"].startswith("["):
            raise _Refused("an IPv6 address has no place in Swagger; give it a name")
        name = _name(found["name"])
        return cls(name + _port(found["port"]), _path(found["path"] or ""))

    @property
    def url(self) -> str:
        return f"https://{self.authority}{self.base_path}".rstrip("/")

    @property
    def is_private(self) -> bool:
        """Whether it can only be meant for one machine or one network, where the platform doesn't get."""
        name = self.authority.partition(":")[0]
        if _is_address(name):
            return not IPv4Address(name).is_global
        return "." not in name or name.rpartition(".")[2] in _AT_HOME


class _Refused(ValueError):
    def __init__(self, why: str) -> None:
        super().__init__(f"a host looks like connector.example.org or example.org:8443/connector: {why}")


def _name(text: str) -> str:
    import httpx  # noqa: PLC0415 -- slow import

    try:
        name = httpx.URL(f"https://{text}").raw_host.decode()
    except httpx.InvalidURL as exc:
        raise _Refused(f"{text} is no name") from exc
    labels = name.split(".")
    if len(name) > _MAX_NAME_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise _Refused(f"{text} is no name; its parts have letters, digits and hyphens between dots")
    if labels[-1].isdigit() and not _is_address(name):
        raise _Refused(f"{text} is no address")
    return name


def _port(text: str | None) -> str:
    if text is None:
        return ""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _LAST_PORT):
        raise _Refused(f"a port is a number from 1 to {_LAST_PORT}")
    return f":{int(text)}"


def _path(text: str) -> str:
    path = text.removesuffix("/")
    for segment in path.split("/")[1:]:
        if segment in {".", ".."} or not _SEGMENT.fullmatch(segment):
            raise _Refused("a path has letters, digits and . _ ~ - between slashes, and neither . nor .. alone")
    return path or "/"


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
