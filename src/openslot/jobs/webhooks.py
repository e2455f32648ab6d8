"""The delivery worker: claims webhook deliveries that are due, sends them and records the results.

The table of deliveries is the queue (ADR 0013). Any number of workers share it, and what a dead one had claimed goes to
the others once its heartbeat stops. A worker holds no database connection while it waits for a receiver.
"""

import asyncio
import logging
import os
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
from psycopg import AsyncCursor
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db import delivery_queue, webhook_subscription_states, workers
from openslot.db.delivery_queue import Claimed
from openslot.db.events import CHANNEL
from openslot.db.pool import WORKER, Conn, connected, is_undone
from openslot.jobs.periodic import Round, repeat
from openslot.presenters.uris import Uris
from openslot.providers.webhook_http import WebhookSender
from openslot.security.vault import Vault
from openslot.services.webhooks import alarms
from openslot.services.webhooks import delivery as webhook_delivery
from openslot.services.webhooks.delivery import Outcome, RetryPolicy, Tried
from openslot.telemetry import correlation
from openslot.telemetry.tally import Tally

log = logging.getLogger(__name__)

MAX_IN_PROGRESS = 512
"""Deliveries in progress at once, over all destinations."""
MAX_FAILING_IN_PROGRESS = 128
"""The share of these that goes to subscriptions whose last attempt failed, one delivery each."""
MAX_PER_DESTINATION = 16
"""Deliveries in progress at once to one scheme, host and port."""
HEARTBEAT_SECONDS = 2.0
POLLING_SECONDS = 1.0
"""New deliveries announce themselves. Polling finds the retries whose time has come."""
RECONNECT_SECONDS = 1.0
WARNING_SECONDS = 60.0
SHORT_LOCK_TIMEOUT = "50ms"
"""For the rows of a subscription that another transaction has kept locked for too long already."""
FAULT_RETRY_SECONDS = 10
"""How long a delivery waits that could not be sent because of a fault of ours."""
GRACE_SECONDS = 30.0
"""How long deliveries in progress may take after a stop was requested: longer than any attempt."""
DATABASE_ERRORS = (
    psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout, PoolTimeout, OSError,
)  # fmt: skip
"""Errors of a database that is unreachable, overloaded or failing over: the work is repeated later."""


Result = tuple[Claimed, Tried | None]
"""A delivery with its attempt; None: a fault of ours prevented the attempt."""


@dataclass(frozen=True)
class WorkerContext:
    """The resources and settings of a delivery worker."""

    pool: AsyncConnectionPool[Conn]
    sender: WebhookSender
    vault: Vault
    uris: Uris
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def persistence(self) -> RetryPolicy:
        return RetryPolicy(self.settings.webhook_retry_seconds, timedelta(seconds=self.settings.webhook_warn_seconds))


