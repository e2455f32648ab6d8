"""Flows in YAML, killed between an action and the record of it, and between that and the next action.

An action that was done and not recorded comes again, with the key that tells; what was recorded never does.
"""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector import recipes
from openslot.connector.flows.store import Run
from openslot.connector.recipes import Recipe

from .crashing import PATIENCE_SECONDS, Crashing, Process

INVITEES = [str(number) for number in range(6)]
Done = tuple[str, str]
"""Invitee and step."""


class Crm:
    """The other side of the actions: it kills who sends the request that is to be the last, before it is answered."""

    def __init__(self, stand_in: StandIn) -> None:
        self.requested: list[Done] = []
        self.keys: dict[Done, set[str]] = defaultdict(set)
        self.url = stand_in.url
        self._news = threading.Condition()
        self._left = 0
        self._process: Process | None = None
        for step in ("zero", "one", "two", "three"):
            for invitee in INVITEES:
                stand_in.on("POST", f"/{step}/{invitee}", self._answer)

    def kill(self, process: Process, at: int) -> None:
        """Kill it at so many requests from now."""
        self._process, self._left = process, at

    def wait_for(self, *wanted: Done) -> None:
        with self._news:
            assert self._news.wait_for(lambda: set(wanted) <= set(self.requested), PATIENCE_SECONDS), self.requested

    def _answer(self, request: Received) -> Reply | HangUp:
        _, step, invitee = request.path.split("/")
        with self._news:
            self.requested.append((invitee, step))
            self.keys[invitee, step].add(request.headers["idempotency-key"])
            self._news.notify_all()
            self._left -= 1
            is_last = self._left == 0
        if is_last and self._process is not None:
            self._process.die()
            return HangUp()
        return Reply()


@pytest.fixture
def crm() -> Iterator[Crm]:
    with StandIn() as stand_in:
        yield Crm(stand_in)


class Chain:
    """A flow of steps."""

    def __init__(self, crashing: Crashing, crm: Crm, *steps: str) -> None:
        actions = [{"http": {"url": f"{crm.url}/{step}/{{{{ payload.uri | id }}}}"}, "as": step} for step in steps]
        recipe = {"flow": "chain", "trigger": "invitee.created", "actions": actions}
        self.file: Path = crashing.file("chain.yaml", msgspec.yaml.encode(recipe).decode())
        (flow,) = recipes.load(self.file)
        performer = flow.handlers[0].performer
        assert isinstance(performer, Recipe)
        self._steps = {step.id: step.name or "" for step in performer._steps}

    def recorded(self, runs: list[Run]) -> set[Done]:
        found: set[Done] = set()
        for run in runs:
            ids = (
                self._steps
                if run.state == "done"
                else msgspec.json.decode(run.progress or '{"answers": {}}')["answers"]
            )
            found |= {(run.about.rpartition("/")[2], self._steps[one]) for one in ids}
        return found

    def left(self, runs: list[Run]) -> set[Done]:
        return {(invitee, step) for invitee in INVITEES for step in self._steps.values()} - self.recorded(runs)


async def test_what_an_action_did_is_not_done_again_once_it_was_recorded(crashing: Crashing, crm: Crm) -> None:
    """Not even after the file was edited, which is what people do about a flow that has stopped."""
    chance = random.Random(5)
    bodies = [crashing.event("invitee.created", invitee) for invitee in INVITEES]
    recorded: set[Done] = set()
    repeated: set[Done] = set()
    runs: list[Run] = []
    seen = 0

    def look(flow: Chain) -> None:
        """What has come again although it was recorded, and what is recorded by now."""
        nonlocal seen
        news, seen = crm.requested[seen:], len(crm.requested)
        repeated.update(recorded & set(news))
        recorded.update(flow.recorded(runs))
        last = dict(news)
        recorded.update(done for done in news if done != (done[0], last[done[0]]))  # the next one came after the record

    before, after = ("one", "two", "three"), ("zero", "one", "two", "three")
    for steps in (before, before, after, after):  # a run that is killed once more is a dead letter
        flow = Chain(crashing, crm, *steps)
        left = len(flow.left(runs))
        point = chance.randint(1, 1 + left // 2)
        of_requests = chance.random() < 0.5 and left > 1
        with crashing.started(flow.file, crashing.killer(), kill_at=0 if of_requests else left // 2 + point) as process:
            crm.kill(process, point if of_requests else 0)
            if process.url:
                await crashing.send(*bodies)
            process.wait()
        runs = await crashing.runs()
        look(flow)
    flow = Chain(crashing, crm, *after)
    with crashing.running(flow.file) as process:
        await crashing.send(*bodies)
        crm.wait_for(*flow.left(runs))
        process.stop()
    look(flow)

    assert (repeated, await crashing.states()) == (set(), {f"invitee.created {one}": "done" for one in INVITEES})
    assert set(crm.requested) >= {(invitee, step) for invitee in INVITEES for step in before}
    assert [len(keys) for keys in crm.keys.values()] == [1] * len(crm.keys)
    assert len(set().union(*crm.keys.values())) == len(crm.keys)
