"""Forms as the network brings them: slow, cut off, broken, without or with a wrong token."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from conftest import Clock, in_one_task, serving
from openslot.config import Settings
from openslot.html.posting import MAX_FIELDS, MAX_FORM
from pages.offers import Offer
from pages.plain_browser import read

SLOT = "2027-01-05T09:00:00Z"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def narrow(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service with a single connection to the database."""
    async with in_one_task(serving(replace(settings, database_pool=1), clock)) as client:
        yield client


async def a_token(http: httpx.AsyncClient, path: str) -> str:
    """The token of a form."""
    page = read((await http.get(f"{path}/{SLOT}")).text)
    return page.one("input", name="_csrf_token").attributes["value"]


async def test_a_form_that_is_still_on_its_way_holds_no_connection(narrow: httpx.AsyncClient, offer: Offer) -> None:
    token = await a_token(narrow, offer.path)
    begun, rest = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"na"
        begun.set()
        await rest.wait()
        yield b"me=Ada&email=ada%40example.org&_csrf_token=" + token.encode()

    headers = {"content-type": FORM}
    slow = asyncio.create_task(narrow.post(f"{offer.path}/{SLOT}", content=slowly(), headers=headers))
    await begun.wait()
    assert (await narrow.get(offer.path)).status_code == 200
    rest.set()
    assert (await slow).status_code == 303


@pytest.mark.parametrize("with_token", [True, False])
async def test_a_visitor_who_hangs_up_is_no_error_of_ours(
    http: httpx.AsyncClient, offer: Offer, caplog: pytest.LogCaptureFixture, *, with_token: bool
) -> None:
    token = await a_token(http, offer.path)
    headers = {"content-type": FORM, "content-length": "500"}
    begins = f"_csrf_token={token}&na".encode() if with_token else b"na"
    arriving: list[dict[str, Any]] = [
        {"type": "http.request", "body": begins, "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert await status_of(http, f"{offer.path}/{SLOT}", headers, arriving) == 400
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def status_of(
    http: httpx.AsyncClient, path: str, headers: Mapping[str, str], arriving: list[dict[str, Any]]
) -> int:
    """The status of a POST whose body arrives in these messages."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return arriving.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("book.example", 443), "client": ("192.0.2.1", 1234),
    }  # fmt: skip
    await cast(Any, http)._transport.app(scope, receive, send)
    return cast(int, sent[0]["status"])


def multipart(*parts: bytes) -> bytes:
    return b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"


BROKEN = {
    "bytes that are no UTF-8": multipart(b'Content-Disposition: form-data; name="name"\r\n\r\n\xff\xfe'),
    "a character set that nobody knows": multipart(
        b'Content-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset=martian\r\n\r\nAda'
    ),
    "no part at all": b"nothing of the kind",
    "half a part": b'--edge\r\nContent-Disposition: form-data; name="na',
}


@pytest.mark.parametrize("with_token", [True, False])
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_form_that_cannot_be_read_is_refused(
    http: httpx.AsyncClient, offer: Offer, caplog: pytest.LogCaptureFixture, broken: str, *, with_token: bool
) -> None:
    token = await a_token(http, offer.path)
    part = b'--edge\r\nContent-Disposition: form-data; name="_csrf_token"\r\n\r\n' + token.encode() + b"\r\n"
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    content = (part if with_token else b"") + BROKEN[broken]
    response = await http.post(f"{offer.path}/{SLOT}", content=content, headers=headers)
    assert (response.status_code, "That did not work" in response.text) == (400, True)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "token",
    [
        b'Content-Disposition: form-data; name="_csrf_token"; filename="a.txt"\r\n\r\nx',
        b'Content-Disposition: form-data; name="_csrf_token"\r\n\r\n' + "é".encode() * 200,
    ],
    ids=["a file", "letters that no token has"],
)
async def test_a_token_that_never_was_one_is_refused(http: httpx.AsyncClient, offer: Offer, token: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    response = await http.post(f"{offer.path}/{SLOT}", content=multipart(token), headers=headers)
    assert (response.status_code, "Please send it once more" in response.text) == (422, True)


TOO_MUCH: dict[str, tuple[str, bytes]] = {
    "text": (FORM, b"name=" + b"a" * MAX_FORM),
    "fields": (FORM, b"a=1&" * MAX_FIELDS + b"a=1"),
    "fields without a name": (FORM, b"&" * MAX_FIELDS),
    "text in parts": (
        "multipart/form-data; boundary=edge",
        multipart(b'Content-Disposition: form-data; name="name"\r\n\r\n' + b"a" * MAX_FORM),
    ),
    "parts": (
        "multipart/form-data; boundary=edge",
        multipart(*[b'Content-Disposition: form-data; name="a"\r\n\r\n1'] * (MAX_FIELDS + 1)),
    ),
}


@pytest.mark.parametrize("language", ["en", "it", "th"])
@pytest.mark.parametrize("kind", TOO_MUCH)
async def test_a_form_with_too_much_of_something_is_refused_in_words(
    http: httpx.AsyncClient, offer: Offer, kind: str, language: str
) -> None:
    content_type, content = TOO_MUCH[kind]
    headers = {"content-type": content_type, "accept-language": language}
    response = await http.post(f"{offer.path}/{SLOT}", content=content, headers=headers)
    words = {"en": "That is too much text", "it": "Il testo è troppo lungo", "th": "ข้อความยาวเกินไป"}
    assert (response.status_code, words[language] in response.text) == (413, True)


async def test_the_longest_form_that_is_taken_is_read(http: httpx.AsyncClient, offer: Offer) -> None:
    fields = "&".join(f"a{number}=%E0%B8%81" for number in range(MAX_FIELDS)).encode()
    response = await http.post(f"{offer.path}/{SLOT}", content=fields, headers={"content-type": FORM})
    assert response.status_code == 422  # it has no token


async def test_a_form_with_thousands_of_guests_is_refused_as_one_with_eleven(
    http: httpx.AsyncClient, offer: Offer
) -> None:
    data = {"_csrf_token": await a_token(http, offer.path), "name": "Ada", "email": "ada@example.org"}
    response = await http.post(f"{offer.path}/{SLOT}", data=data | {"guests": "x\n" * 20_000})
    assert (response.status_code, "Enter up to 10 guests" in response.text) == (422, True)
