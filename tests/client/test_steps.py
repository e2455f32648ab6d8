import asyncio
import threading
from typing import Any

import pytest

from openslot.client import AsyncClient, Client
from openslot.client.errors import ClientError
from openslot.client.steps import Once, Steps, Wait

TOKEN = "osl_made-up-token-of-the-tests"


class Work:
    """Steps that take as long as the test likes, and count how often they were begun."""

    def __init__(self, *outcomes: str | BaseException) -> None:
        self.begun = 0
        self._outcomes = list(outcomes)

    def steps(self) -> Steps[str]:
        self.begun += 1
        yield Wait(1)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class Gated:
    """A clock on which sleep lasts until the test opens the gate."""

    def __init__(self) -> None:
        self.asleep = threading.Event()
        self.open = threading.Event()

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds == 1
        self.asleep.set()
        self.open.wait(10)

    async def async_sleep(self, seconds: float) -> None:
        await asyncio.to_thread(self.sleep, seconds)


async def test_a_value_is_worked_out_once_for_all_tasks_and_threads() -> None:
    once: Once[str] = Once()
    work = Work("the value")
    clock = Gated()

    async with AsyncClient(TOKEN, clock=clock) as client:
        blocking = Client(TOKEN, clock=clock)
        first = asyncio.create_task(client.run(once.get(work.steps())))
        await asyncio.to_thread(clock.asleep.wait)
        others = [asyncio.create_task(client.run(once.get(work.steps()))) for _ in range(3)]
        thread = asyncio.create_task(asyncio.to_thread(lambda: blocking.run(once.get(work.steps()))))
        clock.open.set()
        values = await asyncio.gather(first, *others, thread)

        assert (values, work.begun) == (["the value"] * 5, 1)
        assert await client.run(once.get(work.steps())) == "the value"
        assert work.begun == 1


async def test_a_failure_is_raised_to_those_who_wait_and_not_remembered() -> None:
    once: Once[str] = Once()
    work = Work(ClientError("away"), "the value")
    clock = Gated()

    async with AsyncClient(TOKEN, clock=clock) as client:
        first = asyncio.create_task(client.run(once.get(work.steps())))
        await asyncio.to_thread(clock.asleep.wait)
        second = asyncio.create_task(client.run(once.get(work.steps())))
        await asyncio.sleep(0)
        clock.open.set()
        outcomes: Any = await asyncio.gather(first, second, return_exceptions=True)

        assert [str(outcome) for outcome in outcomes] == ["away", "away"]
        assert await client.run(once.get(work.steps())) == "the value"


async def test_when_the_first_is_interrupted_the_next_takes_over() -> None:
    once: Once[str] = Once()
    work = Work("the value")
    clock = Gated()

    async with AsyncClient(TOKEN, clock=clock) as client:
        first = asyncio.create_task(client.run(once.get(work.steps())))
        await asyncio.to_thread(clock.asleep.wait)
        second = asyncio.create_task(client.run(once.get(work.steps())))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        clock.open.set()

        assert (await second, work.begun) == ("the value", 2)
