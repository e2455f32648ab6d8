"""The limit of calls: 100 per 60 s and connection, whoever counts and wherever. Source: connector.json, throttling."""

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep import LockstepClock, most_in_a_window
from openslot.client import NotFound, Throttled, operations
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection
from openslot.connector.throttle import LANE, Throttle

TOKEN = "osl_made-up-token-of-the-tests"
ME = operations.GetCurrentUser()


@pytest.mark.parametrize("latency_seconds", [0.0, 0.3, 7.0])
async def test_250_calls_from_20_tasks_never_exceed_100_in_any_window(api: StandIn, latency_seconds: float) -> None:
    clock = LockstepClock(workers=20)
    arrived: list[float] = []
    left: list[float] = []
    lock = threading.Lock()
    user = api.answer(Received("GET", "/users/me", {}, {}, b""))

    def answer(_: Received) -> Any:
        with lock:
            arrived.append(clock.now)
            clock.advance(latency_seconds / 20)
            left.append(clock.now)
        return user

    api.on("GET", "/users/me", answer)
    calls = iter(range(250))

    async with Connection(TOKEN, api.url, clock=clock) as connection:

        async def worker() -> None:
            for _ in calls:
                await connection.async_client.send(ME)
            clock.retire()

        await asyncio.gather(*(worker() for _ in range(20)))

    assert len(arrived) == 250
    assert most_in_a_window(sorted(arrived)) <= 100
    assert most_in_a_window(sorted(left)) <= 100
    # and the limit is used: three windows are enough for 250, whatever the latency adds to each
    assert clock.now < 120 + 250 * latency_seconds + 1


async def test_tasks_go_in_the_order_in_which_they_came(api: StandIn) -> None:
    clock = LockstepClock(workers=20)
    numbers = itertools.count()

    async with Connection(TOKEN, api.url, clock=clock) as connection:
        connection.async_client.core.gate = Throttle(1, 60.0, clock.monotonic)

        async def worker() -> None:
            for _ in range(3):
                with contextlib.suppress(NotFound):
                    await connection.async_client.send(operations.GetUser(str(next(numbers))))
            clock.retire()

        await asyncio.gather(*(worker() for _ in range(20)))

    assert api.calls() == [f"GET /users/{number}" for number in range(60)]
    assert clock.now == 59 * 60.0


async def test_two_connections_do_not_share(api: StandIn) -> None:
    clock = LockstepClock(workers=1)

    async with Connection(TOKEN, api.url, clock=clock) as one, Connection(TOKEN, api.url, clock=clock) as other:
        for _ in range(100):
            await one.async_client.send(ME)
            await other.async_client.send(ME)

    assert clock.now == 0.0


async def test_tasks_and_threads_of_one_connection_share(api: StandIn) -> None:
    async with Connection(TOKEN, api.url, when_full="fail") as connection:
        for _ in range(50):
            await connection.async_client.send(ME)
            await asyncio.to_thread(connection.client.send, ME)

        with pytest.raises(Throttled):
            connection.client.send(ME)
        with pytest.raises(Throttled):
            await connection.async_client.send(ME)


def test_set_to_fail_it_names_the_wait(api: StandIn) -> None:
    clock = LockstepClock(workers=1)
    with Connection(TOKEN, api.url, when_full="fail", clock=clock) as connection:
        for _ in range(100):
            connection.client.send(ME)
        clock.advance(20)

        with pytest.raises(Throttled) as caught:
            connection.client.send(ME)

        assert (caught.value.retry_after_seconds, str(caught.value)) == (
            40.0,
            "the limit of calls of this connection is used up for another 40.0 s",
        )
        clock.advance(40)
        assert connection.client.send(ME).name == "Host Person"


def test_a_repeated_call_counts_again(api: StandIn) -> None:
    api.on("GET", "/users/me", Reply(400))
    clock = Ticking()
    throttle = throttle_of(clock, calls=1)
    with Connection(TOKEN, api.url, clock=clock) as connection:
        connection.client.core.gate = throttle
        api.on("GET", "/users/me", Reply(429, headers={"Retry-After": "1"}), Reply(400))

        with pytest.raises(Exception, match=r"^400"):
            connection.client.send(ME)

    assert clock.now == 60.0


