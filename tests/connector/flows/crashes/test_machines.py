"""Two machines on one PostgreSQL behind one public URL: one of them is killed at a time, or the database under both."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import msgspec
import pytest

from openslot.client.testing import Received, Reply, StandIn

from ...conftest import Subscriptions
from .crashing import PATIENCE_SECONDS, Crashing, Database, Json, Process

PUBLIC = ["--public-url", "https://flows.example", "--port", "0"]
BATCH = 15
DATABASE = 2
"""Whom to kill, besides the machines 0 and 1."""


class Machines:
    """Both of them, and what they have begun."""

    def __init__(self, crashing: Crashing, flow: Path, stack: ExitStack) -> None:
        self._crashing = crashing
        self._flow = flow
        self._stack = stack
        self.all = [self._start(), self._start()]

    def kill(self, machine: int) -> None:
        """Kill one and start another in its place."""
        self.all[machine].kill()
        self.all[machine] = self._start()

    def stop(self) -> None:
        for machine in self.all:
            machine.stop()

    async def deliver(self, http: httpx.AsyncClient, body: bytes, chance: random.Random) -> None:
        """Until it is taken, by whichever."""
        while await self._crashing.deliver(http, body, f"{chance.choice(self.all).url}/invitee") != 200:
            pass

    def _start(self) -> Process:
        return self._stack.enter_context(self._crashing.running(self._flow, options=PUBLIC, is_calm=False))


@pytest.fixture
def begun() -> list[str]:
    """The invitees, as often as a machine has begun with them."""
    return []


@pytest.fixture
def crm(begun: list[str]) -> Iterator[StandIn]:
    def begin(request: Received) -> Reply:
        begun.append(request.json())
        return Reply()

    with StandIn() as crm:
        crm.on("POST", "/", begin)
        yield crm


async def test_whoever_is_killed_all_is_handled_and_nothing_done_is_done_again(
    there: Subscriptions, samples: Json, database: Database, crm: StandIn, begun: list[str], tmp_path: Path
) -> None:
    chance = random.Random(5)
    crashing = Crashing(there, samples, tmp_path, database.url)
    action = {"http": {"url": f"{crm.url}/", "json": "{{ payload.uri | id }}"}}
    recipe = {"flow": "shared", "trigger": "invitee.created", "actions": [action]}
    flow = crashing.file("shared.yaml", msgspec.yaml.encode(recipe).decode())
    recorded, repeated, seen, last = set[str](), set[str](), 0, 0
    with ExitStack() as stack:
        machines = Machines(crashing, flow, stack)
        for victim in (0, DATABASE, 1, DATABASE):
            numbers, last = range(last, last + BATCH), last + BATCH
            http = httpx.AsyncClient(limits=httpx.Limits(max_connections=8))
            async with http, asyncio.TaskGroup() as sending:
                tasks = [
                    sending.create_task(machines.deliver(http, crashing.event("invitee.created", number), chance))
                    for number in numbers
                ]
                await asyncio.wait(tasks[: chance.randint(1, BATCH)])
                if victim == DATABASE:
                    with database.away():
                        pass
                else:
                    machines.kill(victim)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while set((states := await crashing.states()).values()) != {"done"}:
                    pass
            repeated |= recorded & set(begun[seen:])
            recorded |= {event.rpartition(" ")[2] for event in states}
            seen = len(begun)
        machines.stop()
    repeated |= recorded & set(begun[seen:])

    assert (repeated, recorded, there.made) == (set(), {str(number) for number in range(last)}, 1)
