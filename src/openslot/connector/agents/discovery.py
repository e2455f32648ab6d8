"""Which authorization server issues the API's tokens: what the API publishes of itself. Source: RFC 9728."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from openslot.client.client import new_core
from openslot.client.errors import NoAnswer
from openslot.client.messages import Request, Response
from openslot.client.transport import AsyncTransport

WELL_KNOWN = "/.well-known/oauth-protected-resource"
_OK = 200
_KEPT_SECONDS = 3600.0
_FAILED_SECONDS = 5.0
"""How long a failure counts, so that callers without a token can't have the API called at will."""
_IN_HEADER = re.compile(r'resource_metadata="([^"]+)"')


class Unknown(Exception):
    """The API does not answer, or publishes nothing: personal tokens may work all the same."""


class _Metadata(Struct):
    authorization_servers: list[str]


class AuthorizationServers:
    """The authorization servers of an API, read once an hour."""

    def __init__(self, base_url: str, timeout_seconds: float = 5.0) -> None:
        self._core = new_core(None, base_url, timeout_seconds=timeout_seconds)
        self._transport = AsyncTransport(self._core)
        self._lock = asyncio.Lock()
        self._found: list[str] = []
        self._good_until = 0.0

    async def get(self) -> list[str]:
        """Their issuers.

        Raises:
            Unknown: the API names none.
        """
        async with self._lock:
            if time.monotonic() >= self._good_until:
                self._found = await self._read()
                self._good_until = time.monotonic() + (_KEPT_SECONDS if self._found else _FAILED_SECONDS)
        if not self._found:
            raise Unknown(f"{self._core.base_url} names no authorization server")
        return self._found

    async def close(self) -> None:
        await self._transport.close()

    async def _read(self) -> list[str]:
        async for url in self._places():
            answer = await self._transport.send(Request("GET", url))
            if isinstance(answer, Response) and answer.status == _OK:
                try:
                    return msgspec.json.decode(answer.content, type=_Metadata).authorization_servers
                except (msgspec.MsgspecError, UnicodeError):
                    continue
        return []

    async def _places(self) -> AsyncIterator[str]:
        """Where the metadata can be: where it belongs, at the root, and where a refused call is sent."""
        parts = urlsplit(self._core.base_url)
        origin = f"{parts.scheme}://{parts.netloc}"
        for path in dict.fromkeys((parts.path, "")):
            yield f"{origin}{WELL_KNOWN}{path}"
        refused = await self._transport.send(Request("GET", f"{self._core.base_url}/users/me"))
        if not isinstance(refused, NoAnswer) and (named := _IN_HEADER.search(_challenge(refused.headers))):
            yield named[1]


def _challenge(headers: Mapping[str, str]) -> str:
    return headers.get("www-authenticate") or ""
