"""Runs the functions of flows: takes events into the store, and sees each run through until it is done or given up."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import chain, repeat
from types import TracebackType
from typing import Self, TypeVar

from openslot.client import answers
from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.connection import Connection
from openslot.connector.flows.flow import CANCELED, Flow, GiveUp, Handler, Performer
from openslot.connector.flows.store import KEEP_DAYS, NewEvent, NewRun, Run, RunTaken, Store
from openslot.connector.flows.threads import in_thread
from openslot.connector.throttle import LANE
from openslot.connector.triggers import AnyTrigger, Event, UnknownEvent, UnreadableEvent, event_id, read_event

T = TypeVar("T")

LOOK_SECONDS = 1.0
"""How long it takes to see what another process has put in, as ``openslot flow rerun`` does."""
_SOON_SECONDS = 0.01
"""What is due and can't be had is in the hands of another machine just now."""
RECORD_AGAIN_SECONDS = (0.1, 1.0, 5.0)
"""What lies between attempts to record how far a run has come; the last one again and again."""
CUT_OFF = 5
"""How often the process may end during a run before the run is taken for the reason."""
RECORD_GRACE_SECONDS = 10.0
"""How long what became of a function in a thread may take to be recorded then."""
GRACE_SECONDS = 10.0
"""How long what is under way may take once nothing more is begun."""
_INSIST_SECONDS = 1.0
_PRUNE_SECONDS = 3600
_DAY_SECONDS = 86400
_ERROR_LETTERS = 2000
_log = logging.getLogger("openslot.connector")


