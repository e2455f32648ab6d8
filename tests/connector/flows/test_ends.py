"""Stops, kills and a state that is away: what is under way then."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from openslot.connector import AsyncConnector, Backoff, Connection, Connector, Flow, InviteeEvent, Runner
from openslot.connector.flows import pool
from openslot.connector.flows.pool import CUT_OFF
from openslot.connector.flows.store import Store
from openslot.connector.flows.tasks import stop

from .conftest import TOKEN, Run_, about, became

AT_ONCE = Backoff(attempts=3, first=timedelta())


async def test_what_a_killed_process_had_begun_begins_again(
    new_store: Callable[[], Store], booked: InviteeEvent, run: Run_
) -> None:
    flow, seen = Flow("one"), list[int]()

    @flow.on("invitee.created")
    async def note(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append(1)

    killed = new_store()
    await killed.open(["one"])
    async with Connection(TOKEN) as connection:
        await killed.accept([Runner([flow], connection, killed)._taken(booked, [flow])])
    (begun,) = await killed.claim("one", booked.created_at.timestamp() * 2, 10)
    await killed.close()  # as the kernel does for a process that is gone
    async with run(flow) as runner:
        await runner.settle()
        states = await became(runner)

    assert (begun.state, seen, states) == ("running", [1], [("one", "invitee.created", "done", 2)])


async def test_what_ends_the_process_again_and_again_is_given_up_and_a_failure_is_not_counted_twice(
    new_store: Callable[[], Store], booked: InviteeEvent, run: Run_
) -> None:
    flow, seen = Flow("one", backoff=Backoff(attempts=1)), list[int]()

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, __: AsyncConnector) -> None:
        seen.append(int(event.payload.uri[-1]))

    killed = new_store()
    async with Connection(TOKEN) as connection:
        runner = Runner([flow], connection, killed)
        often, once = runner._taken(about(booked, 1), [flow]), runner._taken(about(booked, 2), [flow])
    late = booked.created_at.timestamp() * 2
    for number in range(CUT_OFF):
        await killed.open(["one"])
        await killed.accept([often, once] if number == CUT_OFF - 1 else [often])
        await killed.claim("one", late, 10)
        await killed.close()
    async with run(flow) as runner:
        await runner.settle()
        (dead,) = await runner.store.runs(state="failed")
        (done,) = await runner.store.runs(state="done")

    assert (dead.about[-1], dead.error) == ("1", "GiveUp: the process ended at 5 attempts")
    assert (seen, done.attempts, done.failures) == ([2], 2, 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_became_of_a_run_is_recorded_once_the_state_answers_again(
    run: Run_, booked: InviteeEvent, canceled: InviteeEvent, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    monkeypatch.setattr(pool, "RECORD_AGAIN_SECONDS", (0.0,))
    flow, seen = Flow("one", backoff=AT_ONCE), list[str]()
    hiccups = [OSError("the disk is full"), OSError("the disk is full")]

    @flow.on("invitee.created", "invitee.canceled")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)
        if fails and len(seen) == 1:
            raise ValueError

    async with run(flow) as runner:
        for name in ("done", "failed"):
            recorded = getattr(runner.store, name)

            async def record(*values: Any, recorded: Any = recorded) -> None:
                if hiccups:
                    raise hiccups.pop()
                await recorded(*values)

            monkeypatch.setattr(runner.store, name, record)
        await runner.accept_all([booked, canceled])
        await runner.settle()
        states = await became(runner)

    assert seen == [*["invitee.created"] * (2 if fails else 1), "invitee.canceled"]
    assert states == [("one", "invitee.created", "done", 2 if fails else 1), ("one", "invitee.canceled", "done", 1)]


async def test_leaving_gives_what_is_under_way_its_time(run: Run_, booked: InviteeEvent) -> None:
    flow, began, seen = Flow("one"), asyncio.Event(), list[str]()

    @flow.on("invitee.created")
    async def slow(event: InviteeEvent, __: AsyncConnector) -> None:
        began.set()
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append(event.event)

    async with run(flow) as runner:
        await runner.accept(booked)
        await began.wait()
    async with run(flow) as runner:
        await runner.settle()

    assert seen == ["invitee.created"]


async def test_a_stop_is_insisted_on_where_a_cancellation_was_swallowed() -> None:
    swallowed, began = list[int](), asyncio.Event()

    async def work() -> None:
        began.set()
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append(1)

    task = asyncio.create_task(work())
    await began.wait()
    await stop([task])

    assert (swallowed, task.cancelled()) == ([1], True)


async def test_a_function_in_a_thread_is_waited_for_however_long_it_takes(
    run: Run_, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else the next start would have it twice at the same time, and its completion would be recorded by nobody."""
    monkeypatch.setattr(pool, "GRACE_SECONDS", 0.0)
    flow, began, may_end = Flow("one"), threading.Event(), threading.Event()

    @flow.on("invitee.created")
    def slow(_: InviteeEvent, __: Connector) -> None:
        began.set()
        assert may_end.wait(30)

    async def leave() -> None:
        async with run(flow) as runner:
            await runner.accept(booked)
            await asyncio.to_thread(began.wait, 30)

    leaving = asyncio.create_task(leave())
    await asyncio.to_thread(began.wait, 30)
    _, still = await asyncio.wait([leaving], timeout=0.1)
    may_end.set()
    await leaving
    async with run(flow) as runner:
        states = await became(runner)

    assert (still, states) == ({leaving}, [("one", "invitee.created", "done", 1)])


