"""Receiver and runner in a process of their own, killed with SIGKILL wherever it hurts.

Every event whose delivery was answered is handled; none is handled again once its completion was recorded. A sender is
one as the service is: it delivers again what was not answered with 2xx.
"""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from .crashing import Crashing


@pytest.fixture
def flow(crashing: Crashing) -> Path:
    return crashing.flow("crashing")


async def test_killed_in_the_middle_of_a_function_it_runs_again(crashing: Crashing, flow: Path) -> None:
    with crashing.running(flow, hang_at=["begin invitee.created 1"]) as process:
        answered = await crashing.send(crashing.event("invitee.created", 1))
        process.wait_for("begin invitee.created 1")
        before = process.kill()
    with crashing.running(flow) as process:
        process.wait_for("end invitee.created 1")
        after = process.stop()

    assert (answered, before) == ([200], ["begin invitee.created 1"])
    assert after == ["begin invitee.created 1", "end invitee.created 1"]
    assert (await crashing.states(), crashing.there.made) == ({"invitee.created 1": "done"}, 1)


async def test_killed_before_its_completion_was_recorded_it_runs_again(crashing: Crashing, flow: Path) -> None:
    with crashing.running(flow, hang_at=["end invitee.created 1"]) as process:
        await crashing.send(crashing.event("invitee.created", 1))
        process.wait_for("end invitee.created 1")
        process.kill()
    with crashing.running(flow) as process:
        process.wait_for("end invitee.created 1")
        process.stop()

    assert await crashing.states() == {"invitee.created 1": "done"}


async def test_killed_after_its_completion_was_recorded_it_never_runs_again(crashing: Crashing, flow: Path) -> None:
    """The second event of an invitee begins once the first is recorded: so we know that it is."""
    booked, canceled = crashing.event("invitee.created", 1), crashing.event("invitee.canceled", 1)
    with crashing.running(flow, hang_at=["begin invitee.canceled 1"]) as process:
        await crashing.send(booked, canceled)
        process.wait_for("begin invitee.canceled 1")
        process.kill()
    with crashing.running(flow) as process:
        again = await crashing.send(booked, canceled)
        process.wait_for("end invitee.canceled 1")
        after = process.stop()

    assert again == [200, 200]
    assert after == ["begin invitee.canceled 1", "end invitee.canceled 1"]


async def test_killed_before_it_has_begun_what_was_answered_runs_later(crashing: Crashing, flow: Path) -> None:
    """All ten places of the flow hang, so that the rest waits."""
    points = [f"begin invitee.created {number}" for number in range(10)]
    with crashing.running(flow, hang_at=points) as process:
        answered = await crashing.send(*(crashing.event("invitee.created", number) for number in range(15)))
        process.wait_for(*points)
        before = process.kill()
    with crashing.running(flow) as process:
        process.wait_for(*(f"end invitee.created {number}" for number in range(15)))
        process.stop()

    assert (answered, sorted(before)) == ([200] * 15, sorted(points))
    assert set((await crashing.states()).values()) == {"done"}


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_done_is_done_again(
    crashing: Crashing, flow: Path
) -> None:
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
                if await crashing.deliver(http, bodies[name]) != 200:
                    return
                answered.add(name)
                if len(answered) >= until:
                    return

        await asyncio.gather(*(sender() for _ in range(8)))

    async with httpx.AsyncClient() as http:
        for round_ in range(1, 7):
            with crashing.running(flow) as process:
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
        with crashing.running(flow) as process:
            await send_all(http, until=len(bodies))
            process.wait_for(*(f"end {name}" for name in bodies.keys() - recorded))
            lines = process.stop()
    repeated |= {line for line in lines if line.removeprefix("begin ") in recorded}

    assert (repeated, await crashing.states()) == (set(), dict.fromkeys(bodies, "done"))
