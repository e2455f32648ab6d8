"""Shares of a pool: who may have how many connections, and who waits. No database."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import LockNotAvailable

from openslot.core.errors import Busy
from openslot.core.ids import new_id
from openslot.db import connection_shares
from openslot.db.connection_shares import Address, Lease, Shares, Unknown


class Connection:
    """As much of one as shares look at."""

    closed = False

    def __init__(self, line: socket.socket | None = None) -> None:
        self._line = line

    def fileno(self) -> int:
        assert self._line is not None
        return self._line.fileno()


class Pool:
    """Gives a connection to everybody, and knows how many are in use."""

    def __init__(self) -> None:
        self.in_use = self.most = 0

    async def getconn(self) -> Connection:
        self.in_use += 1
        self.most = max(self.most, self.in_use)
        return Connection()

    async def putconn(self, _: Connection) -> None:
        self.in_use -= 1


class PoolOfLines(Pool):
    """The same, with connections to somebody: the ends of theirs, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[socket.socket] = []
        self._lines: list[socket.socket] = []

    async def getconn(self) -> Connection:
        line, other = socket.socketpair()
        self.others.append(other)
        self._lines.append(line)
        other.setblocking(False)
        return Connection(line)

    def is_cut(self, number: int) -> bool:
        try:
            return self.others[number].recv(1) == b""
        except BlockingIOError:
            return False

    async def read(self, number: int) -> bytes:
        """What comes on one, which is nothing once it is cut."""
        return await asyncio.get_running_loop().sock_recv(self.others[number], 1)

    def close(self) -> None:
        for one in [*self.others, *self._lines]:
            one.close()


@pytest.fixture
def lines() -> Iterator[PoolOfLines]:
    made = PoolOfLines()
    yield made
    made.close()


def make(size: int = 10, *, patience_seconds: float = 60) -> tuple[Shares, Pool]:
    pool = Pool()
    return Shares(cast(Any, pool), size, patience_seconds=patience_seconds, longest_seconds=60), pool


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Requests:
    """Requests that keep their connection until they are let go."""

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.known: dict[str, UUID] = {}
        self.going: list[asyncio.Task[None]] = []
        self.inside: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.most = 0
        """As many as one organization has had at once, those aside that read on before it was known whose they are."""

    def of(self, owner: str, lane: str | None = None, *, number: int = 1) -> None:
        """So many more requests of an organization that is known."""
        self.shares.learn(Address("token", owner), self.known.setdefault(owner, new_id()))
        self.going += [asyncio.create_task(self._run(owner, lane)) for _ in range(number)]

    def at_unseen_address(self, owner: str, lane: str | None = None) -> None:
        """One more of such an organization, at an address that comes for the first time."""
        organization_id = self.known.setdefault(owner, new_id())
        self.going.append(asyncio.create_task(self._find(owner, organization_id, lane)))

    async def _run(self, owner: str, lane: str | None) -> None:
        async with self.shares.connection(Address("token", owner), lane):
            await self._stay(owner, lane)

    async def _find(self, owner: str, organization_id: UUID, lane: str | None) -> None:
        address = Address("profile", new_id())
        while True:
            async with self.shares.connection(address, lane, may_skip_lookup=lane is None) as lease:
                await asyncio.sleep(0)
                has_read_on = not lease.is_lookup
                if not lease.belongs_to(organization_id) and not has_read_on:
                    continue
                await self._stay(owner, lane, is_counted=not has_read_on)
                return

    async def _stay(self, owner: str, lane: str | None, *, is_counted: bool = True) -> None:
        name = owner if lane is None else f"{owner}/{lane}"
        self.inside.append(name)
        if is_counted:
            self.most = max(self.most, sum(one.partition("/")[0] == owner for one in self.inside))
        try:
            await self.ends.setdefault(name, asyncio.Event()).wait()
        finally:
            self.inside.remove(name)

    async def finish(self) -> list[BaseException | None]:
        """Let everybody go, until nobody is left."""
        while any(not task.done() for task in self.going):
            for name in {*self.inside}:
                self.ends[name].set()
            await settle()
        return await asyncio.gather(*self.going, return_exceptions=True)


async def test_each_may_have_half_of_what_the_others_leave() -> None:
    made, pool = make()
    requests = Requests(made)
    seen = []
    for owner in "abcde":
        requests.of(owner, number=10)
        await settle()
        seen.append(requests.inside.count(owner))
    assert seen == [5, 2, 1, 1, 1]
    assert made.waiting == 40
    assert set(await requests.finish()) == {None}
    assert (pool.most, pool.in_use, made.waiting) == (10, 0, 0)


