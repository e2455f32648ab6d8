"""Steps, with which logic that is written once runs with and without asyncio.

The logic is a generator: it yields a step and gets the step's result back. ``Client.run`` runs the steps by blocking,
``AsyncClient.run`` by awaiting; neither knows what the logic is about.
"""

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from openslot.client.errors import NoAnswer
from openslot.client.messages import Request, Response

T = TypeVar("T")
R = TypeVar("R")


class Wait(Struct, frozen=True):
    """Let time pass; the result is ``None``."""

    seconds: float


class Transmit(Struct, frozen=True):
    """Send a request; the result is a ``Response``, or the ``NoAnswer`` to raise."""

    request: Request


class Join(Struct, frozen=True):
    """Wait until a future is done in another task or thread, whatever its outcome; the result is ``None``."""

    future: "Future[Any]"


Step = Wait | Transmit | Join
Steps = Generator[Step, Response | NoAnswer | None, R]


class Clock(Protocol):
    """The client's clock; tests have their own."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""

    def sleep(self, seconds: float) -> None:
        """Block for that long."""

    async def async_sleep(self, seconds: float) -> None:
        """The same for asyncio."""


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def async_sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Once(Generic[T]):
    """A value that the first caller computes and all others wait for, across tasks and threads.

    A failure is raised to the callers that wait, and is not remembered.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._future: Future[T] | None = None

    def get(self, work: Steps[T]) -> Steps[T]:
        """The value; ``work`` runs only if there is none yet. What it raises is raised here."""
        while True:
            with self._lock:
                future = self._future
                if future is None:
                    future = self._future = Future()
                    break
            if not future.done():
                yield Join(future)
            if not future.cancelled():
                return future.result()
            # the caller that computed it was interrupted: another one has to
        try:
            value = yield from work
        except Exception as exc:
            self._forget()
            future.set_exception(exc)
            raise
        except BaseException:
            self._forget()
            future.cancel()
            raise
        future.set_result(value)
        return value

    def _forget(self) -> None:
        with self._lock:
            self._future = None
