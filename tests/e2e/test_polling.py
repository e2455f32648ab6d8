"""Polling the real service finds what its webhooks tell, with the same payloads."""

import asyncio
from pathlib import Path
from typing import Any

from openslot.client import operations
from openslot.connector import AsyncConnector, Connection, Event, Flow, Runner, run_once, running
from openslot.connector.flows.polling import Poller
from openslot.connector.flows.sqlite import SqliteStore
from openslot.wire import codec
from openslot.wire.invitees import CreateInvitee, NewInvitee
from running import PATIENCE_SECONDS, Service, offer, send_routing_form

from .test_chain import INVITEE_EVENTS

FORM_EVENT = "routing_form_submission.created"


def recording(name: str, seen: list[Event], arrived: asyncio.Event | None = None) -> Flow:
    flow = Flow(name)

    @flow.on(*INVITEE_EVENTS, FORM_EVENT)
    async def note(event: Event, _: AsyncConnector) -> None:
        seen.append(event)
        if arrived is not None and len(seen) == 6:
            arrived.set()

    return flow


async def test_polling_finds_what_webhooks_deliver(own_demo: Service, tmp_path: Path) -> None:
    demo = own_demo  # whatever happens in it is found
    polled, delivered, arrived = list[Event](), list[Event](), asyncio.Event()

    async def poll() -> None:
        connection = Connection(demo.token, demo.api_url)
        await run_once([recording("polled", polled)], connection, state=tmp_path / "polled")

    async def poll_later() -> None:
        """As on the day after the meeting: only those that have begun are looked into for marks."""
        store = SqliteStore(tmp_path / "polled")
        async with (
            Connection(demo.token, demo.api_url) as connection,
            Runner([recording("polled", polled)], connection, store) as runner,
        ):
            await Poller(runner, connection, now=lambda: start.timestamp() + 86400).poll()
            await runner.settle()

    place = offer(demo)
    start = codec.convert(place.starts[-1], codec.Timestamp)
    await poll()
    async with (
        Connection(demo.token, demo.api_url) as connection,
        running([recording("delivered", delivered, arrived)], connection, unsubscribe=True, state=tmp_path / "other"),
    ):
        client, calls = connection.async_client, AsyncConnector(connection)
        who = NewInvitee(email="poll@example.org", name="Polly Example", timezone="Europe/Rome")
        request = CreateInvitee(event_type=place.uri, start_time=start, invitee=who)
        invitee = await client.send(operations.CreateEventInvitee(request))
        await poll()
        mark = await calls.create_invitee_no_show(invitee.uri)
        await poll_later()
        await calls.delete_invitee_no_show(mark.uri)
        await poll_later()
        await client.send(operations.CancelEvent(invitee.event))
        with demo.api() as api:
            form = api.get("/routing_forms", params={"organization": (await connection.ame()).current_organization})
        await asyncio.to_thread(send_routing_form, demo, form.json()["collection"][0])
        again = await client.send(operations.CreateEventInvitee(request))
        for _ in range(2):
            await poll()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrived.wait()
        await client.send(operations.CancelEvent(again.event))

    def named(events: list[Event]) -> list[tuple[str, str]]:
        return sorted((event.event, event.payload.uri) for event in events)

    def payloads(events: list[Event]) -> dict[tuple[str, str], Any]:
        """Without what changes by itself: a poll sees the present, a delivery the moment of the event."""
        return {(one.event, one.payload.uri): one.payload for one in events if one.event == "invitee_no_show.created"}

    assert named(polled) == named(delivered[:6])
    assert payloads(polled) == payloads(delivered)
