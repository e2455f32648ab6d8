"""Answers as gzip: who gets them, what is packed, and what never is."""

import gzip
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar, Response, get, head
from litestar.datastructures import CacheControlHeader
from litestar.response import Stream

from openslot import compression
from openslot.compression import compressing
from running import raw_body

TEXT = "A kiln needs patience. " * 200


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["gzip"], True), (["gzip, deflate, br, zstd"], True), (["br;q=1.0, gzip;q=0.8, *;q=0.1"], True),
        (["GZIP"], True), (["x-gzip"], True), (["br", "gzip"], True), (["gzip;q=0.001"], True),
        (["gzip;q=0"], False), (["gzip; q=0.000"], False), (["gzip;Q=0"], False), (["identity"], False), ([""], False),
        (["*"], False), ([], False), (["br, deflate"], False), (["notgzip"], False), (["gzipped"], False),
    ],
)  # fmt: skip
def test_only_clients_that_accept_gzip_get_it(values: list[str], expected: bool) -> None:  # noqa: FBT001 # a table
    assert compression.is_accepted(values) is expected


@get("/text")
async def text() -> Response[str]:
    return Response(TEXT, media_type="text/html", headers={"ETag": '"one"', "Vary": "Accept-Language"})


@head("/text")
async def head_of_text() -> Response[None]:
    return Response(None, media_type="text/html", headers={"ETag": '"one"', "Content-Length": str(len(TEXT))})


@get("/json")
async def json() -> dict[str, str]:
    return {"text": TEXT}


@get("/small")
async def small() -> Response[str]:
    return Response("A kiln.", media_type="text/html")


@get("/picture")
async def picture() -> Response[bytes]:
    return Response(TEXT.encode(), media_type="image/png")


@get("/packed")
async def packed() -> Response[bytes]:
    return Response(gzip.compress(TEXT.encode()), media_type="text/html", headers={"Content-Encoding": "gzip"})


@get("/secret")
async def secret() -> Response[str]:
    return Response(TEXT, media_type="text/html", headers={"Cache-Control": "private, no-store"})


@get("/form")
async def form() -> Response[str]:
    return Response(TEXT, media_type="text/html", headers={"Cache-Control": "private, no-cache, no-transform"})


@get("/part")
async def part() -> Response[str]:
    headers = {"Content-Range": "bytes 0-4599/9999"}
    return Response(TEXT, media_type="text/html", status_code=206, headers=headers)


@get("/pieces")
async def pieces() -> Stream:
    async def made() -> AsyncIterator[str]:
        for _ in range(3):
            yield TEXT

    return Stream(made(), media_type="text/html")


@get("/forever", cache_control=CacheControlHeader(public=True, immutable=True))
async def forever() -> Response[str]:
    return Response(TEXT, media_type="text/css")


@get("/probe")
async def probe() -> Response[str]:
    return Response(TEXT, media_type="text/plain")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    handlers = [
        text, head_of_text, json, small, picture, packed, secret, form, part, pieces, forever, probe
    ]  # fmt: skip
    app = Litestar(handlers, openapi_config=None, logging_config=None)
    packing = compressing(app, is_left_alone=lambda path: path == "/probe")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, packing)), base_url="http://test") as made:
        yield made


@pytest.mark.parametrize("path", ["/text", "/json", "/forever"])
async def test_text_is_packed_with_a_header_that_names_it(client: httpx.AsyncClient, path: str) -> None:
    response, body = await raw_body(client, path)
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert response.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["vary"]
    assert int(response.headers["content-length"]) == len(body) < len(plain.content) / 5
    assert gzip.decompress(body) == plain.content
    assert "content-encoding" not in plain.headers


async def test_the_tag_of_packed_text_is_weak_and_other_reasons_to_vary_stay(client: httpx.AsyncClient) -> None:
    response, _ = await raw_body(client, "/text")
    assert (response.headers["etag"], response.headers["vary"]) == ('W/"one"', "Accept-Language, Accept-Encoding")


@pytest.mark.parametrize("path", ["/small", "/picture", "/packed", "/secret", "/form", "/part", "/pieces", "/probe"])
async def test_what_must_not_or_need_not_be_packed_comes_as_it_is(client: httpx.AsyncClient, path: str) -> None:
    accepting, body = await raw_body(client, path)
    plain, plain_body = await raw_body(client, path, accepting="identity")
    assert (accepting.status_code, body) == (plain.status_code, plain_body)
    assert accepting.headers.get("content-encoding") == plain.headers.get("content-encoding")


async def test_head_gives_no_length_that_get_would_not(client: httpx.AsyncClient) -> None:
    accepting, body = await raw_body(client, "/text", method="HEAD")
    assert (accepting.status_code, body, "content-length" in accepting.headers) == (200, b"", False)
    plain, _ = await raw_body(client, "/text", method="HEAD", accepting="identity")
    assert plain.headers["content-length"] == str(len(TEXT))
