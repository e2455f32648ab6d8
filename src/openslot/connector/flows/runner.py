"""Takes events into the store, and has the pool of each flow run what they are for."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from types import TracebackType
from typing import Self

from openslot.client import answers
from openslot.connector.connection import Connection
from openslot.connector.flows.flow import CANCELED, Flow, Performer
from openslot.connector.flows.pool import RunPool
from openslot.connector.flows.store import KEEP_DAYS, NewEvent, NewRun, Store
from openslot.connector.flows.tasks import stop
from openslot.connector.triggers import AnyTrigger, Event, UnreadableEvent, event_id

_PRUNE_SECONDS = 3600
_DAY_SECONDS = 86400
_log = logging.getLogger("openslot.connector")


class Runner:
    """Runs flows while it is entered; ``accept`` takes events, as a ``Receiver``'s handler or otherwise.

    Each flow has a pool of its own, so that one that hangs or fails takes nothing from another.
    """

    def __init__(
        self, flows: Sequence[Flow], connection: Connection, store: Store, now: Callable[[], float] = time.time
    ) -> None:
        """Take flows of different names.

        Raises:
            ValueError: two have the same.
        """
        if len({flow.name for flow in flows}) < len(flows):
            raise ValueError("two flows have the same name: the state could not keep their runs apart")
        self.flows = flows
        self.store = store
        self._now = now
        self._pools = [RunPool(flow, connection, store, now) for flow in flows]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to run what is due.

        Raises:
            StateTaken: see ``Store.open``.
        """
        await self.store.open([flow.name for flow in self.flows])
        self._tasks = [asyncio.create_task(pool.work()) for pool in self._pools]
        self._tasks.append(asyncio.create_task(self._prune()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Begin nothing more, and wait up to 10 s for what is under way; the rest waits for the next start."""
        try:
            await stop(self._tasks)
            # each to its end: an error of one must not close the state under another
            outcomes = await asyncio.gather(*(pool.drain() for pool in self._pools), return_exceptions=True)
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
        """Take events in their order, for all flows or for one; ``kept`` is stored in the same transaction."""
        flows = [one for one in self.flows if flow in {None, one.name}]
        taken = [self._taken(event, flows) for event in events]
        # a subscription brings more events than the flows need, see ``running``
        await self.store.accept([event for event in taken if event.runs or event.ends_delayed_of], kept)
        for pool in self._pools:
            pool.wake()

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
        for pool in self._pools:
            pool.wake()

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due: what is left waits for its time."""
        await asyncio.gather(*(pool.settle() for pool in self._pools))

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
                _log.exception("old events could not be pruned")
            await asyncio.sleep(_PRUNE_SECONDS)
