"""What our ASGI apps share: reading a body, answering, being mounted; and a server of its own for those without one."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NO_CONTENT = 204
METHOD_NOT_ALLOWED = 405

_GRACE_SECONDS = 10
_LAST_ANSWERS_SECONDS = 1.0
_BACKLOG = 1024
_log = logging.getLogger("openslot.connector")


class Gone(Exception):
    """The caller hung up."""


class TooLarge(Exception):
    """The body is larger than it may be."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The body of a request, of at most ``limit`` bytes.

    Raises:
        Gone: the caller hung up before its end.
        TooLarge: it has more.
    """
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks += message.get("body", b"")
        if len(chunks) > limit:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(chunks)


async def respond(send: Send, status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Send an answer, to a HEAD as to a GET: the server leaves the body out."""
    length = {} if status == NO_CONTENT else {"content-length": str(len(content))}
    pairs = [(name.encode(), value.encode()) for name, value in {**headers, **length}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})


async def live(receive: Receive, send: Send, close: Callable[[], Awaitable[None]] | None = None) -> None:
    """Take part in the lifespan of a mounting application; ``close`` is called at its end."""
    while True:
        message = await receive()
        is_over = message["type"] == "lifespan.shutdown"
        if is_over and close is not None:
            await close()
        await send({"type": f"{message['type']}.complete"})
        if is_over:
            return


@contextlib.asynccontextmanager
async def serve(app: App, host: str, *ports: int, grace_seconds: int = _GRACE_SECONDS) -> AsyncIterator[str]:
    """Serve ``app`` while inside, on the first port that is not taken, and give the base URL; port 0 is a free one.

    Leaving waits up to ``grace_seconds`` for calls under way; those that take longer are cancelled.

    Raises:
        OSError: the address can't be had, at none of the ports; ``why`` has the reason.
    """
    import uvicorn  # noqa: PLC0415 -- slow import, and only a server of our own needs it

    from openslot.connector.http_protocol import BoundedProtocol  # noqa: PLC0415 -- imports it too

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            yield  # signals are for the process that runs us

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with _listen(host, ports, family) as listening:
        bound = listening.getsockname()[1]
        config = uvicorn.Config(
            app,
            interface="asgi3",
            http=partial(BoundedProtocol, waiting={}),  # type: ignore[arg-type] # called as the class is
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=grace_seconds,
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://[{host}]:{bound}" if family == socket.AF_INET6 else f"http://{host}:{bound}"
        finally:
            server.should_exit = True
            await serving
            if cancelled := set(server.server_state.tasks):
                # the server does not wait for them, and they may still have an answer for their callers
                await asyncio.wait(cancelled, timeout=_LAST_ANSWERS_SECONDS)


def why(exc: OSError) -> str:
    """The reason in words, without the address that ``socket.create_server`` adds to it."""
    return str(exc.strerror).partition(" (while ")[0]


def _listen(host: str, ports: Sequence[int], family: socket.AddressFamily) -> socket.socket:
    *earlier, last = ports
    for port in earlier:
        try:
            return _server_socket(host, port, family)
        except OSError as exc:
            _log.warning("can't listen on %s port %s, so on another one: %s", host, port, why(exc))
    return _server_socket(host, last, family)


def _server_socket(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    created = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # asyncio turns Nagle's algorithm off only where it reads that this is TCP: an answer in two writes waits 40 ms else
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=created.detach())
