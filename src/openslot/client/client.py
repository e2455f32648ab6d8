"""The client, blocking and for asyncio. Both only run steps; the logic of a call is in ``core``."""

import asyncio
import concurrent.futures
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack

import msgspec

from openslot.client.core import CALENDLY, Core, Gate
from openslot.client.errors import BrokenPages, NoAnswer
from openslot.client.messages import Request, Response
from openslot.client.messages import base_url as checked_base_url
from openslot.client.operation import Many, Operation
from openslot.client.retries import Retries
from openslot.client.secret import KeepsSecret, Secret, sealed, usable
from openslot.client.steps import Clock, Join, Steps, Transmit, Wait
from openslot.client.transport import AsyncTransport, BlockingTransport
from openslot.wire.common import Page

T = TypeVar("T")
R = TypeVar("R")

_MAX_PAGE = 100

Fetch = Callable[[Many[T]], Steps[Page[T]]]


class Options(TypedDict, total=False):
    """Options of a client besides token and base URL; see ``Core``."""

    headers: dict[str, str]
    timeout_seconds: float
    retries: Retries
    keyed_writes: bool
    gate: Gate | None
    clock: Clock


def new_core(token: Secret | None, base_url: str = CALENDLY, **options: Unpack[Options]) -> Core:
    """Check token and base URL, and make the core of a client.

    Raises:
        ValueError: the base URL or the token is malformed.
    """
    return Core(token=usable(token), base_url=checked_base_url(base_url), **options)


class Client(KeepsSecret):
    """Calls the API, blocking. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(self, token: str | Secret | None, base_url: str = CALENDLY, **options: Unpack[Options]) -> None:
        token = sealed(token)
        self.core = new_core(token, base_url, **options)
        self._transport = BlockingTransport(self.core)

    def send(self, operation: Operation[R]) -> R:
        """Make a call and return its answer.

        Raises:
            ClientError: the call failed; the subclass names the reason, see ``errors``.
        """
        return self.run(self.core.exchange(operation))

    def pages(self, listing: Many[T], fetch: Fetch[T] | None = None) -> Iterator[Page[T]]:
        """The page that ``listing`` requests and all that follow; each is fetched when it is reached.

        Raises:
            ClientError: a call failed; ``BrokenPages`` where the pages never end.
        """
        following: Many[T] | None = listing
        been_at: set[str | None] = set()
        while following is not None:
            page = self.run((fetch or self.core.exchange)(following))
            yield page
            following = _after(following, page, been_at)

    def stream(self, listing: Many[T], fetch: Fetch[T] | None = None) -> Iterator[T]:
        """All rows from the page that ``listing`` requests to the last, in as few calls as the API allows.

        Raises:
            ClientError: as for ``pages``.
        """
        for page in self.pages(largest(listing), fetch):
            yield from page.collection

    def run(self, steps: Steps[R]) -> R:
        """Run steps by blocking, and return their result. What the steps raise is raised here."""
        result = None
        with contextlib.closing(steps):
            while True:
                try:
                    step = steps.send(result)
                except StopIteration as stop:
                    value: R = stop.value
                    return value
                result = None
                match step:
                    case Transmit(request):
                        result = self._transport.send(request)
                    case Wait(seconds):
                        self.core.clock.sleep(seconds)
                    case Join(future):
                        concurrent.futures.wait([future])

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(KeepsSecret):
    """Calls the API under asyncio. Close it in each loop that used it, or use it as a context manager."""

    def __init__(self, token: str | Secret | None, base_url: str = CALENDLY, **options: Unpack[Options]) -> None:
        token = sealed(token)
        self.core = new_core(token, base_url, **options)
        self._transport = AsyncTransport(self.core)

    async def send(self, operation: Operation[R]) -> R:
        """Make a call and return its answer.

        Raises:
            ClientError: the call failed; the subclass names the reason, see ``errors``.
        """
        return await self.run(self.core.exchange(operation))

    async def pages(self, listing: Many[T], fetch: Fetch[T] | None = None) -> AsyncIterator[Page[T]]:
        """The page that ``listing`` requests and all that follow; each is fetched when it is reached.

        Raises:
            ClientError: a call failed; ``BrokenPages`` where the pages never end.
        """
        following: Many[T] | None = listing
        been_at: set[str | None] = set()
        while following is not None:
            page = await self.run((fetch or self.core.exchange)(following))
            yield page
            following = _after(following, page, been_at)

    async def stream(self, listing: Many[T], fetch: Fetch[T] | None = None) -> AsyncIterator[T]:
        """All rows from the page that ``listing`` requests to the last, in as few calls as the API allows.

        Raises:
            ClientError: as for ``pages``.
        """
        async for page in self.pages(largest(listing), fetch):
            for row in page.collection:
                yield row

    async def run(self, steps: Steps[R]) -> R:
        """Run steps by awaiting, and return their result. What the steps raise is raised here."""
        return await perform(steps, self._transport.send, self.core.clock)

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def largest(listing: Many[T]) -> Many[T]:
    """``listing`` with the largest page size, unless it has a page size."""
    return listing if listing.count else msgspec.structs.replace(listing, count=_MAX_PAGE)


def _after(listing: Many[T], page: Page[T], been_at: set[str | None]) -> Many[T] | None:
    """The call for the page after ``page``.

    Raises:
        BrokenPages: it can't be requested, or it was read already: the pages would never end.
    """
    been_at.add(listing.page_token)
    following = listing.after(page)
    if following is not None and following.page_token in been_at:
        raise BrokenPages("the server's pages lead in a circle")
    return following


async def perform(steps: Steps[R], send: Callable[[Request], Awaitable[Response | NoAnswer]], clock: Clock) -> R:
    """Run steps by awaiting, requests by ``send``, and return their result. What the steps raise is raised here."""
    result = None
    with contextlib.closing(steps):
        while True:
            try:
                step = steps.send(result)
            except StopIteration as stop:
                value: R = stop.value
                return value
            result = None
            match step:
                case Transmit(request):
                    result = await send(request)
                case Wait(seconds):
                    await clock.async_sleep(seconds)
                case Join(future):
                    await _done(future)


async def _done(future: "concurrent.futures.Future[Any]") -> None:
    """Wait for a future of another task or thread, whatever its outcome; canceling the wait does not cancel it."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing waits any more
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(wake)
    await done.wait()
