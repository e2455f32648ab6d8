"""A trigger that is registered again as another one, before APIs that allow more or less, and that fail on the way."""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from openslot.client.testing import HangUp, Reply, StandIn

from ..triggers.service import CONFLICT, KINDS, Failure, Service, hang_up, hang_up_when_done, refuse, serve
from .conftest import FORBIDDEN, HOOK, Json


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as api:
        yield api


async def register(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/webhook_subscriptions", json={"url": HOOK, "events": ["invitee.created"]})


@pytest.fixture(params=["other events", "the user's", "disabled"])
def there(request: pytest.FixtureRequest, samples: Json) -> Json:
    fields: dict[str, Json] = {
        "other events": {"events": ["invitee.canceled"]},
        "the user's": {"scope": "user", "user": samples["user"]["uri"]},
        "disabled": {"state": "disabled"},
    }
    return fields[request.param]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_left_is_one_as_wanted(
    api: StandIn, call: httpx.AsyncClient, samples: Json, there: Json, kind: str
) -> None:
    service = Service(samples, HOOK, there, kind=kind)
    serve(api, service)

    answer = await register(call)

    (one,) = service.there.values()
    assert (answer.status_code, answer.json()) == (201, {"resource": one})
    assert (one["events"], one["scope"], one["state"]) == (["invitee.created"], "organization", "active")
    assert answer.headers["location"].rpartition("/")[2] == one["uri"].rpartition("/")[2]


@pytest.mark.parametrize("failure", [refuse(500), refuse(429), hang_up, hang_up_when_done])
@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_call_fails_once_no_trigger_is_lost(
    api: StandIn, call: httpx.AsyncClient, samples: Json, there: Json, kind: str, failure: Failure
) -> None:
    # whose token it is is asked once
    for fails_at in itertools.chain([1], itertools.count(1)):
        service = Service(samples, HOOK, there, kind=kind)
        service.fails_at, service.failure = fails_at, failure
        serve(api, service)

        answer = await register(call)
        left = len(service.there)
        if len(service.calls) < fails_at:
            break
        again = await register(call)

        # the platform tries again at 429 and from 500 on
        assert (left >= 1, answer.status_code in {429, 500, 502}) == (True, True), service.calls
        # one that is disabled delivers nothing, so that nothing is lost while there is none
        assert "state" in there or kind == "one at a URL" or service.least == 1, service.calls
        (one,) = service.there.values()
        assert (again.status_code, again.json()) == (201, {"resource": one}), service.calls
        assert (one["events"], one["scope"], one["state"]) == (["invitee.created"], "organization", "active")
    assert fails_at > 3


async def test_openslot_changes_the_one_that_is_there_which_keeps_what_waits(
    api: StandIn, call: httpx.AsyncClient, samples: Json
) -> None:
    service = Service(samples, HOOK, {"events": ["invitee.canceled"], "state": "disabled"})
    serve(api, service)

    answer = await register(call)

    assert answer.headers["location"].endswith("/webhook_subscriptions/1")
    assert [call for call in service.calls if not call.startswith("GET")] == [
        "PATCH /openslot/webhook_subscriptions/1", "POST /openslot/webhook_subscriptions/1/enable",
    ]  # fmt: skip


async def test_where_somebody_else_s_is_as_wanted_nothing_is_changed(
    api: StandIn, call: httpx.AsyncClient, samples: Json
) -> None:
    service = Service(samples, HOOK, {"events": ["invitee.canceled"]})
    serve(api, service)
    api.on("PATCH", "/openslot/webhook_subscriptions/1", CONFLICT)

    answer = await register(call)

    assert (answer.status_code, answer.json()) == (409, CONFLICT.json)
    assert [call for call in service.calls if not call.startswith("GET")] == []


@pytest.mark.parametrize("lasting", [Reply(500), Reply(409), Reply(403, FORBIDDEN), HangUp()])
async def test_where_neither_can_be_had_the_answer_makes_the_platform_try_again(
    api: StandIn, call: httpx.AsyncClient, samples: Json, caplog: pytest.LogCaptureFixture, lasting: Reply | HangUp
) -> None:
    service = Service(samples, HOOK, {"events": ["invitee.canceled"]}, kind="one at a URL")
    serve(api, service)
    api.on("POST", "/webhook_subscriptions", CONFLICT, lasting, HangUp())

    answer = await register(call)

    message = "a subscription had to go for a new one, and neither could be created"
    assert (answer.status_code >= 500, message in caplog.text) == (True, True)


async def test_an_old_one_that_may_not_be_removed_is_logged(
    api: StandIn, call: httpx.AsyncClient, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(samples, HOOK, {"events": ["invitee.canceled"]}, kind="two at one URL")
    serve(api, service)
    api.on("DELETE", "/webhook_subscriptions/1", Reply(403, FORBIDDEN))

    answer = await register(call)

    assert (answer.status_code, len(service.there)) == (201, 2)
    assert "an old subscription may not be removed with this token" in caplog.text
