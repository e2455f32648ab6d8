"""Sends webhooks: one POST over a kept-alive connection, no redirects, only to addresses that the policy permits."""

import errno
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from openslot.security.outbound import OutboundPolicy

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 15
EXCERPT_BYTES = 2000
"""How much of an answer is kept for the record."""


@dataclass(frozen=True)
class Answer:
    """What came back, within what time: a status, or an ``error`` that says why there is none."""

    duration_ms: int
    status: int | None = None
    excerpt: str | None = None
    error: str | None = None
    retry_after_seconds: float | None = None


class WebhookSender(Protocol):
    """Whoever can make a delivery."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send once; never raises for what the other side does."""
        ...


class _GuardedResolver(AbstractResolver):
    """Resolves, and leaves out what the policy refuses; aiohttp connects to just these, so a name can't change."""

    def __init__(self, policy: OutboundPolicy) -> None:
        self._policy = policy
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        permitted = [one for one in found if self._policy.permits(one["host"])]
        if not permitted:
            raise OSError(errno.EACCES, f"{host} resolves to a private network only")  # aiohttp shows an errno's text
        return permitted

    async def close(self) -> None:
        await self._inner.close()


class AiohttpSender:
    """The real one. Use it as an async context manager; one per process."""

    def __init__(self, policy: OutboundPolicy) -> None:
        self._policy = policy
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_GuardedResolver(self._policy), limit_per_host=16, ttl_dns_cache=0),
            timeout=aiohttp.ClientTimeout(
                total=CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS,
                sock_connect=CONNECT_TIMEOUT_SECONDS,
                sock_read=READ_TIMEOUT_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "OpenSlot"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send once; never raises for what the other side does."""
        assert self._session is not None  # entered
        objection = self._policy.objection(url)
        if objection is not None:
            return Answer(0, error=f"url {objection}")
        began = time.monotonic()
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                excerpt = await response.content.read(EXCERPT_BYTES)
                text = excerpt.decode("utf-8", "replace").replace("\x00", "\ufffd")
                return Answer(_since(began), status=response.status, excerpt=text)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
            return Answer(_since(began), error=_reason(exc, urlsplit(url).hostname or url))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _reason(exc: BaseException, host: str) -> str:
    if isinstance(exc, TimeoutError):
        return f"{host} did not answer in time"
    return f"{type(exc).__name__}: {exc}"[:500].replace("\x00", "\ufffd")
