"""Calls from pages of other sites. Source: the Fetch standard, section 3.2."""

import httpx
import pytest

from factories import API, PAGES, Caller

ORIGIN = {"Origin": "https://app.example"}
EXPOSED = {
    "etag", "location", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    "www-authenticate", "x-request-id", "idempotency-replayed",
}  # fmt: skip


def preflight(method: str, headers: str = "") -> dict[str, str]:
    return {
        **ORIGIN, "Access-Control-Request-Method": method,
        **({"Access-Control-Request-Headers": headers} if headers else {}),
    }  # fmt: skip


def about_origins(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("path", ["/users/me", "/webhook_subscriptions/1", "/nothing", "/openslot/holds"])
async def test_a_preflight_needs_no_token_and_any_path_is_allowed(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.options(API + path, headers=preflight("DELETE", "authorization,x-of-their-own"))

    assert (answer.status_code, answer.content) == (204, b"")
    assert about_origins(answer) == {
        "access-control-expose-headers": answer.headers["access-control-expose-headers"],
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": "authorization,x-of-their-own",
        "access-control-max-age": "7200",
    }
    assert answer.headers["vary"] == "Access-Control-Request-Headers"


async def test_without_names_of_headers_those_that_the_api_reads_are_allowed(http: httpx.AsyncClient) -> None:
    answer = await http.options(f"{API}/users/me", headers=preflight("GET"))

    assert answer.headers["access-control-allow-headers"] == (
        "Authorization, Content-Type, If-None-Match, Idempotency-Key"
    )


async def test_a_page_may_read_every_answer_errors_included_and_its_headers(owner: Caller) -> None:
    answers = {
        path: await owner.http.get(API + path, headers={**ORIGIN, **(owner.headers if path != "/groups" else {})})
        for path in ("/users/me", "/event_types", "/nothing", "/groups")
    }

    assert [one.status_code for one in answers.values()] == [200, 400, 404, 401]
    assert {one.headers["access-control-allow-origin"] for one in answers.values()} == {"*"}
    for one in answers.values():
        assert set(one.headers["access-control-expose-headers"].lower().split(", ")) == EXPOSED


async def test_cookies_are_neither_read_nor_set_nor_allowed(owner: Caller) -> None:
    token = owner.headers["Authorization"].removeprefix("Bearer ")
    cookie = {**ORIGIN, "Cookie": f"Authorization={token}; session={token}; token={token}"}
    without = await owner.http.get(f"{API}/users/me", headers=cookie)
    answer = await owner.http.get(f"{API}/users/me", headers={**cookie, **owner.headers})

    assert (without.status_code, answer.status_code) == (401, 200)
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-credentials" not in {**without.headers, **answer.headers}


async def test_callers_that_are_no_browsers_see_nothing_of_it(owner: Caller) -> None:
    assert about_origins(await owner.get("/users/me")) == {}
    assert "allow" in (await owner.http.options(f"{API}/users/me")).headers


@pytest.mark.parametrize("path", ["/", "/health/live", "/metrics"])
async def test_neither_pages_nor_probes_are_open_to_other_sites(http: httpx.AsyncClient, path: str) -> None:
    answers = [await http.get(PAGES + path, headers=ORIGIN), await http.options(PAGES + path, headers=preflight("GET"))]

    assert [about_origins(one) for one in answers] == [{}, {}]
