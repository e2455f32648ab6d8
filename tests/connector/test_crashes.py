"""Receiver and runner in a process of their own, killed with SIGKILL wherever it hurts.

Every event whose delivery was answered is handled; none is handled again once its completion was recorded. A sender is
one as the service is: it delivers again what was not answered with 2xx.
"""

import asyncio
import copy
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from openslot.connector.sqlite_store import SqliteStore
from openslot.connector.store import Store
from openslot.flow_store import PostgresStore

from .conftest import Subscriptions, signed

TOKEN = "osl_made-up-token-of-the-tests"
PATIENCE_SECONDS = 30
FLOW = """
import os
import threading
from openslot.connector import Backoff, Connector, Flow, InviteeEvent

flow = Flow("crashing")
POINTS = os.environ["HANG_AT"].split(",")


def say(word: str, event: InviteeEvent) -> None:
    line = f"{word} {event.event} {event.payload.uri.rpartition('/')[2]}"
    os.write(1, f"{line}\\n".encode())
    if line in POINTS:
        threading.Event().wait()


@flow.on("invitee.created", "invitee.canceled")
def handle(event: InviteeEvent, _: Connector) -> None:
    say("begin", event)
    say("end", event)
"""
Json = dict[str, Any]


class Process:
    """``openslot flow run`` once it listens, and what it has printed so far."""

    def __init__(self, popen: "subprocess.Popen[str]", url: str) -> None:
        self.popen = popen
        self.url = url
        self.lines: list[str] = []

    def wait_for(self, line: str) -> None:
        while line not in self.lines:
            assert self.popen.stdout is not None
            said = self.popen.stdout.readline()
            assert said, (self.lines, self._errors())
            self.lines.append(said.rstrip("\n"))

    def kill(self) -> list[str]:
        self.popen.send_signal(signal.SIGKILL)
        return self._rest()

    def stop(self) -> list[str]:
        self.popen.send_signal(signal.SIGTERM)
        return self._rest()

    def _rest(self) -> list[str]:
        out, errors = self.popen.communicate(timeout=30)
        assert "Traceback" not in errors, errors
        self.lines += out.splitlines()
        return self.lines

    def _errors(self) -> str:
        stream: IO[str] | None = self.popen.stderr
        return stream.read() if stream is not None else ""


