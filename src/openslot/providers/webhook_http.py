"""Sends webhooks: one POST on a kept-alive connection, without redirects, only to addresses that the policy permits."""

import asyncio
import errno
import re
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import SimpleNamespace, TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from openslot.security.outbound import OutboundPolicy

CONNECT_TIMEOUT_SECONDS = 10
"""For name look-up, connection and TLS together."""
READ_TIMEOUT_SECONDS = 15
"""From the connection to the end of the response."""
_BEFORE_TARGET = re.compile(r"[^:/?#]+://[^/?#]*")
"""Scheme and authority. Source: RFC 3986, appendix B."""
IDLE_SECONDS = 4
"""How long an idle connection is kept: less than the 5 s of many servers, so that none is used as they close it."""
EXCERPT_BYTES = 2000
"""How much of a response is read and recorded."""
HEADER_BYTES = 8190
"""The longest header line of a response."""
HEADERS = 100
LOOK_UPS = 64
"""Concurrent name look-ups: each takes a thread, for half a minute if the name server is silent."""
MAX_RETRY_AFTER_SECONDS = 365 * 86400
"""A longer ``Retry-After`` is ignored as nonsense."""


@dataclass(frozen=True)
class WebhookResponse:
    """The result of a request: a status, or an ``error`` that explains why there is none."""

    duration_ms: int
    status: int | None = None
    excerpt: str | None = None
    error: str | None = None
    retry_after_seconds: float | None = None
    """From the header ``Retry-After``; it may be long."""