async def test_within_an_organization_each_host_may_have_half_of_what_the_others_leave() -> None:
    made, _ = make()
    requests = Requests(made)
    for host in "xyz":
        requests.of("a", host, number=10)
    await settle()
    assert sorted(requests.inside) == ["a/x", "a/x", "a/y", "a/z"]
    requests.of("a", number=10)
    await settle()
    assert requests.inside.count("a") == 1  # reading has no lane, and still the share ends at five
    await requests.finish()


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_small_pool_serves_everybody_one_after_the_other(size: int) -> None:
    made, pool = make(size)
    requests = Requests(made)
    for owner in "abc":
        requests.of(owner, "x", number=3)
    assert set(await requests.finish()) == {None}
    assert pool.most <= size


async def test_who_waits_too_long_gets_nothing_and_leaves_nothing() -> None:
    made, pool = make(patience_seconds=0)
    async with made.connection(Address("token", "a"), "x"), made.connection(Address("token", "a"), "x"):
        with pytest.raises(Busy):
            async with made.connection(Address("token", "a"), "x"):
                pytest.fail("there was no room")
        assert (pool.in_use, made.waiting) == (2, 0)
    async with made.connection(Address("token", "a"), "x"):
        assert pool.in_use == 1


async def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_shares, "MAX_IN_QUEUE", 3)
    monkeypatch.setattr(connection_shares, "MAX_WAITING", 7)
    made, _ = make()
    requests = Requests(made)
    requests.of("a", number=9)
    requests.of("b", number=9)
    await settle()
    assert made.waiting == 3 + 2
    ended = await requests.finish()
    assert [type(one) for one in ended if one is not None] == [Busy] * (9 - 5 - 3 + 9 - 2 - 2)


async def test_whoever_gives_up_in_line_or_when_called_takes_no_connection_along() -> None:
    made, pool = make(2)
    requests = Requests(made)
    requests.of("a", number=3)
    await settle()
    requests.going[1].cancel()  # waits in line
    await settle()
    requests.ends["a"].set()
    await asyncio.sleep(0)
    requests.going[2].cancel()  # is being called
    await settle()
    assert (pool.in_use, made.waiting) == (0, 0)
    again = Requests(made)
    again.of("a")
    assert await again.finish() == [None]


async def test_who_waits_behind_a_lock_that_did_not_come_is_not_kept_waiting() -> None:
    made, _ = make()
    requests = Requests(made)
    requests.of("a", "x")
    await settle()
    locked = made.connection(Address("token", "a"), "x")
    await locked.__aenter__()
    requests.of("a", "x", number=3)
    requests.of("a", "y")
    await settle()
    assert made.waiting == 3
    error = LockNotAvailable()
    await locked.__aexit__(LockNotAvailable, error, None)
    await settle()
    assert made.waiting == 0
    assert [type(one) for one in await requests.finish()] == [type(None), Busy, Busy, Busy, type(None)]


async def test_what_reads_on_before_it_is_known_whose_it_is_takes_half_of_the_pool_and_is_on_its_account() -> None:
    made, pool = make()
    organization = new_id()
    async with AsyncExitStack() as stack:
        leases: list[Lease] = [
            await stack.enter_async_context(made.connection(Address("profile", number), may_skip_lookup=True))
            for number in range(5)
        ]
        assert not any(lease.is_lookup for lease in leases)
        assert [lease.belongs_to(organization) for lease in leases] == [True] * 5
        late = await stack.enter_async_context(made.connection(Address("profile", "new"), may_skip_lookup=True))
        assert late.is_lookup
        assert not late.belongs_to(organization)
        known = asyncio.create_task(stack.enter_async_context(made.connection(Address("profile", 0))))
        requests = Requests(made)
        requests.of("b")
        await settle()
        assert (requests.inside, known.done()) == (["b"], False)
        known.cancel()
        await asyncio.gather(known, return_exceptions=True)
        await requests.finish()
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_changes_at_unknown_addresses_are_looked_up_few_at_a_time_and_then_wait_as_their_organization() -> None:
    made, pool = make()
    requests = Requests(made)
    for number in range(60):
        requests.at_unseen_address("a", f"{number}")
    for _ in range(20):
        await settle()
    assert (len(requests.inside), pool.in_use, pool.most <= 7, made.waiting) == (5, 5, True, 55)
    async with made.connection(Address("token", "new"), "x") as lease:
        assert (lease.is_lookup, lease.belongs_to(new_id())) == (True, True)
    assert set(await requests.finish()) == {None}
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_unknown_readers_come_before_unknown_writers() -> None:
    made, _ = make()
    order: list[str] = []

    async def come(name: str, lane: str | None) -> None:
        async with made.connection(Address("token", name), lane) as lease:
            order.append(name)
            assert lease.is_lookup

    async with AsyncExitStack() as stack:
        for number in range(8):  # organizations that have eight connections
            made.learn(Address("token", number), new_id())
            await stack.enter_async_context(made.connection(Address("token", number)))
        for number in range(2):
            await stack.enter_async_context(made.connection(Address("token", f"w{number}"), "x"))
        writers = [asyncio.create_task(come(f"writer {number}", str(number))) for number in range(3)]
        await settle()
        readers = [asyncio.create_task(come(f"reader {number}", None)) for number in range(2)]
        await settle()
        assert order == []
    await asyncio.gather(*writers, *readers)
    assert [name.split()[0] for name in order] == ["reader"] * 2 + ["writer"] * 3


