import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from openslot.client.testing import Reply, StandIn
from openslot.connector.gateway import Gateway

TOKEN = "osl_made-up-token-of-the-tests"
OTHER = "osl_made-up-token-of-somebody-else"
FORBIDDEN = {"title": "Permission Denied", "message": "You do not have permission to access this resource."}
UNAUTHENTICATED = {"title": "Unauthenticated", "message": "The access token is invalid"}
HOOK = "https://prod-1.example.org/workflows/1?sig=made-up"
Json = dict[str, Any]


class Clock:
    """Time that stands still until it is told to pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway(api: StandIn, clock: Clock) -> AsyncIterator[Gateway]:
    async with Gateway(api.url, monotonic=clock.monotonic) as gateway:
        yield gateway


def caller(gateway: Gateway, authorization: str | None = f"Bearer {TOKEN}", root_path: str = "") -> httpx.AsyncClient:
    """Who calls the gateway, as a connection of the platform does."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway, root_path=root_path),
        base_url=f"https://connector.example.org{root_path}",
        headers={} if authorization is None else {"Authorization": authorization},
    )


@pytest.fixture
async def call(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(gateway) as client:
        yield client


def page(*rows: Json, next_page_token: str | None = None) -> Reply:
    pagination = {
        "count": len(rows), "next_page": None, "previous_page": None, "next_page_token": next_page_token,
    }  # fmt: skip
    return Reply(json={"collection": rows, "pagination": pagination})


@asynccontextmanager
async def talking(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """An API that answers byte by byte as it is told to: its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await talk(reader, writer)
        except ConnectionError:  # the gateway had enough of it
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=200)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
