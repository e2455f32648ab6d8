"""The API behind the gateway: what goes there, in which time, and what of an answer is not taken."""

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from openslot.client import NoAnswer, Secret, TimedOut
from openslot.client.errors import refusal
from openslot.client.messages import Request, Response
from openslot.client.steps import Steps, Transmit
from openslot.connector import definition

if TYPE_CHECKING:  # slow import, as everywhere
    import httpx

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes; a hundred event types are a few hundred thousand."""

_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)
_log = logging.getLogger("openslot.connector")


class Unusable(NoAnswer):
    """An answer came that is not forwarded."""

    def __init__(self, request: Request, message: str) -> None:
        super().__init__(request, message, left=True)
        self.message = message
        """Why, for the caller."""


class Barred(Unusable):
    """A proxy on the way refused to let the call through, for ``proxy_reason``."""

    def __init__(self, request: Request, message: str, proxy_reason: str) -> None:
        super().__init__(request, message)
        self.proxy_reason = proxy_reason


def forward(request: Request) -> Steps[Response]:
    """Make a call whose answer goes back as it came.

    Raises:
        Refused: any status that is no success.
        NoAnswer: none came, or none that can be forwarded.
    """
    result = yield Transmit(request)
    if isinstance(result, Response) and result.status in _SUCCESS:
        return result
    if result is None:
        raise TypeError("a request gives a response or the reason why there is none")
    raise refusal(request, result) if isinstance(result, Response) else result


class Upstream:
    """Sends with the token of each call. Close it in the loop that used it."""

    def __init__(self) -> None:
        import httpx  # noqa: PLC0415 -- slow import

        self._http = httpx.AsyncClient(
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "openslot",
                **definition.CONNECTION.request_headers,
            },
            timeout=None,  # noqa: S113 -- each call as a whole has a deadline
            # as many connections as there are calls: each caller has a limit of its own
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            follow_redirects=False,
        )

    async def send(self, request: Request, token: Secret | None, deadline: float) -> Response | NoAnswer:
        """The answer, or the reason why there is none. ``deadline``: on the clock of the loop, to the last byte."""
        import httpx  # noqa: PLC0415 -- slow import

        headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        try:
            async with (
                asyncio.timeout_at(deadline),
                self._http.stream(request.method, request.url, content=request.content, headers=headers) as answer,
            ):
                return await _read(request, answer)
        except TimeoutError:
            return TimedOut(request, "the answer took too long", left=True)
        except httpx.ProxyError as exc:
            _log.warning("no answer from %s: %s, %s", _origin(request.url), type(exc).__name__, exc)
            return Barred(request, "A proxy does not let the gateway through to the API.", str(exc))
        except httpx.RequestError as exc:
            _log.warning("no answer from %s: %s", _origin(request.url), type(exc).__name__)
            return NoAnswer(request, type(exc).__name__, left=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


async def _read(request: Request, answer: "httpx.Response") -> Response | Unusable:
    if answer.status_code in _REDIRECT:
        # the token must not follow to wherever it leads
        elsewhere = _origin(urljoin(request.url, answer.headers.get("location", "")))
        _log.warning("the API redirects to %s: set --backend to the URL where it answers itself", elsewhere)
        return Unusable(request, "The API is somewhere else: the gateway's backend must be set to its URL.")
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > ANSWER_LIMIT:
            _log.warning("an answer of %s is larger than %d bytes", _origin(request.url), ANSWER_LIMIT)
            return Unusable(request, "The API's answer is too large.")
    return Response(answer.status_code, answer.reason_phrase, answer.headers, bytes(content))


def _origin(url: str) -> str:
    """Where a URL leads, without what may be an id in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
