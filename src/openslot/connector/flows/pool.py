"""The runs of one flow: begins what is due, and makes each attempt until the run is done or given up."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, repeat

from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.connection import Connection
from openslot.connector.flows.flow import Flow, GiveUp, Handler
from openslot.connector.flows.store import Run, RunTaken, Store
from openslot.connector.flows.tasks import stop
from openslot.connector.flows.threads import in_thread
from openslot.connector.throttle import LANE
from openslot.connector.triggers.events import Event, UnknownEvent, UnreadableEvent, read_event

LOOK_SECONDS = 1.0
"""The time between looks for what another process has put into the state, as ``openslot flow rerun`` does."""
_SOON_SECONDS = 0.01
"""The time between looks while another machine claims what is due."""
RECORD_AGAIN_SECONDS = (0.1, 1.0, 5.0)
"""The waits between attempts to record a run; the last one repeats."""
CUT_OFF = 5
"""After so many attempts during which the process ended, the run is taken for the cause and given up."""
RECORD_GRACE_SECONDS = 10.0
"""How long the outcome of a function in a thread may then take to be recorded."""
GRACE_SECONDS = 10.0
"""How long what is under way may take once the pool is drained."""
_ERROR_LETTERS = 2000
_log = logging.getLogger("openslot.connector")


class RunPool:
    """The runs of one flow that are under way, as many as it allows at once."""

    def __init__(self, flow: Flow, connection: Connection, store: Store, now: Callable[[], float]) -> None:
        self._flow = flow
        self._store = store
        self._now = now
        self._connector = Connector(connection)
        self._async_connector = AsyncConnector(connection)
        self._handlers = {handler.name: handler for handler in flow.handlers}
        self._under_way: dict[asyncio.Task[None], int] = {}
        """The runs by their tasks."""
        self._threads: dict[asyncio.Future[None], asyncio.Task[None] | None] = {}
        """The functions that run in threads, and the tasks that wait for them."""
        self._news = asyncio.Event()
        self._pause = asyncio.Condition()
        self._is_idle = False

    def wake(self) -> None:
        """Look for due runs now, rather than at the next regular look."""
        self._is_idle = False
        self._news.set()

    async def work(self) -> None:
        """Begin what is due, until cancelled."""
        LANE.set(self._flow.name)  # flows take turns where calls have to wait
        while True:
            self._news.clear()
            try:
                seconds = await self._begin()
            except Exception:  # noqa: BLE001 -- the outer loop: the state may be back in a moment
                _log.exception("the state of %s can't be read", self._flow.name)
                seconds = LOOK_SECONDS
            # no wait_for: until Python 3.12 it swallows a cancellation that comes together with the news
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due."""
        async with self._pause:
            await self._pause.wait_for(lambda: self._is_idle)

    async def drain(self) -> None:
        """Wait for what is under way, for ``GRACE_SECONDS``, then leave it to the next start.

        A function in a thread can't be stopped: it is waited for until it ends, or else it would run twice at the same
        time after the next start.
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
        """Begin what is due and has a place; return after how many seconds to look again, unless there is news."""
        while True:
            places = max(0, self._flow.at_once - len(self._under_way))
            runs = await self._store.claim(self._flow.name, self._now(), places, self._under_way.values())
            for run in runs:
                task = asyncio.create_task(self._complete(run))
                self._under_way[task] = run.id
                task.add_done_callback(self._ended)
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

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._news.set()

    async def _complete(self, run: Run) -> None:
        """Make one attempt of a run, and record its outcome."""
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
            _log.warning(
                "%s: %s on %s was taken over by another process: %s", self._flow.name, run.handler, run.event, exc
            )
            return
        except (Exception, SystemExit) as exc:  # noqa: BLE001 -- the outer loop of code that is not ours
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
        """The write that records how an attempt ended."""
        now = self._now()
        if error is None:
            return partial(self._store.done, run.id, now)
        wait = None if isinstance(error, GiveUp) else self._flow.backoff.wait(run.failures + 1)
        what = (self._flow.name, run.handler, run.event, run.id)
        message = _storable(f"{type(error).__name__}: {error}"[:_ERROR_LETTERS])
        if wait is None:
            _log.error("%s: %s failed on %s and is given up; 'openslot flow rerun %s'", *what, exc_info=error)
            return partial(self._store.failed, run.id, message, now, None)
        seconds = wait.total_seconds()
        _log.warning("%s: %s failed on %s (run %s), again in %g s", *what, seconds, exc_info=error)
        return partial(self._store.failed, run.id, message, now, now + seconds)


def _storable(text: str) -> str:
    """``text`` without what no store can hold: half a letter of JSON, and zero bytes."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


async def _record(run: Run, write: Callable[[], Awaitable[None]]) -> None:
    """Record how far a run has come, again and again until the state can be written: nobody else would do it.

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
