"""The life of a subscription: one table of cases for those of triggers and those of the gateway."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openslot.client import Refused, Retries
from openslot.client.testing import Reply, StandIn
from openslot.connector import Connection, InviteeTrigger
from openslot.connector.flows.kept_subscriptions import subscribe
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.gateway import Gateway

from ..gateway.conftest import caller
from .service import Service, serve

TOKEN = "osl_made-up-token-of-the-tests"
URL = "https://flows.example.org/invitee"
WANTED = "invitee.created"
RETRIED = {"retry_started_at": "2031-04-01T08:00:00.000000Z"}
FORBIDDEN = Reply(403, {"title": "Permission Denied", "message": "M"})
Json = dict[str, Any]
Subscribe = Callable[[StandIn], Awaitable[bool]]
"""Sees that there is a subscription to ``WANTED``; whether that worked."""


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as api:
        yield api


@pytest.fixture(params=["trigger", "gateway"])
def subscribe_to(request: pytest.FixtureRequest, tmp_path: Path) -> Subscribe:
    async def by_trigger(api: StandIn) -> bool:
        store = SqliteStore(tmp_path / "state")
        await store.open()
        try:
            async with Connection(TOKEN, api.url, retries=Retries(attempts=1)) as connection:
                await subscribe(InviteeTrigger(connection, [WANTED]), URL, store)
        except Refused:
            return False
        finally:
            await store.close()
        return True

    async def by_gateway(api: StandIn) -> bool:
        async with Gateway(api.url) as gateway, caller(gateway) as client:
            body = {"url": URL, "events": [WANTED], "signing_key": "made-up"}
            answer = await client.post("/webhook_subscriptions", json=body)
        return answer.is_success

    return by_trigger if request.param == "trigger" else by_gateway


class Case(NamedTuple):
    """What is there, and what is done about it."""

    there: list[Json]
    calls: list[str]
    """Those that change something, in their order, with the numbers of subscriptions."""
    left: list[int]
    """The subscriptions there are in the end."""


PATCH, ENABLE, REPLAY, DELETE = "change {}".format, "enable {}".format, "replay to {}".format, "delete {}".format
CREATE = "create"
CASES = {
    "nothing": Case([], [CREATE], [1]),
    "one whose key is unknown is given another": Case([{}], [PATCH(1)], [1]),
    "one without the event is given it": Case([{"events": ["invitee.canceled"]}], [PATCH(1)], [1]),
    "one that is disabled is woken": Case([{"state": "disabled"}], [PATCH(1), ENABLE(1)], [1]),
    "one that is tried again is hurried": Case([RETRIED], [PATCH(1), ENABLE(1)], [1]),
    "of two the one that has the event stays": Case([{"events": ["invitee.canceled"]}, {}], [PATCH(2), DELETE(1)], [2]),
    "of two alike the one that is enabled stays": Case([{"state": "disabled"}, {}], [PATCH(2), DELETE(1)], [2]),
    "what waits for the one that goes is replayed": Case(
        [{"events": ["invitee.canceled"], **RETRIED}, {}], [PATCH(2), REPLAY(2), DELETE(1)], [2]
    ),
    "one of another scope goes once the new one is there": Case(
        [{"scope": "user", "user": "me"}], [CREATE, DELETE(1)], [2]
    ),
    "what waits in another scope is replayed to the new one": Case(
        [{"scope": "user", "user": "me", **RETRIED}], [CREATE, REPLAY(2), DELETE(1)], [2]
    ),
}


def changes(service: Service) -> list[str]:
    """The calls that change something, in the words of ``Case``."""
    verbs = {"enable": ENABLE, "replay": REPLAY}
    found = []
    for call in service.calls:
        method, path = call.split(" ")
        *_, above, last = path.split("/")
        match method:
            case "POST" if last in verbs:
                found.append(verbs[last](above))
            case "POST":
                found.append(CREATE)
            case "PATCH":
                found.append(PATCH(last))
            case "DELETE":
                found.append(DELETE(last))
    return found


def service_with(samples: Json, there: list[Json], **options: Any) -> Service:
    me = samples["user"]["uri"]
    own = [{**one, "user": me} if "user" in one else one for one in there]
    return Service(samples, URL, *own, **options)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_is_there_is_mended_and_what_is_left_over_goes(
    api: StandIn, subscribe_to: Subscribe, samples: Json, case: Case
) -> None:
    service = service_with(samples, case.there)
    serve(api, service)

    assert await subscribe_to(api)
    assert (changes(service), [int(number) for number in service.there]) == (case.calls, case.left)
    for one in service.there.values():
        assert (WANTED in one["events"], one["state"], one["retry_started_at"]) == (True, "active", None)


@pytest.mark.parametrize("there", [{"events": ["invitee.canceled"]}, {"state": "disabled"}], ids=["events", "disabled"])
@pytest.mark.parametrize("kind", ["two at one URL", "one at a URL"])
async def test_a_service_that_changes_none_gets_a_new_one_and_loses_the_old_one(
    api: StandIn, subscribe_to: Subscribe, samples: Json, there: Json, kind: str
) -> None:
    service = service_with(samples, [there], kind=kind)
    serve(api, service)

    assert await subscribe_to(api)
    [one] = service.there.values()
    assert (one["events"], one["state"]) == ([WANTED], "active")


async def test_events_that_nobody_wants_stay_for_a_runner_and_go_for_the_platform(
    api: StandIn, subscribe_to: Subscribe, samples: Json, request: pytest.FixtureRequest
) -> None:
    service = service_with(samples, [{"events": ["invitee.canceled", WANTED]}])
    serve(api, service)

    assert await subscribe_to(api)
    is_trigger = request.node.callspec.params["subscribe_to"] == "trigger"
    assert service.there["1"]["events"] == (["invitee.canceled", WANTED] if is_trigger else [WANTED])


async def test_an_old_one_that_may_not_be_removed_is_logged_and_costs_nothing(
    api: StandIn, subscribe_to: Subscribe, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    service = service_with(samples, [{"events": ["invitee.canceled"]}, {}])
    serve(api, service)
    api.on("DELETE", "/webhook_subscriptions/1", FORBIDDEN)

    assert await subscribe_to(api)
    assert list(service.there) == ["1", "2"]
    assert "an old subscription may not be removed with this token, so events come twice" in caplog.text


async def test_one_that_delivers_stays_where_it_can_not_be_hurried(
    api: StandIn, subscribe_to: Subscribe, samples: Json
) -> None:
    service = service_with(samples, [RETRIED])
    serve(api, service)
    api.on("POST", "/openslot/webhook_subscriptions/1/enable", Reply(502))

    assert await subscribe_to(api)
    assert list(service.there) == ["1"]


@pytest.mark.parametrize("call", ["PATCH /openslot/webhook_subscriptions/1", "POST .../1/enable"])
async def test_a_service_in_trouble_ends_the_attempt_and_costs_nothing(
    api: StandIn, subscribe_to: Subscribe, samples: Json, call: str
) -> None:
    service = service_with(samples, [{"state": "disabled", "events": ["invitee.canceled"]}])
    serve(api, service)
    method, path = call.replace("...", "/openslot/webhook_subscriptions").split(" ")
    api.on(method, path, Reply(502))

    assert not await subscribe_to(api)
    assert list(service.there) == ["1"]
