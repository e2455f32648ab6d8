"""Our own servers' callers who do not come to an end, and those whose bodies are not taken: receiver, gateway, MCP."""

import asyncio
import contextlib
import logging
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from openslot.client.testing import StandIn
from openslot.connector import Connection, Event, InviteeTrigger, Receiver, http_protocol
from openslot.connector.agents.server import serving_http
from openslot.connector.asgi import Receive, Scope, Send, serve
from openslot.connector.gateway import Gateway

from .conftest import TOKEN

LARGE = 20_000_000
HEAD = b"POST /invitee HTTP/1.1\r\nHost: localhost\r\n"
SILENT = {
    "nothing": b"",
    "half a head": b"POST / HT",
    "nothing more": b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half a second request": b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
    "half a body": HEAD + b"Content-Length: 500\r\n\r\n{",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "chunks without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    "a refused body": b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{",
    "a last refused body": b"POST /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 500\r\n\r\n{",
    "a websocket": b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}
Serving = Callable[[StandIn], AbstractAsyncContextManager[str]]


@contextlib.asynccontextmanager
async def receiver(api: StandIn) -> AsyncIterator[str]:
    async def handle(_: Event) -> None: ...

    async with Connection(TOKEN, api.url) as connection:
        app = Receiver(handle, InviteeTrigger(connection, signing_key="made-up"))
        async with serve(app, "127.0.0.1", 0) as url:
            yield url


@contextlib.asynccontextmanager
async def gateway(api: StandIn) -> AsyncIterator[str]:
    async with Gateway(api.url) as app, serve(app, "127.0.0.1", 0) as url:
        yield url


@contextlib.asynccontextmanager
async def mcp(api: StandIn) -> AsyncIterator[str]:
    async with serving_http(Connection(TOKEN, api.url), "127.0.0.1", 0) as url:
        yield url.removesuffix("/mcp")


SERVERS = pytest.mark.parametrize("serving", [receiver, gateway, mcp])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.2)


@SERVERS
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", SILENT)
async def test_a_silent_caller_is_let_go(
    api: StandIn, serving: Serving, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(api) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(SILENT[kind])
        async with asyncio.timeout(30):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@SERVERS
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"GET / HTTP/1.1\r\nX: ", b"x"),
        (HEAD + b"Content-Length: 500000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"POST /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 500000\r\n\r\n", b"x"),
    ],
)
async def test_a_byte_now_and_then_gains_no_time(api: StandIn, serving: Serving, first: bytes, again: bytes) -> None:
    async with serving(api) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
        writer.write(first)
        reading = asyncio.create_task(reader.read())
        async with asyncio.timeout(30):
            while not reading.done():
                writer.write(again)
                await asyncio.wait([reading], timeout=0.05)
            with contextlib.suppress(ConnectionError):
                await reading
        writer.close()


@pytest.mark.usefixtures("impatient")
async def test_a_caller_who_takes_no_answer_is_let_go() -> None:
    is_over = asyncio.Event()

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * LARGE, "more_body": True})
        await send({"type": "http.response.body", "body": b"x"})  # waits for the first to be taken
        is_over.set()

    async with serve(answering, "127.0.0.1", 0) as url:
        with socket.socket() as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            greedy.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(greedy, ("127.0.0.1", port_of(url)))
            await loop.sock_sendall(greedy, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with asyncio.timeout(30):
                await is_over.wait()


async def test_where_too_many_wait_the_oldest_goes(api: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "MAX_WAITING", 20)
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 600)  # none is to go for its own silence
    async with gateway(api) as url, contextlib.AsyncExitStack() as stack:
        callers = []
        for _ in range(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
            stack.callback(writer.close)
            callers.append(asyncio.create_task(reader.read()))
        assert await asyncio.to_thread(status_of, f"{url}/health") == 200
        await asyncio.wait(callers[:40], timeout=30)
        assert [one.done() for one in callers] == [True] * 41 + [False] * 19
        for one in callers:
            one.cancel()


@SERVERS
async def test_an_ordinary_client_reads_that_its_body_is_too_large(api: StandIn, serving: Serving) -> None:
    async with serving(api) as url:
        address = f"{url}/mcp" if serving is mcp else f"{url}/invitee"
        assert await asyncio.to_thread(status_of, address, b" " * LARGE) in (413, 404)


def status_of(url: str, body: bytes | None = None) -> int:
    """As urllib has it, which asks for the connection to be closed, and reads once all is sent."""
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as exc:
        with exc:
            status = exc.code
    return status


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])
