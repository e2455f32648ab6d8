"""What a start finds of the one before: its subscription, and the key that nobody else has."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from openslot.client import ClientError, Forbidden, NoAnswer, Refused, Retries
from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector import AsyncConnector, Connection, Event, Flow, running
from openslot.connector.definition import INVITEE_TRIGGER

from ..conftest import Subscriptions, signed

TOKEN = "osl_made-up-token-of-the-tests"
PLACE = {"public_url": "https://flows.example.org"}
GROUP = "https://api.calendly.com/groups/1"
INVITEE_EVENTS = list(INVITEE_TRIGGER.events)
Json = dict[str, Any]


def flow(*events: str) -> Flow:
    made = Flow("one")

    @made.on(*events)
    async def ignore(_: Event, __: AsyncConnector) -> None:
        pass

    return made


async def start(there: Subscriptions, *events: str, **options: Any) -> list[str]:
    """Starts and stops, and gives the keys that the triggers had meanwhile."""
    async with (
        Connection(TOKEN, there.api.url, retries=Retries(attempts=1)) as connection,
        running([flow(*events)], connection, **(PLACE | options)) as live,
    ):
        return [trigger.signing_key.reveal() for trigger in live.triggers if trigger.signing_key]


async def test_a_subscription_stays_and_is_found_again(there: Subscriptions) -> None:
    keys = [await start(there, "invitee.created") for _ in range(3)]

    assert (there.made, keys, list(there.keys.values())) == (1, [keys[0]] * 3, keys[0])


async def test_it_is_taken_back_when_wanted_and_made_anew_then(there: Subscriptions) -> None:
    for _ in range(2):
        await start(there, "invitee.created", unsubscribe=True)

    assert (there.made, there.there) == (2, {})


async def test_one_at_an_address_that_will_not_come_again_is_taken_back(there: Subscriptions) -> None:
    await start(there, "invitee.created", public_url=None, port=0)

    assert (there.made, there.there) == (1, {})


async def test_one_whose_key_was_lost_is_replaced(there: Subscriptions, tmp_path: Path) -> None:
    keys = [await start(there, "invitee.created", state=tmp_path / name) for name in ("lost", "new", "new")]

    assert (there.made, len(there.there), keys[1], keys[2]) == (2, 1, [there.keys[max(there.there)]], keys[1])


async def test_at_another_address_the_one_at_the_former_is_given_up(there: Subscriptions) -> None:
    await start(there, "invitee.created", public_url=None)
    await start(there, "invitee.created")
    await start(there, "invitee.created", public_url="https://elsewhere.example.org")

    assert [one["callback_url"] for one in there.there.values()] == ["https://elsewhere.example.org/invitee"]


async def test_one_of_another_state_is_left_alone(there: Subscriptions, tmp_path: Path) -> None:
    await start(there, "invitee.created")
    await start(there, "invitee.created", public_url="https://elsewhere.example.org", state=tmp_path / "other")
    await start(there, "invitee.created", public_url=None, port=0)

    assert [one["callback_url"] for one in there.there.values()] == [
        "https://flows.example.org/invitee",
        "https://elsewhere.example.org/invitee",
    ]


async def test_flows_may_be_changed_without_their_subscription(there: Subscriptions) -> None:
    """It has all events of its trigger, so that what waits for it outlives the change."""
    await start(there, "invitee.created")
    await start(there, "invitee_no_show.created", "invitee.canceled")

    assert (there.made, [one["events"] for one in there.there.values()]) == (1, [INVITEE_EVENTS])


@pytest.mark.parametrize("mishap", [{"state": "disabled"}, {"events": ["invitee.created"]}])
async def test_one_that_does_not_serve_is_replaced_where_the_service_changes_none(
    there: Subscriptions, mishap: Json, caplog: pytest.LogCaptureFixture
) -> None:
    await start(there, "invitee.created")
    for one in there.there.values():
        one.update(mishap)
    await start(there, "invitee.created")

    assert (there.made, [(one["state"], one["events"]) for one in there.there.values()]) == (
        2,
        [("active", INVITEE_EVENTS)],
    )
    assert "made anew without what waits" in caplog.text


@pytest.mark.parametrize("trouble", [Reply(502), Reply(429, headers={"Retry-After": "90"})], ids=["502", "429"])
async def test_a_service_in_trouble_costs_nothing_of_what_waits(there: Subscriptions, trouble: Reply) -> None:
    """The start fails, and the next one finds everything as it was."""
    await start(there, "invitee.created")
    ((uri, one),) = there.there.items()
    one["state"] = "disabled"
    path = f"/openslot/webhook_subscriptions/{uri.rpartition('/')[2]}/enable"
    there.api.on("POST", path, trouble)
    with pytest.raises(Refused):
        await start(there, "invitee.created")

    assert (there.made, list(there.there)) == (1, [uri])


class Unsteady:
    """Lets one call of a service go wrong, after it was done or instead."""

    def __init__(self, api: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails_at = -1
        self.trouble: Reply | HangUp | None = None
        """``None``: it is done, and the answer is lost."""
        self.calls = 0
        self._answer = api.answer
        monkeypatch.setattr(api, "answer", self.answer)

    def answer(self, request: Received) -> Reply | HangUp:
        self.calls += 1
        if self.calls - 1 != self.fails_at:
            return self._answer(request)
        if self.trouble is None:
            self._answer(request)
            return HangUp()
        return self.trouble


@pytest.mark.parametrize(
    "trouble", [Reply(502), Reply(429, headers={"Retry-After": "90"}), HangUp(), None], ids=["502", "429", "-", "lost"]
)
@pytest.mark.parametrize("is_first", [True, False])
async def test_whichever_call_of_a_start_goes_wrong_the_next_one_finds_what_there_was(
    there: Subscriptions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    trouble: Reply | HangUp | None,
    *,
    is_first: bool,
) -> None:
    unsteady = Unsteady(there.api, monkeypatch)
    unsteady.trouble = trouble
    place: Json = {"public_url": "https://flows.example.org/0", "state": tmp_path / "0"}
    await start(there, "invitee.created", **place)
    many = unsteady.calls
    for number in range(1, many + 1):
        place = {"public_url": f"https://flows.example.org/{number}", "state": tmp_path / str(number)}
        if not is_first:
            await start(there, "invitee.created", **place)
        before = dict(there.there)
        unsteady.calls, unsteady.fails_at = 0, number - 1
        with suppress(ClientError):
            await start(there, "invitee.created", **place)
        unsteady.fails_at = -1
        (key,) = await start(there, "invitee.created", **place)
        ours = [uri for uri, one in there.there.items() if one["callback_url"].startswith(str(place["public_url"]))]

        assert (before.items() <= there.there.items(), [there.keys[uri] for uri in ours]) == (True, [key])
    assert many >= 5


async def test_one_that_is_tried_again_goes_on_where_the_service_can_not_hurry(there: Subscriptions) -> None:
    await start(there, "invitee.created")
    for one in there.there.values():
        one["retry_started_at"] = "2031-04-01T08:00:00.000000Z"
    await start(there, "invitee.created")

    assert there.made == 1


@pytest.mark.parametrize("former", [{"scope": "user"}, {"scope": "group", "group": GROUP}])
async def test_in_another_scope_the_former_one_at_the_same_address_is_removed(
    there: Subscriptions, former: Json
) -> None:
    await start(there, "invitee.created", **former)
    await start(there, "invitee.created")

    assert (there.made, [one["scope"] for one in there.there.values()]) == (2, ["organization"])


async def test_flows_that_come_together_keep_one_address_and_the_other_is_given_up(there: Subscriptions) -> None:
    one, other, third = flow("invitee.created"), flow("invitee.created"), flow("invitee.created")
    other.name, third.name = "other", "third"

    async def run(*flows: Flow, **options: Any) -> str:
        async with Connection(TOKEN, there.api.url) as connection, running(flows, connection, **options) as live:
            return live.url

    await run(one, unsubscribe=True)
    places = [await run(other), await run(third)]
    together = await run(one, other)

    assert (together, [each["callback_url"] for each in there.there.values()]) == (
        places[0],
        [f"{place}/invitee" for place in places],
    )
    assert (await run(one, other, third), len(there.there)) == (places[0], 1)


async def test_where_a_url_is_subscribed_once_the_one_of_another_scope_is_removed_first(
    there: Subscriptions,
) -> None:
    def create(request: Received) -> Reply:
        taken = [one["callback_url"] for one in there.there.values()]
        return Reply(409, {"title": "Already Exists"}) if request.json()["url"] in taken else there.create(request)

    there.api.on("POST", "/webhook_subscriptions", create)
    await start(there, "invitee.created", scope="user")
    await start(there, "invitee.created")

    assert [one["scope"] for one in there.there.values()] == ["organization"]


async def test_one_whose_answer_was_never_heard_is_found_by_the_next_start(there: Subscriptions) -> None:
    """The service has made it, and the connection, or our process, ended before we were told."""

    def make_and_hang_up(request: Received) -> HangUp:
        there.create(request)
        return HangUp()

    there.api.on("POST", "/webhook_subscriptions", make_and_hang_up)
    with pytest.raises(NoAnswer):
        await start(there, "invitee.created")
    keys = await start(there, "invitee.created")

    assert (there.made, keys) == (1, list(there.keys.values()))


async def test_several_flows_share_a_subscription(there: Subscriptions) -> None:
    flows = [flow("invitee.created"), flow("invitee.created", "invitee.canceled")]
    flows[1].name = "other"
    place = PLACE["public_url"]
    async with Connection(TOKEN, there.api.url) as connection, running(flows, connection, public_url=place):
        assert [one["events"] for one in there.there.values()] == [INVITEE_EVENTS]


async def test_a_group_can_be_listened_to(there: Subscriptions) -> None:
    await start(there, "invitee.created", scope="group", group=GROUP)
    listed = next(one for one in there.api.received if one.method == "GET" and one.path == "/webhook_subscriptions")

    (made,) = there.there.values()
    assert (made["scope"], made["group"], listed.query["group"]) == ("group", GROUP, GROUP)


@pytest.mark.parametrize("options", [{"scope": "group"}, {"group": GROUP}, {"scope": "user", "group": GROUP}])
async def test_a_group_and_its_scope_go_together(there: Subscriptions, options: Json) -> None:
    with pytest.raises(ValueError, match="needs the URI of a group"):
        await start(there, "invitee.created", **options)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"scope": "organization"}, "only an owner or admin may listen to the whole organization"),
        ({"scope": "group", "group": GROUP}, "in charge of the group"),
        ({"scope": "user"}, "may not be part of the account's plan"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_the_token_may_not_is_explained_in_a_plain_sentence(
    there: Subscriptions, options: Json, hint: str, method: str
) -> None:
    there.api.on(method, "/webhook_subscriptions", Reply(403, {"title": "Permission Denied", "message": "M"}))

    with pytest.raises(Forbidden) as caught:
        await start(there, "invitee.created", **options)

    assert hint in caught.value.__notes__[0]


async def test_flows_can_be_mounted_in_an_app_of_one_s_own(there: Subscriptions, samples: Json) -> None:
    body = json.dumps(samples["deliveries"]["invitee.created"]).encode()
    async with (
        Connection(TOKEN, there.api.url) as connection,
        running([flow("invitee.created")], connection, listen=False, public_url="https://x.example/in") as live,
        httpx.AsyncClient(transport=httpx.ASGITransport(live.app)) as http,
    ):
        ((uri, made),) = there.there.items()
        answer = await http.post(made["callback_url"], content=body, headers=signed(body, there.keys[uri]))
        await live.runner.settle()
        runs = await live.runner.store.runs()

    assert (answer.status_code, [run.state for run in runs]) == (200, ["done"])
    with pytest.raises(ValueError, match="needs its public_url"):
        await start(there, "invitee.created", listen=False, public_url=None)

    assert [one["callback_url"] for one in there.there.values()] == ["https://x.example/in/invitee"]
