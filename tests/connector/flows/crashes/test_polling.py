"""Flows that ask what has happened, killed with SIGKILL at any moment of their polls."""

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector.definition import INVITEE_TRIGGER
from openslot.wire.codec import Timestamp

from ..world import FORM_EVENT, World
from .crashing import Crashing, Process

Json = dict[str, Any]
ONCE = ["--once"]
ROUNDS = 4
"""A run that is killed once more is a dead letter."""


class Killing:
    """Kills a process at a request of its, before that is answered."""

    def __init__(self, api: StandIn) -> None:
        self._answer = api.answer
        self._left = 0
        self._process: Process | None = None
        self._lock = threading.Lock()

    def at(self, request: int, process: Process) -> None:
        self._left, self._process = request, process

    def answer(self, request: Received) -> Reply | HangUp:
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last and self._process is not None:
            self._process.die()
            return HangUp()
        return self._answer(request)


@pytest.fixture
def world(api: StandIn, samples: Json) -> World:
    """As of now, with meetings that began an hour ago."""
    samples["deliveries"]["invitee.created"]["payload"]["scheduled_event"]["start_time"] = str(
        Timestamp.of(datetime.now(UTC) - timedelta(hours=1))
    )
    world = World(api, samples)
    world.now = datetime.now(UTC)
    return world


@pytest.fixture
def killing(api: StandIn, monkeypatch: pytest.MonkeyPatch) -> Killing:
    killing = Killing(api)
    monkeypatch.setattr(api, "answer", killing.answer)
    return killing


def happen(world: World, number: int, happened: set[str], booked: list[Json]) -> int:
    """Two bookings, the cancellation of one, an absence, and a form; how many requests it takes to find them."""
    world.later(minutes=1)
    booked += [world.book(10 * number), world.book(10 * number + 1)]
    world.cancel(booked[-1])
    happened |= {f"invitee.created {10 * number}", f"invitee.created {10 * number + 1}"}
    happened.add(f"invitee.canceled {10 * number + 1}")
    world.mark(booked[-2], number)
    happened.add(f"invitee_no_show.created {10 * number}")
    world.submit(1000 + number)
    happened.add(f"routing_form_submission.created {1000 + number}")
    return len(booked) + 4


async def test_whatever_moment_of_a_poll_it_was_killed_at_all_is_found_and_nothing_done_is_done_again(
    crashing: Crashing, world: World, killing: Killing
) -> None:
    chance = random.Random(5)
    events = ", ".join(repr(event) for event in (*INVITEE_TRIGGER.events, FORM_EVENT))
    flow = crashing.flow("polled", events)
    happened, recorded, repeated, booked = set[str](), set[str](), set[str](), list[Json]()
    with crashing.started(flow, options=ONCE) as process:  # the first poll ever only looks
        process.wait()
    for number in range(1, ROUNDS + 1):
        requests = happen(world, number, happened, booked)
        point = chance.randint(2, requests)
        of_requests = chance.random() < 0.3
        kill_at = 0 if of_requests else chance.randint(4, 4 * requests)
        with crashing.started(flow, crashing.killer(), options=ONCE, kill_at=kill_at) as process:
            killing.at(point if of_requests else 0, process)
            lines = process.wait()
        repeated |= {line for line in lines if line.removeprefix("begin ") in recorded}
        recorded |= {event for event, state in (await crashing.states()).items() if state == "done"}
    with crashing.started(flow, options=ONCE) as process:
        lines = process.wait()
    repeated |= {line for line in lines if line.removeprefix("begin ") in recorded}

    assert (repeated, await crashing.states()) == (set(), dict.fromkeys(happened, "done"))
