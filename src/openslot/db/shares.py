"""Who may have how many of a pool's connections at once, so that nobody's hung transaction takes them all (ADR 0026).

Who uses connections is an *owner*: an organization. Within an owner, changes that would wait for each other are in one
*lane*: those of one host, or one event type. Each may take half of what the others leave, in the pool and again within
the owner, so there is always some left for somebody else. Whoever finds no room waits in line without a connection, for
so long at most.

Where it is not known yet which organization an address is of, that is looked up first, by a read that waits for no
lock; the request then goes on as that organization's. Few do so at a time. Only what reads may leave that out, while
more than half of the pool is free: that alone can't take more than an organization's share, and waits for no lock.
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

MOST_IN_LINE = 200
"""Requests that wait for the same; whoever comes then is refused at once."""
MOST_WAITING = 1000
"""Requests that wait in all; one owner's are half of what the others leave at most."""
LONG_SECONDS = 2.0
"""Who has waited for so long in line is not let wait for a lock as well, where others did so in vain."""
MOST_KNOWN = 10_000
"""Addresses and tokens of which it is remembered whose they are."""


class Address(NamedTuple):
    """What a request names, before it is known which organization that belongs to."""

    kind: str
    value: Hashable


class Unknown(Enum):
    """Owners of the requests of which no organization is known."""

    READER = "reader"
    WRITER = "writer"
    NOWHERE = "nowhere"
    """The address was looked up, and is nobody's."""


Owner = UUID | Unknown


class Line(NamedTuple):
    """Those who wait for the same."""

    owner: Owner
    lane: Hashable | None

    @property
    def is_lookup(self) -> bool:
        """Whether they wait for finding out whose their addresses are."""
        return self.owner is Unknown.READER or self.owner is Unknown.WRITER


UNKNOWN_READERS = Line(Unknown.READER, None)


class Turn(NamedTuple):
    """One who waits."""

    called: "asyncio.Future[None]"
    since: float
    """By the loop's clock."""


