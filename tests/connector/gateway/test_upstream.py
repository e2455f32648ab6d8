"""What the API behind may do to a gateway: be slow, be somewhere else, be endless."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator

import httpx
import pytest

from openslot.client.testing import Received, Reply, StandIn
from openslot.connector.asgi import serve
from openslot.connector.gateway import Gateway, upstream

from .conftest import TOKEN, Json, caller, page, talking

PATIENCE_SECONDS = 15
"""Less than the gateway's usual 30, many times what it is told here."""
TIMEOUT = {"title": "Gateway Timeout", "message": "The API took too long to answer."}


class Dawdling:
    """An answer that comes once it may."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.over = threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, _: Received) -> Reply:
        self._loop.call_soon_threadsafe(self.began.set)
        self.over.wait(30)
        return Reply(404, {"title": "Resource Not Found", "message": "at last"})


@pytest.fixture
async def dawdling() -> AsyncIterator[Dawdling]:
    dawdling = Dawdling()
    yield dawdling
    dawdling.over.set()


class TestTime:
    async def test_calls_at_once_fail_at_once_where_the_owner_of_the_token_is_unknown(
        self, api: StandIn, dawdling: Dawdling
    ) -> None:
        api.on("GET", "/users/me", dawdling)
        async with Gateway(api.url, timeout_seconds=0.2) as gateway, caller(gateway) as client:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answers = await asyncio.gather(*(client.get("/event_types") for _ in range(8)))

        assert [(answer.status_code, answer.json()) for answer in answers] == [(504, TIMEOUT)] * 8
        assert api.calls() in (["GET /users/me"], [])  # a busy machine may not have sent it in that time

    async def test_a_look_up_and_what_follows_share_one_time(
        self, api: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deadlines: list[float] = []
        send = upstream.Upstream.send

        async def sent(self: upstream.Upstream, request: object, token: object, deadline: float) -> object:
            deadlines.append(deadline)
            return await send(self, request, token, deadline)  # type: ignore[arg-type]

        monkeypatch.setattr(upstream.Upstream, "send", sent)
        api.on("GET", "/event_types", Reply(403, {"title": "Permission Denied", "message": ""}), page())
        async with Gateway(api.url) as gateway, caller(gateway) as client:
            await client.get("/event_types")

        assert api.calls() == ["GET /users/me", "GET /event_types", "GET /event_types"]
        assert len(set(deadlines)) == 1

    async def test_an_answer_that_drips_is_over_in_time(self) -> None:
        over = asyncio.Event()

        async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while not over.is_set():
                writer.write(b" ")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 0.01)

        async with (
            talking(drip) as url,
            Gateway(url, timeout_seconds=0.2) as gateway,
            caller(gateway) as client,
        ):
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await client.get("/event_types/1")
            over.set()

        assert (answer.status_code, answer.json()) == (504, TIMEOUT)

    async def test_a_call_that_never_arrives_is_not_waited_for(self, api: StandIn) -> None:
        expected: list[Json] = []

        async def receive() -> Json:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async def send(message: Json) -> None:
            expected.append(message)

        scope = {
            "type": "http", "scheme": "https", "method": "POST", "path": "/invitee_no_shows",
            "headers": [(b"authorization", TOKEN.encode())],
        }  # fmt: skip
        async with Gateway(api.url, timeout_seconds=0.05) as gateway:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await gateway(scope, receive, send)  # type: ignore[arg-type]

        assert (expected[0]["status"], api.calls()) == (408, [])


class TestStopping:
    async def test_leaving_waits_for_a_call_under_way(self, api: StandIn, dawdling: Dawdling) -> None:
        api.on("GET", "/event_types/1", dawdling)
        async with Gateway(api.url) as gateway, httpx.AsyncClient() as client, contextlib.AsyncExitStack() as stack:
            grace = gateway.grace_seconds
            url = await stack.enter_async_context(serve(gateway, "127.0.0.1", 0, grace_seconds=grace))
            headers = {"Authorization": TOKEN}
            answer = asyncio.create_task(client.get(f"{url}/event_types/1", headers=headers))
            await dawdling.began.wait()
            leaving = asyncio.create_task(stack.aclose())
            await asyncio.sleep(0)
            under_way = gateway.under_way
            dawdling.over.set()

            assert ((await answer).status_code, under_way) == (404, 1)
            await leaving

        assert (gateway.under_way, grace > 30) == (0, True)

    async def test_a_call_that_is_cut_off_gets_an_answer(
        self, api: StandIn, dawdling: Dawdling, caplog: pytest.LogCaptureFixture
    ) -> None:
        api.on("GET", "/event_types/1", dawdling)
        async with Gateway(api.url) as gateway, httpx.AsyncClient() as client, contextlib.AsyncExitStack() as stack:
            url = await stack.enter_async_context(serve(gateway, "127.0.0.1", 0, grace_seconds=0))
            headers = {"Authorization": TOKEN}
            call = asyncio.create_task(client.get(f"{url}/event_types/1", headers=headers))
            await dawdling.began.wait()
            await stack.aclose()
            answer = await call

        expected = {"title": "Service Unavailable", "message": "The gateway is stopping. Try again."}
        assert (answer.status_code, answer.json()) == (503, expected)
        assert [record.exc_info for record in caplog.records if record.exc_info] == []


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_they_are_not_followed_and_logged(
        self, api: StandIn, call: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        with StandIn() as elsewhere:
            leads = {"Location": f"{elsewhere.url}/event_types/an-id"}
            api.on("GET", "/event_types/1", Reply(status, headers=leads))
            answer = await call.get("/event_types/1")

        expected = "The API is somewhere else: the gateway's backend must be set to its URL."
        assert (answer.status_code, answer.json()) == (502, {"title": "Bad Gateway", "message": expected})
        assert elsewhere.received == []
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert logged == [f"the API redirects to {elsewhere.url}: set --backend to the URL where it answers itself"]

    async def test_nor_within_the_api(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("GET", "/event_types/1", Reply(302, headers={"Location": "/api/v2/event_types/2"}))

        assert ((await call.get("/event_types/1")).status_code, api.calls()) == (502, ["GET /event_types/1"])


class TestSize:
    @pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 502)])
    async def test_an_answer_is_read_up_to_the_limit(
        self, api: StandIn, call: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, more: int, status: int
    ) -> None:
        monkeypatch.setattr(upstream, "ANSWER_LIMIT", 1000)
        api.on("GET", "/event_types/1", Reply(body=b"x" * (1000 + more)))

        answer = await call.get("/event_types/1")

        assert (answer.status_code, "too large" in answer.text) == (status, bool(more))

    async def test_an_endless_answer_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(upstream, "ANSWER_LIMIT", 1000)

        async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while True:
                writer.write(b" " * 100)
                await writer.drain()

        async with talking(pour) as url, Gateway(url) as gateway, caller(gateway) as client:
            assert (await client.get("/event_types/1")).status_code == 502


async def test_calls_of_several_connections_wait_for_none_of_the_others() -> None:
    arrived = 0
    all_here = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 150:
            all_here.set()
        await all_here.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    async with (
        talking(answer) as url,
        Gateway(url, timeout_seconds=20) as gateway,
        contextlib.AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(caller(gateway, token)) for token in ("one", "two", "three")]
        calls = [client.get("/event_types/1") for client in clients for _ in range(50)]
        answers = await asyncio.gather(*calls)

    assert [answer.status_code for answer in answers] == [200] * 150
