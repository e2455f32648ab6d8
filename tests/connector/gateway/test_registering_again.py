"""A trigger that is registered again as another one, before APIs that allow more or less, and that fail on the way."""

import itertools
from collections.abc import Callable, Iterator

import httpx
import pytest

from openslot.client.testing import HangUp, Received, Reply, StandIn

from .conftest import FORBIDDEN, HOOK, Json, page

CONFLICT = Reply(409, {"title": "Already Exists", "message": "Hook with this url already exists"})
Failure = Callable[[Callable[[], Reply]], Reply | HangUp]
"""What is answered instead of what the work would have given."""
IS_OTHER: dict[str, Callable[[Json], object]] = {
    "two at one URL": lambda one: (one["scope"], sorted(one["events"])),
    "one at a URL": lambda one: one["callback_url"],
}
"""What may not be the same in two subscriptions."""


class Service:
    """An API that keeps its subscriptions, and fails at one call."""

    def __init__(self, samples: Json, there: Json, kind: str) -> None:
        self.sample = {**samples["webhook_subscription"], "callback_url": HOOK}
        self.there: dict[str, Json] = {}
        self.least = 1
        """As few there were since the beginning."""
        self.calls: list[str] = []
        self.fails_at: int | None = None
        self.failure: Failure = hang_up
        self._me = samples["user"]
        self._changes = kind == "OpenSlot"
        self._key = IS_OTHER.get(kind, IS_OTHER["two at one URL"])
        self._numbers = itertools.count(1)
        self._add(there)

    def answer(self, request: Received) -> Reply | HangUp:
        self.calls.append(f"{request.method} {request.path}")
        fails = len(self.calls) == self.fails_at
        answer = self.failure(lambda: self._answer(request)) if fails else self._answer(request)
        self.least = min(self.least, len(self.there))
        return answer

    def _answer(self, request: Received) -> Reply:  # noqa: PLR0911 -- one for each call
        *_, collection, last = request.path.split("/")
        match request.method, last:
            case "GET", "me":
                return Reply(json={"resource": self._me})
            case "GET", _:
                return page(*(one for one in self.there.values() if one["scope"] == request.query["scope"]))
            case "POST", "webhook_subscriptions":
                return self._create(request.json())
            case "PATCH", number if self._changes:
                self.there[number] |= request.json()
                return self._audited(number)
            case "POST", "enable" if self._changes:
                self.there[collection]["state"] = "active"
                return self._audited(collection)
            case "DELETE", number:
                return Reply(204 if self.there.pop(number, None) else 404)
        return Reply(404)

    def _create(self, asked: Json) -> Reply:
        new = {"callback_url": asked["url"], "user": None, **{key: asked[key] for key in asked if key != "url"}}
        if any(self._key({**self.sample, **new}) == self._key(one) for one in self.there.values()):
            return CONFLICT
        return Reply(201, {"resource": self._add(new)})

    def _add(self, fields: Json) -> Json:
        number = str(next(self._numbers))
        uri = f"https://api.calendly.com/webhook_subscriptions/{number}"
        self.there[number] = {**self.sample, **fields, "uri": uri}
        return self.there[number]

    def _audited(self, number: str) -> Reply:
        more = {"event_types": None, "signed": False, "backlog": {"pending": 3, "oldest": None}}
        times = dict.fromkeys(("failing_since", "warned_at", "disabled_at"))
        return Reply(json={"resource": {**self.there[number], **more, **times}})


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as api:
        yield api


def serve(api: StandIn, service: Service) -> None:
    numbers = range(1, 9)
    for number in numbers:
        api.on("DELETE", f"/webhook_subscriptions/{number}", service.answer)
        api.on("PATCH", f"/openslot/webhook_subscriptions/{number}", service.answer)
        api.on("POST", f"/openslot/webhook_subscriptions/{number}/enable", service.answer)
    for method, path in (("GET", "/users/me"), ("GET", "/webhook_subscriptions"), ("POST", "/webhook_subscriptions")):
        api.on(method, path, service.answer)


async def register(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/webhook_subscriptions", json={"url": HOOK, "events": ["invitee.created"]})


def refuse(status: int) -> Failure:
    return lambda _: Reply(status, {"title": "In trouble", "message": "..."})


def hang_up(_: Callable[[], Reply]) -> HangUp:
    return HangUp()


def hang_up_when_done(work: Callable[[], Reply]) -> HangUp:
    work()
    return HangUp()


KINDS = ["OpenSlot", *IS_OTHER]


@pytest.fixture(params=["other events", "the user's", "disabled"])
def there(request: pytest.FixtureRequest, samples: Json) -> Json:
    fields: dict[str, Json] = {
        "other events": {"events": ["invitee.canceled"]},
        "the user's": {"scope": "user", "user": samples["user"]["uri"]},
        "disabled": {"state": "disabled"},
    }
    return fields[request.param]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_left_is_one_as_asked(
    api: StandIn, call: httpx.AsyncClient, samples: Json, there: Json, kind: str
) -> None:
    service = Service(samples, there, kind)
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
        service = Service(samples, there, kind)
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
    service = Service(samples, {"events": ["invitee.canceled"], "state": "disabled"}, "OpenSlot")
    serve(api, service)

    answer = await register(call)

    assert answer.headers["location"].endswith("/webhook_subscriptions/1")
    assert [call for call in service.calls if not call.startswith("GET")] == [
        "PATCH /openslot/webhook_subscriptions/1", "POST /openslot/webhook_subscriptions/1/enable",
    ]  # fmt: skip


async def test_where_somebody_else_s_is_as_asked_nothing_is_changed(
    api: StandIn, call: httpx.AsyncClient, samples: Json
) -> None:
    service = Service(samples, {"events": ["invitee.canceled"]}, "OpenSlot")
    serve(api, service)
    api.on("PATCH", "/openslot/webhook_subscriptions/1", CONFLICT)

    answer = await register(call)

    assert (answer.status_code, answer.json()) == (409, CONFLICT.json)
    assert [call for call in service.calls if not call.startswith("GET")] == []


@pytest.mark.parametrize("lasting", [Reply(500), Reply(409), Reply(403, FORBIDDEN), HangUp()])
async def test_where_neither_can_be_had_the_platform_is_told_to_try_again(
    api: StandIn, call: httpx.AsyncClient, samples: Json, caplog: pytest.LogCaptureFixture, lasting: Reply | HangUp
) -> None:
    service = Service(samples, {"events": ["invitee.canceled"]}, "one at a URL")
    serve(api, service)
    api.on("POST", "/webhook_subscriptions", CONFLICT, lasting, HangUp())

    answer = await register(call)

    said = "a trigger's subscription had to go for a new one, and neither could be made"
    assert (answer.status_code >= 500, said in caplog.text) == (True, True)


async def test_an_old_one_that_may_not_be_removed_is_told_of(
    api: StandIn, call: httpx.AsyncClient, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(samples, {"events": ["invitee.canceled"]}, "two at one URL")
    serve(api, service)
    api.on("DELETE", "/webhook_subscriptions/1", Reply(403, FORBIDDEN))

    answer = await register(call)

    assert (answer.status_code, len(service.there)) == (201, 2)
    assert "a trigger's old subscription may not be removed by its owner's token" in caplog.text
