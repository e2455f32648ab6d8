"""Agents with tokens of their own before a running service: one that registers itself and signs a member in, by the
protocol's own OAuth client, and one with a personal token.
"""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from oauth.conftest import claims_of, decide
from pages.plain_browser import PlainBrowser
from running import PATIENCE_SECONDS, Service, clean_environment, run_command

from .test_mcp import MCP, call

PASSWORD = "correct horse battery"
CALLBACK = "http://127.0.0.1:33418/callback"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


@contextmanager
def listening(service: Service) -> Iterator[str]:
    """The URL of a server that has no token itself."""
    environment = clean_environment(OPENSLOT_BASE_URL=service.api_url)
    with subprocess.Popen(
        [*MCP, "--http", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().removeprefix("listening on ").removesuffix(". Ctrl-C stops.\n")
        finally:
            process.terminate()
            logged = process.stderr.read()
            assert [word for word in ("Traceback", "osl_", "eyJ") if word in logged] == []  # the two kinds of tokens


class Kept:
    """What an agent keeps between its starts."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Signs in and decides, where an agent opens a page."""

    def __init__(self, service: Service, decision: str = "allow") -> None:
        self.service = service
        self.decision = decision
        self.pages: list[str] = []
        self._answer = ""
        with service.api() as api:
            self.email = api.get("/users/me").json()["resource"]["email"]
        changed = run_command(
            "user", "password", self.email, "--stdin", "--data-dir", str(service.data_dir), stdin=f"{PASSWORD}\n"
        )
        assert changed.returncode == 0, changed.stderr

    async def open(self, address: str) -> None:
        self.pages.append(address)
        async with httpx.AsyncClient(base_url=self.service.base_url, timeout=PATIENCE_SECONDS) as http:
            browser = PlainBrowser(http)
            path = address.removeprefix(self.service.base_url)
            await browser.open(path)
            await browser.send({"email": self.email, "password": PASSWORD})
            self._answer = await decide(browser, path, self.decision)

    async def come_back(self) -> AuthorizationCodeResult:
        values = dict(parse_qsl(urlsplit(self._answer).query))
        return AuthorizationCodeResult(code=values.get("code", ""), state=values["state"], iss=values["iss"])


def provider(url: str, person: Person, kept: Kept) -> OAuthClientProvider:
    metadata = OAuthClientMetadata(client_name="Test agent", redirect_uris=[AnyUrl(CALLBACK)])
    return OAuthClientProvider(url, metadata, kept, person.open, person.come_back)


@asynccontextmanager
async def agent(url: str, mode: str = "auto", **http_options: Any) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(timeout=PATIENCE_SECONDS, **http_options) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_agent_registers_signs_its_user_in_and_goes_on_with_a_refreshed_token(
    demo: Service, mode: str
) -> None:
    person, kept = Person(demo), Kept()
    with listening(demo) as url:
        oauth = provider(url, person, kept)
        async with agent(url, mode, auth=oauth) as client:
            me = (await call(client, "get_current_user"))["resource"]
            assert me["email"] == person.email
            [page] = person.pages
            shown = dict(parse_qsl(urlsplit(page).query))
            assert (shown["resource"], shown["scope"]) == (url, "mcp:scheduling:read mcp:scheduling:write")
            assert kept.tokens is not None
            first = kept.tokens.access_token
            assert claims_of(first)["aud"] == [url, demo.api_url]
            assert "explain_time" in {tool.name for tool in (await client.list_tools()).tools}

            oauth.context.token_expiry_time = 1.0
            await call(client, "get_event_types", count=1)
            assert kept.tokens.access_token != first
            assert claims_of(kept.tokens.access_token)["aud"] == [url, demo.api_url]

        # started again, with what it has kept
        async with agent(url, mode, auth=provider(url, person, kept)) as client:
            assert (await call(client, "get_current_user"))["resource"]["email"] == person.email
    assert len(person.pages) == 1


async def test_a_token_that_is_revoked_ends_and_the_user_is_wanted_again(demo: Service) -> None:
    person, kept = Person(demo), Kept()
    with listening(demo) as url:
        async with agent(url, auth=provider(url, person, kept)) as client:
            await call(client, "get_current_user")
            assert kept.tokens is not None
            assert kept.client is not None
            form = {"token": kept.tokens.refresh_token or "", "client_id": kept.client.client_id}
            if kept.client.client_secret:
                form["client_secret"] = kept.client.client_secret
            async with httpx.AsyncClient(base_url=demo.base_url) as http:
                assert (await http.post("/oauth/revoke", data=form)).status_code == 200

            await call(client, "get_event_types", count=1)
    assert len(person.pages) == 2


async def test_callers_with_personal_tokens_act_each_as_their_own_user(demo: Service) -> None:
    with demo.api() as api:
        me = api.get("/users/me").json()["resource"]
        memberships = api.get("/organization_memberships", params={"organization": me["current_organization"]}).json()[
            "collection"
        ]
    other = next(one["user"]["email"] for one in memberships if one["user"]["email"] != me["email"])
    made = run_command("token", "create", "--email", other, "--data-dir", str(demo.data_dir), "--name", "agent")
    assert made.returncode == 0, made.stderr
    tokens = {me["email"]: demo.token, other: made.stdout.split()[-1]}
    with listening(demo) as url:
        for email, token in tokens.items():
            async with agent(url, headers={"Authorization": f"Bearer {token}"}) as client:
                assert (await call(client, "get_current_user"))["resource"]["email"] == email


async def test_who_has_no_token_for_the_server_is_shown_where_to_get_one(demo: Service) -> None:
    person, kept = Person(demo), Kept()
    with listening(demo) as url, listening(demo) as another:
        async with agent(another, auth=provider(another, person, kept)) as client:
            await client.list_tools()
        assert kept.tokens is not None
        async with httpx.AsyncClient(headers=HEADERS) as http:
            root = url.removesuffix("/mcp")
            where = f'resource_metadata="{root}/.well-known/oauth-protected-resource/mcp"'
            bare = await http.post(url, json=PING)
            assert (bare.status_code, bare.headers["www-authenticate"]) == (401, f"Bearer {where}")
            for token, problem in (
                ("osl_nobody", "the token is not accepted"),
                (kept.tokens.access_token, f"the token is not for this server: get one for the resource {url}"),
            ):
                refused = await http.post(url, json=PING, headers={"Authorization": f"Bearer {token}"})
                challenge = f'Bearer error="invalid_token", error_description="{problem}", {where}'
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, challenge)
            for path in ("", "/mcp"):
                metadata = await http.get(f"{root}/.well-known/oauth-protected-resource{path}")
                assert metadata.json() == {
                    "resource": url,
                    "authorization_servers": [demo.base_url],
                    "scopes_supported": ["mcp:scheduling:read", "mcp:scheduling:write"],
                    "bearer_methods_supported": ["header"],
                    "resource_name": "OpenSlot",
                }
