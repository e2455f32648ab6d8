"""The gateway before the API's stand-in: what goes on, what comes back, and what is kept."""

import asyncio
import logging
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector.gateway import Gateway, app

from .conftest import FORBIDDEN, HOOK, OTHER, TOKEN, UNAUTHENTICATED, Clock, Json, caller, page

NOT_FOUND = {"title": "Resource Not Found", "message": "The server could not find the requested resource."}


def last(api: StandIn) -> tuple[str, dict[str, str], bytes]:
    request = api.received[-1]
    return f"{request.method} {request.path}", request.query, request.body


class TestActions:
    async def test_a_no_show_is_created(self, api: StandIn, call: httpx.AsyncClient) -> None:
        made = {"resource": {"uri": "https://api.calendly.com/invitee_no_shows/1", "unknown": ["kept"]}}
        api.on("POST", "/invitee_no_shows", Reply(201, made))

        answer = await call.post("/invitee_no_shows", json={"invitee": "https://api.calendly.com/invitees/1"})

        assert (answer.status_code, answer.json()) == (201, made)
        sent = b'{"invitee":"https://api.calendly.com/invitees/1"}'
        assert last(api) == ("POST /invitee_no_shows", {}, sent)

    async def test_a_no_show_is_deleted(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("DELETE", "/invitee_no_shows/1", Reply(204))

        answer = await call.delete("/invitee_no_shows/1")

        assert (answer.status_code, answer.content, "content-length" in answer.headers) == (204, b"", False)

    @pytest.mark.parametrize("encode", [0, 1, 2])
    async def test_an_event_type_is_got_by_id_or_by_uri_encoded_once_or_twice(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json, encode: int
    ) -> None:
        value = samples["event_type"]["uri"]
        uuid = value.rpartition("/")[2]
        api.on("GET", f"/event_types/{uuid}", Reply(json={"resource": samples["event_type"]}))
        once = quote(value, safe="")

        answer = await call.get(f"/event_types/{(uuid, once, quote(once))[encode]}")

        assert (answer.status_code, answer.json()) == (200, {"resource": samples["event_type"]})

    async def test_event_types_are_the_organization_s(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json
    ) -> None:
        api.on("GET", "/event_types", page(samples["event_type"]))

        filters = {"active": "true", "count": "5", "page_token": "abc", "admin_managed": "false"}
        answer = await call.get("/event_types", params={**filters, "organization": "another", "sort": "name:asc"})

        assert answer.json()["collection"] == [samples["event_type"]]
        organization = samples["user"]["current_organization"]
        assert last(api) == ("GET /event_types", {**filters, "organization": organization}, b"")

    async def test_a_plain_member_gets_their_own_and_the_organization_is_tried_once(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json
    ) -> None:
        def list_event_types(request: Received) -> Reply:
            return Reply(403, FORBIDDEN) if "organization" in request.query else page(samples["event_type"])

        api.on("GET", "/event_types", list_event_types)

        answers = [await call.get("/event_types", params={"count": "5"}) for _ in range(2)]

        assert [answer.json()["collection"] for answer in answers] == [[samples["event_type"]]] * 2
        organization, user = samples["user"]["current_organization"], samples["user"]["uri"]
        assert [request.query for request in api.received if request.path == "/event_types"] == [
            {"count": "5", "organization": organization},
            {"count": "5", "user": user},
            {"count": "5", "user": user},
        ]

    async def test_a_token_without_the_scope_is_no_member_s(self, api: StandIn, call: httpx.AsyncClient) -> None:
        lacking = {"title": "Insufficient scope", "message": "...", "required_scopes": ["event_types:read"]}
        api.on("GET", "/event_types", Reply(403, lacking))

        answer = await call.get("/event_types")

        assert (answer.status_code, answer.json()) == (403, lacking)
        assert api.calls() == ["GET /users/me", "GET /event_types"]

    async def test_the_test_of_a_connection_shows_whose_it_is(self, call: httpx.AsyncClient, samples: Json) -> None:
        assert (await call.get("/users/me")).json() == {"resource": samples["user"]}


class TestAddresses:
    async def location(self, client: httpx.AsyncClient, path: str = "/webhook_subscriptions") -> str:
        answer = await client.post(path, json={"url": HOOK, "events": ["invitee.created"]})
        return answer.headers["location"]

    async def test_the_public_url_is_the_one_that_was_set(self, api: StandIn) -> None:
        async with Gateway(api.url, public_url="https://example.org/calendly/") as gateway, caller(gateway) as client:
            assert await self.location(client) == "https://example.org/calendly/webhook_subscriptions/1"

    async def test_mounted_below_a_path_it_knows_itself_there(self, gateway: Gateway) -> None:
        async with caller(gateway, root_path="/calendly") as client:
            location = await self.location(client)

            assert location == "https://connector.example.org/calendly/webhook_subscriptions/1"
            assert (await client.delete(location)).status_code == 204

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/"),
            ("GET", "/scheduled_events"),
            ("GET", "/users/me/more"),
            ("GET", "/event_types/%20"),
        ],
    )
    async def test_what_is_no_operation_is_not_found(
        self, api: StandIn, call: httpx.AsyncClient, method: str, path: str
    ) -> None:
        answer = await call.request(method, path)

        assert (answer.status_code, answer.json(), api.calls()) == (404, NOT_FOUND, [])

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("PUT", "/event_types", "GET"),
            ("HEAD", "/event_types/1", "GET"),
            ("OPTIONS", "/users/me", "GET"),
            ("DELETE", "/webhook_subscriptions", "POST"),
            ("GET", "/webhook_subscriptions/1", "DELETE"),
            ("GET", "/webhook_subscriptions/routing_form_submission", "DELETE, POST"),
        ],
    )
    async def test_other_methods_than_an_operation_s_are_not_allowed(
        self, api: StandIn, call: httpx.AsyncClient, method: str, path: str, allowed: str
    ) -> None:
        answer = await call.request(method, path)

        assert (answer.status_code, answer.headers["allow"], api.calls()) == (405, allowed, [])

    @pytest.mark.parametrize("path", ["/event_types/1/", "/users/me/"])
    async def test_a_slash_at_the_end_makes_no_difference(
        self, api: StandIn, call: httpx.AsyncClient, path: str
    ) -> None:
        await call.get(path)

        assert api.calls() == [f"GET {path.rstrip('/')}"]

    @pytest.mark.parametrize("url", ["api.calendly.com", "https://me@example.org", "https://example.org/?a=b"])
    def test_a_base_url_that_can_t_be_one_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="a base URL"):
            Gateway(url)
        with pytest.raises(ValueError, match=r"^a public URL looks like https://connector\.example\.org"):
            Gateway(public_url=url)


