"""Triggers: what the platform asks for, what the API is told, and how it ends."""

import logging
from collections.abc import Callable

import httpx
import pytest

from openslot.client.testing import Received, Reply, StandIn
from openslot.connector.gateway import Gateway

from .conftest import FORBIDDEN, HOOK, Json, caller, page


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/webhook_subscriptions", "invitee.created"),
        ("/webhook_subscriptions/routing_form_submission", "routing_form_submission.created"),
    ],
)
async def test_a_registration_is_a_subscription_of_the_organization(
    api: StandIn, call: httpx.AsyncClient, samples: Json, path: str, event: str
) -> None:
    wanted = {"url": HOOK, "events": [event], "scope": "organization", "signing_key": None, "unknown": 1}

    answer = await call.post(path, json=wanted)

    assert answer.status_code == 201
    assert answer.json()["resource"]["callback_url"] == HOOK
    assert answer.headers["location"] == "https://connector.example.org/webhook_subscriptions/1"
    # routing forms are the organization's alone
    looks = ["GET /webhook_subscriptions"] * (2 if event.startswith("invitee") else 1)
    assert api.calls() == ["GET /users/me", *looks, "POST /webhook_subscriptions"]
    organization = samples["user"]["current_organization"]
    assert api.received[-1].json() == {
        "url": HOOK, "events": [event], "scope": "organization", "organization": organization,
    }  # fmt: skip


async def test_any_gateway_before_the_same_api_ends_it_by_its_location(api: StandIn, call: httpx.AsyncClient) -> None:
    made = await call.post("/webhook_subscriptions", json={"url": HOOK, "events": ["invitee.canceled"]})

    async with Gateway(api.url) as another, caller(another) as client:
        answer = await client.delete(made.headers["location"])

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.calls()[-1] == "DELETE /webhook_subscriptions/1"


async def test_events_and_scope_have_defaults(api: StandIn, call: httpx.AsyncClient) -> None:
    await call.post("/webhook_subscriptions", json={"url": HOOK})

    sent = api.received[-1].json()
    assert (sent["events"], sent["scope"]) == (["invitee.created"], "organization")


async def test_scope_user_is_the_caller_s(api: StandIn, call: httpx.AsyncClient, samples: Json) -> None:
    await call.post("/webhook_subscriptions", json={"url": HOOK, "events": ["invitee.created"], "scope": "user"})

    assert api.received[-1].json()["user"] == samples["user"]["uri"]


@pytest.mark.parametrize(
    "events", ["invitee.created", [], ["routing_form_submission.created"], [None], {"invitee.created": 1}, 7]
)
async def test_events_of_another_trigger_are_refused(api: StandIn, call: httpx.AsyncClient, events: object) -> None:
    answer = await call.post("/webhook_subscriptions", json={"url": HOOK, "events": events})

    known = "invitee.created, invitee.canceled, invitee_no_show.created, invitee_no_show.deleted"
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"message": f"must be among {known}", "parameter": "events"}],
        },
    )
    assert api.calls() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b'{"a":' * 100_000])
async def test_a_body_that_is_no_object_is_refused(call: httpx.AsyncClient, body: bytes) -> None:
    answer = await call.post("/webhook_subscriptions", content=body)

    assert answer.status_code == 400
    assert answer.json()["details"] == [{"message": "is not a JSON object", "parameter": "body"}]


PATCH_7 = "PATCH /openslot/webhook_subscriptions/7"


def subscription(samples: Json, number: int = 7, **fields: object) -> Json:
    """One that the API has already."""
    uri = f"https://api.calendly.com/webhook_subscriptions/{number}"
    return {**samples["webhook_subscription"], "callback_url": HOOK, "uri": uri, "novelty": [1], **fields}


def listing(*rows: Json) -> Callable[[Received], Reply]:
    """Answers the list of a scope."""
    return lambda request: page(*(row for row in rows if row["scope"] == request.query["scope"]))


def changes(api: StandIn) -> list[str]:
    return [call for call in api.calls() if not call.startswith("GET ")]


