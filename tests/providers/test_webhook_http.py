"""The HTTP of deliveries: what a name resolves to is judged at each connection. Source: design, section 8; ADR 0014."""

import asyncio
import gzip
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from openslot.providers import webhook_http
from openslot.providers.webhook_http import EXCERPT_BYTES, AiohttpSender, Answer, as_registered, retry_after_seconds
from openslot.security.outbound import OutboundPolicy

ALLOWING = OutboundPolicy(["127.0.0.1/32"])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Whoever is told, on loopback; ``answer`` says how."""

    port: int = 0
    answer: bytes | Handler = OK
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                await reader.readexactly(2)
                if isinstance(self.answer, bytes):
                    writer.write(self.answer)
                else:
                    await self.answer(writer)
                await writer.drain()
                if self.answer == OK:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    async with listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


@dataclass
class Names:
    """What names resolve to, in turn, and the last for good; instead of what the network says."""

    answers: list[list[str]]
    queried: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[Any]:
        self.queried.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in answer
        ]


async def send(url: str, policy: OutboundPolicy = ALLOWING, names: Names | None = None) -> Answer:
    async with AiohttpSender(policy, look_up=names or socket.getaddrinfo) as sender:
        return await sender.post(url, b"{}", {})


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("10.0.0.1", "private network"),
        ("169.254.169.254", "cloud metadata"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback, mapped into IPv6"),
        ("64:ff9b::7f00:1", "loopback, through NAT64"),
        ("fd00::1", "unique local"),
        ("fe80::1%eth0", "link-local"),
        ("0.0.0.0", "this host"),
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_refused_and_nothing_connects(
    server: Server, address: str, kind: str
) -> None:
    answer = await send(f"http://innocent.example:{server.port}/", OutboundPolicy(), Names([[address]]))

    assert answer.status is None
    assert f"innocent.example has only addresses that must not be reached: {kind}]" in (answer.error or "")
    assert address not in (answer.error or "")
    assert server.connections == 0


async def test_of_several_addresses_only_permitted_ones_are_tried(server: Server) -> None:
    names = Names([["10.0.0.1", "127.0.0.1", "::1"]])

    answer = await send(f"http://mixed.example:{server.port}/", names=names)

    assert (answer.status, answer.error) == (200, None)


async def test_a_name_that_changes_is_judged_anew(server: Server) -> None:
    names = Names([["127.0.0.1"], ["127.0.0.9"]])
    async with AiohttpSender(ALLOWING, look_up=names) as sender:
        before = await sender.post(f"http://rebound.example:{server.port}/", b"{}", {})
        after = await sender.post(f"http://rebound.example:{server.port}/", b"{}", {})

    assert before.status == 200
    assert "must not be reached: loopback" in (after.error or "")
    assert server.connections == 1


async def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_connected_to(server: Server) -> None:
    """A server of names that answers differently the second time is never asked a second time."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])

    answer = await send(f"http://rebound.example:{server.port}/", names=names)

    assert answer.status == 200
    assert names.queried == ["rebound.example"]


class Blind(OutboundPolicy):
    """Objects to no URL, so that what stands behind it shows."""

    def objection(self, url: str) -> str | None:  # noqa: ARG002
        return None


class Fooled(Blind):
    """Takes any address the first time it is asked, as if a name had led to another by now."""

    queried = 0

    def refusal(self, address: str) -> str | None:
        self.queried += 1
        return None if self.queried == 1 else super().refusal(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "①②⑦.⓪.⓪.①"])
async def test_an_address_in_the_url_that_needs_no_look_up_is_judged_before_the_connection(
    server: Server, host: str
) -> None:
    answer = await send(f"http://{host}:{server.port}/", Blind())

    assert "an address that must not be reached: loopback" in (answer.error or "")
    assert server.connections == 0


async def test_what_passed_after_the_look_up_is_judged_once_more_before_the_connection(server: Server) -> None:
    names = Names([["127.0.0.1"]])

    answer = await send(f"http://rebound.example:{server.port}/", Fooled(), names)

    assert names.queried == ["rebound.example"]
    assert "an address that must not be reached: loopback" in (answer.error or "")
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "127.0.0.1."])
@pytest.mark.parametrize("policy", [OutboundPolicy(), Blind()])
async def test_loopback_is_refused_however_it_is_written(server: Server, host: str, policy: OutboundPolicy) -> None:
    answer = await send(f"http://{host}:{server.port}/", policy)

    assert answer.status is None
    assert answer.error
    assert server.connections == 0


