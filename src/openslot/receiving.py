"""Limits on request bodies: the time for one to arrive, the memory for all, and the rest of one that is not read.

The HTTP server would wait for a body forever. Here it is complete in time, or the request is refused (ADR 0028).
"""

import asyncio
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)

DRAINED_BYTES = 64 * 1024 * 1024
"""How much of a refused body is read and discarded; a caller who sends more may miss the response."""
DRAINED_SECONDS = 1.0
"""How long that may take after the response; the time that is left for the body if that is longer."""
SMALL_BYTES = 16 * 1024
"""A body up to this size is always accepted: a booking has a kilobyte."""
HELD_BYTES = 64 * 1024 * 1024
"""The memory for all larger bodies that a process is receiving."""
HUNG_UP = "hung_up"
"""In a request's ``state``: whether its caller is gone. Known only for bodies with a Content-Length."""


class BodyError(HTTPException):
    """The body of a request could not be received."""

    def __init__(self) -> None:
        super().__init__(detail=self.detail)


class TooSlow(BodyError):
    """The body was not complete in time."""

    status_code = 408
    detail = "the body did not arrive in time"


class BrokenOff(BodyError):
    """The body ended before its announced length or last chunk: the caller hung up, or framed it wrongly."""

    status_code = 400
    detail = "the body broke off"


class Crowded(BodyError):
    """The process is receiving too many large bodies already."""

    status_code = 503
    detail = "too many bodies are under way"


class Intake:
    """The bodies that one process is receiving."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        """From the end of a request's head to the end of its body."""
        self.held_bytes = 0


def receiving(app: ASGIApp, intake: Intake) -> ASGIApp:
    """Wrap ``app`` so that reading a body raises ``BodyError`` if it does not arrive; no cost without a body.

    If the response is sent before the whole body has arrived, the rest is read and discarded for a while, then the
    connection is closed. Otherwise many callers would not see the response: they read it only after sending everything,
    and closing a connection with unread data discards the response on its way.
    """

    async def received(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not _has_body(scope):
            await app(scope, receive, send)
            return
        body = _Body(scope, receive, send, intake)
        try:
            await app(scope, body.receive, body.send)
            await body.drain()
        finally:
            intake.held_bytes -= body.counted_bytes

    return received


def _has_body(scope: HTTPScope) -> bool:
    if not scope["http_version"].startswith("1."):  # from HTTP/2 on, no header need announce a body
        return True
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class _Body:
    def __init__(self, scope: HTTPScope, receive: Receive, send: Send, intake: Intake) -> None:
        headers = dict(scope["headers"])
        self._has_length = b"content-length" in headers and b"transfer-encoding" not in headers
        self._waits_for_us = headers.get(b"expect", b"").lower() == b"100-continue"
        self._is_first_http = scope["http_version"].startswith("1.")
        self._scope = scope
        self._receive = receive
        self._send = send
        self._intake = intake
        self._deadline = asyncio.get_running_loop().time() + intake.timeout_seconds
        self._bytes = 0
        self._is_begun = self._is_over = False
        self.counted_bytes = 0

    async def receive(self) -> HTTPReceiveMessage | WebSocketReceiveMessage:
        """The next part of the body.

        Raises:
            BodyError: it did not arrive, or it exceeds the memory for bodies.
        """
        if self._is_over:
            return await self._receive()
        self._is_begun = True
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        if message["type"] != "http.request":
            self._is_over = True
            self._scope.setdefault("state", {})[HUNG_UP] = self._has_length
            raise BrokenOff
        self._is_over = not message.get("more_body", False)
        self._count(len(message["body"]))
        return message

    def _count(self, more: int) -> None:
        self._bytes += more
        if self._bytes <= SMALL_BYTES:
            return
        if self._intake.held_bytes + more > HELD_BYTES:
            raise Crowded
        self._intake.held_bytes += more
        self.counted_bytes += more

    async def send(self, message: Message) -> None:
        """Send a part of the response; one before the end of the body is the last on its connection."""
        if message["type"] == "http.response.start" and not self._is_over and self._is_first_http:
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await self._send(message)

    async def drain(self) -> None:
        """Read and discard the rest of the body, within limits; nothing if the caller waits for "100 Continue"."""
        if self._is_over or (self._waits_for_us and not self._is_begun):
            return
        left = DRAINED_BYTES
        until = max(self._deadline, asyncio.get_running_loop().time() + DRAINED_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while left > 0:
                    message = await self._receive()
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return
                    left -= len(message["body"])