class TestThereAlready:
    """As after a removal that never arrived: the platform registers again, and its maker can update nothing."""

    async def test_an_equal_subscription_of_the_caller_s_own_is_the_answer(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json
    ) -> None:
        events = ["invitee.canceled", "invitee.created"]
        there = subscription(samples, events=events)
        api.on("GET", "/webhook_subscriptions", listing(there))

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK, "events": events[::-1]})

        assert (answer.status_code, answer.json()) == (201, {"resource": there})
        assert answer.headers["location"] == "https://connector.example.org/webhook_subscriptions/7"
        assert changes(api) == []
        me = samples["user"]
        query = {"organization": me["current_organization"], "scope": "organization", "count": "100"}
        own = {**query, "scope": "user", "user": me["uri"]}
        assert [request.query for request in api.received[-2:]] == [query, own]

    @pytest.mark.parametrize(
        ("there", "wanted"),
        [
            ({"events": ["invitee.canceled"]}, {}),
            ({"state": "disabled"}, {}),
            ({}, {"signing_key": "made-up"}),
        ],
    )
    async def test_one_that_is_not_as_wanted_goes_once_the_new_one_is_there(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json, there: Json, wanted: Json
    ) -> None:
        api.on("GET", "/webhook_subscriptions", listing(subscription(samples, **there)))

        body = {"url": HOOK, "events": ["invitee.created"], **wanted}
        answer = await call.post("/webhook_subscriptions", json=body)

        assert (answer.status_code, answer.headers["location"][-2:]) == (201, "/1")
        not_calendly_s = "POST /openslot/webhook_subscriptions/7/enable" if "state" in there else PATCH_7
        assert changes(api) == [not_calendly_s, "POST /webhook_subscriptions", "DELETE /webhook_subscriptions/7"]

    async def test_of_several_one_is_left(self, api: StandIn, call: httpx.AsyncClient, samples: Json) -> None:
        first = page(subscription(samples, 7, events=["invitee.canceled"]), next_page_token="more")
        second = page(subscription(samples, 8), subscription(samples, 9))
        api.on("GET", "/webhook_subscriptions", first, second, page())

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK})

        assert answer.headers["location"][-2:] == "/8"
        assert changes(api) == ["DELETE /webhook_subscriptions/7", "DELETE /webhook_subscriptions/9"]

    @pytest.mark.parametrize(
        "there",
        [
            {"creator": "https://api.calendly.com/users/somebody-else"},
            {"callback_url": f"{HOOK}&more"},
            {"events": ["routing_form_submission.created"]},
        ],
    )
    async def test_what_is_not_this_trigger_s_of_the_caller_stays(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json, there: Json
    ) -> None:
        message = {"title": "Already Exists", "message": "Hook with this url already exists"}
        api.on("GET", "/webhook_subscriptions", listing(subscription(samples, **there)))
        api.on("POST", "/webhook_subscriptions", Reply(409, message))

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK})

        assert (answer.status_code, answer.json(), "location" in answer.headers) == (409, message, False)
        assert changes(api) == ["POST /webhook_subscriptions"]

    @pytest.mark.parametrize(
        "refusal",
        [
            Reply(403, {"title": "Insufficient scope", "message": "...", "required_scopes": ["webhooks:read"]}),
            Reply(404),
        ],
    )
    async def test_where_the_api_does_not_list_there_is_nothing(
        self, api: StandIn, call: httpx.AsyncClient, refusal: Reply
    ) -> None:
        api.on("GET", "/webhook_subscriptions", refusal)

        assert (await call.post("/webhook_subscriptions", json={"url": HOOK})).status_code == 201

    async def test_removing_what_is_gone_is_done(self, api: StandIn, call: httpx.AsyncClient) -> None:
        gone = Reply(404, {"title": "Resource Not Found", "message": "..."})
        api.on("DELETE", "/webhook_subscriptions/1", Reply(204), gone)

        answers = [await call.delete("/webhook_subscriptions/1/") for _ in range(2)]

        assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2

    async def test_removing_what_may_not_be_removed_is_not(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("DELETE", "/webhook_subscriptions/1", Reply(403, FORBIDDEN))

        assert (await call.delete("/webhook_subscriptions/1")).status_code == 403

    async def test_a_no_show_that_is_gone_is_reported_as_gone(self, call: httpx.AsyncClient) -> None:
        assert (await call.delete("/invitee_no_shows/1")).status_code == 404


class TestPlainMembers:
    """They may listen to their own meetings, not to the organization. Source: webhooks, section 2."""

    @pytest.fixture
    def api(self, api: StandIn, subscription_made: Callable[[Received], Reply]) -> StandIn:
        def listing(request: Received) -> Reply:
            return Reply(403, FORBIDDEN) if request.query["scope"] == "organization" else page()

        def subscribe(request: Received) -> Reply:
            is_own = request.json()["scope"] == "user"
            return subscription_made(request) if is_own else Reply(403, FORBIDDEN)

        api.on("GET", "/webhook_subscriptions", listing)
        api.on("POST", "/webhook_subscriptions", subscribe)
        return api

    async def test_they_hear_of_their_own_meetings_and_the_organization_is_tried_once(
        self, api: StandIn, call: httpx.AsyncClient, samples: Json, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        wanted = {"url": HOOK, "events": ["invitee.created"], "scope": "organization"}

        answers = [await call.post("/webhook_subscriptions", json=wanted) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        me = samples["user"]
        own = {**wanted, "scope": "user", "user": me["uri"], "organization": me["current_organization"]}
        made = [request.json() for request in api.received if request.method == "POST"]
        assert made == [own, own]
        listed = [request.query["scope"] for request in api.received if "scope" in request.query]
        assert listed == ["organization", "user", "user"]
        messages = "a trigger was narrowed to its owner's own meetings: the token is a plain member's"
        assert [record.getMessage() for record in caplog.records].count(messages) == 2

    async def test_what_the_lists_show_holds_for_triggers_too(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("GET", "/event_types", Reply(403, FORBIDDEN), page())

        await call.get("/event_types")
        await call.post("/webhook_subscriptions", json={"url": HOOK})

        assert [request.query["scope"] for request in api.received if "scope" in request.query] == ["user"]

    async def test_where_they_may_look_and_not_listen_they_fall_back_as_well(
        self, api: StandIn, call: httpx.AsyncClient
    ) -> None:
        api.on("GET", "/webhook_subscriptions", page())

        assert (await call.post("/webhook_subscriptions", json={"url": HOOK})).status_code == 201
        assert [request.json()["scope"] for request in api.received if request.method == "POST"] == [
            "organization",
            "user",
        ]

    @pytest.mark.usefixtures("api")
    async def test_routing_forms_are_not_theirs_and_the_answer_explains_why(self, call: httpx.AsyncClient) -> None:
        answer = await call.post("/webhook_subscriptions/routing_form_submission", json={"url": HOOK})

        why = "Only an owner or admin may listen to this: it is about the whole organization."
        message = f"You do not have permission to access this resource. {why}"
        assert (answer.status_code, answer.json()) == (403, {"title": "Permission Denied", "message": message})

    async def test_an_owner_without_webhooks_stays_an_owner(self, api: StandIn, call: httpx.AsyncClient) -> None:
        upgrade = {"title": "Permission Denied", "message": "Please upgrade your Calendly account to Standard"}
        api.on("GET", "/webhook_subscriptions", page())
        api.on("POST", "/webhook_subscriptions", Reply(403, upgrade))
        api.on("GET", "/event_types", page())

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK})
        await call.get("/event_types")

        message = (
            "Please upgrade your Calendly account to Standard. Webhooks may not be part of the account's plan, or not "
            "granted to the token."
        )
        assert (answer.status_code, answer.json()) == (403, {**upgrade, "message": message})
        assert "organization" in api.received[-1].query

    async def test_a_token_without_the_scope_is_no_member_s(self, api: StandIn, call: httpx.AsyncClient) -> None:
        lacking = {"title": "Insufficient scope", "message": "...", "required_scopes": ["webhooks:write"]}
        api.on("GET", "/webhook_subscriptions", page())
        api.on("POST", "/webhook_subscriptions", Reply(403, lacking))

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK})

        assert (answer.status_code, answer.json()) == (403, lacking)
        assert changes(api) == ["POST /webhook_subscriptions"]

    async def test_a_refusal_that_can_t_be_read_is_forwarded(self, api: StandIn, call: httpx.AsyncClient) -> None:
        api.on("POST", "/webhook_subscriptions", Reply(403, body=b"<html>"))

        answer = await call.post("/webhook_subscriptions", json={"url": HOOK})

        assert (answer.status_code, answer.content) == (403, b"<html>")


class TestLocations:
    @pytest.mark.parametrize(
        ("url", "times"),
        [
            ("https://connector.example.org", 0),
            ("https://connector.example.org/below", 0),
            ("http://connector.example.org", 1),
            ("https://localhost:8300", 1),
            ("https://127.0.0.1", 1),
            ("https://[::1]:8300", 1),
        ],
    )
    async def test_where_the_platform_can_t_unsubscribe_is_logged_once(
        self, api: StandIn, caplog: pytest.LogCaptureFixture, url: str, times: int
    ) -> None:
        async with Gateway(api.url, public_url=url) as gateway, caller(gateway) as client:
            for _ in range(2):
                await client.post("/webhook_subscriptions", json={"url": HOOK})

        message = f"a trigger is to be removed at {url}, which the platform can't reach: set --public-url"
        messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert [one.partition(", or have")[0] for one in messages] == [message] * times
