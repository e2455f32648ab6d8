import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openslot.client import ClientError
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import (
    AsyncConnector,
    Connection,
    Connector,
    Flow,
    InviteeEvent,
    run_flow,
    run_until_stopped,
    running,
)
from openslot.connector.definition import INVITEE_TRIGGER

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

    async with Connection(TOKEN, api.url) as connection, running([flow], connection) as live:
        status = await deliver(samples["deliveries"]["invitee.created"])
        await live.runner.settle()

    assert (status, marked) == (200, [samples["no_show"]["invitee"]] * 2)


async def test_each_trigger_that_is_needed_is_subscribed_and_unsubscribed(api: StandIn) -> None:
    flow, other = Flow("one"), Flow("other")
    flow.on("invitee.canceled")(ignore)
    other.on("routing_form_submission.created", "invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection:
        where: Any = {"public_url": "https://flows.example.org/in/", "unsubscribe": True}
        async with running([flow, other], connection, **where):
            bodies = [request.json() for request in api.received if request.method == "POST"]
        calls = api.calls()

    assert [(body["url"], body["events"]) for body in bodies] == [
        ("https://flows.example.org/in/invitee", list(INVITEE_TRIGGER.events)),
        ("https://flows.example.org/in/routing_form_submission", ["routing_form_submission.created"]),
    ]
    assert bodies[0]["signing_key"] != bodies[1]["signing_key"]
    assert calls[-2:] == ["DELETE /webhook_subscriptions/1"] * 2


async def test_a_flow_listens_on_the_same_port_at_every_start(api: StandIn) -> None:
    flow, other = Flow("one"), Flow("other")
    flow.on("invitee.created")(ignore)
    other.on("invitee.created")(ignore)

    async def url(*flows: Flow, **options: Any) -> str:
        async with Connection(TOKEN, api.url) as connection, running(flows, connection, **options) as live:
            return live.url

    urls = [await url(flow), await url(other)]

    assert [await url(flow), await url(other)] == urls
    assert len(set(urls)) == 2
    assert await url(flow, scope="user") == urls[0]
    assert await url(flow, Flow("new"), other) == urls[0]
    assert await url(Flow("new"), other) == urls[0]
    assert all(20_000 <= int(one.rpartition(":")[2]) < 30_000 for one in urls)


async def test_a_flow_whose_port_is_taken_listens_on_another(
    api: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with (
        Connection(TOKEN, api.url) as connection,
        running([flow], connection) as one,
        running([flow], connection, state=tmp_path / "other") as other,
    ):
        bodies = [request.json()["url"] for request in api.received if request.method == "POST"]

    assert bodies == [f"{one.url}/invitee", f"{other.url}/invitee"]
    assert one.url != other.url
    port = one.url.rpartition(":")[2]
    message = f"can't listen on 127.0.0.1 port {port}, so on another one: Address already in use"
    assert [record.getMessage() for record in caplog.records] == [message]


async def test_a_port_that_was_given_is_taken_or_refused(api: StandIn, tmp_path: Path) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection:
        async with running([flow], connection, port=0) as free:
            port = int(free.url.rpartition(":")[2])
            with pytest.raises(OSError, match="Address already in use"):
                async with running([flow], connection, port=port, state=tmp_path / "other"):
                    pass
        async with running([flow], connection, port=port) as again:
            assert again.url == free.url


async def test_both_triggers_reach_their_functions(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("all")
    seen: list[str] = []
    deliveries: Json = {event: sample for event, sample in samples["deliveries"].items() if event != "contact.created"}
    flow.on(*deliveries)(noting(seen))

    async with Connection(TOKEN, api.url) as connection, running([flow], connection) as live:
        statuses = [await deliver(sample) for sample in deliveries.values()]
        await live.runner.settle()

    assert (statuses, sorted(seen)) == ([200] * 5, sorted(deliveries))


async def test_the_same_delivery_runs_once(api: StandIn, deliver: Any, samples: Json) -> None:
    flow = Flow("once")
    seen: list[str] = []
    flow.on("invitee.created", "invitee.canceled")(noting(seen))

    async with Connection(TOKEN, api.url) as connection, running([flow], connection) as live:
        statuses = [
            await deliver(samples["deliveries"][event])
            for event in ("invitee.created", "invitee.created", "invitee.canceled", "invitee.created")
        ]
        await live.runner.settle()

    assert (statuses, seen) == ([200] * 4, ["invitee.created", "invitee.canceled"])


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
            async with running([flow], connection, unsubscribe=True):
                pass

    assert api.calls()[-1] == "DELETE /webhook_subscriptions/1"


async def test_a_service_that_is_gone_does_not_keep_us_from_stopping(
    api: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)

    async with Connection(TOKEN, api.url) as connection, running([flow], connection, unsubscribe=True):
        api.on("DELETE", "/webhook_subscriptions/1", Reply(403, {"title": "T", "message": "M"}))

    assert "left a subscription behind" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_flow_and_unsubscribes(api: StandIn, number: signal.Signals) -> None:
    flow = Flow("one")
    flow.on("invitee.created")(ignore)
    live: list[str] = []

    def started(running: Any) -> None:
        live.append(running.url)
        os.kill(os.getpid(), number)

    asyncio.run(run_until_stopped([flow], Connection(TOKEN, api.url), started, unsubscribe=True))

    assert live[0].startswith("http://127.0.0.1:")
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

    assert api.calls() == ["GET /users/me", "GET /webhook_subscriptions", "POST /webhook_subscriptions"]
