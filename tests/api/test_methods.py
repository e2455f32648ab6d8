"""The methods of each path, and the answer to any other method. Source: RFC 9110; behaviours, section 1."""

import re

import httpx
import pytest

from described import committed
from factories import API, PAGES, Caller
from openslot.core.ids import new_id

TAKEN: dict[str, set[str]] = {}
for method, path in committed().operations():
    TAKEN.setdefault(path, {"OPTIONS"}).add(method)
    TAKEN[path] |= {"HEAD"} if method == "GET" else set()
CALENDLY_S = {path for path in TAKEN if not path.startswith("/openslot/")}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
NOT_ALLOWED = {
    "title": "Method Not Allowed",
    "message": "This resource takes other methods; the Allow header names them.",
}
NOT_FOUND = {"title": "Resource Not Found", "message": "The server could not find the requested resource."}
PLAIN = {"Accept-Encoding": "identity"}
ELSEWHERE = {
    f"{API}/openapi.json": "GET, HEAD, OPTIONS",
    f"{PAGES}/health/live": "GET, HEAD, OPTIONS",
    f"{PAGES}/metrics": "GET, HEAD, OPTIONS",
}


def address(path: str) -> str:
    return API + re.sub(r"\{\w+\}", str(new_id()), path)


def allowed(answer: httpx.Response) -> set[str]:
    return set(answer.headers["allow"].split(", "))


async def test_options_names_every_method_of_a_path(http: httpx.AsyncClient) -> None:
    answers = {path: await http.options(address(path)) for path in TAKEN}

    assert {path: (one.status_code, allowed(one)) for path, one in answers.items()} == {
        path: (204, methods) for path, methods in TAKEN.items()
    }


@pytest.mark.parametrize("method", [*sorted(METHODS), "TRACE", "QUERY", "MAKEUP"])
async def test_a_method_that_is_not_there_is_refused_with_those_that_are(owner: Caller, method: str) -> None:
    """Calendly answers those of its API as it answers a path that is not there."""
    found: dict[str, object] = {}
    wanted: dict[str, object] = {}
    for path, taken in TAKEN.items():
        if method in taken:
            continue
        answer = await owner.http.request(method, address(path), headers=dict(owner.headers))
        body = answer.json() if method != "HEAD" else None
        if path in CALENDLY_S and method in METHODS:
            found[path] = (answer.status_code, body, answer.headers.get("allow"))
            wanted[path] = (404, None if method == "HEAD" else NOT_FOUND, None)
        else:
            found[path] = (answer.status_code, body, ", ".join(sorted(taken)))
            wanted[path] = (405, None if method == "HEAD" else NOT_ALLOWED, answer.headers["allow"])

    assert found == wanted
    assert found


@pytest.mark.parametrize(("url", "methods"), ELSEWHERE.items())
async def test_so_it_is_with_what_is_not_calendly_s(http: httpx.AsyncClient, url: str, methods: str) -> None:
    answer = await http.delete(url)

    assert (answer.status_code, answer.json(), answer.headers["allow"]) == (405, NOT_ALLOWED, methods)
    assert (await http.options(url)).headers["allow"] == methods


@pytest.mark.parametrize("method", ["DELETE", "PUT", "TRACE", "MAKEUP"])
async def test_a_page_refuses_them_with_a_page(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, f"{PAGES}/ada/intro")

    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert allowed(answer) == {"GET", "HEAD", "OPTIONS"}
    assert "</html>" in answer.text


async def test_head_is_get_without_the_body(owner: Caller) -> None:
    for path in ("/users/me", "/openslot/organization", "/openapi.json"):
        got = await owner.http.get(API + path, headers=dict(owner.headers) | PLAIN)
        head = await owner.http.head(API + path, headers=dict(owner.headers) | PLAIN)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(got.content))
        assert head.headers["content-type"] == got.headers["content-type"]


async def test_head_is_refused_as_get_is(http: httpx.AsyncClient) -> None:
    assert (await http.head(f"{API}/users/me")).status_code == 401
    assert (await http.head(f"{API}/invitees")).status_code == 404
    assert (await http.head(f"{API}/openslot/bookings")).status_code == 405
    assert (await http.head(f"{PAGES}/health/live")).status_code == 200


async def test_nothing_is_named_where_nothing_is(http: httpx.AsyncClient) -> None:
    for method in ("DELETE", "OPTIONS", "TRACE"):
        answer = await http.request(method, f"{API}/nothing")

        assert (answer.status_code, answer.headers.get("allow")) == (404, None)
