"""Callers with tokens of their own, against an API that stands in: who gets in, and what the others are answered."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from openslot.client import Secret
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection
from openslot.connector.agents import callers as module
from openslot.connector.agents.callers import CHECKED_SECONDS, IDLE_SECONDS, Callers, Refused, audience
from openslot.connector.agents.server import serving_callers
from running import free_port

Json = dict[str, Any]
WELL_KNOWN = "/.well-known/oauth-protected-resource"
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
NO_TOKEN = Reply(401, {"title": "Unauthenticated", "message": "M"})


@asynccontextmanager
async def serving(api: StandIn, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    template = Connection(None, api.url, when_full="fail")
    async with (
        serving_callers(template, "127.0.0.1", port := free_port(), **options),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=HEADERS) as http,
    ):
        yield http


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def request(method: str, **params: Any) -> Json:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def jwt(**claims: Any) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({}, claims)]
    return ".".join([*parts, "signature"])


def of_user(samples: Json, *tokens: str) -> Callable[[Received], Reply]:
    def answer(received: Received) -> Reply:
        known = received.headers.get("authorization", "").removeprefix("Bearer ") in tokens
        return Reply(json={"resource": samples["user"]}) if known else NO_TOKEN

    return answer


class Now:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class TestCallers:
    @pytest.fixture
    def now(self) -> Now:
        return Now()

    @pytest.fixture
    async def callers(self, api: StandIn, now: Now) -> AsyncIterator[Callers[object]]:
        made = Callers[object](Connection(None, api.url, when_full="fail"), lambda _: object(), now)
        yield made
        await made.close()

    async def test_a_token_is_checked_anew_after_a_while(
        self, api: StandIn, samples: Json, callers: Callers[object], now: Now
    ) -> None:
        api.on("GET", "/users/me", of_user(samples, "good"))
        handlers = []
        for seconds in (0.0, CHECKED_SECONDS - 1, 1.0):
            now.seconds += seconds
            async with callers.admitted(Secret("good")) as caller:
                handlers.append(caller.handlers)

        assert api.calls() == ["GET /users/me"] * 2
        assert len(set(map(id, handlers))) == 1

    async def test_one_that_ended_is_found_at_the_next_check(
        self, api: StandIn, samples: Json, callers: Callers[object], now: Now
    ) -> None:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}), NO_TOKEN)
        async with callers.admitted(Secret("good")):
            pass
        now.seconds += CHECKED_SECONDS
        with pytest.raises(Refused):
            async with callers.admitted(Secret("good")):
                pytest.fail("it has ended")

    async def test_one_that_a_call_found_refused_is_checked_at_once(
        self, api: StandIn, samples: Json, callers: Callers[object]
    ) -> None:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}), NO_TOKEN)
        async with callers.admitted(Secret("good")) as caller:
            caller.refuse()
        with pytest.raises(Refused):
            async with callers.admitted(Secret("good")):
                pytest.fail("it has ended")

    @pytest.mark.parametrize(
        "answer", [Reply(403, {"title": "T", "message": "M", "required_scopes": ["users:read"]}), Reply(429, {})]
    )
    async def test_one_that_may_not_know_whose_it_is_works(
        self, api: StandIn, callers: Callers[object], answer: Reply
    ) -> None:
        api.on("GET", "/users/me", answer)
        async with callers.admitted(Secret("good")) as caller:
            assert caller.checked_at is not None

    async def test_who_does_not_come_back_is_forgotten_and_so_is_the_longest_silent_of_too_many(
        self, api: StandIn, samples: Json, callers: Callers[object], now: Now, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST", 2)
        api.on("GET", "/users/me", of_user(samples, *"abcd"))
        seen: dict[str, object] = {}

        async def come(token: str) -> bool:
            """Whether the caller was known."""
            async with callers.admitted(Secret(token)) as caller:
                was_known = seen.get(token) is caller
                seen[token] = caller
                return was_known

        known = []
        for token in "abacab":
            known.append(await come(token))
            now.seconds += 1
        now.seconds += IDLE_SECONDS
        known += [await come(token) for token in "cab"]

        assert known == [False, False, True, False, True, False, False, False, False]


class TestAudience:
    @pytest.mark.parametrize(
        ("token", "meant_for"),
        [
            (jwt(aud="https://mcp.example.org/mcp"), ["https://mcp.example.org/mcp"]),
            (jwt(aud=["a", "b"]), ["a", "b"]),
            (jwt(sub="1"), None),
            (jwt(aud=7), None),
            ("osl_opaque", None),
            ("a.b.c", None),
            ("..", None),
        ],
    )
    def test_it_is_read_where_there_is_one(self, token: str, meant_for: list[str] | None) -> None:
        assert audience(Secret(token)) == meant_for


class TestHttp:
    async def test_each_caller_acts_with_its_own_token_alone(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/users/me", of_user(samples, "one", "two"))
        api.on("GET", "/event_types", Reply(json={"collection": [], "pagination": {"count": 0}}))
        async with serving(api) as http:
            for token in ("one", "two", "three"):
                called = request("tools/call", name="get_event_types", arguments={})
                answer = await http.post("/mcp", json=called, headers=bearer(token))
                assert answer.status_code == (401 if token == "three" else 200)

        by_token = [one.headers["authorization"] for one in api.received if one.path == "/event_types"]
        assert by_token == ["Bearer one", "Bearer two"]

    async def test_a_token_that_ends_between_its_check_and_the_call_is_a_401(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/users/me", of_user(samples, "good"))
        api.on("GET", "/event_types", NO_TOKEN)
        async with serving(api) as http:
            called = request("tools/call", name="get_event_types", arguments={})
            answer = await http.post("/mcp", json=called, headers=bearer("good"))

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert "resource_metadata=" in answer.headers["www-authenticate"]

    async def test_an_api_that_fails_is_no_reason_to_sign_in_again(self, api: StandIn) -> None:
        api.on("GET", "/users/me", Reply(501, {"title": "T", "message": "M"}))
        async with serving(api) as http:
            answer = await http.post("/mcp", json=PING, headers=bearer("good"))

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    @pytest.mark.parametrize("shown", ["Bearer", "Basic Z29vZA==", "Bearer a b", "Bearer \x80"])
    async def test_what_is_no_token_is_not_tried(self, api: StandIn, shown: str) -> None:
        async with serving(api) as http:
            answer = await http.post("/mcp", json=PING, headers={b"Authorization": shown.encode("latin-1")})

        assert (answer.status_code, api.calls()) == (401, [])

    async def test_a_token_is_to_be_for_the_server_by_any_of_its_names(self, api: StandIn, samples: Json) -> None:
        async with serving(api) as http:
            port = http.base_url.port or 0
            resources = {
                f"http://localhost:{port}/mcp": 200,
                f"http://127.0.0.1:{port}/mcp/": 200,
                f"http://127.0.0.1:{port}": 401,
                f"http://localhost:{port + 1}/mcp": 401,
                api.url: 401,
            }
            tokens = {resource: jwt(aud=[resource, "https://other.example"]) for resource in resources}
            api.on("GET", "/users/me", of_user(samples, *tokens.values()))
            statuses = {
                resource: (await http.post("/mcp", json=PING, headers=bearer(token))).status_code
                for resource, token in tokens.items()
            }
            behind = await http.get(WELL_KNOWN, headers={"Host": f"localhost:{port}"})

        assert statuses == resources
        assert behind.status_code == 404

    async def test_behind_a_proxy_it_has_one_name(self, api: StandIn, samples: Json) -> None:
        ours = jwt(aud="https://mcp.example.org/agents/mcp")
        api.on("GET", "/users/me", of_user(samples, ours))
        metadata = {"resource": api.url, "authorization_servers": ["https://book.example"]}
        with StandIn("") as site:
            site.on("GET", WELL_KNOWN, Reply(json=metadata))
            async with serving(site, public_url="https://mcp.example.org/agents") as http:
                host = {"Host": "mcp.example.org"}
                published = (await http.get(f"{WELL_KNOWN}/agents/mcp", headers=host)).json()
        async with serving(api, public_url="https://mcp.example.org/agents") as http:
            local = jwt(aud=str(http.base_url.join("/mcp")))
            statuses = [
                (await http.post("/mcp", json=PING, headers=host | bearer(token))).status_code
                for token in (ours, local)
            ]

        assert (published["resource"], published["authorization_servers"]) == (
            "https://mcp.example.org/agents/mcp",
            ["https://book.example"],
        )
        assert statuses == [200, 401]

    async def test_the_server_that_issues_tokens_is_found_by_what_a_refused_call_names(self, api: StandIn) -> None:
        named = Reply(
            401,
            {"title": "T", "message": "M"},
            {"WWW-Authenticate": f'Bearer resource_metadata="{api.url}/elsewhere"'},
        )
        api.on("GET", "/users/me", named)
        api.on("GET", "/elsewhere", Reply(json={"authorization_servers": ["https://book.example"]}))
        async with serving(api) as http:
            found = [(await http.get(WELL_KNOWN)).json()["authorization_servers"] for _ in range(2)]

        assert found == [["https://book.example"]] * 2
        assert api.calls().count("GET /elsewhere") == 1

    async def test_pages_of_this_machine_and_those_that_are_named_may_call(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/users/me", of_user(samples, "good"))
        wanted = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,mcp-protocol-version",
        }
        origins = ["http://localhost:6274", "https://agent.example", "https://evil.example"]
        async with serving(api, origins=["https://agent.example"]) as http:
            preflights = [await http.options("/mcp", headers=wanted | {"Origin": one}) for one in origins]
            answers = [await http.post("/mcp", json=PING, headers=bearer("good") | {"Origin": one}) for one in origins]
            refused = await http.post("/mcp", json=PING, headers={"Origin": origins[0]})

        name = "access-control-allow-origin"
        assert [one.headers.get(name) for one in preflights] == [origins[0], origins[1], None]
        assert [(one.status_code, one.headers.get(name)) for one in answers] == [
            (200, origins[0]),
            (200, origins[1]),
            (403, None),
        ]
        assert preflights[0].headers["access-control-allow-headers"] == "authorization,mcp-protocol-version"
        assert (refused.status_code, refused.headers[name]) == (401, origins[0])
        assert "WWW-Authenticate" in refused.headers["access-control-expose-headers"]

    async def test_load_balancers_need_no_token(self, api: StandIn) -> None:
        async with serving(api) as http:
            assert (await http.get("/health")).json() == {"status": "ok"}
