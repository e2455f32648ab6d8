"""The HTTP client of flows in YAML, for every server but the API."""

import asyncio
import codecs
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from msgspec import Struct

if TYPE_CHECKING:  # httpx takes longer to import than all of ours: only a call pays for it
    import httpx

MAX_BYTES = 1024 * 1024
"""Of an answer; what comes after them is not read."""
_CHARSET = re.compile(
    r"utf-8|utf-8-sig|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp125\d|koi8-[ru]|tis-620|cp874|gb2312|gbk|gb18030|big5|shift_jis|euc_(jp|kr)"
)
"""Names as ``codecs`` gives them."""
_IDLE_SECONDS = 2
"""Less than servers usually wait: a request on a connection that is being closed would be lost."""
_is_ours: ContextVar[bool] = ContextVar("is_ours", default=False)


class HttpAnswer(Struct, frozen=True):
    """What came back."""

    status: int
    content: bytes
    text: str
    """The content, decoded by its declared charset."""
    is_whole: bool
    """Whether this is all of it, see ``MAX_BYTES``."""


class HttpClient:
    """One client of httpx for each event loop: making one takes longer than many a call."""

    def __init__(self) -> None:
        self._http: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_seconds: float
    ) -> HttpAnswer:
        """Send a request, and read the answer. Redirects are not followed and cookies not kept.

        Raises:
            TimeoutError: all of it took longer. ValueError: the URL can't be one. httpx.RequestError: no answer came.
        """
        import httpx  # noqa: PLC0415 -- slow import

        http = self._client()
        before = _is_ours.set(True)
        try:
            encoded = {name.encode(): value.encode() for name, value in headers.items()}
            async with (
                asyncio.timeout(timeout_seconds),
                http.stream(method, url, headers=encoded, content=content) as response,
            ):
                return await _read(response)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise ValueError("the URL is not one of http or https") from None  # its text may be a secret
        finally:
            _is_ours.reset(before)

    def _client(self) -> "httpx.AsyncClient":
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415 -- slow imports

        import httpx  # noqa: PLC0415

        loop = asyncio.get_running_loop()
        http = self._http.get(loop)
        if http is None:
            logging.getLogger("httpx").addFilter(_hosts_alone)
            http = self._http[loop] = httpx.AsyncClient(
                headers={"User-Agent": "openslot"},
                timeout=None,  # noqa: S113 -- each request has one for all of it
                # no limit: flows have one of their own each, and none waits for another
                limits=httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_SECONDS),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        return http

    async def aclose(self) -> None:
        """Close the client of the running loop."""
        http = self._http.pop(asyncio.get_running_loop(), None)
        if http is not None:
            await http.aclose()


async def _read(response: "httpx.Response") -> HttpAnswer:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            break
    read = bytes(content[:MAX_BYTES])
    text = read.decode(_charset(response.charset_encoding), "replace").encode("utf-8", "replace").decode()
    return HttpAnswer(response.status_code, read, text, is_whole=len(content) <= MAX_BYTES)


def _charset(declared: str | None) -> str:
    """The charset to read an answer in: the declared one if it is one of text, else UTF-8.

    Python has other codecs too, some of which never end on a long text, or don't yield text at all.
    """
    try:
        name = codecs.lookup(declared or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    return name if _CHARSET.fullmatch(name) else "utf-8"


def host_of(url: str) -> str | None:
    """The part of a URL that may be logged: the rest may be a secret, and logs and errors are kept."""
    return urlsplit(url).hostname


def _hosts_alone(record: logging.LogRecord) -> bool:
    """Cut the URLs that httpx logs to their hosts, for our calls alone: others log as they did."""
    if _is_ours.get() and isinstance(record.args, tuple):
        import httpx  # noqa: PLC0415 -- slow import

        record.args = tuple(one.host if isinstance(one, httpx.URL) else one for one in record.args)
    return True