async def test_an_objection_to_the_url_is_the_answer() -> None:
    assert await send("http://user@hooks.example/") == Answer(0, error="url must not contain credentials")


async def test_what_the_operator_allows_is_reached(server: Server) -> None:
    answer = await send(server.url)

    assert (answer.status, answer.error) == (200, None)


@pytest.mark.parametrize("found", [[], None])
async def test_an_unknown_name_is_an_answer_and_no_exception(found: list[str] | None) -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with AiohttpSender(ALLOWING, look_up=unknown if found is None else Names([found])) as sender:
        answer = await sender.post("http://nowhere.example/", b"{}", {})

    assert answer.status is None
    assert "nowhere.example" in (answer.error or "")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(server: Server, status: int) -> None:
    server.answer = f"HTTP/1.1 {status} Away\r\nLocation: {server.url}x\r\nContent-Length: 0\r\n\r\n".encode()

    answer = await send(server.url)

    assert answer.status == status
    assert len(server.heads) == 1


async def test_a_connection_is_used_again(server: Server) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with AiohttpSender(ALLOWING) as sender:
        answers = [await sender.post(server.url, b"{}", {}) for _ in range(3)]

    assert [(one.status, one.excerpt) for one in answers] == [(200, "ok")] * 3
    assert server.connections == 1


async def test_compressed_answers_are_not_accepted_and_not_expanded(server: Server) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    server.answer = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(bomb)
        + bomb
    )

    answer = await send(server.url)

    assert "accept-encoding: identity\r\n" in server.heads[0].lower()
    assert answer.status == 200
    assert answer.excerpt == bomb[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")


async def test_of_an_endless_answer_the_beginning_is_read_and_the_connection_closed(server: Server) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"5\r\nhello\r\n" * 1000)
            await writer.drain()

    server.answer = endless
    async with AiohttpSender(ALLOWING) as sender:
        answer = await sender.post(server.url, b"{}", {})
        await server.hung_up.wait()

    assert (answer.status, answer.excerpt) == (200, "hello" * (EXCERPT_BYTES // 5))


async def test_an_answer_that_comes_in_pieces_is_put_together(server: Server) -> None:
    async def in_pieces(writer: asyncio.StreamWriter) -> None:
        for part in (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"g", b"oo", b"d"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    server.answer = in_pieces

    assert (await send(server.url)).excerpt == "good"


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * 10_000 + b"\r\n", b"X" * 10_000 + b": x\r\n", b"".join(b"X-%d: x\r\n" % n for n in range(200))],
)
async def test_an_answer_with_too_large_a_head_is_none(server: Server, head: bytes) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 0\r\n\r\n"

    answer = await send(server.url)

    assert answer.status is None
    assert answer.error


@pytest.mark.parametrize(
    ("registered", "called"),
    [
        (
            "/in?sp=%2Ftriggers%2Frun&sig=A%2Bb%2Fc%3D-_x~y&e=%E0%B8%81",
            "/in?sp=%2Ftriggers%2Frun&sig=A%2Bb%2Fc%3D-_x~y&e=%E0%B8%81",
        ),
        ("/a/./b/../%2e%2E/c%2Fd;x=1,2?a+b&&c=%7e#part", "/a/./b/../%2e%2E/c%2Fd;x=1,2?a+b&&c=%7e"),
        ("?a=b", "/?a=b"),
        ("", "/"),
        ("/café?q=ก", "/caf%C3%A9?q=%E0%B8%81"),
    ],
)
async def test_the_path_is_called_letter_by_letter_as_it_was_registered(
    server: Server, registered: str, called: str
) -> None:
    """A receiver may have signed it, as Logic Apps does."""
    await send(server.url.rstrip("/") + registered)

    assert server.heads[0].partition("\r\n")[0] == f"POST {called} HTTP/1.1"


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://①②⑦.⓪.⓪.①/a", "127.0.0.1"), ("HTTP://Bücher.Example:8080/a", "xn--bcher-kva.example")],
)
def test_the_host_that_is_called_is_the_one_that_was_judged(url: str, host: str) -> None:
    assert as_registered(url).raw_host == URL(url).raw_host == host


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Something always comes, and never the end of the head."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: x\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("answer", [hang, drip])
async def test_a_receiver_has_its_time_to_answer_and_no_more(
    server: Server, answer: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_http, "READ_TIMEOUT_SECONDS", 0.1)
    server.answer = answer

    got = await send(server.url)

    assert (got.status, got.error) == (None, "127.0.0.1 did not answer in time")