async def test_what_names_nothing_is_like_an_organization() -> None:
    made, pool = make()
    async with AsyncExitStack() as stack:
        for _ in range(2):
            lease = await stack.enter_async_context(made.connection(None, "x"))
            assert not lease.is_lookup
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await stack.enter_async_context(made.connection(None, "x"))
        requests = Requests(made)
        requests.of("b")
        await settle()
        assert requests.inside == ["b"]
        await requests.finish()
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_one_organization_fills_no_more_than_half_of_the_places_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_shares, "MAX_WAITING", 8)
    made, _ = make()
    requests = Requests(made)
    for lane in range(20):
        requests.of("a", f"{lane}")
    requests.of("b", number=3)
    await settle()
    assert made.waiting == 4 + 1
    ended = await requests.finish()
    assert [type(one) for one in ended if one is not None] == [Busy] * (20 - 5 - 4)


async def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_shares, "MAX_KNOWN", 2)
    made, _ = make()
    names = [Address("profile", name) for name in "abc"]
    for name in names:
        made.learn(name, new_id())
    assert [made.queue_of(name).owner is Unknown.READER for name in names] == [True, False, False]


@given(st.data())
async def test_nobody_is_forgotten_and_neither_the_pool_nor_a_share_is_ever_overdrawn(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    made, pool = make(size)
    requests = Requests(made)
    try:
        for _ in range(data.draw(st.integers(1, 20))):
            come = data.draw(st.sampled_from([requests.of, requests.at_unseen_address]))
            come(data.draw(st.sampled_from("abc")), data.draw(st.sampled_from(["", "x", "y"])) or None)
            if data.draw(st.booleans()):
                await settle()
            if data.draw(st.booleans()):
                requests.going[data.draw(st.integers(0, len(requests.going) - 1))].cancel()
            if data.draw(st.booleans()) and requests.inside:
                requests.ends[requests.inside[0]].set()
    finally:  # Hypothesis may end an example at any draw
        ended = await requests.finish()
    assert {type(one) for one in ended} <= {type(None), asyncio.CancelledError}
    assert pool.most <= size
    assert requests.most <= (size + 1) // 2
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_of_an_organization_that_is_stuck_those_who_have_waited_for_long_are_not_kept_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_shares, "LONG_WAIT_SECONDS", 0)
    made, _ = make()
    requests = Requests(made)
    locked = made.connection(Address("token", "a"), "x")
    requests.of("a")  # known from here on
    await settle()
    await locked.__aenter__()
    requests.of("a", "y", number=4)
    requests.of("a", number=4)  # reading
    requests.of("b", "x", number=6)
    await settle()
    await locked.__aexit__(LockNotAvailable, LockNotAvailable(), None)
    await settle()
    assert [type(one) for one in await requests.finish() if one is not None] == [Busy] * 3  # one of four had room


async def test_a_connection_that_is_used_for_too_long_is_cut_and_one_that_may_take_its_time_is_not(
    lines: PoolOfLines, caplog: pytest.LogCaptureFixture
) -> None:
    made = Shares(cast(Any, lines), 10, patience_seconds=60, longest_seconds=0.01)
    async with made.connection(None), made.connection(None) as patient, made.connection(None):
        patient.extend(3600)
        assert [await lines.read(0), await lines.read(2)] == [b"", b""]
        assert not lines.is_cut(1)
    async with made.connection(None):  # the watch goes on
        assert await lines.read(3) == b""
    async with made.connection(None):
        pass
    assert not lines.is_cut(4)
    assert [one.getMessage() for one in caplog.records] == [
        "a request has used a connection for too long: the database hangs, the connection is cut"
    ] * 3
