"""How often tokens are requested and passwords tried, and scripts of other sites. Source: ADR 0036, 0038."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from conftest import BASE_URL, SECRET_KEY, Clock, in_one_task, serving
from factories import Member
from oauth.conftest import PASSWORD, Application, OAuthClients
from oauth.test_tokens import code_of, exchange
from openslot.config import Settings
from pages.plain_browser import PlainBrowser


@pytest.fixture
def strict(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url, data_dir=tmp_path, public_url=BASE_URL, secret_key=SECRET_KEY,
        sign_ins_per_account=3, token_requests_per_client=2,
    )  # fmt: skip


async def test_a_password_is_guessed_a_few_times_and_who_knows_it_is_not_counted(
    strict: Settings, clock: Clock, member: Member
) -> None:
    async def sign_in(http: httpx.AsyncClient, password: str, email: str = "") -> int:
        form = {"email": email or member.user.email, "password": password}
        return (await http.post("/app/sign-in", data=form)).status_code

    async with in_one_task(serving(strict, clock)) as http:
        assert [await sign_in(http, PASSWORD) for _ in range(5)] == [303] * 5
        assert [await sign_in(http, "wrong") for _ in range(4)] == [422, 422, 422, 429]
        assert await sign_in(http, PASSWORD) == 429
        assert await sign_in(http, "wrong", "somebody@else.example") == 422
        clock.advance(minutes=4)
        assert await sign_in(http, PASSWORD) == 303


async def test_a_client_that_calls_too_often_waits(strict: Settings, clock: Clock, application: Application) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": application.id, "client_secret": "no"}
    async with in_one_task(serving(strict, clock)) as http:
        answers = [await http.post("/oauth/token", data=form) for _ in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]
    assert answers[2].json()["error"] == "slow_down"
    assert int(answers[2].headers["retry-after"]) > 0


async def test_a_user_gets_eight_tokens_a_minute_and_the_code_that_was_too_much_stays_good(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient, clock: Clock
) -> None:
    codes = [await code_of(signed_in, client_of(application)) for _ in range(9)]
    answers = [await http.post("/oauth/token", data=exchange(application, code)) for code in codes]
    assert [one.status_code for one in answers] == [200] * 8 + [429]
    clock.advance(minutes=1)
    assert (await http.post("/oauth/token", data=exchange(application, codes[8]))).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/register", "/.well-known/oauth-authorization-server"])
async def test_scripts_of_other_sites_may_get_tokens(http: httpx.AsyncClient, path: str) -> None:
    origin = {"Origin": "https://app.example"}
    wanted: dict[str, Any] = origin | {"Access-Control-Request-Method": "POST"}
    preflight = await http.options(path, headers=wanted)
    answer = await http.request("GET" if path.startswith("/.") else "POST", path, headers=origin)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/oauth/authorize", "/app/account", "/app/sign-in"])
async def test_scripts_of_other_sites_may_read_no_page_of_a_member(http: httpx.AsyncClient, path: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" not in (await http.options(path, headers=headers)).headers
    assert "access-control-allow-origin" not in (await http.get(path, headers=headers)).headers