@dataclass
class DeliveryWorker:
    """Claims, sends and records deliveries; one per worker process."""

    context: WorkerContext
    id: UUID = field(default_factory=new_id)
    tally: Tally = field(default_factory=Tally)
    _in_progress: dict[UUID, Claimed] = field(default_factory=dict)
    """Deliveries by id, from the claim until the result is recorded."""
    _sending: set["asyncio.Task[None]"] = field(default_factory=set)
    _results: "asyncio.Queue[Result]" = field(default_factory=asyncio.Queue)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _locked: set[UUID] = field(default_factory=set)
    """Subscriptions that timed out on a lock. Their results are recorded separately, so that the others don't wait."""
    _has_polled: bool = False
    """Whether deliveries were looked for since the last heartbeat."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set, then finish and record the deliveries in progress."""
        name = f"{socket.gethostname()}/{os.getpid()}"
        # These two go on during the grace period: results are still recorded, and other workers must not take over.
        beat = partial(self._send_heartbeats, name)
        heartbeats = asyncio.create_task(_restart_on_error(beat, "no heartbeat could be sent"))
        recording = asyncio.create_task(self._record_results())
        claiming = [
            asyncio.create_task(_restart_on_error(self._listen, "announcements are not received")),
            asyncio.create_task(_restart_on_error(self._poll, "deliveries can't be claimed")),
        ]
        try:
            await stopping.wait()
        finally:
            for task in claiming:
                task.cancel()
            await asyncio.gather(*claiming, return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    if self._sending:
                        await asyncio.wait(self._sending)
                    await self._results.join()
            for task in (heartbeats, recording, *self._sending):
                task.cancel()
            with suppress(*DATABASE_ERRORS):
                async with self.context.pool.connection(timeout=1) as conn:
                    await workers.leave(conn, self.id)

    async def _poll(self) -> None:
        """Claim what is due, at every announcement and every ``POLLING_SECONDS``."""
        await self._complete_heads()
        while True:
            self._wake.clear()
            if not await self.claim_due():
                # No wait_for: until Python 3.12 it swallows a cancellation that comes together with the announcement.
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLLING_SECONDS):
                        await self._wake.wait()

    async def _complete_heads(self) -> None:
        async with self.context.pool.connection() as conn:
            await delivery_queue.complete_heads(conn, users_uri=self.context.uris.user_prefix)

    async def claim_due(self) -> int:
        """Claim what is due and start to send it; return the number of deliveries."""
        room = MAX_IN_PROGRESS - len(self._in_progress)
        if room <= 0:
            self._has_polled = True  # a worker without room is busy; it must not be reported as stuck
            return 0
        async with self.context.pool.connection() as conn:
            claimed = await delivery_queue.claim(
                conn,
                self.id,
                limit=room,
                per_destination=MAX_PER_DESTINATION,
                max_failing=MAX_FAILING_IN_PROGRESS,
                in_progress=self._in_progress.values(),
                now=self.context.clock(),
            )
        self._has_polled = True
        for delivery in claimed:
            self._in_progress[delivery.id] = delivery
            task = asyncio.create_task(self._send(delivery))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(claimed)

    async def run_until_idle(self) -> None:
        """Send everything that is due, and what becomes due after it in the same chain. For tests and commands."""
        recording = asyncio.create_task(self._record_results())
        try:
            async with self.context.pool.connection() as conn:
                await workers.beat(conn, self.id, "once", started_at=self.context.clock(), has_polled=True, report={})
            while await self.claim_due():
                while self._sending:
                    await asyncio.wait(self._sending)
                await self._results.join()
        finally:
            recording.cancel()

    async def _send(self, delivery: Claimed) -> None:
        tried = None
        with correlation.within(delivery.correlation_id):
            try:
                tried = await webhook_delivery.attempt(
                    self.context.sender, delivery, vault=self.context.vault, now=self.context.clock()
                )
            except Exception:
                # A failing receiver raises nothing, so this is a bug of ours: log it, and try again later.
                log.exception("delivery %s could not be tried; again in %s s", delivery.id, FAULT_RETRY_SECONDS)
        self._results.put_nowait((delivery, tried))

    async def _record_results(self) -> None:
        """Record the results as they come in, in batches, until canceled. None is dropped before it is recorded."""
        while True:
            batch = [await self._results.get()]
            while not self._results.empty():
                batch.append(self._results.get_nowait())
            locked = [result for result in batch if result[0].subscription_id in self._locked]
            outcomes = await self._record_together([result for result in batch if result not in locked])
            outcomes |= await self._record_by_subscription(locked)
            for delivery, tried in batch:
                if delivery.id in outcomes:
                    self._finish(delivery, tried, outcomes[delivery.id])
                    self._results.task_done()
                else:
                    asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._requeue, (delivery, tried))
            self._wake.set()

    def _requeue(self, result: Result) -> None:
        # Counted as done only after it is queued again, so that ``join`` does not return in between.
        self._results.put_nowait(result)
        self._results.task_done()

    async def _record_by_subscription(self, batch: Sequence[Result]) -> dict[UUID, Outcome]:
        """Record each subscription's results alone, with a short lock timeout; those still locked are left out."""
        outcomes: dict[UUID, Outcome] = {}
        by_subscription: defaultdict[UUID, list[Result]] = defaultdict(list)
        for result in batch:
            by_subscription[result[0].subscription_id].append(result)
        for subscription, group in by_subscription.items():
            try:
                outcomes |= await self._record(group, lock_timeout=SHORT_LOCK_TIMEOUT)
                self._locked.discard(subscription)
            except DATABASE_ERRORS as exc:
                self._locked.add(subscription)
                log.warning("%s attempts for subscription %s can't be recorded yet: %s", len(group), subscription, exc)
            except Exception:  # noqa: BLE001 -- a single result may be at fault; the call below finds out which
                self._locked.discard(subscription)
                outcomes |= await self._record_together(group)
        return outcomes

    async def _record_together(self, batch: Sequence[Result]) -> dict[UUID, Outcome]:
        """Record a batch in one transaction, and repeat that while the database is unreachable."""
        while batch:
            try:
                return await self._record(batch)
            except DATABASE_ERRORS as exc:
                if is_undone(exc) and not isinstance(exc, PoolTimeout):
                    return await self._record_by_subscription(batch)
                log.warning("%s attempts can't be recorded yet: %s", len(batch), exc)
                await asyncio.sleep(RECONNECT_SECONDS)
            except Exception:
                # A result that can't be recorded must not block the others. It is put off, so that its delivery is not
                # sent again at once.
                if len(batch) > 1:
                    alone = [await self._record_together([one]) for one in batch]
                    return {delivery: outcome for found in alone for delivery, outcome in found.items()}
                with correlation.within(batch[0][0].correlation_id):
                    log.exception("the result of delivery %s could not be recorded", batch[0][0].id)
                await asyncio.sleep(RECONNECT_SECONDS)
                batch = [(batch[0][0], None)]
        return {}

    async def _record(self, batch: Sequence[Result], *, lock_timeout: str | None = None) -> dict[UUID, Outcome]:
        """Record a batch in one transaction. It may be repeated: an attempt that is recorded twice counts once."""
        real_now, context = self.context.clock(), self.context
        outcomes: dict[UUID, Outcome] = {}
        counted: dict[UUID, AsyncCursor[tuple[int]]] = {}
        async with context.pool.connection() as conn, conn.transaction():
            # Every worker locks the rows of subscriptions and deliveries in this order, so none deadlocks with another.
            batch = sorted(batch, key=lambda result: (result[0].subscription_id, result[0].id))
            if lock_timeout is not None:
                await conn.execute("SELECT set_config('lock_timeout', %s, true)", (lock_timeout,))
            async with conn.pipeline():
                for delivery, tried in batch:
                    now = delivery.clock(real_now)
                    if tried is None:
                        until = now + timedelta(seconds=FAULT_RETRY_SECONDS)
                        await delivery_queue.put_off(conn, delivery, worker_id=self.id, until=until)
                        outcomes[delivery.id] = Outcome.FAULT
                    elif tried.got_through:
                        counted[delivery.id] = await delivery_queue.record_success(
                            conn, delivery, tried.attempt, worker_id=self.id, now=now
                        )
            for delivery_id, cursor in counted.items():
                outcomes[delivery_id] = Outcome.DELIVERED if await cursor.fetchone() == (1,) else Outcome.LOST
            for delivery, tried in batch:
                if tried is not None and not tried.got_through:
                    outcomes[delivery.id] = await webhook_delivery.conclude(
                        conn,
                        delivery,
                        tried,
                        persistence=context.persistence,
                        worker_id=self.id,
                        uris=context.uris,
                        now=delivery.clock(real_now),
                    )
        return outcomes

    def _finish(self, delivery: Claimed, tried: Tried | None, outcome: Outcome) -> None:
        """Count and log a result that is recorded; the delivery is in progress no longer."""
        self._in_progress.pop(delivery.id, None)
        self.tally.outcomes[outcome] += 1
        if tried is None:
            return
        attempt = tried.attempt
        self.tally.answers["error" if attempt.status_code is None else f"{attempt.status_code // 100}xx"] += 1
        self.tally.attempt_seconds.observe(attempt.duration_ms / 1000)
        if outcome is Outcome.DELIVERED and attempt.number == 1:
            self.tally.lag_seconds.observe((delivery.clock(self.context.clock()) - delivery.created_at).total_seconds())
        with correlation.within(delivery.correlation_id):
            log.log(
                logging.INFO if tried.got_through else logging.WARNING,
                "delivery %s of %s to %s: %s, %s after %s ms (attempt %s)",
                delivery.id,
                delivery.event_name,
                delivery.destination,
                outcome,
                attempt.status_code or attempt.error,
                attempt.duration_ms,
                attempt.number,
            )

    async def _send_heartbeats(self, name: str) -> None:
        started_at = self.context.clock()
        async with connected(self.context.settings.database_url, WORKER) as conn:
            while True:
                has_polled, self._has_polled = self._has_polled, False
                await workers.beat(
                    conn, self.id, name, started_at=started_at, has_polled=has_polled, report=self.tally.as_dict()
                )
                await workers.forget_silent(conn)
                await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _listen(self) -> None:
        async with connected(self.context.settings.database_url, WORKER) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            self._wake.set()  # something may have been announced before this connection listened
            async for _ in conn.notifies():
                self._wake.set()


