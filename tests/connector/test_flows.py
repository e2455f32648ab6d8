import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from openslot.client import ClientError
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import AsyncConnector, Connection, Connector, Flow, InviteeEvent, run_flow, running
from openslot.connector.flows import Dispatcher, HandlerFailed, Journal, MemoryJournal, run_until_stopped
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
Json = dict[str, Any]


def ignore(_: Any, __: Connector) -> None:
    """A handler that does nothing."""


def noting(seen: list[str]) -> Callable[[Any, Connector], None]:
    """A handler that writes down what it gets."""

    def note(event: Any, _: Connector) -> None:
        seen.append(event.event)

    return note


@pytest.fixture
def mark(api: StandIn, samples: Json) -> None:
    """Marking no-shows works."""
    api.on("POST", "/invitee_no_shows", Reply(201, {"resource": samples["no_show"]}))


@pytest.mark.usefixtures("mark")
async def test_a_flow_acts_on_what_happens(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("mark")
    marked: list[str] = []

    @flow.on("invitee.created")
    async def in_the_loop(event: InviteeEvent, connector: AsyncConnector) -> None:
        marked.append((await connector.create_invitee_no_show(event.payload.uri)).invitee)

    @flow.on("invitee.created", "invitee.canceled")
    def in_a_thread(event: InviteeEvent, connector: Connector) -> None:
        assert threading.current_thread() is not threading.main_thread()
        marked.append(connector.create_invitee_no_show(event.payload.uri).invitee)

    async with Connection(TOKEN, api.url) as connection, running([flow], connection):
        status = await deliver(samples["deliveries"]["invitee.created"])

    assert (status, marked) == (200, [samples["no_show"]["invitee"]] * 2)


async def test_each_trigger_that_is_needed_is_subscribed_and_unsubscribed(api: StandIn) -> None:
    flow, other = Flow("one"), Flow("other")
    flow.on("invitee.canceled")(ignore)
    other.on("routing_form_submission.created", "invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection:
        async with running([flow, other], connection, public_url="https://flows.example.org/in/"):
            asked = [request.json() for request in api.received[1:]]
        calls = api.calls()

    assert [(body["url"], body["events"]) for body in asked] == [
        ("https://flows.example.org/in/invitee", ["invitee.created", "invitee.canceled"]),
        ("https://flows.example.org/in/routing_form_submission", ["routing_form_submission.created"]),
    ]
    assert asked[0]["signing_key"] != asked[1]["signing_key"]
    assert calls[-2:] == ["DELETE /webhook_subscriptions/1"] * 2


async def test_a_flow_listens_on_the_same_port_at_every_start(api: StandIn) -> None:
    flow, other = Flow("one"), Flow("other")
    flow.on("invitee.created")(ignore)
    other.on("invitee.created")(ignore)

    async def url(*flows: Flow, **options: Any) -> str:
        async with Connection(TOKEN, api.url) as connection, running(flows, connection, **options) as told:
            return told.url

    urls = [await url(flow), await url(other), await url(flow, other), await url(flow, scope="user")]

    assert [await url(flow), await url(other), await url(other, flow), await url(flow, scope="user")] == urls
    assert len(set(urls)) == 4
    assert all(20_000 <= int(one.rpartition(":")[2]) < 30_000 for one in urls)


async def test_a_flow_whose_port_is_taken_listens_on_another(api: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with (
        Connection(TOKEN, api.url) as connection,
        running([flow], connection) as one,
        running([flow], connection) as other,
    ):
        asked = [request.json()["url"] for request in api.received if request.method == "POST"]

    assert asked == [f"{one.url}/invitee", f"{other.url}/invitee"]
    assert one.url != other.url
    port = one.url.rpartition(":")[2]
    said = f"can't listen on 127.0.0.1 port {port}, so on another one: Address already in use"
    assert [record.getMessage() for record in caplog.records] == [said]


async def test_a_port_that_was_asked_for_is_taken_or_refused(api: StandIn) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection:
        async with running([flow], connection, port=0) as free:
            port = int(free.url.rpartition(":")[2])
            with pytest.raises(OSError, match="Address already in use"):
                async with running([flow], connection, port=port):
                    pass
        async with running([flow], connection, port=port) as again:
            assert again.url == free.url


async def test_both_triggers_reach_their_functions(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("all")
    seen: list[str] = []
    deliveries: Json = {event: sample for event, sample in samples["deliveries"].items() if event != "contact.created"}
    flow.on(*deliveries)(noting(seen))

    async with Connection(TOKEN, api.url) as connection, running([flow], connection):
        statuses = [await deliver(sample) for sample in deliveries.values()]

    assert (statuses, seen) == ([200] * 5, list(deliveries))


async def test_the_same_delivery_runs_once(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("once")
    seen: list[str] = []
    flow.on("invitee.created", "invitee.canceled")(noting(seen))

    async with Connection(TOKEN, api.url) as connection, running([flow], connection):
        statuses = [
            await deliver(samples["deliveries"][event])
            for event in ("invitee.created", "invitee.created", "invitee.canceled", "invitee.created")
        ]

    assert (statuses, seen) == ([200] * 4, ["invitee.created", "invitee.canceled"])


async def test_functions_of_the_same_name_all_run(connection: Connection, samples: Json) -> None:
    flow = Flow("namesakes")
    seen: list[str] = []
    for _ in range(3):
        flow.on("invitee.created")(noting(seen))
    dispatcher = Dispatcher([flow], connection)
    event = codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent)

    await dispatcher.handle(event)
    await dispatcher.handle(event)

    assert seen == ["invitee.created"] * 3
    assert [handler.name for handler in flow.handlers] == [
        "noting.<locals>.note",
        "noting.<locals>.note 2",
        "noting.<locals>.note 3",
    ]


def test_flows_of_the_same_name_are_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="the same name"):
        Dispatcher([Flow("twin"), Flow("twin")], connection)


async def test_a_duplicate_that_comes_meanwhile_shares_the_outcome(connection: Connection, samples: Json) -> None:
    flow = Flow("once")
    runs: list[str] = []
    began, may_end = asyncio.Event(), asyncio.Event()

    @flow.on("invitee.created")
    async def slow(event: InviteeEvent, _: AsyncConnector) -> None:
        runs.append(event.event)
        began.set()
        await may_end.wait()
        if len(runs) == 1:
            raise ValueError

    dispatcher = Dispatcher([flow], connection)
    event = codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent)
    handling = [asyncio.create_task(dispatcher.handle(event)) for _ in range(3)]
    await began.wait()
    may_end.set()
    outcomes = await asyncio.gather(*handling, return_exceptions=True)

    assert ([type(outcome) for outcome in outcomes], len(runs)) == ([HandlerFailed] * 3, 1)
    await dispatcher.handle(event)
    assert len(runs) == 2


async def test_only_the_function_that_failed_runs_again(
    api: StandIn, deliver: Any, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Flow("broken"), Flow("sound")
    seen: list[str] = []
    failures = [ValueError("not yet")]

    @broken.on("invitee.created")
    def fails_at_first(_: InviteeEvent, __: Connector) -> None:
        seen.append("broken")
        if failures:
            raise failures.pop()

    @sound.on("invitee.created")
    async def works(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append("sound")

    async with Connection(TOKEN, api.url) as connection, running([broken, sound], connection):
        statuses = [await deliver(samples["deliveries"]["invitee.created"]) for _ in range(3)]

    assert (statuses, sorted(seen)) == ([500, 200, 200], ["broken", "broken", "sound"])
    assert "not yet" in caplog.text


async def test_a_journal_of_one_s_own_is_asked_and_told(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("kept")
    seen: list[str] = []
    flow.on("invitee.created")(noting(seen))
    journal: Journal = MemoryJournal()

    for _ in range(2):
        api.received.clear()
        async with Connection(TOKEN, api.url) as connection, running([flow], connection, journal=journal):
            await deliver(samples["deliveries"]["invitee.created"])

    assert seen == ["invitee.created"]


def test_a_journal_in_memory_forgets_the_oldest() -> None:
    journal = MemoryJournal()
    for number in range(10_001):
        journal.done("flow", "handler", str(number))

    assert [journal.is_done("flow", "handler", str(number)) for number in (0, 1, 10_000)] == [False, True, True]


@pytest.mark.parametrize("events", [(), ("invitee.teleported",), ("invitee.created", "contact.created")])
def test_a_flow_listens_to_what_a_connector_can_hear(events: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="a flow listens to some of"):
        Flow("deaf").on(*events)


async def test_flows_that_listen_to_nothing_are_not_run(connection: Connection) -> None:
    with pytest.raises(ValueError, match="listen to nothing"):
        async with running([Flow("idle")], connection):
            pass


async def test_when_the_second_subscription_is_refused_the_first_is_taken_back(
    api: StandIn, subscription_made: Any
) -> None:
    flow = Flow("both")
    flow.on("invitee.created", "routing_form_submission.created")(ignore)
    api.on("POST", "/webhook_subscriptions", subscription_made, Reply(403, {"title": "T", "message": "M"}))

    async with Connection(TOKEN, api.url) as connection:
        with pytest.raises(ClientError):
            async with running([flow], connection):
                pass

    assert api.calls()[-1] == "DELETE /webhook_subscriptions/1"


async def test_a_service_that_is_gone_does_not_keep_us_from_stopping(
    api: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection, running([flow], connection):
        api.on("DELETE", "/webhook_subscriptions/1", Reply(403, {"title": "T", "message": "M"}))

    assert "left a subscription behind" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_flow_and_unsubscribes(api: StandIn, number: signal.Signals) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)
    told: list[str] = []

    def started(running: Any) -> None:
        told.append(running.url)
        os.kill(os.getpid(), number)

    asyncio.run(run_until_stopped([flow], Connection(TOKEN, api.url), started))

    assert told[0].startswith("http://127.0.0.1:")
    assert api.calls()[-1] == "DELETE /webhook_subscriptions/1"


def test_a_signal_ends_a_start_that_hangs(api: StandIn) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)
    release = threading.Event()

    def hang(_: Received) -> Reply:
        os.kill(os.getpid(), signal.SIGTERM)
        release.wait(10)
        return Reply(503)

    api.on("POST", "/webhook_subscriptions", hang)
    run_flow(flow, Connection(TOKEN, api.url))
    release.set()

    assert api.calls() == ["GET /users/me", "POST /webhook_subscriptions"]