class Crashing:
    """The flow, its state, and the service that it listens to."""

    def __init__(self, there: Subscriptions, samples: Json, folder: Path, database_url: str | None) -> None:
        self.there = there
        self._samples = samples["deliveries"]
        self._file = folder / "crashing.py"
        self._file.write_text(FLOW, "utf-8")
        self._state = folder / "state.sqlite3"
        self._database_url = database_url

    @contextmanager
    def running(self, *points: str) -> Iterator[Process]:
        env = {
            **os.environ,
            "OPENSLOT_TOKEN": TOKEN,
            "OPENSLOT_BASE_URL": self.there.api.url,
            "OPENSLOT_FLOW_STATE": str(self._state),
            "OPENSLOT_FLOW_DATABASE_URL": self._database_url or "",
            "HANG_AT": ",".join(points),
        }
        command = [sys.executable, "-m", "openslot.cli", "flow", "run", str(self._file)]
        with subprocess.Popen(
            command, env=env, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as popen:
            # what never comes is waited for in vain, and then for no longer
            guard = threading.Timer(PATIENCE_SECONDS, popen.kill)
            guard.start()
            try:
                assert popen.stderr is not None
                said = popen.stderr.readline()
                assert "listening on" in said, said + popen.stderr.read()
                yield Process(popen, said.partition("listening on ")[2].split()[0])
            finally:
                guard.cancel()
                popen.kill()

    def event(self, name: str, number: int | str) -> bytes:
        event = copy.deepcopy(self._samples[name])
        event["payload"]["uri"] = f"https://api.calendly.com/scheduled_events/1/invitees/{number}"
        return json.dumps(event).encode()

    async def deliver(self, http: httpx.AsyncClient, body: bytes) -> bool:
        """Whether it was answered with 200."""
        ((uri, made),) = self.there.there.items()
        with suppress(httpx.TransportError):
            answer = await http.post(made["callback_url"], content=body, headers=signed(body, self.there.keys[uri]))
            return answer.status_code == 200
        return False

    async def send(self, *bodies: bytes) -> list[bool]:
        async with httpx.AsyncClient() as http:
            return [await self.deliver(http, body) for body in bodies]

    async def states(self) -> dict[str, str]:
        """What is recorded, by event."""
        store: Store = PostgresStore(self._database_url) if self._database_url else SqliteStore(self._state)
        await store.open([])
        runs = await store.runs(limit=10_000)
        await store.close()
        return {f"{run.event} {run.about.rpartition('/')[2]}": run.state for run in runs}


@pytest.fixture(params=["sqlite", "postgres"])
def crashing(request: pytest.FixtureRequest, there: Subscriptions, samples: Json, tmp_path: Path) -> Crashing:
    url = request.getfixturevalue("empty_database_url") if request.param == "postgres" else None
    return Crashing(there, samples, tmp_path, url)


async def test_killed_in_the_middle_of_a_function_it_runs_again(crashing: Crashing) -> None:
    with crashing.running("begin invitee.created 1") as process:
        answered = await crashing.send(crashing.event("invitee.created", 1))
        process.wait_for("begin invitee.created 1")
        before = process.kill()
    with crashing.running() as process:
        process.wait_for("end invitee.created 1")
        after = process.stop()

    assert (answered, before) == ([True], ["begin invitee.created 1"])
    assert after == ["begin invitee.created 1", "end invitee.created 1"]
    assert (await crashing.states(), crashing.there.made) == ({"invitee.created 1": "done"}, 1)


async def test_killed_before_its_completion_was_recorded_it_runs_again(crashing: Crashing) -> None:
    with crashing.running("end invitee.created 1") as process:
        await crashing.send(crashing.event("invitee.created", 1))
        process.wait_for("end invitee.created 1")
        process.kill()
    with crashing.running() as process:
        process.wait_for("end invitee.created 1")
        process.stop()

    assert await crashing.states() == {"invitee.created 1": "done"}


async def test_killed_after_its_completion_was_recorded_it_never_runs_again(crashing: Crashing) -> None:
    """The second event of an invitee begins once the first is recorded: so we know that it is."""
    booked, canceled = crashing.event("invitee.created", 1), crashing.event("invitee.canceled", 1)
    with crashing.running("begin invitee.canceled 1") as process:
        await crashing.send(booked, canceled)
        process.wait_for("begin invitee.canceled 1")
        process.kill()
    with crashing.running() as process:
        again = await crashing.send(booked, canceled)
        process.wait_for("end invitee.canceled 1")
        after = process.stop()

    assert again == [True, True]
    assert after == ["begin invitee.canceled 1", "end invitee.canceled 1"]


async def test_killed_before_it_has_begun_what_was_answered_runs_later(crashing: Crashing) -> None:
    """All ten places of the flow hang, so that the rest waits."""
    points = [f"begin invitee.created {number}" for number in range(10)]
    with crashing.running(*points) as process:
        answered = await crashing.send(*(crashing.event("invitee.created", number) for number in range(15)))
        for point in points:
            process.wait_for(point)
        before = process.kill()
    with crashing.running() as process:
        for number in range(15):
            process.wait_for(f"end invitee.created {number}")
        process.stop()

    assert (answered, sorted(before)) == ([True] * 15, sorted(points))
    assert set((await crashing.states()).values()) == {"done"}


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_done_is_done_again(crashing: Crashing) -> None:
    chance = random.Random(5)
    bodies = {f"invitee.created {number}": crashing.event("invitee.created", number) for number in range(120)}
    answered: set[str] = set()
    recorded: set[str] = set()
    repeated: set[str] = set()

    async def send_all(http: httpx.AsyncClient, *, until: int) -> None:
        """Deliver what was not answered yet, eight at a time, until so many are answered or nobody listens."""
        missing = iter([name for name in bodies if name not in answered])

        async def sender() -> None:
            for name in missing:
                if not await crashing.deliver(http, bodies[name]):
                    return
                answered.add(name)
                if len(answered) >= until:
                    return

        await asyncio.gather(*(sender() for _ in range(8)))

    async with httpx.AsyncClient() as http:
        for round_ in range(1, 7):
            with crashing.running() as process:
                sending = asyncio.create_task(send_all(http, until=20 * round_))
                if chance.random() < 0.5:  # while deliveries come in; else once the last of them is answered
                    await asyncio.wait([sending], timeout=chance.random() / 10)
                    lines = await asyncio.to_thread(process.kill)
                    await sending
                else:
                    await sending
                    lines = process.kill()
            repeated |= {line for line in lines if line.removeprefix("begin ") in recorded}
            recorded |= {event for event, state in (await crashing.states()).items() if state == "done"}
        with crashing.running() as process:
            await send_all(http, until=len(bodies))
            for name in bodies.keys() - recorded:
                process.wait_for(f"end {name}")
            lines = process.stop()
    repeated |= {line for line in lines if line.removeprefix("begin ") in recorded}

    assert (repeated, await crashing.states()) == (set(), dict.fromkeys(bodies, "done"))
