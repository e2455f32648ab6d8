"""The courier: takes deliveries that are due into its hand, makes them, and records what came of it.

The table of deliveries is the queue (ADR 0013), so any number of couriers work beside each other, and one that dies
leaves nothing behind but a silent heartbeat. No connection is held while the other side takes its time.
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
from openslot.db import delivery_queue, webhook_subscriptions, workers
from openslot.db.delivery_queue import Claimed
from openslot.db.events import CHANNEL
from openslot.db.pool import WORKER, Conn, connected, is_undone
from openslot.jobs.periodic import Round, repeat
from openslot.presenters.uris import Uris
from openslot.providers.webhook_http import WebhookSender
from openslot.security.vault import Vault
from openslot.services.webhooks import alarms
from openslot.services.webhooks import delivery as webhook_delivery
from openslot.services.webhooks.delivery import Outcome, Persistence, Tried
from openslot.telemetry import correlation
from openslot.telemetry.tally import Tally

log = logging.getLogger(__name__)

IN_HAND = 512
"""Deliveries under way at once, of all destinations."""
FAILING_IN_HAND = 128
"""Of these, to subscriptions whose last attempt failed, one each."""
PER_DESTINATION = 16
"""Deliveries under way at once to one scheme, host and port."""
HEARTBEAT_SECONDS = 2.0
POLLING_SECONDS = 1.0
"""New deliveries announce themselves. Those that wait for their time are found this often."""
RECONNECT_SECONDS = 1.0
WARNING_SECONDS = 60.0
HASTE = "50ms"
"""How long is waited for what is locked by somebody who had it for too long already."""
FAULT_SECONDS = 10
"""What could not be tried for a fault of ours waits so long."""
GRACE_SECONDS = 30.0
"""How long what is under way may take once the courier is told to stop: longer than any attempt."""
AWAY = (
    psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout, PoolTimeout, OSError,
)  # fmt: skip
"""How it shows that the database is away, or is about to be another one."""


Made = tuple[Claimed, Tried | None]
"""A delivery with the attempt; None: for a fault of ours it could not be tried."""


@dataclass(frozen=True)
class Workshop:
    """What a courier needs."""

    pool: AsyncConnectionPool[Conn]
    sender: WebhookSender
    vault: Vault
    uris: Uris
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def persistence(self) -> Persistence:
        return Persistence(self.settings.webhook_retry_seconds, timedelta(seconds=self.settings.webhook_warn_seconds))


@dataclass
class Courier:
    """One per worker process."""

    workshop: Workshop
    id: UUID = field(default_factory=new_id)
    tally: Tally = field(default_factory=Tally)
    _in_hand: dict[UUID, Claimed] = field(default_factory=dict)
    """From the claim until what came of it is recorded."""
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)
    _made: "asyncio.Queue[Made]" = field(default_factory=asyncio.Queue)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stuck: set[UUID] = field(default_factory=set)
    """Subscriptions that somebody had locked for too long: they are recorded apart, and keep no other waiting."""
    _went_round: bool = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set; what is under way then is finished and recorded."""
        name = f"{socket.gethostname()}/{os.getpid()}"
        beating = asyncio.create_task(_keep(partial(self._beat, name), "no heartbeat can be given"))
        around = [
            asyncio.create_task(_keep(self._listen, "no announcement can be heard")),
            asyncio.create_task(_keep(self._look, "deliveries can't be looked for")),
        ]
        recording = asyncio.create_task(self._record_forever())
        try:
            await stopping.wait()
        finally:
            for task in around:
                task.cancel()
            await asyncio.gather(*around, return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    if self._under_way:
                        await asyncio.wait(self._under_way)
                    await self._made.join()
            for task in (beating, recording, *self._under_way):
                task.cancel()
            with suppress(*AWAY):
                async with self.workshop.pool.connection(timeout=1) as conn:
                    await workers.leave(conn, self.id)

    async def _look(self) -> None:
        """Take what is due, over and over."""
        await self._prepare()
        while True:
            self._wake.clear()
            if not await self.go_round():
                # No wait_for: until Python 3.12 it swallows a cancellation that comes together with the announcement.
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLLING_SECONDS):
                        await self._wake.wait()

    async def _prepare(self) -> None:
        async with self.workshop.pool.connection() as conn:
            await delivery_queue.complete_heads(conn, users_uri=self.workshop.uris.user_prefix)

    async def go_round(self) -> int:
        """Take what is due into one's hand and begin with it; how many deliveries that is."""
        room = IN_HAND - len(self._in_hand)
        if room <= 0:
            self._went_round = True  # both hands are full, which is no standstill
            return 0
        async with self.workshop.pool.connection() as conn:
            taken = await delivery_queue.claim(
                conn,
                self.id,
                limit=room,
                most=PER_DESTINATION,
                failing_most=FAILING_IN_HAND,
                in_hand=self._in_hand.values(),
                now=self.workshop.clock(),
            )
        self._went_round = True
        for delivery in taken:
            self._in_hand[delivery.id] = delivery
            task = asyncio.create_task(self._make(delivery))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(taken)

    async def work_off(self) -> None:
        """Make everything that is due now and what that lets follow, then return. For tests and commands."""
        recording = asyncio.create_task(self._record_forever())
        try:
            async with self.workshop.pool.connection() as conn:
                await workers.beat(conn, self.id, "once", started_at=self.workshop.clock(), went_round=True, report={})
            while await self.go_round():
                while self._under_way:
                    await asyncio.wait(self._under_way)
                await self._made.join()
        finally:
            recording.cancel()

    async def _make(self, delivery: Claimed) -> None:
        tried = None
        with correlation.within(delivery.correlation_id):
            try:
                tried = await webhook_delivery.attempt(
                    self.workshop.sender, delivery, vault=self.workshop.vault, now=self.workshop.clock()
                )
            except Exception:
                # The outer end of an attempt: whatever it is, it is our fault, and somebody must be able to read of it.
                log.exception("delivery %s could not be tried; again in %s s", delivery.id, FAULT_SECONDS)
        self._made.put_nowait((delivery, tried))

    async def _record_forever(self) -> None:
        """Write down what came of attempts, all that is there at once, and again until it is written."""
        while True:
            batch = [await self._made.get()]
            while not self._made.empty():
                batch.append(self._made.get_nowait())
            stuck = [made for made in batch if made[0].subscription_id in self._stuck]
            outcomes = await self._recorded([made for made in batch if made not in stuck])
            outcomes |= await self._recorded_apart(stuck)
            for delivery, tried in batch:
                if delivery.id in outcomes:
                    self._note(delivery, tried, outcomes[delivery.id])
                    self._made.task_done()
                else:
                    asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._record_later, (delivery, tried))
            self._wake.set()

    def _record_later(self, made: Made) -> None:
        self._made.put_nowait(made)
        self._made.task_done()

    async def _recorded_apart(self, batch: Sequence[Made]) -> dict[UUID, Outcome]:
        """Each subscription by itself and in haste; what somebody still has locked is missing, for another time."""
        outcomes: dict[UUID, Outcome] = {}
        by_subscription: defaultdict[UUID, list[Made]] = defaultdict(list)
        for made in batch:
            by_subscription[made[0].subscription_id].append(made)
        for subscription, group in by_subscription.items():
            try:
                outcomes |= await self._record(group, lock_timeout=HASTE)
                self._stuck.discard(subscription)
            except AWAY as exc:
                self._stuck.add(subscription)
                log.warning("%s attempts for subscription %s can't be recorded yet: %s", len(group), subscription, exc)
            except Exception:  # noqa: BLE001 -- one of them alone may be at fault, which is found out there
                self._stuck.discard(subscription)
                outcomes |= await self._recorded(group)
        return outcomes

    async def _recorded(self, batch: Sequence[Made]) -> dict[UUID, Outcome]:
        while batch:
            try:
                return await self._record(batch)
            except AWAY as exc:
                if is_undone(exc) and not isinstance(exc, PoolTimeout):
                    return await self._recorded_apart(batch)
                log.warning("%s attempts can't be recorded yet: %s", len(batch), exc)
                await asyncio.sleep(RECONNECT_SECONDS)
            except Exception:
                # One that can't be recorded must not keep the others from it, nor be sent over and over meanwhile.
                if len(batch) > 1:
                    alone = [await self._recorded([one]) for one in batch]
                    return {delivery: outcome for found in alone for delivery, outcome in found.items()}
                with correlation.within(batch[0][0].correlation_id):
                    log.exception("what came of delivery %s could not be recorded", batch[0][0].id)
                await asyncio.sleep(RECONNECT_SECONDS)
                batch = [(batch[0][0], None)]
        return {}

    async def _record(self, batch: Sequence[Made], *, lock_timeout: str | None = None) -> dict[UUID, Outcome]:
        """In one transaction. An attempt that is recorded twice counts once, so the whole may be repeated."""
        now, workshop = self.workshop.clock(), self.workshop
        outcomes: dict[UUID, Outcome] = {}
        counted: dict[UUID, AsyncCursor[tuple[int]]] = {}
        async with workshop.pool.connection() as conn, conn.transaction():
            # Rows of subscriptions and deliveries are locked in one order, whoever records beside us.
            batch = sorted(batch, key=lambda made: (made[0].subscription_id, made[0].id))
            if lock_timeout is not None:
                await conn.execute("SELECT set_config('lock_timeout', %s, true)", (lock_timeout,))
            async with conn.pipeline():
                for delivery, tried in batch:
                    if tried is None:
                        until = now + timedelta(seconds=FAULT_SECONDS)
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
                        persistence=workshop.persistence,
                        worker_id=self.id,
                        uris=workshop.uris,
                        now=now,
                    )
        return outcomes

    def _note(self, delivery: Claimed, tried: Tried | None, outcome: Outcome) -> None:
        self._in_hand.pop(delivery.id, None)
        self.tally.outcomes[outcome] += 1
        if tried is None:
            return
        made = tried.attempt
        self.tally.answers["error" if made.status_code is None else f"{made.status_code // 100}xx"] += 1
        self.tally.attempt_seconds.observe(made.duration_ms / 1000)
        if outcome is Outcome.DELIVERED and made.number == 1:
            self.tally.lag_seconds.observe((self.workshop.clock() - delivery.created_at).total_seconds())
        with correlation.within(delivery.correlation_id):
            log.log(
                logging.INFO if tried.got_through else logging.WARNING,
                "delivery %s of %s to %s: %s, %s after %s ms (attempt %s)",
                delivery.id,
                delivery.event_name,
                delivery.destination,
                outcome,
                made.status_code or made.error,
                made.duration_ms,
                made.number,
            )

    async def _beat(self, name: str) -> None:
        started_at = self.workshop.clock()
        async with connected(self.workshop.settings.database_url, WORKER) as conn:
            while True:
                went_round, self._went_round = self._went_round, False
                await workers.beat(
                    conn, self.id, name, started_at=started_at, went_round=went_round, report=self.tally.as_dict()
                )
                await workers.forget_silent(conn)
                await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _listen(self) -> None:
        async with connected(self.workshop.settings.database_url, WORKER) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            self._wake.set()  # for what was announced while nobody listened
            async for _ in conn.notifies():
                self._wake.set()


async def _keep(work: Callable[[], Awaitable[None]], what: str) -> None:
    """Begin ``work`` again whenever the database was away; ``what`` says in the log what that means."""
    while True:
        try:
            await work()
        except AWAY as exc:
            log.warning("%s: %s", what, exc)
        except Exception:
            log.exception("%s", what)  # the outer loop: a fault must be read of, and must not end the work
        await asyncio.sleep(RECONNECT_SECONDS)


async def warn_owners(workshop: Workshop) -> None:
    """Tell owners whose subscriptions got nothing through for so long, until canceled; attempts may be hours apart."""
    what = "owners of failing subscriptions could not be told"
    await repeat(lambda: warn(workshop), seconds=WARNING_SECONDS, what=what)


async def warn(workshop: Workshop) -> int:
    """Tell those who have not been told; how many there were. Any number of workers may do so at once."""
    now = workshop.clock()
    async with workshop.pool.connection() as conn:
        due = await webhook_subscriptions.list_to_warn(conn, failing_since=now - workshop.persistence.warn_after)
        around = Round(conn)
        for one in due:
            warning = partial(alarms.failing, conn, alarms.Failing.of(one), uris=workshop.uris, now=now)
            await around.take(one.organization_id, warning)
    return len(due)
