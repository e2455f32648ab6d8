"""Health is the gateway's own, readiness the API's behind it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from openslot.client.testing import HangUp, Reply, StandIn
from openslot.connector.asgi import serve
from openslot.connector.gateway import Gateway

from .conftest import UNAUTHENTICATED, Clock, caller, talking

READY = (200, {"status": "ok"})
NOT_READY = (503, {"title": "Service Unavailable", "message": "The API can't be called; the log says why."})


@pytest.fixture
async def anybody(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(gateway, None) as client:
        yield client


async def ready(anybody: httpx.AsyncClient) -> tuple[int, object]:
    answer = await anybody.get("/ready")
    return answer.status_code, answer.json()


async def test_health_calls_nobody(api: StandIn, anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get("/health")

    assert ((answer.status_code, answer.json()), api.calls()) == (READY, [])


async def test_an_api_that_refuses_a_call_without_a_token_is_there(
    api: StandIn, anybody: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    api.on("GET", "/users/me", Reply(401, UNAUTHENTICATED))

    assert await ready(anybody) == READY
    assert (api.calls(), "authorization" in api.received[0].headers) == (["GET /users/me"], False)
    assert [record for record in caplog.records if record.levelno == logging.WARNING] == []


WRONG = " is not the API: it answers a call without a token by {} rather than 401 in JSON; a backend looks like"
URLS = "https://api.calendly.com or http://localhost:8000/api/v2"
NOT_LET_THROUGH = (
    " can't be called: {} is the answer of a proxy or firewall on the way to it; let the gateway through there, and "
    "give HTTPS_PROXY the name and password that the proxy wants"
)
MOVED = " is not the API: The API is somewhere else: the gateway's backend must be set to its URL."


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(404, body=b"<html>"), f"{WRONG.format(404)} {URLS}"),
        (Reply(401, body=b"<html>"), f"{WRONG.format(401)} {URLS}"),
        (Reply(200, {"resource": {}}), f"{WRONG.format(200)} {URLS}"),
        (Reply(301, headers={"Location": "https://example.org/"}), MOVED),
        (Reply(503), " is in trouble: it answers 503"),
        (Reply(403, body=b"<html>"), NOT_LET_THROUGH.format(403)),
        (Reply(407, body=b"<html>"), NOT_LET_THROUGH.format(407)),
        (Reply(429), " takes no call now: it, or a proxy on the way to it, answers 429, too many calls"),
        (HangUp(), " can't be reached"),
    ],
)
async def test_what_is_wrong_with_it_is_in_the_log(
    api: StandIn, gateway: Gateway, anybody: httpx.AsyncClient, caplog: pytest.LogCaptureFixture,
    reply: Reply | HangUp, message: str,
) -> None:  # fmt: skip
    api.on("GET", "/users/me", reply)

    assert await ready(anybody) == NOT_READY
    assert await gateway.trouble() == api.url + message
    assert [record.getMessage() for record in caplog.records].count(api.url + message) == 1


async def test_a_proxy_that_refuses_the_way_is_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async with talking(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        async with Gateway() as gateway, caller(gateway) as client:
            trouble = await gateway.trouble()
            answer = await client.get("/users/me")

    assert trouble == f"https://api.calendly.com{NOT_LET_THROUGH.format('407 Proxy Authentication Required')}"
    message = "A proxy does not let the gateway through to the API."
    assert (answer.status_code, answer.json()) == (502, {"title": "Bad Gateway", "message": message})
    assert caplog.text.count("no answer from https://api.calendly.com: ProxyError, 407 Proxy Authentication") == 2


async def test_it_is_called_every_ten_seconds_at_most(
    api: StandIn, anybody: httpx.AsyncClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    api.on("GET", "/users/me", Reply(503), Reply(503), Reply(401, UNAUTHENTICATED))

    at_once = await asyncio.gather(*(ready(anybody) for _ in range(5)))
    later = []
    for _ in range(3):
        later.append(await ready(anybody))
        clock.now += 10

    assert at_once == [NOT_READY] * 5
    assert later == [NOT_READY, NOT_READY, READY]
    assert len(api.calls()) == 3
    assert caplog.text.count("is in trouble") == 1


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_a_head_gets_the_same_without_its_body(api: StandIn, gateway: Gateway, path: str) -> None:
    api.on("GET", "/users/me", Reply(401, UNAUTHENTICATED))
    async with serve(gateway, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as client:
        answers = [await client.request(method, path) for method in ("HEAD", "GET")]

    assert [(answer.status_code, answer.headers["content-length"]) for answer in answers] == [(200, "15")] * 2
    assert [answer.content for answer in answers] == [b"", b'{"status":"ok"}']


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_nothing_else_can_be_done_to_them(anybody: httpx.AsyncClient, path: str) -> None:
    answer = await anybody.post(path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
