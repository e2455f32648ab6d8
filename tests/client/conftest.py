import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openslot.client import AsyncClient, Client, Operation
from openslot.client.testing import StandIn

TOKEN = "osl_made-up-token-of-the-tests"
Call = Callable[..., Any]


class QuickClock:
    """Sleeps by moving its hands, and remembers for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def async_sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def samples() -> dict[str, Any]:
    samples: dict[str, Any] = json.loads(Path(__file__).with_name("samples.json").read_text("utf-8"))
    return samples


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn("/api/v2") as api:
        yield api


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture(params=["blocking", "async"])
def call(request: pytest.FixtureRequest, api: StandIn, clock: QuickClock) -> Call:
    """Makes a call over one of the two surfaces, with a client of its own."""

    def blocking(operation: Operation[Any], **options: Any) -> Any:
        with Client(TOKEN, **{"base_url": api.url, "clock": clock, **options}) as client:
            return client.send(operation)

    async def awaiting(operation: Operation[Any], **options: Any) -> Any:
        async with AsyncClient(TOKEN, **{"base_url": api.url, "clock": clock, **options}) as client:
            return await client.send(operation)

    if request.param == "blocking":
        return blocking
    return lambda operation, **options: asyncio.run(awaiting(operation, **options))
