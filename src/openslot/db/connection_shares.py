"""Shares of a pool's connections, so that the transactions of one organization can't take them all (ADR 0026).

Connections are counted by *owner*, which is an organization, and within it by *lane*: changes that would wait for each
other, such as those of one event type, share a lane. Each owner may use half of the connections that the others leave,
and each lane half of what the owner's other lanes leave, so there is always one left for somebody else. A request that
finds no room queues without a connection, for a limited time.

If the organization of a request is not known, it is looked up first, by a read that waits for no lock; then the request
goes on as that organization's. Few requests do so at a time. A request that only reads may skip the lookup while more
than half of the pool is free: such requests wait for no lock, and together they use no more than one owner's share.
"""

import asyncio
import logging
import os
import socket
from collections import OrderedDict, deque
from collections.abc import Hashable
from contextlib import suppress
from enum import Enum
from math import inf
from typing import NamedTuple, Self, TypeVar
from uuid import UUID

from psycopg.errors import LockNotAvailable
from psycopg_pool import AsyncConnectionPool

from openslot.core.errors import Busy
from openslot.db.pool import Conn

log = logging.getLogger(__name__)

K = TypeVar("K")

MAX_IN_QUEUE = 200
"""Requests in one queue; further ones are refused at once."""
MAX_WAITING = 1000
"""Requests in all queues. An owner may have half of the places that the others leave."""
LONG_WAIT_SECONDS = 2.0
"""A request that has queued for so long is refused when another one of its owner times out on a lock."""
MAX_KNOWN = 10_000
"""Addresses and tokens whose organization is remembered."""


class Address(NamedTuple):
    """What a request names, such as a token or a slug. It may take a lookup to find the organization behind it."""

    kind: str
    value: Hashable


class Unknown(Enum):
    """Owners of requests whose organization is not known."""

    READER = "reader"
    WRITER = "writer"
    NOWHERE = "nowhere"
    """No organization has the address."""


Owner = UUID | Unknown


class Queue(NamedTuple):
    """The key of a queue: the requests of one owner in one lane. Requests without a lane only read."""

    owner: Owner
    lane: Hashable | None

    @property
    def is_lookup(self) -> bool:
        """Whether its requests need a connection to look up their organization."""
        return self.owner is Unknown.READER or self.owner is Unknown.WRITER


UNKNOWN_READERS = Queue(Unknown.READER, None)


class Waiter(NamedTuple):
    """A request in a queue."""

    admitted: "asyncio.Future[None]"
    since: float
    """When it came, by the loop's clock."""


