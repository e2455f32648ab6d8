"""Runs the functions of flows: takes events into the store, and sees each run through until it is done or given up."""

import asyncio
import contextlib
import inspect
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from openslot.client import answers
from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.connection import Connection
from openslot.connector.flows import CANCELED, Flow, GiveUp, Handler
from openslot.connector.store import KEEP_DAYS, NewEvent, NewRun, Run, Store
from openslot.connector.triggers import Event, event_id, read_event

LOOK_SECONDS = 1.0
"""How long it takes to see what another process has put in, as ``openslot flow rerun`` does."""
_SOON_SECONDS = 0.01
"""What is due and can't be had is in the hands of another machine just now."""
_GRACE_SECONDS = 10
_PRUNE_SECONDS = 3600
_DAY_SECONDS = 86400
_ERROR_LETTERS = 2000
_log = logging.getLogger("openslot.connector")


class Runner:
    """Use as an async context manager; ``accept`` what happens, as a ``Receiver``'s handler or otherwise.

    Each flow has its own places and threads, so that one that hangs or fails takes nothing from another.
    """

    def __init__(
        self, flows: Sequence[Flow], connection: Connection, store: Store, now: Callable[[], float] = time.time
    ) -> None:
        """Take flows of different names.

        Raises:
            ValueError: two have the same.
        """
        if len({flow.name for flow in flows}) < len(flows):
            raise ValueError("two flows have the same name: what one has done could not be told from the other's")
        self.flows = flows
        self.store = store
        self._now = now
        self._crews = [_Crew(flow, connection, store, now) for flow in flows]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to run what is due.

        Raises:
            StateTaken: see ``Store.open``.
        """
        await self.store.open([flow.name for flow in self.flows])
        self._tasks = [asyncio.create_task(crew.work()) for crew in self._crews]
        self._tasks.append(asyncio.create_task(self._prune()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Begin nothing more, and wait up to 10 s for what is under way; the rest waits for the next start."""
        try:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
            await asyncio.gather(*(crew.leave() for crew in self._crews))
        finally:
            await self.store.close()

    async def accept(self, event: Event) -> None:
        """Take an event: once this returns it will be handled, whatever happens to the process."""
        await self.accept_all([event])

    async def accept_all(self, events: Sequence[Event], kept: Mapping[str, str | None] | None = None) -> None:
        """Take events in their order, and keep texts with them or not at all."""
        await self.store.accept([self._taken(event) for event in events], kept)
        for crew in self._crews:
            crew.wake()

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due: what is left waits for its time."""
        await asyncio.gather(*(crew.settle() for crew in self._crews))

    def _taken(self, event: Event) -> NewEvent:
        now = self._now()
        return NewEvent(
            id=event_id(event),
            name=event.event,
            about=event.payload.uri,
            body=answers.encode(event),
            received_at=now,
            runs=tuple(
                NewRun(flow.name, handler.name, handler.due_at(event, now), handler.is_delayed)
                for flow in self.flows
                for handler in flow.handlers
                if event.event in handler.events
            ),
            ends_delayed_of=tuple(
                flow.name for flow in self.flows if event.event == CANCELED and flow.ends_with_cancellation
            ),
        )

    async def _prune(self) -> None:
        while True:
            try:
                await self.store.prune(self._now() - KEEP_DAYS * _DAY_SECONDS)
            except Exception:  # noqa: BLE001 -- the outer loop: the next hour may go better
                _log.exception("what is old could not be forgotten")
            await asyncio.sleep(_PRUNE_SECONDS)


class _Crew:
    """Those who work on one flow."""

    def __init__(self, flow: Flow, connection: Connection, store: Store, now: Callable[[], float]) -> None:
        self._flow = flow
        self._store = store
        self._now = now
        self._connector = Connector(connection)
        self._async_connector = AsyncConnector(connection)
        self._handlers = {handler.name: handler for handler in flow.handlers}
        self._threads = ThreadPoolExecutor(flow.at_once, f"flow {flow.name}")
        self._under_way: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._pause = asyncio.Condition()
        self._is_idle = False

    def wake(self) -> None:
        self._is_idle = False
        self._news.set()

    async def work(self) -> None:
        while True:
            self._news.clear()
            try:
                seconds = await self._begin()
            except Exception:  # noqa: BLE001 -- the outer loop: the state may be back in a moment
                _log.exception("the state of %s does not answer", self._flow.name)
                seconds = LOOK_SECONDS
            # no wait_for: until Python 3.12 it swallows a cancellation that comes together with the news
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()

    async def settle(self) -> None:
        async with self._pause:
            await self._pause.wait_for(lambda: self._is_idle)

    async def leave(self) -> None:
        """Give what is under way its time, then leave it to the next start."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _begin(self) -> float:
        """Begin what is due and has a place; how long there is nothing more to begin, unless there is news."""
        while (places := self._flow.at_once - len(self._under_way)) > 0:
            runs = await self._store.claim(self._flow.name, self._now(), places)
            for run in runs:
                task = asyncio.create_task(self._see_through(run))
                self._under_way.add(task)
                task.add_done_callback(self._left)
            if not runs:
                break
            self._is_idle = False
        if self._under_way:
            return LOOK_SECONDS
        due = await self._store.next_due(self._flow.name)
        seconds = LOOK_SECONDS if due is None else due - self._now()
        if seconds > 0 and not self._news.is_set():
            async with self._pause:
                self._is_idle = True
                self._pause.notify_all()
        return min(LOOK_SECONDS, max(_SOON_SECONDS, seconds))

    def _left(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._news.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # it stays begun, and waits again at the next start
            _log.error("what became of a run of %s could not be recorded", self._flow.name, exc_info=error)

    async def _see_through(self, run: Run) -> None:
        try:
            await self._call(run)
        except asyncio.CancelledError as exc:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            await self._fail(run, RuntimeError(f"the function was canceled: {exc}"))  # by itself, not by us
        except Exception as exc:  # noqa: BLE001 -- the outer loop of other people's code
            await self._fail(run, exc)
        else:
            await self._store.done(run.id, self._now())

    async def _call(self, run: Run) -> None:
        handler = self._handlers.get(run.handler)
        if handler is None:
            raise GiveUp(f"the flow has no function {run.handler} any more")
        if run.attempts > self._flow.backoff.attempts:
            raise GiveUp(f"the process ended at every one of {run.attempts - 1} attempts")
        await self._run(handler, read_event(run.body), run)

    async def _run(self, handler: Handler, event: Event, run: Run) -> None:
        if handler.performer is not None:
            await handler.performer.perform(event, self._async_connector, _Attempt(run, self._store))
        elif inspect.iscoroutinefunction(handler.function):
            await handler.function(event, self._async_connector)
        elif handler.function is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, handler.function, event, self._connector)

    async def _fail(self, run: Run, error: Exception) -> None:
        wait = None if isinstance(error, GiveUp) else self._flow.backoff.wait(run.attempts)
        now = self._now()
        what = (self._flow.name, run.handler, run.event, run.id)
        said = f"{type(error).__name__}: {error}"[:_ERROR_LETTERS]
        if wait is None:
            _log.error("%s: %s failed on %s and is given up; 'openslot flow rerun %s'", *what, exc_info=error)
            await self._store.failed(run.id, said, now, None)
        else:
            seconds = wait.total_seconds()
            _log.warning("%s: %s failed on %s (run %s), again in %g s", *what, seconds, exc_info=error)
            await self._store.failed(run.id, said, now, now + seconds)


class _Attempt:
    """See ``flows.Attempt``."""

    def __init__(self, run: Run, store: Store) -> None:
        self.number = run.attempts
        self.progress = run.progress
        self._run = run.id
        self._store = store

    async def note(self, progress: str) -> None:
        await self._store.note(self._run, progress)