async def stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and return once they have ended.

    Once is not enough: a library that uses ``asyncio.wait_for``, as the pool of connections does, swallows a
    cancellation that comes together with what it waits for (until Python 3.12).
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_INSIST_SECONDS)


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
            await stop(self._tasks)
            # each to its end: what one comes to must not close the state under another
            outcomes = await asyncio.gather(*(crew.leave() for crew in self._crews), return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
        finally:
            try:
                for performer in self._performers():
                    await performer.aclose()
            finally:
                await self.store.close()

    async def accept(self, event: Event) -> None:
        """Take an event: once this returns it will be handled, whatever happens to the process."""
        await self.accept_all([event])

    async def accept_all(
        self, events: Sequence[Event], kept: Mapping[str, str | None] | None = None, *, flow: str | None = None
    ) -> None:
        """Take events in their order, for all flows or for one, and keep texts with them or not at all."""
        flows = [one for one in self.flows if flow in {None, one.name}]
        taken = [self._taken(event, flows) for event in events]
        # a subscription brings more than is wanted, see ``running``
        await self.store.accept([event for event in taken if event.runs or event.ends_delayed_of], kept)
        for crew in self._crews:
            crew.wake()

    async def accept_unreadable(self, unreadable: UnreadableEvent, trigger: AnyTrigger | type[AnyTrigger]) -> None:
        """Take a delivery that can't be read, as a dead letter of each function that it may be for.

        A version that can read it runs it with ``openslot flow rerun``.
        """
        names = {unreadable.event} if unreadable.event is not None else set(trigger.definition.events)
        now = self._now()
        digest = f"unreadable {sha256(unreadable.body).hexdigest()}"
        runs = tuple(
            NewRun(flow.name, handler.name, now)
            for flow in self.flows
            for handler in flow.handlers
            if not names.isdisjoint(handler.events)
        )
        _log.error("%s; it is kept as a dead letter of %d functions", unreadable, len(runs))
        if runs:
            name = unreadable.event or "unreadable"
            await self.store.accept([NewEvent(digest, name, digest, unreadable.body, now, runs)])
        for crew in self._crews:
            crew.wake()

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due: what is left waits for its time."""
        await asyncio.gather(*(crew.settle() for crew in self._crews))

    def _performers(self) -> list[Performer]:
        return [one.performer for flow in self.flows for one in flow.handlers if one.performer is not None]

    def _taken(self, event: Event, flows: Sequence[Flow]) -> NewEvent:
        now = self._now()
        return NewEvent(
            id=event_id(event),
            name=event.event,
            about=event.payload.uri,
            body=answers.encode(event),
            received_at=now,
            runs=tuple(
                NewRun(flow.name, handler.name, handler.due_at(event, now), handler.is_delayed)
                for flow in flows
                for handler in flow.handlers
                if event.event in handler.events
            ),
            ends_delayed_of=tuple(
                flow.name for flow in flows if event.event == CANCELED and flow.ends_with_cancellation
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
        self._under_way: dict[asyncio.Task[None], int] = {}
        """The runs, by who sees them through."""
        self._threads: dict[asyncio.Future[None], asyncio.Task[None] | None] = {}
        """Functions in threads, and the tasks that wait for them."""
        self._news = asyncio.Event()
        self._pause = asyncio.Condition()
        self._is_idle = False

    def wake(self) -> None:
        self._is_idle = False
        self._news.set()

    async def work(self) -> None:
        LANE.set(self._flow.name)  # flows take turns where calls have to wait
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
        """Give what is under way its time, then leave it to the next start.

        A function in a thread can't be stopped: it is waited for until it ends, or else the next start would have it
        twice at the same time.
        """
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
        in_threads = late & set(self._threads.values())
        await stop(late - in_threads)
        if in_threads:
            _log.warning("%s: waiting for %d functions to end", self._flow.name, len(in_threads))
            if self._threads:
                await asyncio.wait(self._threads)
            # a state that does not answer must not keep us: then they run again
            _, late = await asyncio.wait(in_threads, timeout=RECORD_GRACE_SECONDS)
            await stop(late)

    async def _begin(self) -> float:
        """Begin what is due and has a place; how long there is nothing more to begin, unless there is news."""
        while True:
            places = max(0, self._flow.at_once - len(self._under_way))
            runs = await self._store.claim(self._flow.name, self._now(), places, self._under_way.values())
            for run in runs:
                task = asyncio.create_task(self._see_through(run))
                self._under_way[task] = run.id
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
        del self._under_way[task]
        self._news.set()

    async def _see_through(self, run: Run) -> None:
        error: BaseException | None = None
        try:
            await self._call(run)
        except asyncio.CancelledError as exc:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                with contextlib.suppress(Exception):  # then it waits again at the next start
                    await self._store.let_go(run.id)
                raise
            error = RuntimeError(f"the function was canceled: {exc}")  # by itself, not by us
        except RunTaken as exc:
            _log.warning("%s: %s on %s goes no further here: %s", self._flow.name, run.handler, run.event, exc)
            return
        except (Exception, SystemExit) as exc:  # noqa: BLE001 -- the outer loop of other people's code
            error = exc
        await _record(run, self._outcome(run, error))

    async def _call(self, run: Run) -> None:
        handler = self._handlers.get(run.handler)
        if handler is None:
            raise GiveUp(f"the flow has no function {run.handler} any more")
        cut_off = run.attempts - 1 - run.failures
        if cut_off >= CUT_OFF:
            raise GiveUp(f"the process ended at {cut_off} attempts")
        try:
            event = read_event(run.body)
        except (UnreadableEvent, UnknownEvent) as exc:
            raise GiveUp(str(exc)) from exc
        await self._run(handler, event, run)

    async def _run(self, handler: Handler, event: Event, run: Run) -> None:
        if handler.performer is not None:
            await handler.performer.perform(event, self._async_connector, _Attempt(run, self._store))
        elif handler.function is not None and not handler.is_blocking:
            await handler.function(event, self._async_connector)
        elif handler.function is not None:
            thread = in_thread(partial(handler.function, event, self._connector), f"flow {self._flow.name}")
            self._threads[thread] = asyncio.current_task()
            thread.add_done_callback(self._threads.pop)
            await thread

    def _outcome(self, run: Run, error: BaseException | None) -> Callable[[], Awaitable[None]]:
        """How to record what an attempt came to."""
        now = self._now()
        if error is None:
            return partial(self._store.done, run.id, now)
        wait = None if isinstance(error, GiveUp) else self._flow.backoff.wait(run.failures + 1)
        what = (self._flow.name, run.handler, run.event, run.id)
        said = _storable(f"{type(error).__name__}: {error}"[:_ERROR_LETTERS])
        if wait is None:
            _log.error("%s: %s failed on %s and is given up; 'openslot flow rerun %s'", *what, exc_info=error)
            return partial(self._store.failed, run.id, said, now, None)
        seconds = wait.total_seconds()
        _log.warning("%s: %s failed on %s (run %s), again in %g s", *what, seconds, exc_info=error)
        return partial(self._store.failed, run.id, said, now, now + seconds)


def _storable(text: str) -> str:
    """``text`` without what no store can hold: half a letter of JSON, and zero bytes."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


async def _record(run: Run, write: Callable[[], Awaitable[None]]) -> None:
    """Record how far a run has come, however long the state does not answer: nobody else would ever do.

    Raises:
        RunTaken: see ``Store.note``.
    """
    for seconds in chain(RECORD_AGAIN_SECONDS, repeat(RECORD_AGAIN_SECONDS[-1])):
        try:
            await write()
        except RunTaken:
            raise
        except Exception:  # noqa: BLE001 -- the state may be back in a moment
            _log.exception("how far run %d of %s has come could not be recorded yet", run.id, run.flow)
            await asyncio.sleep(seconds)
        else:
            return


class _Attempt:
    """See ``flows.Attempt``."""

    def __init__(self, run: Run, store: Store) -> None:
        self.number = run.attempts
        self.progress = run.progress
        self._run = run
        self._store = store

    async def note(self, progress: str) -> None:
        await _record(self._run, partial(self._store.note, self._run.id, progress))