class Ticking:
    """Sleeping moves its hands."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.now += seconds


def throttle_of(clock: Ticking, calls: int = 100) -> Throttle:
    return Throttle(calls, 60.0, clock.monotonic)


def test_first_come_is_first_served() -> None:
    clock = Ticking()
    throttle = throttle_of(clock, calls=2)
    tickets = [throttle.enter() for _ in range(5)]

    # asking out of turn gains nothing
    assert [throttle.wait_seconds(ticket) for ticket in reversed(tickets[2:])] == [60.0, 60.0, 60.0]
    assert [throttle.wait_seconds(ticket) for ticket in tickets[:2]] == [0.0, 0.0]
    throttle.leave(tickets[0])
    clock.sleep(5)
    throttle.leave(tickets[1])

    assert [throttle.wait_seconds(ticket) for ticket in tickets[2:]] == [55.0, 60.0, 60.0]
    clock.sleep(55)
    assert [throttle.wait_seconds(ticket) for ticket in reversed(tickets[2:])] == [60.0, 5.0, 0.0]


class Lanes:
    """Calls by name, whose first letter is their lane, through a throttle that lets one go at a time."""

    def __init__(self) -> None:
        self.clock = Ticking()
        self.throttle = throttle_of(self.clock, calls=1)
        self.waiting: dict[str, object] = {}

    def enter(self, *names: str) -> None:
        for name in names:
            context = contextvars.copy_context()
            context.run(LANE.set, name[0])
            self.waiting[name] = context.run(self.throttle.enter)

    def give_up(self, *names: str) -> None:
        for name in names:
            self.throttle.leave(self.waiting.pop(name))

    def go(self, times: int) -> list[str]:
        gone = []
        for _ in range(times):
            (name,) = [name for name, ticket in self.waiting.items() if self.throttle.wait_seconds(ticket) == 0.0]
            self.give_up(name)
            gone.append(name)
            self.clock.sleep(60)
        return gone


def test_lanes_take_turns_and_none_saves_up_turns() -> None:
    lanes = Lanes()

    lanes.enter("a1", "a2", "a3", "a4", "a5", "b1", "b2")
    first = lanes.go(5)
    lanes.enter("c1", "c2", "a6", "b3")

    assert first == ["a1", "b1", "a2", "b2", "a3"]
    assert lanes.go(6) == ["a4", "c1", "b3", "a5", "c2", "a6"]


def test_turns_that_were_given_up_do_not_count_against_their_lane() -> None:
    lanes = Lanes()

    lanes.enter("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "b5")
    first = lanes.go(2)
    lanes.give_up("a2", "a3", "a4")
    lanes.enter("a5")

    assert (first, lanes.go(3)) == (["a1", "b1"], ["b2", "a5", "b3"])


def test_a_call_under_way_holds_its_place_until_a_minute_after_it_is_over() -> None:
    clock = Ticking()
    throttle = throttle_of(clock, calls=1)
    slow, waiting = throttle.enter(), throttle.enter()
    assert throttle.wait_seconds(slow) == 0.0
    clock.sleep(300)
    assert throttle.wait_seconds(waiting) == 60.0
    throttle.leave(slow)
    clock.sleep(59.5)

    assert throttle.wait_seconds(waiting) == 0.5


def test_who_gives_up_waiting_gives_the_place_to_the_next() -> None:
    clock = Ticking()
    throttle = throttle_of(clock, calls=1)
    away, impatient, patient = throttle.enter(), throttle.enter(), throttle.enter()
    throttle.wait_seconds(away)
    throttle.leave(away)
    throttle.wait_seconds(impatient)
    throttle.leave(impatient)
    clock.sleep(60)

    assert throttle.wait_seconds(patient) == 0.0


async def test_a_canceled_call_leaves_the_line(api: StandIn) -> None:
    clock = LockstepClock(workers=2)
    async with Connection(TOKEN, api.url, clock=clock) as connection:
        for _ in range(100):
            await connection.async_client.send(ME)
        waiting = asyncio.create_task(connection.async_client.send(ME))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        clock.advance(60)

        for _ in range(100):
            await connection.async_client.send(ME)

    assert clock.now == 60.0


@given(
    latencies=st.lists(st.floats(0, 90), min_size=1, max_size=60),
    counted_at=st.floats(0, 1),
    callers=st.integers(1, 9),
)
def test_the_limit_holds_for_any_latencies_and_wherever_it_is_counted(
    latencies: list[float], counted_at: float, callers: int
) -> None:
    """A simulation of callers: each makes its next call as soon as it may once the one before is over."""
    clock = Ticking()
    throttle = throttle_of(clock, calls=4)
    counted: list[float] = []
    remaining = iter(latencies)
    agenda: list[tuple[float, int, Callable[[], None]]] = []
    numbers = itertools.count()

    def at(time: float, action: Callable[[], None]) -> None:
        heapq.heappush(agenda, (time, next(numbers), action))

    def begin() -> None:
        latency = next(remaining, None)
        if latency is not None:
            request(throttle.enter(), latency)

    def request(ticket: object, latency: float) -> None:
        wait = throttle.wait_seconds(ticket)
        if wait:
            at(clock.now + wait, lambda: request(ticket, latency))
        else:
            counted.append(clock.now + latency * counted_at)
            at(clock.now + latency, lambda: end(ticket))

    def end(ticket: object) -> None:
        throttle.leave(ticket)
        begin()

    for _ in range(callers):
        at(0.0, begin)
    while agenda:
        clock.now, _, action = heapq.heappop(agenda)
        action()

    assert len(counted) == len(latencies)
    assert most_in_a_window(sorted(counted), 60.0 - 1e-9) <= 4


def test_it_is_idle_once_nothing_counts_any_more() -> None:
    clock = Ticking()
    throttle = throttle_of(clock)
    idle = [throttle.is_idle()]
    ticket = throttle.enter()
    idle.append(throttle.is_idle())
    throttle.wait_seconds(ticket)
    clock.sleep(300)
    idle.append(throttle.is_idle())
    throttle.leave(ticket)
    clock.sleep(59.5)
    idle.append(throttle.is_idle())
    clock.sleep(0.5)
    idle.append(throttle.is_idle())

    assert idle == [True, False, False, False, True]
