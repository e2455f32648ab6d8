"""Polling finds what deliveries would have brought, once each, whatever happens between two polls."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openslot.client import ClientError, Forbidden
from openslot.client.testing import Reply, StandIn
from openslot.connector import AsyncConnector, Connection, Event, Flow
from openslot.connector import Runner as FlowRunner
from openslot.connector.definition import INVITEE_TRIGGER
from openslot.connector.flows.polling import Poller
from openslot.connector.flows.running import run_once, running
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.triggers import event_id
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import InviteePayload

from ..conftest import page
from .world import API, FORM_EVENT, World

TOKEN = "osl_made-up-token-of-the-tests"
Json = dict[str, Any]


@pytest.fixture
def world(api: StandIn, samples: Json) -> World:
    return World(api, samples)


@pytest.fixture
def seen() -> list[str]:
    """Ids of the events that were handled."""
    return []


@pytest.fixture
def flow(seen: list[str]) -> Flow:
    flow = Flow("polled")

    @flow.on(*INVITEE_TRIGGER.events, FORM_EVENT)
    async def note(event: Event, _: AsyncConnector) -> None:
        seen.append(event_id(event))

    return flow


@pytest.fixture
def poll(world: World, flow: Flow, seen: list[str], tmp_path: Path) -> Any:
    """Polls in a process of its own, as far as the state can tell, and gives the last words of what is new."""

    async def poll(scope: Any = "organization", *, flows: Sequence[Flow] = (flow,), ahead: float = 0) -> list[str]:
        seen.clear()
        store = SqliteStore(tmp_path / "state")
        async with Connection(TOKEN, world.api.url) as connection, FlowRunner(flows, connection, store) as runner:
            try:
                await Poller(runner, connection, scope, now=lambda: world.clock() + ahead).poll()
            finally:
                await runner.settle()
        return [f"{id_.split()[0]} {id_.split()[1].rpartition('/')[2]}" for id_ in seen]

    return poll


async def test_what_was_there_before_the_first_poll_is_no_news(world: World, poll: Any) -> None:
    world.mark(world.book(1), 1)
    world.submit(1)
    world.later(minutes=1)

    assert await poll() == []


async def test_each_change_is_found_once(world: World, poll: Any) -> None:
    await poll()
    world.later(minutes=1)
    ada = world.book(1)
    world.submit(1)
    first = await poll()
    world.later(minutes=1)
    bob = world.book(2, meeting=1)
    world.cancel(ada)
    second = await poll()
    world.now = datetime(2031, 4, 10, 14, tzinfo=UTC)
    world.mark(bob, 1)
    third = await poll()
    world.later(minutes=1)
    world.mark(bob, 2)
    fourth = await poll()
    bob["no_show"] = None
    fifth = await poll()

    assert (sorted(first), second, third, fourth, fifth, await poll()) == (
        ["invitee.created 1", f"{FORM_EVENT} 1"],
        ["invitee.canceled 1", "invitee.created 2"],
        ["invitee_no_show.created 2"],
        ["invitee_no_show.deleted 2", "invitee_no_show.created 2"],
        ["invitee_no_show.deleted 2"],
        [],
    )


async def test_an_invitee_who_came_and_went_between_two_polls_did_both(world: World, poll: Any) -> None:
    await poll()
    world.later(minutes=1)
    world.cancel(world.book(1))

    assert await poll() == ["invitee.created 1", "invitee.canceled 1"]


async def test_events_come_typed_and_with_ids_that_do_not_depend_on_the_poll(
    world: World, flow: Flow, poll: Any, samples: Json
) -> None:
    events: list[Event] = []

    @flow.on("invitee.created")
    async def keep(event: Event, _: AsyncConnector) -> None:
        events.append(event)

    await poll()
    world.later(minutes=1)
    booked = world.book(1)
    booked["mood"] = "glad"
    world.meetings[booked["event"]]["room"] = 2
    await poll()

    (event,) = events
    assert event_id(event) == f"invitee.created {booked['uri']} 2031-04-01T08:01:00.000000Z"
    assert (event.created_by, event.payload.uri) == (samples["user"]["uri"], booked["uri"])
    assert isinstance(event.payload, InviteePayload)
    assert event.payload.scheduled_event.uri == booked["event"]
    assert (event.payload.unknown, event.payload.scheduled_event.unknown) == ({"mood": "glad"}, {"room": 2})


async def test_a_flow_that_is_new_begins_now_and_the_others_go_on(
    world: World, poll: Any, flow: Flow, seen: list[str]
) -> None:
    new = Flow("new one")

    @new.on("invitee.created", FORM_EVENT)
    async def note(event: Event, _: AsyncConnector) -> None:
        seen.append(f"new:{event_id(event)}")

    await poll()
    world.later(hours=2)
    world.book(1)
    world.submit(1)
    world.later(minutes=1)
    both = await poll(flows=[new, flow])
    world.later(minutes=1)
    world.book(2)
    world.submit(2)

    assert sorted(both) == ["invitee.created 1", f"{FORM_EVENT} 1"]
    assert sorted(await poll(flows=[flow])) == ["invitee.created 2", f"{FORM_EVENT} 2"]
    assert sorted(await poll(flows=[new, flow])) == ["new:invitee.created 2", f"new:{FORM_EVENT} 2"]


async def test_a_flow_that_wants_forms_later_begins_with_those_of_then(world: World, poll: Any) -> None:
    def flow(*events: str) -> Flow:
        made = Flow("growing")

        @made.on(*events)
        async def note(event: Event, _: AsyncConnector) -> None:
            found.append(event_id(event).split()[1].rpartition("/")[2])

        return made

    found: list[str] = []
    await poll(flows=[flow("invitee.created")])
    world.later(days=3)
    world.submit(1)
    world.later(hours=2)
    await poll(flows=[flow("invitee.created", FORM_EVENT)])
    world.later(minutes=1)
    world.submit(2)
    world.book(3)
    await poll(flows=[flow("invitee.created", FORM_EVENT)])

    assert sorted(found) == ["2", "3"]


@pytest.mark.parametrize("ahead", [-1200.0, 20.0, 1200.0])
async def test_a_clock_that_is_wrong_loses_nothing_and_repeats_nothing(world: World, poll: Any, ahead: float) -> None:
    world.submit(1)
    world.later(hours=1)
    await poll(ahead=ahead)
    world.later(seconds=1)
    world.book(1)
    world.submit(2)
    first = await poll(ahead=ahead)
    world.later(seconds=1)
    world.book(2)
    world.submit(3)
    second = await poll(ahead=ahead)

    assert (sorted(first), sorted(second), await poll(ahead=ahead)) == (
        ["invitee.created 1", f"{FORM_EVENT} 2"],
        ["invitee.created 2", f"{FORM_EVENT} 3"],
        [],
    )


async def test_a_submission_that_was_stored_late_is_found(world: World, poll: Any) -> None:
    world.submit(1)
    await poll()
    world.later(minutes=9)
    world.submit(3)
    first = await poll()
    world.later(minutes=-1)
    world.submit(2)

    assert (first, await poll(), await poll()) == ([f"{FORM_EVENT} 3"], [f"{FORM_EVENT} 2"], [])


async def test_a_form_that_is_new_has_news_alone(world: World, poll: Any) -> None:
    world.api.on("GET", "/routing_forms", page())
    await poll()
    world.later(minutes=1)
    world.submit(1)
    world.api.on("GET", "/routing_forms", page(world.form))

    assert await poll() == [f"{FORM_EVENT} 1"]


async def test_what_a_flow_knew_is_forgotten_a_month_after_it_is_gone(
    world: World, poll: Any, flow: Flow, tmp_path: Path
) -> None:
    new, kept = Flow("polled twice"), list[int]()
    new.on("invitee.created")(lambda _, __: None)
    world.book(1)
    for days in (0, 29, 2):
        world.later(days=days)
        await poll(flows=[flow if days == 0 else new])
        store = SqliteStore(tmp_path / "state")
        await store.open()
        kept.append(sum(" polled " in name for name in await store.kept("poll ")))
        await store.close()

    assert kept == [4, 4, 0]


async def test_a_poll_that_is_cut_short_loses_nothing(world: World, poll: Any) -> None:
    first = world.book(1)
    world.later(seconds=1)
    away = Reply(403, {"title": "Permission Denied", "message": "M"})
    world.api.on("GET", "/scheduled_events/1/invitees", away)
    with pytest.raises(ClientError):  # the first poll ever
        await poll()
    world.later(minutes=1)
    world.cancel(first)
    world.book(2)
    world.submit(2)
    with pytest.raises(ClientError):
        await poll()
    world.api.on("GET", "/scheduled_events/1/invitees", lambda _: page(first))
    world.later(days=20)

    assert sorted(await poll()) == ["invitee.canceled 1", "invitee.created 2", f"{FORM_EVENT} 2"]


async def test_only_meetings_that_look_different_are_looked_into(world: World, poll: Any) -> None:
    for number in range(1, 4):
        world.book(number)
    await poll()
    world.api.received.clear()
    world.book(4, meeting=2)
    await poll()

    assert world.api.calls() == [
        "GET /users/me",
        "GET /scheduled_events",
        "GET /scheduled_events/2/invitees",
        "GET /routing_forms",
        "GET /routing_form_submissions",
    ]


async def test_what_is_long_over_is_not_kept(world: World, poll: Any, tmp_path: Path) -> None:
    world.book(1)
    await poll()
    world.later(days=60)
    await poll()
    world.later(days=1)
    await poll()
    store = SqliteStore(tmp_path / "state")
    await store.open()
    kept = [name for name in await store.kept("poll ") if "/scheduled_events/1" in name]
    await store.close()

    assert kept == []


async def test_a_member_is_advised_to_poll_their_own(world: World, poll: Any, samples: Json) -> None:
    await poll("user")
    query = next(one for one in world.api.received if one.path == "/scheduled_events").query
    world.api.on("GET", "/scheduled_events", Reply(403, {"title": "Permission Denied", "message": "M"}))
    with pytest.raises(Forbidden) as caught:
        await poll()

    assert (query["user"], "organization" in query) == (samples["user"]["uri"], False)
    assert "with scope 'user' anybody may" in caught.value.__notes__[0]


async def test_flows_poll_instead_of_listening_where_that_is_wanted(
    world: World, flow: Flow, seen: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    happened = asyncio.Event()

    @flow.on("invitee.created")
    async def notify(_: Event, __: AsyncConnector) -> None:
        happened.set()

    async with (
        Connection(TOKEN, world.api.url) as connection,
        running([flow], connection, poll_seconds=0.01) as live,
    ):
        world.now = datetime.now(UTC) + timedelta(minutes=1)
        world.api.on("GET", "/scheduled_events", Reply(404), world.list_meetings)
        world.book(1)
        async with asyncio.timeout(20):
            await happened.wait()

    assert (live.url, "POST /webhook_subscriptions" in world.api.calls()) == ("", False)
    assert "could not poll" in caplog.text
    assert seen == [f"invitee.created {API}/scheduled_events/1/invitees/1 {Timestamp.of(world.now)}"]


async def test_once_polls_runs_what_is_due_and_ends(world: World, flow: Flow, seen: list[str]) -> None:
    await run_once([flow], Connection(TOKEN, world.api.url))
    world.now = datetime.now(UTC) + timedelta(minutes=1)
    world.book(1)
    await run_once([flow], Connection(TOKEN, world.api.url))
    await run_once([flow], Connection(TOKEN, world.api.url))

    assert len(seen) == 1


async def test_a_meeting_by_video_is_found_as_any_other(world: World, poll: Any) -> None:
    await poll()
    world.later(minutes=1)
    ada = world.book(1)
    facts = {"id": 1, "settings": {"host_video": True}}
    place = {"type": "zoom", "status": "pushed", "join_url": "https://z", "data": facts}
    world.meetings[ada["event"]]["location"] = place

    assert await poll() == ["invitee.created 1"]


async def test_rows_that_lack_what_is_needed_are_logged_and_the_others_found(
    world: World, poll: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await poll()
    world.later(minutes=1)
    for number, lacking in ((1, "created_at"), (2, "tracking"), (3, "questions_and_answers"), (4, "uri")):
        world.book(number)[lacking] = None
    world.book(5)
    world.meetings[f"{API}/scheduled_events/5"]["end_time"] = None
    world.meetings[f"{API}/scheduled_events/5"]["event_memberships"] = None
    world.book(6)

    assert sorted(await poll()) == ["invitee.created 2", "invitee.created 3", "invitee.created 5", "invitee.created 6"]
    assert caplog.text.count("skipped a row without an id or a time") == 2