async def test_a_status_counts_though_the_body_never_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_http, "READ_TIMEOUT_SECONDS", 0.1)

    async def unfinished(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()
        await hang(writer)

    server.answer = unfinished

    got = await send(server.url)

    assert (got.status, got.excerpt, got.error) == (200, "half", None)


@dataclass
class Silence:
    """A server of names that says nothing of one name until the test is over."""

    loop: asyncio.AbstractEventLoop
    names: Names = field(default_factory=lambda: Names([["127.0.0.1"]]))
    queried: asyncio.Event = field(default_factory=asyncio.Event)
    over: threading.Event = field(default_factory=threading.Event)
    look_ups: int = 0

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[Any]:
        if host == "silent.example":
            self.look_ups += 1
            self.loop.call_soon_threadsafe(self.queried.set)
            self.over.wait()
        return self.names(host, port)


@pytest.fixture
async def silence() -> AsyncIterator[Silence]:
    made = Silence(asyncio.get_running_loop())
    yield made
    made.over.set()


async def test_names_that_do_not_resolve_in_time_hold_up_nobody_else(
    server: Server, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AiohttpSender(ALLOWING, look_up=silence) as sender:
        waiting = [asyncio.create_task(sender.post("http://silent.example/", b"{}", {})) for _ in range(40)]
        await silence.queried.wait()
        other = await sender.post(f"http://other.example:{server.port}/", b"{}", {})
        monkeypatch.setattr(webhook_http, "CONNECT_TIMEOUT_SECONDS", 0.1)
        late = await sender.post("http://silent.example/", b"{}", {})
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert other.status == 200
    assert (late.status, late.error) == (None, "silent.example could not be connected to in time")
    assert silence.look_ups == 1  # they share it, so that hanging ones do not use up the threads


async def test_there_is_no_limit_to_connections_that_attempts_would_wait_for(server: Server) -> None:
    """aiohttp's own is 100 in all."""
    everybody, count = asyncio.Event(), 0

    async def wait_for_everybody(writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        if count == 120:
            everybody.set()
        await everybody.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server.answer = wait_for_everybody
    async with AiohttpSender(ALLOWING) as sender:
        answers = await asyncio.gather(*(sender.post(server.url, b"{}", {}) for _ in range(120)))

    assert {one.status for one in answers} == {200}


NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
LATER = format_datetime(NOW + timedelta(minutes=10), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("120", 120), (" 120 ", 120), ("31536000", 31536000),
        (LATER, 600), (DATE, 0), ("Mon, 4 Jan 2027 10:10:00 +0200", 600), ("Mon, 04 Jan 2027 08:10:00 -0000", 600),
        ("-1", None), ("1.5", None), ("1e3", None), ("٣", None), ("31536001", None), ("9" * 5000, None), ("soon", None),
        ("", None), (format_datetime(NOW - timedelta(seconds=1), usegmt=True), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None), ("Mon, 99 Jan 2027 08:10:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_by_the_receiver_s_clock(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"Retry-After": text, "Date": DATE}) == seconds


@pytest.mark.parametrize("dated", [{}, {"Date": "yesterday"}])
def test_without_a_date_of_its_own_a_retry_date_is_read_by_our_clock(dated: dict[str, str]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    seconds = retry_after_seconds({"Retry-After": until} | dated)

    assert seconds is not None
    assert 3500 < seconds <= 3600


@given(st.text(), st.text())
def test_any_retry_after_is_read_or_ignored(text: str, date: str) -> None:
    seconds = retry_after_seconds({"Retry-After": text, "Date": date})

    assert seconds is None or seconds >= 0


async def test_an_answer_carries_its_retry_after(server: Server) -> None:
    head = f"HTTP/1.1 503 Busy\r\nDate: {DATE}\r\nRetry-After: {LATER}\r\nContent-Length: 0\r\n\r\n"
    server.answer = head.encode()

    answer = await send(server.url)

    assert answer == Answer(answer.duration_ms, status=503, excerpt="", retry_after_seconds=600)
