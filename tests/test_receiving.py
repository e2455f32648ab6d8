"""Bodies that do not come: what the application meets, and what becomes of the rest of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from openslot import receiving
from openslot.receiving import HUNG_UP, BodyError, BrokenOff, Crowded, Intake, TooSlow

PIECE = 16_384
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Connection:
    """A caller who sends ``waiting``, and then nothing."""

    waiting: list[dict[str, Any]]
    sent: list[dict[str, Any]] = field(default_factory=list)
    receives: int = 0

    async def receive(self) -> dict[str, Any]:
        self.receives += 1
        if not self.waiting:
            await asyncio.Event().wait()
        return self.waiting.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def answer_headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


def piece(body: bytes = b"x" * PIECE, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: dict[str, Any] = {"type": "http.disconnect"}


async def reading(scope: Any, receive: Receive, send: Send) -> None:
    """An application that answers once it has the body, or why it has none."""
    status = 200
    try:
        while (await receive())["more_body"]:
            pass
    except BodyError as exc:
        status = exc.status_code
    await answering(scope, receive, send, status)


async def answering(scope: Any, receive: Receive, send: Send, status: int = 404) -> None:
    """One that answers at once."""
    del scope, receive
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def call(
    app: Any, connection: Connection, intake: Intake | None = None, *, version: str = "1.1", **headers: str
) -> dict[str, Any]:
    """One request; its scope."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "http_version": version, "headers": named}
    whole = cast(Any, receiving.receiving(app, intake or Intake(60)))
    await whole(scope, connection.receive, connection.send)
    return scope


async def test_a_body_that_arrives_is_read_and_the_connection_stays() -> None:
    connection = Connection([piece(), piece(b"", more=False)])
    await call(reading, connection, content_length=str(PIECE))
    assert (connection.sent[0]["status"], connection.answer_headers) == (200, {})


@pytest.mark.parametrize("headers", [{}, {"content_length": "0"}])
async def test_without_a_body_nothing_is_waited_for(headers: dict[str, str]) -> None:
    connection = Connection([])
    await call(answering, connection, Intake(60), **headers)
    assert (connection.receives, connection.answer_headers) == (0, {})


@pytest.mark.parametrize("begun", [[], [piece()]])
@pytest.mark.parametrize("headers", [{"content_length": "99999"}, {"transfer_encoding": "chunked"}])
async def test_a_body_that_is_not_whole_in_time_is_408(
    headers: dict[str, str], begun: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "DRAINED_SECONDS", 0.0)
    connection = Connection([*begun])
    await call(reading, connection, Intake(0), **headers)
    assert (connection.sent[0]["status"], connection.answer_headers) == (408, {b"connection": b"close"})


@pytest.mark.parametrize(
    ("headers", "is_known"), [({"content_length": "99999"}, True), ({"transfer_encoding": "chunked"}, False)]
)
async def test_a_body_that_breaks_off_is_the_callers_mistake(headers: dict[str, str], *, is_known: bool) -> None:
    connection = Connection([piece(), GONE])
    scope = await call(reading, connection, Intake(60), **headers)
    assert (connection.sent[0]["status"], scope["state"]) == (400, {HUNG_UP: is_known})


async def test_what_nobody_reads_is_taken_and_the_connection_closed() -> None:
    connection = Connection([piece(), piece(), piece(b"", more=False)])
    await call(answering, connection, content_length=str(2 * PIECE))
    assert (connection.waiting, connection.answer_headers) == ([], {b"connection": b"close"})


async def test_of_what_nobody_reads_no_more_is_taken_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "DRAINED_BYTES", 2 * PIECE)
    connection = Connection([piece(), piece(), piece(), piece(b"", more=False)])
    await call(answering, connection, transfer_encoding="chunked")
    assert len(connection.waiting) == 2


async def test_a_client_that_waits_for_100_continue_gets_none_after_an_answer() -> None:
    connection = Connection([piece(more=False)])
    await call(answering, connection, content_length="500", expect="100-continue")
    assert (connection.receives, connection.answer_headers) == (0, {b"connection": b"close"})


async def test_from_http_2_on_a_body_needs_no_announcement_and_a_connection_no_end() -> None:
    connection = Connection([piece(), piece(b"", more=False)])
    await call(answering, connection, version="2")
    assert (connection.waiting, connection.answer_headers) == ([], {})


async def test_large_bodies_wait_while_too_much_is_under_way_and_small_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "HELD_BYTES", 3 * PIECE)
    intake = Intake(60)
    is_held, go_on = asyncio.Event(), asyncio.Event()

    async def holding(scope: Any, receive: Receive, send: Send) -> None:
        for _ in range(4):
            await receive()
        is_held.set()
        await go_on.wait()
        await answering(scope, receive, send, 200)

    first = Connection([piece(), piece(), piece(), piece(b"", more=False)])
    waiting = asyncio.create_task(call(holding, first, intake, content_length=str(3 * PIECE)))
    await is_held.wait()
    small, large = Connection([piece(more=False)]), Connection([piece(), piece(), piece(more=False)])
    await call(reading, small, intake, content_length=str(PIECE))
    await call(reading, large, intake, content_length=str(3 * PIECE))
    go_on.set()
    await waiting
    after = Connection([piece(), piece(), piece(more=False)])
    await call(reading, after, intake, content_length=str(3 * PIECE))

    statuses = [one.sent[0]["status"] for one in (first, small, large, after)]
    assert statuses == [200, 200, Crowded.status_code, 200]


def test_each_kind_has_its_own_message() -> None:
    assert [str(kind()) for kind in (TooSlow, BrokenOff, Crowded)] == [
        "408: the body did not arrive in time",
        "400: the body broke off",
        "503: too many bodies are under way",
    ]