class Shares:
    """The shares of one pool of ``size`` connections, in one process and one event loop."""

    def __init__(self, pool: AsyncConnectionPool[Conn], size: int, *, patience_seconds: float, longest_seconds: float):
        """A request waits up to ``patience_seconds`` for a connection, and may use it for ``longest_seconds``."""
        self._pool = pool
        self._size = size
        self._patience_seconds = patience_seconds
        self._longest_seconds = longest_seconds
        self._taken = 0
        self._by_owner: dict[Owner, int] = {}
        self._by_lane: dict[Queue, int] = {}
        self._queues: OrderedDict[Queue, deque[Waiter]] = OrderedDict()
        self._known: OrderedDict[Address, UUID] = OrderedDict()
        self._deadlines: dict[Lease, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """The number of queued requests."""
        return sum(len(queue) for queue in self._queues.values())

    def queue_of(self, address: Address | None, lane: Hashable | None = None) -> Queue:
        """The queue of a request; ``address`` None: it names nothing. A request without a lane only reads."""
        if address is None:
            return Queue(Unknown.NOWHERE, lane)
        known = self._known.get(address)
        if known is not None:
            self._known.move_to_end(address)
            return Queue(known, lane)
        return UNKNOWN_READERS if lane is None else Queue(Unknown.WRITER, lane)

    def connection(
        self, address: Address | None, lane: Hashable | None = None, *, may_skip_lookup: bool = False
    ) -> "Lease":
        """A context manager: a connection within the share of the organization behind ``address``; None: there is none.

        If the organization is not known, the connection is for looking it up only (``Lease.is_lookup``) until the
        caller has called ``Lease.belongs_to``. With ``may_skip_lookup``, for reads only, there is no
        lookup while most of the pool is free.

        Entering raises:
            Busy: there was no room for too long, or too many requests wait already. Nothing has been done.
            psycopg_pool.PoolTimeout: the database gives no connection.
        """
        return Lease(self, address, lane, may_skip_lookup=may_skip_lookup)

    async def acquire(self, lease: "Lease") -> None:
        """Give a lease its connection once there is room.

        Raises:
            Busy, psycopg_pool.PoolTimeout: as ``connection``.
        """
        queue = lease.queue = self.queue_of(lease.address, lease.lane)
        await self._enter(queue)
        lease.is_lookup = queue.is_lookup and not (lease.may_skip_lookup and self._is_mostly_free)
        try:
            lease.conn = await self._pool.getconn()
        except BaseException:
            self._leave(queue)
            raise
        self.set_deadline(lease, self._longest_seconds)

    async def release(self, lease: "Lease", error: BaseException | None) -> None:
        """Return a lease's connection to the pool, which resets or replaces it."""
        del self._deadlines[lease]
        try:
            await self._pool.putconn(lease.conn)
        finally:
            if isinstance(error, LockNotAvailable):
                self._refuse_behind(lease.queue)
            self._leave(lease.queue)

    def set_deadline(self, lease: "Lease", seconds: float) -> None:
        """Cut a lease's connection if it is still in use after ``seconds``: a server that hangs ignores time-outs.

        All leases share one timer: one for each would be a good part of the cost of a short request.
        """
        loop = asyncio.get_running_loop()
        until = self._deadlines[lease] = loop.time() + seconds
        if self._timer is None or until < self._timer.when():
            self._set_timer(until)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(when, self._cut_overdue)

    def _cut_overdue(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for lease, until in self._deadlines.items():
            if until <= now:
                _cut(lease.conn)
                self._deadlines[lease] = inf
        if self._deadlines and (soonest := min(self._deadlines.values())) < inf:
            self._set_timer(soonest)

    def learn(self, address: Address, organization_id: UUID) -> None:
        """Remember the organization behind an address."""
        self._known[address] = organization_id
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)

    def has_room(self, queue: Queue) -> bool:
        """Whether the queue's owner and lane may use one more connection."""
        free = self._size - self._taken
        if free <= 0:
            return False
        own = self._by_owner.get(queue.owner, 0)
        if queue.is_lookup:
            return own < max(1, self._size // 4) or (queue.owner is Unknown.READER and free > self._size // 2)
        share = max(1, (free + own) // 2)
        if own >= share:
            return False
        if queue.lane is None:
            return True
        in_lane = self._by_lane.get(queue, 0)
        return in_lane < max(1, (share - (own - in_lane)) // 2)

    @property
    def _is_mostly_free(self) -> bool:
        """Whether more than half was free before the last lease, so that those without a lookup fit into one share."""
        return self._taken <= self._size - self._size // 2

    def count_in(self, queue: Queue) -> None:
        """Count one more connection as in use."""
        self._taken += 1
        self._by_owner[queue.owner] = self._by_owner.get(queue.owner, 0) + 1
        if queue.lane is not None:
            self._by_lane[queue] = self._by_lane.get(queue, 0) + 1

    def count_out(self, queue: Queue) -> None:
        """Count one connection less."""
        self._taken -= 1
        _count_down(self._by_owner, queue.owner)
        if queue.lane is not None:
            _count_down(self._by_lane, queue)

    async def _enter(self, queue: Queue) -> None:
        if (not self._queues or queue not in self._queues) and self.has_room(queue):
            self.count_in(queue)
            return
        own = sum(len(waiters) for one, waiters in self._queues.items() if one.owner == queue.owner)
        may_wait = (MAX_WAITING - self.waiting + own) // 2
        if len(self._queues.get(queue, ())) >= MAX_IN_QUEUE or own >= may_wait:
            raise Busy("too many requests wait already")
        loop = asyncio.get_running_loop()
        waiter = Waiter(loop.create_future(), loop.time())
        self._queues.setdefault(queue, deque()).append(waiter)
        admitted = waiter.admitted
        try:
            async with asyncio.timeout(self._patience_seconds):
                await admitted
        except BaseException as exc:
            # It may have been admitted at the very moment at which its wait ended: then its connection is free again.
            if admitted.done() and not admitted.cancelled() and admitted.exception() is None:
                self._leave(queue)
            else:
                self._forget(queue, waiter)
            if isinstance(exc, TimeoutError):
                raise Busy("no connection within its share became free in time") from None
            raise

    def _leave(self, queue: Queue) -> None:
        self.count_out(queue)
        if self._queues:
            self.admit_next()

    def admit_next(self) -> None:
        """Admit the requests that have room now, queue by queue; lookups of readers before those of writers."""
        for queue in list(self._queues):
            if self._taken >= self._size:
                return
            if queue.owner is Unknown.WRITER:
                self._admit(UNKNOWN_READERS)
            self._admit(queue)

    def _admit(self, queue: Queue) -> None:
        waiters = self._queues.get(queue)
        if waiters is None:
            return
        admitted = False
        while waiters and self.has_room(queue):
            waiter = waiters.popleft()
            if not waiter.admitted.done():
                self.count_in(queue)
                waiter.admitted.set_result(None)
                admitted = True
        if not waiters:
            del self._queues[queue]
        elif admitted:
            self._queues.move_to_end(queue)

    def _refuse_behind(self, locked: Queue) -> None:
        """Refuse the requests behind one that timed out on a lock: they would time out as well, only later.

        These are all requests of the same lane, and those in the owner's other lanes that have waited for long: if
        everything of an organization is locked, each of them would otherwise wait for several time-outs in a row.
        """
        long_ago = asyncio.get_running_loop().time() - LONG_WAIT_SECONDS
        for queue in list(self._queues):
            if queue.lane is None or queue.owner != locked.owner:
                continue
            for waiter in list(self._queues[queue]):
                if (queue == locked or waiter.since <= long_ago) and not waiter.admitted.done():
                    waiter.admitted.set_exception(Busy("what it waits for is locked by another transaction"))

    def _forget(self, queue: Queue, waiter: Waiter) -> None:
        waiters = self._queues.get(queue)
        if waiters is None:
            return
        with suppress(ValueError):
            waiters.remove(waiter)
        if not waiters:
            del self._queues[queue]


class Lease:
    """A connection that is counted for an owner and a lane, while its block lasts."""

    __slots__ = ("_shares", "address", "conn", "is_lookup", "lane", "may_skip_lookup", "queue")

    conn: Conn
    queue: Queue
    is_lookup: bool
    """Whether it may be used only to look up the organization, until ``belongs_to`` was called."""

    def __init__(
        self, shares: Shares, address: Address | None, lane: Hashable | None, *, may_skip_lookup: bool
    ) -> None:
        self._shares = shares
        self.address = address
        self.lane = lane
        self.may_skip_lookup = may_skip_lookup

    async def __aenter__(self) -> Self:
        await self._shares.acquire(self)
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await self._shares.release(self, error)

    def belongs_to(self, organization_id: UUID) -> bool:
        """Count the connection for the organization of the request; False: the organization has no room for it.

        After False, a caller that has only looked the organization up must leave the block and enter a new one. One
        that has skipped the lookup may go on: its connection is counted for the organization all the same.
        """
        before = self.queue
        if before.owner == organization_id:
            return True
        if self.address is not None:
            self._shares.learn(self.address, organization_id)
        queue = Queue(organization_id, before.lane)
        self._shares.count_out(before)
        has_room = self._shares.has_room(queue)
        if has_room or not self.is_lookup:
            self.queue, self.is_lookup = queue, False
        self._shares.count_in(self.queue)
        self._shares.admit_next()
        return has_room

    def extend(self, seconds: float) -> None:
        """Allow the connection to be used for ``seconds`` from now on."""
        self._shares.set_deadline(self, seconds)


def _count_down(counts: dict[K, int], key: K) -> None:
    left = counts[key] - 1
    if left:
        counts[key] = left
    else:
        del counts[key]


def _cut(conn: Conn) -> None:
    if conn.closed:
        return
    log.warning("a request has used a connection for too long: the database hangs, the connection is cut")
    with suppress(OSError), socket.socket(fileno=os.dup(conn.fileno())) as connection:
        connection.shutdown(socket.SHUT_RDWR)