class TestTokens:
    @pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", TOKEN])
    async def test_the_caller_s_token_goes_on_as_bearer(
        self, api: StandIn, gateway: Gateway, authorization: str
    ) -> None:
        async with caller(gateway, authorization) as client:
            await client.get("/users/me")

        headers = api.received[-1].headers
        sent = (headers["authorization"], headers["x-calendly-consumer-application"])
        assert sent == (f"Bearer {TOKEN}", "ms_power_automate")

    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic b3NsOm1hZGUtdXA=", "Bearer two words"])
    async def test_a_call_without_one_goes_nowhere(
        self, api: StandIn, gateway: Gateway, authorization: str | None
    ) -> None:
        async with caller(gateway, authorization) as client:
            answer = await client.get("/users/me")

        assert (answer.status_code, answer.json(), api.calls()) == (401, UNAUTHENTICATED, [])

    async def test_each_token_is_looked_up_once_and_again_after_an_hour(
        self, api: StandIn, gateway: Gateway, clock: Clock
    ) -> None:
        api.on("GET", "/event_types", page())
        async with caller(gateway) as one, caller(gateway, OTHER) as other:
            for client in (one, one, other, other):
                await client.get("/event_types")
            lookups = api.calls().count("GET /users/me")
            clock.now += 3601
            await one.get("/event_types")

        assert (lookups, api.calls().count("GET /users/me")) == (2, 3)

    async def test_a_token_that_never_rests_is_looked_up_again_too(
        self, api: StandIn, call: httpx.AsyncClient, clock: Clock
    ) -> None:
        api.on("GET", "/event_types", page())
        for _ in range(4):
            await call.get("/event_types")
            clock.now += 1800

        assert api.calls().count("GET /users/me") == 2

    async def test_calls_at_once_share_one_lookup(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("GET", "/event_types", page())

        await asyncio.gather(*(call.get("/event_types") for _ in range(5)))

        assert sorted(api.calls()) == [*["GET /event_types"] * 5, "GET /users/me"]

    async def test_calls_at_once_share_a_lookup_that_fails(self, api: StandIn, call: httpx.AsyncClient) -> None:
        headers = {"Retry-After": "7"}
        api.on("GET", "/users/me", Reply(503, {"title": "Trouble", "message": ""}, headers))

        answers = await asyncio.gather(*(call.get("/event_types") for _ in range(5)))

        assert [(one.status_code, one.json()["title"], one.headers["retry-after"]) for one in answers] == [
            (503, "Trouble", "7")
        ] * 5
        assert api.calls() == ["GET /users/me"]

    async def test_a_lookup_that_fails_is_forwarded_and_not_remembered(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json
    ) -> None:
        expected = {"title": "Unauthenticated", "message": "The access token expired"}
        api.on("GET", "/users/me", Reply(401, expected), Reply(json={"resource": samples["user"]}))
        api.on("GET", "/event_types", page())

        answers = [await call.get("/event_types") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [401, 200]
        assert answers[0].json() == expected

    async def test_no_token_is_kept_or_logged(
        self, gateway: Gateway, call: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            await call.post("/webhook_subscriptions", json={"url": HOOK, "events": ["invitee.created"]})
            await call.get("/event_types")

        known = gateway._callers._known
        kept = [value for one in known.values() for value in (vars(one), vars(one.membership))]
        assert (len(known), len(gateway._callers._unknown)) == (1, 0)
        assert TOKEN not in repr([*known, kept])
        ours = [record.getMessage() for record in caplog.records if record.name == "openslot.connector"]
        assert ours == ["CreateWebhookSubscription: 201 in 0 ms", "GetEventTypes: 404 in 0 ms"]
        assert TOKEN not in caplog.text


class TestErrors:
    @pytest.mark.parametrize("status", [400, 404, 424, 429, 500, 503])
    async def test_the_api_s_are_forwarded(self, api: StandIn, call: httpx.AsyncClient, status: int) -> None:
        body = b'{"title":"Some Title","message":"as it came","details":[]}'
        headers = {"Retry-After": "7", "X-Request-Id": "äbc", "Set-Cookie": "no=1"}
        api.on("GET", "/event_types/1", Reply(status, headers=headers, body=body))

        answer = await call.request("GET", "/event_types/1", content=b"a body that no GET has")

        forwarded = [answer.headers.get(name) for name in ("retry-after", "x-request-id", "set-cookie")]
        assert (answer.status_code, answer.content, forwarded) == (status, body, ["7", "äbc", None])
        assert last(api) == ("GET /event_types/1", {}, b"")

    async def test_the_wait_of_the_api_s_own_limit_is_sent_as_the_platform_reads_it(
        self, api: StandIn, call: httpx.AsyncClient
    ) -> None:
        reset = {"X-RateLimit-Limit": "50", "X-RateLimit-Reset": "41"}
        api.on("GET", "/event_types/1", Reply(429, headers=reset), Reply(429, headers={**reset, "Retry-After": "7"}))
        api.on("GET", "/event_types/2", Reply(200, headers=reset))

        answers = [await call.get(f"/event_types/{number}") for number in (1, 1, 2)]

        assert [answer.headers.get("retry-after") for answer in answers] == ["41", "7", None]
        assert answers[0].headers["x-ratelimit-limit"] == "50"

    async def test_they_need_not_be_json(self, api: StandIn, call: httpx.AsyncClient) -> None:
        latin = b'{"title":"caf\xe9","message":""}'
        api.on("GET", "/event_types", Reply(403, headers={"Content-Type": "text/html"}, body=latin))

        answer = await call.get("/event_types")

        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (403, latin, "text/html")

    async def test_an_api_that_does_not_answer_is_a_bad_gateway(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("GET", "/event_types/1", HangUp())

        answer = await call.get("/event_types/1")

        expected = {"title": "Bad Gateway", "message": "The API can't be reached."}
        assert (answer.status_code, answer.json()) == (502, expected)

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"resource":{}}', b"\xff"])
    async def test_an_answer_that_can_t_be_read_is_a_bad_gateway(
        self, api: StandIn, call: httpx.AsyncClient, body: bytes
    ) -> None:
        api.on("GET", "/users/me", Reply(body=body))

        answer = await call.get("/event_types")

        assert (answer.status_code, answer.json()["message"]) == (502, "The API's answer can't be read.")

    async def test_a_body_beyond_the_limit_is_refused(self, api: StandIn, call: httpx.AsyncClient) -> None:
        answer = await call.post("/invitee_no_shows", content=b"x" * (app.BODY_LIMIT + 1))

        assert (answer.status_code, api.calls()) == (413, [])


async def test_it_closes_with_the_server_that_runs_it(api: StandIn) -> None:
    gateway = Gateway(api.url)
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    expected: list[str] = []

    async def receive() -> Json:
        return next(messages)

    async def send(message: Any) -> None:
        expected.append(message["type"])

    await gateway({"type": "lifespan"}, receive, send)

    assert expected == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert gateway._upstream._http.is_closed