class Shares:
    """The shares of one pool of ``size`` connections, in one process and one event loop."""

    def __init__(self, pool: AsyncConnectionPool[Conn], size: int, *, patience_seconds: float, longest_seconds: float):
        """Whoever waits gets a connection within ``patience_seconds`` or none; ``longest_seconds``: it may have it."""
        self._pool = pool
        self._size = size
        self._patience_seconds = patience_seconds
        self._longest_seconds = longest_seconds
        self._taken = 0
        self._by_owner: dict[Owner, int] = {}
        self._by_lane: dict[Line, int] = {}
        self._lines: OrderedDict[Line, deque[Turn]] = OrderedDict()
        self._known: OrderedDict[Address, UUID] = OrderedDict()
        self._until: dict[Lease, float] = {}
        self._watch: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Requests in line."""
        return sum(len(line) for line in self._lines.values())

    def line_of(self, address: Address | None, lane: Hashable | None = None) -> Line:
        """Where a request has its place; ``address`` None: it names nothing. Without a lane it only reads."""
        if address is None:
            return Line(Unknown.NOWHERE, lane)
        known = self._known.get(address)
        if known is not None:
            self._known.move_to_end(address)
            return Line(known, lane)
        return UNKNOWN_READERS if lane is None else Line(Unknown.WRITER, lane)

    def connection(
        self, address: Address | None, lane: Hashable | None = None, *, may_read_on: bool = False
    ) -> "Lease":
        """A connection within the share of who is at ``address``, for the length of a block; None: it names nothing.

        Where that is not known, it is for looking it up (``Lease.is_lookup``), and then for ``Lease.belongs_to``.
        ``may_read_on``: what only reads need not do so while there is much room.

        Entering it raises:
            Busy: no room for too long, or too many wait already. Nothing has been done.
            psycopg_pool.PoolTimeout: the database gives no connection.
        """
        return Lease(self, address, lane, may_read_on=may_read_on)

    async def lend(self, lease: "Lease") -> None:
        """Give a lease its connection once there is room."""
        line = lease.line = self.line_of(lease.address, lease.lane)
        await self._enter(line)
        lease.is_lookup = line.is_lookup and not (lease.may_read_on and self._has_much_room)
        try:
            lease.conn = await self._pool.getconn()
        except BaseException:
            self._leave(line)
            raise
        self.watch(lease, self._longest_seconds)

    async def take_back(self, lease: "Lease", error: BaseException | None) -> None:
        """Its connection is used no more; the pool sees to what it was left in."""
        del self._until[lease]
        try:
            await self._pool.putconn(lease.conn)
        finally:
            if isinstance(error, LockNotAvailable):
                self._refuse_behind(lease.line)
            self._leave(lease.line)

    def watch(self, lease: "Lease", seconds: float) -> None:
        """Cut its connection where it is still in use after ``seconds``: a server that hangs ends no statement.

        One timer for all leases: one each would be a good part of what a short request costs.
        """
        loop = asyncio.get_running_loop()
        until = self._until[lease] = loop.time() + seconds
        if self._watch is None or until < self._watch.when():
            self._set_watch(until)

    def _set_watch(self, when: float) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_at(when, self._cut_overdue)

    def _cut_overdue(self) -> None:
        self._watch = None
        now = asyncio.get_running_loop().time()
        for lease, until in self._until.items():
            if until <= now:
                _cut(lease.conn)
                self._until[lease] = inf
        if self._until and (soonest := min(self._until.values())) < inf:
            self._set_watch(soonest)

    def learn(self, address: Address, organization_id: UUID) -> None:
        """Remember whose an address is."""
        self._known[address] = organization_id
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def has_room(self, line: Line) -> bool:
        """Whether one more connection may be taken."""
        free = self._size - self._taken
        if free <= 0:
            return False
        mine = self._by_owner.get(line.owner, 0)
        if line.is_lookup:
            return mine < max(1, self._size // 4) or (line.owner is Unknown.READER and free > self._size // 2)
        share = max(1, (free + mine) // 2)
        if mine >= share:
            return False
        if line.lane is None:
            return True
        in_lane = self._by_lane.get(line, 0)
        return in_lane < max(1, (share - (mine - in_lane)) // 2)

    @property
    def _has_much_room(self) -> bool:
        """Whether more than half was free before the last one came: all together have no more than one's share."""
        return self._taken <= self._size - self._size // 2

    def take(self, line: Line) -> None:
        """Count one connection more."""
        self._taken += 1
        self._by_owner[line.owner] = self._by_owner.get(line.owner, 0) + 1
        if line.lane is not None:
            self._by_lane[line] = self._by_lane.get(line, 0) + 1

    def give_back(self, line: Line) -> None:
        """Count one less."""
        self._taken -= 1
        _count_down(self._by_owner, line.owner)
        if line.lane is not None:
            _count_down(self._by_lane, line)

    async def _enter(self, line: Line) -> None:
        if (not self._lines or line not in self._lines) and self.has_room(line):
            self.take(line)
            return
        mine = sum(len(turns) for one, turns in self._lines.items() if one.owner == line.owner)
        may_wait = (MOST_WAITING - self.waiting + mine) // 2
        if len(self._lines.get(line, ())) >= MOST_IN_LINE or mine >= may_wait:
            raise Busy("too many requests wait already")
        loop = asyncio.get_running_loop()
        turn = Turn(loop.create_future(), loop.time())
        self._lines.setdefault(line, deque()).append(turn)
        called = turn.called
        try:
            async with asyncio.timeout(self._patience_seconds):
                await called
        except BaseException as exc:
            if called.done() and not called.cancelled() and called.exception() is None:  # and gone in that moment
                self._leave(line)
            else:
                self._forget(line, turn)
            if isinstance(exc, TimeoutError):
                raise Busy("no connection within its share became free in time") from None
            raise

    def _leave(self, line: Line) -> None:
        self.give_back(line)
        if self._lines:
            self.call_next()

    def call_next(self) -> None:
        """Let in who has room now, one line after the other; unknown readers before unknown writers."""
        for line in list(self._lines):
            if self._taken >= self._size:
                return
            if line.owner is Unknown.WRITER:
                self._call(UNKNOWN_READERS)
            self._call(line)

    def _call(self, line: Line) -> None:
        in_line = self._lines.get(line)
        if in_line is None:
            return
        called = False
        while in_line and self.has_room(line):
            turn = in_line.popleft()
            if not turn.called.done():
                self.take(line)
                turn.called.set_result(None)
                called = True
        if not in_line:
            del self._lines[line]
        elif called:
            self._lines.move_to_end(line)

    def _refuse_behind(self, stuck: Line) -> None:
        """Refuse who waits behind one for whom a lock did not come: the same would happen to them, only later.

        These are all in the same lane, and of the owner's other lanes those who have waited for long: where all that
        an organization may have is stuck, each would else wait for one after the other.
        """
        long_ago = asyncio.get_running_loop().time() - LONG_SECONDS
        for line in list(self._lines):
            if line.lane is None or line.owner != stuck.owner:
                continue
            for turn in list(self._lines[line]):
                if (line == stuck or turn.since <= long_ago) and not turn.called.done():
                    turn.called.set_exception(Busy("what it waits for is locked by another transaction"))

    def _forget(self, line: Line, turn: Turn) -> None:
        in_line = self._lines.get(line)
        if in_line is None:
            return
        with suppress(ValueError):
            in_line.remove(turn)
        if not in_line:
            del self._lines[line]


class Lease:
    """A connection, and on whose account it is."""

    __slots__ = ("_shares", "address", "conn", "is_lookup", "lane", "line", "may_read_on")

    conn: Conn
    line: Line
    is_lookup: bool
    """Whether it is for finding out whose the address is, and for nothing before that."""

    def __init__(self, shares: Shares, address: Address | None, lane: Hashable | None, *, may_read_on: bool) -> None:
        self._shares = shares
        self.address = address
        self.lane = lane
        self.may_read_on = may_read_on

    async def __aenter__(self) -> Self:
        await self._shares.lend(self)
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await self._shares.take_back(self, error)

    def belongs_to(self, organization_id: UUID) -> bool:
        """Note whose request it is, now that it is known; False: that organization has no room for it.

        Who has only looked it up is to leave then, and to come again; who has read on is on its account.
        """
        before = self.line
        if before.owner == organization_id:
            return True
        if self.address is not None:
            self._shares.learn(self.address, organization_id)
        line = Line(organization_id, before.lane)
        self._shares.give_back(before)
        has_room = self._shares.has_room(line)
        if has_room or not self.is_lookup:
            self.line, self.is_lookup = line, False
        self._shares.take(self.line)
        self._shares.call_next()
        return has_room

    def take_time(self, seconds: float) -> None:
        """Let it be in use for ``seconds`` from now on, instead of as long as others."""
        self._shares.watch(self, seconds)


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
    with suppress(OSError), socket.socket(fileno=os.dup(conn.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
