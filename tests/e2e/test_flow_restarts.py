"""What happens while flows are stopped reaches them at the next start, whatever was changed meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openslot.client import extensions, operations
from openslot.connector import AsyncConnector, Connection, Event, Flow, running
from openslot.wire import codec
from openslot.wire.invitees import CreateInvitee, NewInvitee
from openslot.wire.webhook_audit import ChangeWebhookSubscription
from running import PATIENCE_SECONDS, Offer, Service, free_port, offer

Mishap = Callable[[Connection, str], Any]


@pytest.fixture
def place(demo: Service) -> Offer:
    return offer(demo, "intro-call")


@pytest.fixture
def address() -> dict[str, Any]:
    """The same at every start."""
    port = free_port()
    return {"port": port, "public_url": f"http://127.0.0.1:{port}"}


class Seen:
    """Who booked, by flow, as the flows have it."""

    def __init__(self) -> None:
        self.emails: list[str] = []
        self.news = asyncio.Condition()

    def flow(self, name: str, *events: str) -> Flow:
        flow = Flow(name)

        @flow.on(*events)
        async def note(event: Event, _: AsyncConnector) -> None:
            async with self.news:
                self.emails.append(f"{name} {getattr(event.payload, 'email')}")  # noqa: B009 -- of one kind of payload
                self.news.notify_all()

        return flow

    async def wait_for(self, *emails: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self.news:
            await self.news.wait_for(lambda: set(emails) <= set(self.emails))


@pytest.fixture
def starts(place: Offer) -> Iterator[str]:
    return iter(reversed(place.starts))


async def book(connection: Connection, place: Offer, start: str, name: str) -> None:
    who = NewInvitee(email=f"{name}@example.org", name=name, timezone="Europe/Rome")
    request = CreateInvitee(event_type=place.uri, start_time=codec.convert(start, codec.Timestamp), invitee=who)
    await connection.async_client.send(operations.CreateEventInvitee(request))


async def unchanged(_: Connection, __: str) -> None:
    """Nothing but the flows was changed."""


async def disabled(connection: Connection, subscription: str) -> None:
    await connection.async_client.send(extensions.DisableWebhookSubscription(subscription))


async def narrowed(connection: Connection, subscription: str) -> None:
    """As it was made by an earlier version, which knew fewer events."""
    change = ChangeWebhookSubscription(events=["invitee.created"])
    await connection.async_client.send(extensions.UpdateWebhookSubscription(subscription, change))


@pytest.mark.parametrize("mishap", [unchanged, disabled, narrowed, None], ids=["flows", "disabled", "narrowed", "key"])
async def test_what_waits_for_stopped_flows_is_delivered_whatever_was_changed(
    demo: Service, place: Offer, starts: Iterator[str], address: dict[str, Any], tmp_path: Path, mishap: Mishap | None
) -> None:
    """Where there is no mishap named, the state was lost, and with it the key."""
    seen = Seen()
    async with Connection(demo.token, demo.api_url) as connection:
        async with running(
            [seen.flow("one", "invitee.created")], connection, state=tmp_path / "state", **address
        ) as listening:
            subscription = listening.triggers[0].subscription
            assert subscription is not None
        await book(connection, place, next(starts), "waits")
        if mishap is not None:
            await mishap(connection, subscription.uri)
            await book(connection, place, next(starts), "later")
        async with running(
            [seen.flow("one", "invitee.created", "invitee.canceled"), seen.flow("two", "invitee_no_show.created")],
            connection,
            **address,
            state=tmp_path / ("state" if mishap is not None else "new"),
            unsubscribe=True,
        ) as listening:
            await book(connection, place, next(starts), "now")
            expected = ["one waits@example.org", "one now@example.org"]
            expected += ["one later@example.org"] if mishap is not None else []
            await seen.wait_for(*expected)
            again = listening.triggers[0].subscription

    assert again is not None
    assert (sorted(seen.emails), again.uri) == (sorted(expected), subscription.uri)


async def test_what_waits_at_another_port_is_delivered_where_flows_come_together(
    demo: Service, place: Offer, starts: Iterator[str], tmp_path: Path
) -> None:
    seen, state = Seen(), tmp_path / "state"
    one, two = seen.flow("one", "invitee.created"), seen.flow("two", "invitee.created")
    async with Connection(demo.token, demo.api_url) as connection:
        for flow in (one, two):
            async with running([flow], connection, state=state):
                pass
        await book(connection, place, next(starts), "waits")
        async with running([one, two], connection, state=state, unsubscribe=True):
            await seen.wait_for("one waits@example.org", "two waits@example.org")
        me = connection.me()
        listing = operations.ListWebhookSubscriptions(organization=me.current_organization, scope="organization")
        left = [one async for one in connection.async_client.stream(listing)]

    assert (sorted(seen.emails), left) == (["one waits@example.org", "two waits@example.org"], [])


async def test_what_waits_in_a_narrower_scope_is_delivered_in_the_wider_one(
    demo: Service, place: Offer, starts: Iterator[str], address: dict[str, Any], tmp_path: Path
) -> None:
    seen, state = Seen(), tmp_path / "state"
    flow = seen.flow("one", "invitee.created")
    async with Connection(demo.token, demo.api_url) as connection:
        async with running([flow], connection, state=state, scope="user", **address):
            pass
        await book(connection, place, next(starts), "waits")
        async with running([flow], connection, state=state, unsubscribe=True, **address):
            await seen.wait_for("one waits@example.org")
        me = connection.me()
        listing = operations.ListWebhookSubscriptions(organization=me.current_organization, scope="user", user=me.uri)
        left = [one async for one in connection.async_client.stream(listing)]

    assert (seen.emails, left) == (["one waits@example.org"], [])


async def test_what_waits_at_another_address_is_delivered_at_the_new_one(
    demo: Service, place: Offer, starts: Iterator[str], address: dict[str, Any], tmp_path: Path
) -> None:
    """As for who has tried a flow on a port of its own, and then puts a proxy in front."""
    seen, state = Seen(), tmp_path / "state"
    flow = seen.flow("one", "invitee.created")
    async with Connection(demo.token, demo.api_url) as connection:
        async with running([flow], connection, state=state):
            pass
        await book(connection, place, next(starts), "waits")
        async with running([flow], connection, state=state, unsubscribe=True, **address):
            await seen.wait_for("one waits@example.org")
        me = connection.me()
        listing = operations.ListWebhookSubscriptions(organization=me.current_organization, scope="organization")
        left = [one async for one in connection.async_client.stream(listing)]

    assert (seen.emails, left) == (["one waits@example.org"], [])