class WebhookSender(Protocol):
    """Sends webhooks."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> WebhookResponse:
        """Send once. Failures of the receiver or the network are returned, never raised."""
        ...


LookUp = Callable[..., list[Any]]
"""As ``socket.getaddrinfo``."""


class _GuardedResolver(AbstractResolver):
    """Resolves names to the addresses that the policy permits.

    aiohttp connects to exactly these, so a name can't resolve to another address between check and connection.
    """

    def __init__(self, policy: OutboundPolicy, look_up: LookUp) -> None:
        self._policy = policy
        self._look_up = look_up
        # Not the loop's default executor, whose few threads one silent name server would block for all other names.
        self._threads = ThreadPoolExecutor(LOOK_UPS, "look-up")
        self._pending: dict[tuple[str, int, int], asyncio.Future[Any]] = {}
        """Look-ups under way, shared by all requests for the same name, since a look-up can't be canceled."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The permitted addresses of ``host``.

        Raises:
            OSError: the name can't be resolved, or the policy permits none of its addresses.
        """
        query = (host, port, int(family))
        if query not in self._pending:
            look_up = partial(self._look_up, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            self._pending[query] = asyncio.get_running_loop().run_in_executor(self._threads, look_up)
            self._pending[query].add_done_callback(partial(self._finish, query))
        infos = await asyncio.shield(self._pending[query])
        found = [
            ResolveResult(hostname=host, host=address[0], port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, _, _, _, address in infos
        ]
        permitted = [one for one in found if self._policy.permits(one["host"])]
        if not permitted:
            # Only kinds of addresses: owners of webhooks must not learn addresses of the operator's network.
            kinds = sorted({self._policy.refusal(one["host"]) or "" for one in found}) or ["none at all"]
            reason = f"{host} has only addresses that must not be reached: {', '.join(kinds)}"
            raise OSError(errno.EACCES, reason)  # with an errno, aiohttp shows the reason
        return permitted

    def _finish(self, query: tuple[str, int, int], future: "asyncio.Future[Any]") -> None:
        del self._pending[query]
        if not future.cancelled():
            future.exception()  # marks it as retrieved: every waiter may have been canceled by now

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass
class _Phase:
    """The phase of an attempt: one time-out applies until it is connected, and another one from then on."""

    limit: asyncio.Timeout
    connected: bool = False


async def _connected(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
    phase: _Phase = trace.trace_request_ctx
    phase.connected = True
    phase.limit.reschedule(asyncio.get_running_loop().time() + READ_TIMEOUT_SECONDS)


class AiohttpSender:
    """Sends webhooks with aiohttp. Use it as an async context manager, one per process.

    It does not limit the number of connections, since waiting for one would count as the receiver's time. Callers limit
    how many requests they send at once.
    """

    def __init__(self, policy: OutboundPolicy, *, look_up: LookUp = socket.getaddrinfo) -> None:
        self._policy = policy
        self._look_up = look_up
        self._session: aiohttp.ClientSession | None = None
        self._resolver: _GuardedResolver | None = None

    async def __aenter__(self) -> Self:
        phases = aiohttp.TraceConfig()
        phases.on_connection_create_end.append(_connected)
        phases.on_connection_reuseconn.append(_connected)
        self._resolver = _GuardedResolver(self._policy, self._look_up)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                socket_factory=self._socket,
                limit=0,
                limit_per_host=0,
                keepalive_timeout=IDLE_SECONDS,
            ),
            timeout=aiohttp.ClientTimeout(total=None),  # aiohttp's own rounds up to seconds and has no such phases
            trace_configs=[phases],
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "OpenSlot", "Accept-Encoding": "identity"},
            auto_decompress=False,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> WebhookResponse:
        """Send once. Failures of the receiver or the network are returned, never raised.

        Once a status has arrived, it is the result, even if reading the body fails.
        """
        assert self._session is not None  # entered
        objection = self._policy.objection(url)
        if objection is not None:
            return WebhookResponse(0, error=f"url {objection}")
        began = time.monotonic()
        response: aiohttp.ClientResponse | None = None
        excerpt = bytearray()
        limit = asyncio.timeout(CONNECT_TIMEOUT_SECONDS)
        phase = _Phase(limit)
        try:
            async with (
                limit,
                self._session.post(
                    as_registered(url), data=body, headers=headers, allow_redirects=False, trace_request_ctx=phase
                ) as response,
            ):
                while len(excerpt) < EXCERPT_BYTES:
                    part = await response.content.read(EXCERPT_BYTES - len(excerpt))
                    if not part:
                        break
                    excerpt += part
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
            if response is None:
                return WebhookResponse(_since(began), error=_reason(exc, urlsplit(url).hostname or url, phase))
        return WebhookResponse(
            _since(began),
            status=response.status,
            excerpt=excerpt.decode("utf-8", "replace").replace("\x00", "\ufffd"),
            retry_after_seconds=retry_after_seconds(response.headers),
        )

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The last check, with the address of the connection itself, even if the URL contained it instead of a name."""
        family, kind, protocol, _, address = info
        if (refusal := self._policy.refusal(str(address[0]))) is not None:
            raise OSError(errno.EACCES, f"an address that must not be reached: {refusal}")
        return socket.socket(family, kind, protocol)


def as_registered(url: str) -> URL:
    """The URL to request: path and query exactly as they were registered, since a receiver may have signed them.

    Scheme and host are as the library parses them, since the policy has checked them so. A path or query with non-ASCII
    characters is encoded by the library, since a request line can't contain them.
    """
    read = URL(url)
    target = _BEFORE_TARGET.sub("", url, count=1).partition("#")[0]
    if not target.isascii():
        return read.with_fragment(None)
    return URL(
        f"{read.scheme}://{read.raw_authority}{target if target.startswith('/') else f'/{target}'}", encoded=True
    )


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After`` gives, directly or as a date by the receiver's clock; None if it is invalid.

    Source: RFC 9110, 10.2.3.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        until, now = _date(text), _date(headers.get("Date", "")) or datetime.now(UTC)
        if until is None:
            return None
        seconds = (until - now).total_seconds()
    return seconds if 0 <= seconds <= MAX_RETRY_AFTER_SECONDS else None


def _date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _reason(exc: BaseException, host: str, phase: _Phase) -> str:
    if isinstance(exc, TimeoutError):
        return f"{host} did not answer in time" if phase.connected else f"{host} could not be connected to in time"
    # Its str() would show the whole URL, which may contain a secret.
    reason = f"{exc.status} {exc.message}" if isinstance(exc, aiohttp.ClientResponseError) else str(exc)
    return f"{type(exc).__name__}: {reason}"[:500].replace("\x00", "\ufffd")