async def _restart_on_error(work: Callable[[], Awaitable[None]], what: str) -> None:
    """Run ``work``, and start it again after an error; ``what`` is the log message."""
    while True:
        try:
            await work()
        except DATABASE_ERRORS as exc:
            log.warning("%s: %s", what, exc)
        except Exception:
            log.exception("%s", what)  # a bug of ours must be visible in the log, but must not stop the worker
        await asyncio.sleep(RECONNECT_SECONDS)


async def warn_owners(context: WorkerContext) -> None:
    """Warn the owners of failing subscriptions once per outage, until canceled.

    An attempt warns as well, but retries may be hours apart.
    """
    what = "owners of failing subscriptions could not be warned"
    await repeat(lambda: warn(context), seconds=WARNING_SECONDS, what=what)


async def warn(context: WorkerContext) -> int:
    """Warn the owners who have not been warned, and return for how many subscriptions; safe in several workers."""
    now = context.clock()
    async with context.pool.connection() as conn:
        due = await webhook_subscription_states.list_to_warn(conn, failing_since=now - context.persistence.warn_after)
        this_round = Round(conn)
        for one in due:
            warning = partial(alarms.failing, conn, alarms.Failing.of(one), uris=context.uris, now=now)
            await this_round.run(one.organization_id, warning)
    return len(due)
