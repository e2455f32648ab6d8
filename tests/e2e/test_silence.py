"""Callers who say nothing, or never come to an end: they are let go, and nobody else waits for them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from running import PATIENCE_SECONDS, Service, allow_open_files
from running import offer as offered

SILENT = 1100
HEAD = b"Host: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Caller:
    """What one kind of caller sends at first, and what again and again."""

    first: bytes = b""
    again: bytes = b""


def callers(service: Service, form: str) -> dict[str, Caller]:
    """Every kind, those with a body at the API and at a form."""
    api = b"POST /api/v2/invitees HTTP/1.1\r\n" + HEAD + f"Authorization: Bearer {service.token}\r\n".encode()
    page = f"POST {form} HTTP/1.1\r\n".encode() + HEAD + FORM
    kinds = {
        "nothing": Caller(),
        "nothing but line ends": Caller(again=b"\r\n"),
        "half a line": Caller(b"GET /heal"),
        "half a head": Caller(b"GET /health/live HTTP/1.1\r\nHost: loc"),
        "a head without an end": Caller(b"GET /health/live HTTP/1.1\r\nX: ", b"x"),
        "the beginning of HTTP/2": Caller(b"PRI * HTTP/2.0\r\n\r\n"),
        "nothing more": Caller(b"GET /health/live HTTP/1.1\r\n" + HEAD + b"\r\n"),
        "half a second request": Caller(b"GET /health/live HTTP/1.1\r\n" + HEAD + b"\r\nGET /"),
        "a websocket": Caller(
            b"GET /health/live HTTP/1.1\r\n" + HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
        "a tunnel": Caller(b"CONNECT localhost:25 HTTP/1.1\r\n" + HEAD + b"\r\n"),
    }
    for where, head in (("API", api), ("form", page)):
        kinds |= {
            f"no body, {where}": Caller(head + b"Content-Length: 500\r\n\r\n"),
            f"half a body, {where}": Caller(head + b"Content-Length: 500\r\n\r\n{"),
            f"a body by the byte, {where}": Caller(head + b"Content-Length: 5000\r\n\r\n", b" "),
            f"chunks without an end, {where}": Caller(head + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            f"half a chunk, {where}": Caller(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
            f"a chunk's size without an end, {where}": Caller(head + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
            f"a body that is too large, {where}": Caller(head + b"Content-Length: 50000000\r\n\r\n", b" "),
        }
    return kinds


async def test_nobody_waits_for_callers_who_do_not_come_to_an_end(strict: Service) -> None:
    offer = offered(strict)
    allow_open_files()
    kinds = list(callers(strict, f"{offer.path}/{offer.starts[0]}").items())
    async with contextlib.AsyncExitStack() as stack:
        calls = [
            (name, await stack.enter_async_context(connected(strict, caller)), caller.again)
            for name, caller in (kinds[number % len(kinds)] for number in range(SILENT))
        ]
        ended = [asyncio.create_task(until_closed(streams, again)) for _, streams, again in calls]

        await book(strict, offer.uri, offer.starts[1])
        await asyncio.wait(ended, timeout=PATIENCE_SECONDS)
        still_open = {name for (name, *_), task in zip(calls, ended, strict=True) if not task.done()}
        for task in ended:
            task.cancel()

    assert still_open == set()
    await book(strict, offer.uri, offer.starts[2])
    assert [line for line in strict.lines if " error " in line or "Traceback" in line] == []


async def test_a_caller_who_takes_no_answer_is_let_go(strict: Service) -> None:
    call = b"GET /api/v2/openapi.json HTTP/1.1\r\n" + HEAD + b"\r\n"
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(greedy, ("127.0.0.1", strict.port))
        await loop.sock_sendall(greedy, call * 200)

        # the system keeps from a caller with full hands that nobody is there any more
        async with asyncio.timeout(PATIENCE_SECONDS):
            while is_held(strict.port, greedy.getsockname()[1]):  # noqa: ASYNC110 -- it is another process's
                await asyncio.sleep(0.05)


def is_held(port: int, caller_port: int) -> bool:
    """Whether the service's end of a connection exists. Source: proc_pid_net(5)."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[2].endswith(f":{caller_port:04X}") for row in rows)


@contextlib.asynccontextmanager
async def connected(
    service: Service, caller: Caller
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        writer.write(caller.first)
        yield reader, writer
    finally:
        writer.close()


async def until_closed(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], again: bytes) -> None:
    """Read to the end, and send on meanwhile."""
    reader, writer = streams
    reading = asyncio.create_task(reader.read())
    try:
        while again and not reading.done():
            writer.write(again)
            await asyncio.wait([reading], timeout=0.5)
        with contextlib.suppress(ConnectionError):
            await reading
    finally:
        reading.cancel()


async def book(service: Service, event_type: str, start: str) -> None:
    headers = {"Authorization": f"Bearer {service.token}"}
    async with httpx.AsyncClient(base_url=service.api_url, headers=headers, timeout=PATIENCE_SECONDS) as api:
        body = {
            "event_type": event_type,
            "start_time": start,
            "invitee": {"name": "Ada", "email": "ada@example.org", "timezone": "UTC"},
        }
        answer = await api.post("/invitees", json=body)
    assert answer.status_code == 201, answer.text
