"""Where deliveries come in: an ASGI app to mount anywhere, and a server of its own for those who have none."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from openslot.connector.signatures import SignatureRefused
from openslot.connector.triggers import (
    Event,
    InviteeTrigger,
    RoutingFormSubmissionTrigger,
    UnknownEvent,
    UnreadableEvent,
)
from openslot.wire import codec

Handle = Callable[[Event], Awaitable[None]]
AnyTrigger = InviteeTrigger | RoutingFormSubmissionTrigger

BODY_LIMIT = 1024 * 1024
"""Bytes; a delivery is a few thousand."""

_GRACE_SECONDS = 10
_BACKLOG = 128
_log = logging.getLogger("openslot.connector")

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Declined(Exception):
    """The delivery is not handled, and this is the answer."""

    def __init__(self, status: int, said: str) -> None:
        self.status = status
        self.said = said


class _Gone(Exception):
    """The sender hung up."""


class Receiver:
    """ASGI app that answers 200 only once the handler is done with the event.

    Any other answer makes the sender try again later, so a handler that raised (500) gets its event again. Refused for
    good are unsigned bodies (401), unreadable ones (400), large ones (413), and other methods than POST (405). Events
    without a known shape are answered 204 and logged.
    """

    def __init__(self, handle: Handle, *triggers: AnyTrigger) -> None:
        """With several triggers, each is reached at a path that ends in its name; one alone at any path."""
        self._handle = handle
        self._triggers = {trigger.name: trigger for trigger in triggers}

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            # a sender that hung up gets no answer
            with contextlib.suppress(_Gone):
                status, said = await self._answer(scope, receive)
                await _respond(send, status, said)

    async def _answer(self, scope: _Scope, receive: _Receive) -> tuple[int, str]:
        try:
            trigger = self._trigger(scope["method"], scope["path"])
            event = _event(trigger, await _body(receive), scope["headers"])
        except _Declined as exc:
            return exc.status, exc.said
        try:
            await self._handle(event)
        except Exception:  # noqa: BLE001 -- the outer loop of other people's code: the sender shall try again
            _log.exception("the handler failed on %s, the sender will try again", event.event)
            return 500, "the handler failed"
        return 200, "handled"

    def _trigger(self, method: str, path: str) -> AnyTrigger:
        alone = next(iter(self._triggers.values())) if len(self._triggers) == 1 else None
        trigger = alone or self._triggers.get(path.rstrip("/").rpartition("/")[2])
        if trigger is None:
            raise _Declined(404, "no trigger listens here")
        if method != "POST":
            raise _Declined(405, "deliveries are posted")
        return trigger


@contextlib.asynccontextmanager
async def serve(
    app: Callable[[_Scope, _Receive, _Send], Awaitable[None]], host: str, *ports: int
) -> AsyncIterator[str]:
    """Serve ``app`` while inside, on the first port that is not taken, and give the base URL; port 0 is a free one.

    Leaving waits up to 10 s for deliveries under way.

    Raises:
        OSError: the address can't be had, at none of the ports.
    """
    import uvicorn  # noqa: PLC0415 -- slow import, and only a server of our own needs it

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield  # signals are for whoever runs us

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with _listen(host, ports, family) as listening:
        bound = listening.getsockname()[1]
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://[{host}]:{bound}" if family == socket.AF_INET6 else f"http://{host}:{bound}"
        finally:
            server.should_exit = True
            await serving


def _listen(host: str, ports: Sequence[int], family: socket.AddressFamily) -> socket.socket:
    *earlier, last = ports
    for port in earlier:
        try:
            return _server_socket(host, port, family)
        except OSError as exc:
            _log.warning("can't listen on %s port %s, so on another one: %s", host, port, os.strerror(exc.errno or 0))
    return _server_socket(host, last, family)


def _server_socket(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    created = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # asyncio turns Nagle's algorithm off only where it reads that this is TCP: an answer in two writes waits 40 ms else
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=created.detach())


def _event(trigger: AnyTrigger, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Event:
    if trigger.signing_key is None:  # while starting, at the URL of an earlier start
        raise _Declined(503, "not listening yet")
    try:
        return trigger.receive(body, headers)
    except SignatureRefused as exc:
        _log.warning("refused a delivery: %s", exc)
        raise _Declined(401, str(exc)) from exc
    except UnknownEvent as exc:
        _log.warning("ignored a delivery: %s", exc)
        raise _Declined(204, "") from exc
    except UnreadableEvent as exc:
        _log.exception("refused a delivery that can't be read")
        raise _Declined(400, str(exc)) from exc


async def _body(receive: _Receive) -> bytes:
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunks += message.get("body", b"")
        if len(chunks) > BODY_LIMIT:
            raise _Declined(413, "no delivery is that large")
        if not message.get("more_body", False):
            return bytes(chunks)


async def _respond(send: _Send, status: int, said: str) -> None:
    content = b"" if status == 204 else codec.encode({"message": said})  # noqa: PLR2004 -- No Content
    headers: Mapping[bytes, bytes] = {
        b"content-type": b"application/json",
        b"content-length": str(len(content)).encode(),
        **({b"allow": b"POST"} if status == 405 else {}),  # noqa: PLR2004 -- Method Not Allowed names the allowed ones
    }
    await send({"type": "http.response.start", "status": status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": content})


async def _live(receive: _Receive, send: _Send) -> None:
    """Nothing is to be set up or torn down; mounted apps are asked all the same."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
