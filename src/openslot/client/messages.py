"""HTTP requests and responses as values: no input or output happens here."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

_ID = re.compile(r"[A-Za-z0-9_-]+")  # no UUID: some of Calendly's ids are not


class Request(Struct, frozen=True):
    """One HTTP request, without the headers that every request has (and so without the token)."""

    method: str
    url: str
    content: bytes | None = None
    """JSON, or a file. Not in the repr, since it may hold a signing key."""
    headers: dict[str, str] = {}
    """Those of this request alone."""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"


class Response(Struct, frozen=True):
    """One HTTP response, read whole."""

    status: int
    reason: str
    headers: Mapping[str, str]
    """Names in lower case, or a mapping that ignores case."""
    content: bytes


def base_url(text: str) -> str:
    """``text`` without a trailing slash; any path prefix stays.

    Raises:
        ValueError: it is no http(s) URL, or has a user name, a query or a fragment.
    """
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a base URL looks like https://api.calendly.com or http://localhost:8000/api/v2")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a base URL holds no user name, query or fragment")
    return text.rstrip("/")


def resource_id(text: str) -> str:
    """The id for a path: the last segment of a resource's URI, or ``text`` itself if it is an id.

    Raises:
        ValueError: nothing in ``text`` looks like an id.
    """
    tail = text.strip().rstrip("/").rpartition("/")[2]
    if not _ID.fullmatch(tail):
        raise ValueError(f"neither a resource id nor a resource URI: {text!r}")
    return tail
