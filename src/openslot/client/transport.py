"""Sends requests by httpx, blocking and async. The only place that adds the token to a request."""

import asyncio
import os
import threading
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from openslot.client.errors import NoAnswer, TimedOut
from openslot.client.messages import Request, Response

if TYPE_CHECKING:  # httpx takes longer to import than the whole package, so it is imported by the first call
    import ssl

    import httpx

    from openslot.client.core import Core

_CONNECT_SECONDS = 10.0
_POOL = 100


class BlockingTransport:
    """Sends from any thread over one pool of connections."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None

    def send(self, request: Request) -> Response | NoAnswer:
        import httpx  # noqa: PLC0415 -- slow import

        with self._lock:
            if self._http is None:
                self._http = httpx.Client(**_options(self._core))
        try:
            return _response(self._http.request(request.method, request.url, **_parts(request)), self._core)
        except httpx.RequestError as exc:
            return _no_answer(request, exc)

    def close(self) -> None:
        with self._lock:
            http, self._http = self._http, None
        if http is not None:
            http.close()


class AsyncTransport:
    """Sends from any event loop; each loop has its own pool, because connections belong to the loop that made them."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self._http: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    async def send(self, request: Request) -> Response | NoAnswer:
        import httpx  # noqa: PLC0415 -- slow import

        loop = asyncio.get_running_loop()
        http = self._http.get(loop)
        if http is None:
            http = self._http[loop] = httpx.AsyncClient(**_options(self._core))
        try:
            return _response(await http.request(request.method, request.url, **_parts(request)), self._core)
        except httpx.RequestError as exc:
            return _no_answer(request, exc)

    async def close(self) -> None:
        http = self._http.pop(asyncio.get_running_loop(), None)
        if http is not None:
            await http.aclose()


def _parts(request: Request) -> dict[str, Any]:
    return {"content": request.content, "headers": request.headers}


def _options(core: "Core") -> dict[str, Any]:
    import httpx  # noqa: PLC0415 -- slow import

    def with_token(request: httpx.Request) -> httpx.Request:
        if core.token is not None:  # the only place that reveals it
            request.headers["Authorization"] = f"Bearer {core.token.reveal()}"
        return request

    timeout = core.timeout_seconds
    return {
        "auth": with_token,  # not among the headers: those are shown by debuggers and error reporters
        "headers": {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "openslot",
            **core.headers,
        },
        # no time-out for the pool: the calls that hold its connections have time-outs of their own
        "timeout": httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS), pool=None),
        "limits": httpx.Limits(max_connections=_POOL, max_keepalive_connections=_POOL),
        "follow_redirects": False,
        "verify": _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
    }


@lru_cache(maxsize=8)
def _tls(*_: str | None) -> "ssl.SSLContext":
    """The authorities of this machine, or of the variables that httpx reads them from.

    Shared, since reading them takes tens of milliseconds, and a server for many callers makes a client for each.
    """
    import httpx  # noqa: PLC0415 -- slow import

    return httpx.create_ssl_context()


def _response(answer: "httpx.Response", core: "Core") -> Response:
    content = answer.content
    if not answer.is_success:
        if "date" not in answer.headers:  # a recipient that uses the date must add it (RFC 9110, 6.6.1)
            answer.headers["date"] = formatdate(usegmt=True)
        if core.token is not None:  # a proxy's error page may echo the request's headers
            content = content.replace(core.token.reveal().encode(), b"***")
    return Response(answer.status_code, answer.reason_phrase, answer.headers, content)


def _no_answer(request: Request, exc: "httpx.RequestError") -> NoAnswer:
    import httpx  # noqa: PLC0415 -- slow import

    kind = TimedOut if isinstance(exc, httpx.TimeoutException) else NoAnswer
    left = not isinstance(
        exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol
    )
    return kind(request, f"{type(exc).__name__}: {exc}".rstrip(": "), left=left)
