"""How bodies come in: until when, how many at a time, and what becomes of those that nobody reads to their end.

The server lets a caller take for ever over a body. Here it is whole in time, or it is refused (ADR 0028).
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
"""Of a body that is refused, so much is taken and thrown away; whoever sends more may miss the answer."""
DRAINED_SECONDS = 1.0
"""At least, once the answer is out; the time that is left for the body where that is longer."""
SMALL_BYTES = 16 * 1024
"""A body up to here is always taken: bookings are of a kilobyte."""
HELD_BYTES = 64 * 1024 * 1024
"""What all bodies of a process that are larger may have together while they are under way."""
HUNG_UP = "hung_up"
"""In a request's ``state``: true where its caller is gone. The server says so of bodies of announced length alone."""


class BodyError(HTTPException):
    """The body of a request can't be had."""

    def __init__(self) -> None:
        super().__init__(detail=self.detail)


class TooSlow(BodyError):
    """It was not whole in time."""

    status_code = 408
    detail = "the body did not arrive in time"


class BrokenOff(BodyError):
    """It ended where its own marks say that there is more: the caller hung up, or wrote the marks wrong."""

    status_code = 400
    detail = "the body broke off"


class Crowded(BodyError):
    """Too much of others' bodies is under way."""

    status_code = 503
    detail = "too many bodies are under way"


class Intake:
    """What is under way in one process."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        """From the end of a request's head to that of its body."""
        self.held_bytes = 0


def receiving(app: ASGIApp, intake: Intake) -> ASGIApp:
    """``app``, which meets a ``BodyError`` instead of a body that does not come; requests without one cost nothing.

    Where the answer goes out before the body is in, what still comes is taken for a while and the connection is closed:
    a system that is sent more than it reads throws away what it sent itself, and callers read an answer only once they
    have sent all.
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
    if not scope["http_version"].startswith("1."):  # from HTTP/2 on, a body needs no announcement
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
        """The next piece.

        Raises:
            BodyError: there will be none.
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
        """Pass on; an answer before the end of the body is the connection's last."""
        if message["type"] == "http.response.start" and not self._is_over and self._is_first_http:
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await self._send(message)

    async def drain(self) -> None:
        """Take what still comes, within bounds; nothing where the caller waits for our word, and got it."""
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
