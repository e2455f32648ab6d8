"""Shares of a pool: who may have how many connections, and who waits. No database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import LockNotAvailable

from openslot.core.errors import Busy
from openslot.core.ids import new_id
from openslot.db import shares
from openslot.db.shares import Address, Lease, Shares


class Connection:
    """As much of one as shares look at."""

    closed = False


class Pool:
    """Gives a connection to everybody, and knows how many are in use."""

    def __init__(self) -> None:
        self.in_use = self.most = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        self.in_use += 1
        self.most = max(self.most, self.in_use)
        try:
            yield Connection()
        finally:
            self.in_use -= 1


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

    def of(self, owner: str, lane: str | None = None, *, number: int = 1) -> None:
        """So many more requests of an organization that is known."""
        self.shares.learn(Address("token", owner), self.known.setdefault(owner, new_id()))
        self.going += [asyncio.create_task(self._run(owner, lane)) for _ in range(number)]

    async def _run(self, owner: str, lane: str | None) -> None:
        async with self.shares.connection(Address("token", owner), lane):
            name = owner if lane is None else f"{owner}/{lane}"
            self.inside.append(name)
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
    monkeypatch.setattr(shares, "MOST_IN_LINE", 3)
    monkeypatch.setattr(shares, "MOST_WAITING", 5)
    made, _ = make()
    requests = Requests(made)
    requests.of("a", number=9)
    requests.of("b", number=9)
    await settle()
    assert made.waiting == 5
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
    assert not await locked.__aexit__(LockNotAvailable, error, None)
    await settle()
    assert made.waiting == 0
    assert [type(one) for one in await requests.finish()] == [type(None), Busy, Busy, Busy, type(None)]


async def test_who_turns_out_to_be_of_an_organization_is_on_its_account() -> None:
    made, pool = make()
    organization = new_id()
    async with AsyncExitStack() as stack:
        leases: list[Lease] = [
            await stack.enter_async_context(made.connection(Address("profile", number))) for number in range(8)
        ]
        assert [lease.belongs_to(organization) for lease in leases] == [True] * 2 + [False] * 6
        known, unknown = [
            asyncio.create_task(stack.enter_async_context(made.connection(Address("profile", name))))
            for name in (0, "new")
        ]
        requests = Requests(made)
        requests.of("b")
        await settle()
        assert (requests.inside, known.done(), unknown.done()) == (["b"], False, False)
        known.cancel()
        unknown.cancel()
        await asyncio.gather(known, unknown, return_exceptions=True)
        await requests.finish()
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOST_KNOWN", 2)
    made, _ = make()
    names = [Address("profile", name) for name in "abc"]
    for name in names:
        made.learn(name, new_id())
    assert [made.owner_of(name) == name for name in names] == [True, False, False]


@given(st.data())
async def test_nobody_is_forgotten_and_the_pool_is_never_overdrawn(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    made, pool = make(size)
    requests = Requests(made)
    for _ in range(data.draw(st.integers(1, 20))):
        requests.of(data.draw(st.sampled_from("abc")), data.draw(st.sampled_from(["", "x", "y"])) or None)
        if data.draw(st.booleans()):
            await settle()
        if data.draw(st.booleans()):
            requests.going[data.draw(st.integers(0, len(requests.going) - 1))].cancel()
        if data.draw(st.booleans()) and requests.inside:
            requests.ends[requests.inside[0]].set()
    ended = await requests.finish()
    assert {type(one) for one in ended} <= {type(None), asyncio.CancelledError}
    assert pool.most <= size
    assert (pool.in_use, made.waiting) == (0, 0)


async def test_of_an_organization_that_is_stuck_those_who_have_waited_for_long_are_not_kept_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "LONG_SECONDS", 0)
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
    assert not await locked.__aexit__(LockNotAvailable, LockNotAvailable(), None)
    await settle()
    assert [type(one) for one in await requests.finish() if one is not None] == [Busy] * 3  # one of four had room