async def test_one_flow_that_is_slow_to_leave_takes_the_state_from_no_other(
    run: Run_, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread ends while what is beside it in its flow is cut off, and another flow has a thread at work yet."""
    monkeypatch.setattr(pool, "GRACE_SECONDS", 0.0)
    mixed, other = Flow("mixed"), Flow("other")
    begun, may_end, is_cut, may_go = threading.Semaphore(0), threading.Event(), asyncio.Event(), asyncio.Event()

    @mixed.on("invitee.created")
    def in_a_thread(_: InviteeEvent, __: Connector) -> None:
        begun.release()
        assert may_end.wait(30)

    @mixed.on("invitee.created")
    async def in_the_loop(_: InviteeEvent, __: AsyncConnector) -> None:
        begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            is_cut.set()
            with contextlib.suppress(asyncio.CancelledError):
                await may_go.wait()

    may_end_too = threading.Event()

    @other.on("invitee.created")
    def long_one(_: InviteeEvent, __: Connector) -> None:
        begun.release()
        assert may_end_too.wait(30)

    async def leave() -> None:
        async with run(mixed, other) as runner:
            await runner.accept(booked)
            for _ in range(3):
                await asyncio.to_thread(begun.acquire, True, 30)

    leaving = asyncio.create_task(leave())
    async with asyncio.timeout(30):
        await is_cut.wait()
        may_end.set()
        for thread in threading.enumerate():
            if thread.name == "flow mixed":
                await asyncio.to_thread(thread.join)
        may_go.set()
        _, still = await asyncio.wait([leaving], timeout=0.1)
        may_end_too.set()
        await leaving
    async with run(mixed, other) as runner:
        states = {one.handler.rpartition(".")[2]: one.state for one in await runner.store.runs(flow="other")}

    assert (still, states) == ({leaving}, {"long_one": "done"})


async def test_a_state_that_does_not_answer_keeps_no_stop(
    run: Run_, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became of the function is recorded by nobody then, so it runs again."""
    monkeypatch.setattr(pool, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(pool, "RECORD_GRACE_SECONDS", 0.1)
    flow, began, may_end = Flow("one"), threading.Event(), threading.Event()

    @flow.on("invitee.created")
    def slow(_: InviteeEvent, __: Connector) -> None:
        began.set()
        assert may_end.wait(30)

    async def away(*_: Any) -> None:
        raise OSError("the disk is full")

    async def leave() -> None:
        async with run(flow) as runner:
            monkeypatch.setattr(runner.store, "done", away)
            await runner.accept(booked)
            await asyncio.to_thread(began.wait, 30)

    leaving = asyncio.create_task(leave())
    await asyncio.to_thread(began.wait, 30)
    may_end.set()
    async with asyncio.timeout(20):
        await leaving
    async with run(flow) as runner:
        await runner.settle()
        states = await became(runner)

    assert [state for _, _, state, _ in states] == ["done"]


async def test_a_function_of_the_loop_is_cut_short_and_that_is_no_attempt(
    run: Run_, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "GRACE_SECONDS", 0.0)
    flow, began, may_end = Flow("one"), asyncio.Event(), asyncio.Event()

    @flow.on("invitee.created")
    async def slow(_: InviteeEvent, __: AsyncConnector) -> None:
        began.set()
        await may_end.wait()

    async with run(flow) as runner:
        await runner.accept(booked)
        await began.wait()
    may_end.set()
    async with run(flow) as runner:
        await runner.settle()
        states = await became(runner)

    assert states == [("one", "invitee.created", "done", 1)]
