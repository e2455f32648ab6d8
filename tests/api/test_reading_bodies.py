"""When a body is read: only where one may come, since reading costs as much as a query of the database."""

from typing import Any, cast

import pytest
from litestar import Litestar, Request, get
from litestar.types import HTTPReceiveMessage

from openslot.api.decoding import read_body
from openslot.edges import AnyRequest


@get("/")
async def anything() -> None: ...


def request_with(headers: dict[str, str], *, version: str = "1.1", chunks: tuple[bytes, ...] = ()) -> AnyRequest:
    waiting = list(chunks)

    async def receive() -> HTTPReceiveMessage:
        assert waiting, "nobody will send anything"
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    scope: dict[str, Any] = {
        "type": "http",
        "route_handler": anything,
        "litestar_app": Litestar([anything], openapi_config=None),
        "http_version": version,
        "method": "GET",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "state": {},
    }
    return Request(cast(Any, scope), receive)


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}, {"content-type": "application/json"}])
async def test_where_the_head_announces_no_body_nobody_waits_for_one(headers: dict[str, str]) -> None:
    assert await read_body(request_with(headers)) == b""


@pytest.mark.parametrize("headers", [{"content-length": "4"}, {"transfer-encoding": "chunked"}])
async def test_an_announced_body_is_read_whole(headers: dict[str, str]) -> None:
    assert await read_body(request_with(headers, chunks=(b"{}", b"  "))) == b"{}  "


async def test_from_http_2_on_a_body_needs_no_announcement() -> None:
    assert await read_body(request_with({}, version="2", chunks=(b"{}",))) == b"{}"


async def test_a_body_can_be_read_again() -> None:
    request = request_with({"content-length": "2"}, chunks=(b"{}",))

    assert [await read_body(request), await read_body(request)] == [b"{}", b"{}"]
