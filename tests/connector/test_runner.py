"""What becomes of events, on both stores: at least once, never after it was done, in order, and apart."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openslot.client import answers
from openslot.connector import AsyncConnector, Backoff, Connection, Connector, Event, Flow, GiveUp, InviteeEvent, Runner
from openslot.connector import runner as runner_module
from openslot.connector.runner import CUT_OFF, stop
from openslot.connector.sqlite_store import SqliteStore
from openslot.connector.store import Run, RunTaken, StateTaken, Store
from openslot.connector.throttle import LANE
from openslot.connector.triggers import event_id
from openslot.flow_store import POOL_SIZE, PostgresStore
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
AT_ONCE = Backoff(attempts=3, first=timedelta())
Json = dict[str, Any]
Run_ = Callable[..., AbstractAsyncContextManager[Runner]]


@pytest.fixture(params=["sqlite", "postgres"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Makes one store after the other with the same state."""
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "flows.sqlite3")
    url = request.getfixturevalue("empty_database_url")
    return lambda: PostgresStore(url)


@pytest.fixture
def run(new_store: Callable[[], Store]) -> Run_:
    """Runs flows on that state."""

    @asynccontextmanager
    async def run(*flows: Flow, **options: Any) -> AsyncIterator[Runner]:
        async with Connection(TOKEN) as connection, Runner(flows, connection, new_store(), **options) as runner:
            yield runner

    return run


@pytest.fixture
def booked(samples: Json) -> InviteeEvent:
    return codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent)


@pytest.fixture
def canceled(samples: Json) -> InviteeEvent:
    return codec.convert(samples["deliveries"]["invitee.canceled"], InviteeEvent)


def about(event: InviteeEvent, number: int) -> InviteeEvent:
    """The same of another invitee."""
    sample = codec.convert(codec.decode(codec.encode(event), dict[str, Any]), InviteeEvent)
    sample.payload.uri += str(number)
    return sample


async def became(runner: Runner) -> list[tuple[str, str, str, int]]:
    """Flow, event, state and attempts, in the order of the runs."""
    runs = await runner.store.runs()
    return [(one.flow, one.event, one.state, one.attempts) for one in reversed(runs)]


async def test_each_function_runs_once_on_each_event(run: Run_, booked: InviteeEvent, canceled: InviteeEvent) -> None:
    flow, seen = Flow("one"), list[str]()

    @flow.on("invitee.created")
    async def in_the_loop(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(f"loop {event_id(event)}")

    @flow.on("invitee.created")
    def in_a_thread(event: InviteeEvent, _: Connector) -> None:
        seen.append(f"thread {event_id(event)}")

    async with run(flow) as runner:
        for event in (booked, canceled, booked):
            await runner.accept(event)
        await runner.settle()
        await runner.accept(booked)
        await runner.settle()

    assert sorted(seen) == [f"loop {event_id(booked)}", f"thread {event_id(booked)}"]


async def test_what_is_done_is_done_after_a_restart_too(run: Run_, booked: InviteeEvent) -> None:
    flow, seen = Flow("one"), list[str]()

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)

    for _ in range(2):
        async with run(flow) as runner:
            await runner.accept(booked)
            await runner.settle()

    assert seen == ["invitee.created"]


async def test_fields_that_have_no_name_here_reach_the_functions(run: Run_, booked: InviteeEvent) -> None:
    flow, seen = Flow("one"), list[Json]()
    told = answers.convert(answers.builtins(booked) | {"version": 3}, InviteeEvent)

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.unknown)

    async with run(flow) as runner:
        await runner.accept(told)
        await runner.settle()

    assert seen == [{"version": 3}]


async def test_functions_of_the_same_name_all_run(run: Run_, booked: InviteeEvent) -> None:
    flow, seen = Flow("namesakes"), list[str]()

    def note(event: InviteeEvent, _: Connector) -> None:
        seen.append(event.event)

    for _ in range(3):
        flow.on("invitee.created")(note)
    async with run(flow) as runner:
        await runner.accept(booked)
        await runner.settle()

    name = note.__qualname__
    assert seen == ["invitee.created"] * 3
    assert [handler.name for handler in flow.handlers] == [name, f"{name} 2", f"{name} 3"]


def test_flows_of_the_same_name_are_refused(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the same name"):
        Runner([Flow("twin"), Flow("twin")], connection, SqliteStore(tmp_path / "state"))


async def test_only_the_function_that_failed_runs_again_and_nothing_else_waits_for_it(
    run: Run_, booked: InviteeEvent, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Flow("broken", backoff=AT_ONCE), Flow("sound")
    seen, failures = list[str](), [ValueError("not yet"), asyncio.CancelledError()]

    @broken.on("invitee.created")
    async def fails_at_first(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append("broken")
        if failures:
            raise failures.pop()

    @sound.on("invitee.created")
    async def works(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append("sound")

    async with run(broken, sound) as runner:
        await runner.accept(booked)
        await runner.settle()
        states = await became(runner)

    assert sorted(seen) == ["broken", "broken", "broken", "sound"]
    assert states == [("broken", "invitee.created", "done", 3), ("sound", "invitee.created", "done", 1)]
    assert "not yet" in caplog.text


async def test_a_flow_that_hangs_takes_no_place_from_another(run: Run_, booked: InviteeEvent) -> None:
    stuck, sound = Flow("stuck", at_once=2), Flow("sound")
    release, seen = threading.Event(), list[str]()

    @stuck.on("invitee.created")
    def hang(_: InviteeEvent, __: Connector) -> None:
        release.wait(30)

    @sound.on("invitee.created")
    def works(event: InviteeEvent, __: Connector) -> None:
        seen.append(event.payload.uri)
        if len(seen) == 40:
            release.set()

    events = [about(booked, number) for number in range(40)]
    async with run(stuck, sound) as runner:
        await runner.accept_all(events)
        await runner.settle()

    assert sorted(seen) == sorted(event.payload.uri for event in events)


async def test_the_last_failure_makes_a_dead_letter_that_can_be_had_again(run: Run_, booked: InviteeEvent) -> None:
    flow, failing = Flow("one", backoff=AT_ONCE), [True]

    @flow.on("invitee.created")
    async def may_fail(_: InviteeEvent, __: AsyncConnector) -> None:
        if failing:
            raise ValueError("the CRM is \0away")

    async with run(flow) as runner:
        await runner.accept(booked)
        await runner.settle()
        (dead,) = await runner.store.runs(state="failed")
        failing.clear()
        unknown = await runner.store.rerun(dead.id + 1, 0)
        again = await runner.store.rerun(dead.id, 0)
        await runner.accept(about(booked, 2))  # so that there is news
        await runner.settle()
        states = await became(runner)

    assert (dead.attempts, (dead.error or "").replace("\0", " ")) == (3, "ValueError: the CRM is  away")
    assert (unknown, again) == (False, True)
    assert states == [("one", "invitee.created", "done", 1)] * 2


async def test_giving_up_is_not_tried_again(run: Run_, booked: InviteeEvent) -> None:
    flow = Flow("one")

    @flow.on("invitee.created")
    async def refuse(_: InviteeEvent, __: AsyncConnector) -> None:
        raise GiveUp("no such customer")

    async with run(flow) as runner:
        await runner.accept(booked)
        await runner.settle()

        assert await became(runner) == [("one", "invitee.created", "failed", 1)]


async def test_the_runs_of_one_invitee_keep_their_order_and_others_do_not_wait(
    run: Run_, booked: InviteeEvent, canceled: InviteeEvent
) -> None:
    flow, seen = Flow("one"), list[str]()
    may_end = asyncio.Event()

    @flow.on("invitee.created", "invitee.canceled")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        if event.payload.uri == booked.payload.uri and event.event == "invitee.created":
            await may_end.wait()
        seen.append(f"{event.event} {event.payload.uri[-1]}")
        if event.payload.uri.endswith("9"):
            may_end.set()

    async with run(flow) as runner:
        await runner.accept_all([booked, canceled, about(booked, 9)])
        await runner.settle()

    assert seen == ["invitee.created 9", "invitee.created 6", "invitee.canceled 6"]


async def test_a_failure_holds_back_what_came_later_of_the_same_invitee_until_it_is_given_up(
    run: Run_, booked: InviteeEvent, canceled: InviteeEvent
) -> None:
    flow, seen = Flow("one", backoff=AT_ONCE), list[str]()

    @flow.on("invitee.created")
    async def fail(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)
        raise ValueError

    @flow.on("invitee.canceled")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)

    async with run(flow) as runner:
        await runner.accept_all([booked, canceled])
        await runner.settle()

    assert seen == [*["invitee.created"] * 3, "invitee.canceled"]


class TestDelayed:
    @pytest.fixture
    def now(self, booked: InviteeEvent) -> list[float]:
        """The time of booking; to be moved."""
        return [booked.created_at.timestamp()]

    @pytest.fixture
    def seen(self) -> list[str]:
        return []

    @pytest.fixture
    def flow(self, seen: list[str]) -> Flow:
        flow = Flow("follow-up")

        @flow.on("invitee.created", after="end_time", delay=timedelta(hours=1))
        async def follow_up(event: InviteeEvent, _: AsyncConnector) -> None:
            seen.append(event.event)

        return flow

    async def test_it_runs_once_the_meeting_is_over_even_if_nobody_ran_meanwhile(
        self, run: Run_, flow: Flow, seen: list[str], now: list[float], booked: InviteeEvent
    ) -> None:
        end = booked.payload.scheduled_event.end_time.timestamp()

        for at, so_far in ((now[0], 0), (end + 3599, 0), (end + 3600, 1), (end + 7200, 1)):
            now[0] = at
            async with run(flow, now=lambda: now[0]) as runner:
                await runner.accept(booked)
                await runner.settle()
            assert len(seen) == so_far

    async def test_it_never_runs_once_the_invitee_has_canceled(
        self, run: Run_, flow: Flow, seen: list[str], now: list[float], booked: InviteeEvent, canceled: InviteeEvent
    ) -> None:
        async with run(flow, now=lambda: now[0]) as runner:
            await runner.accept_all([booked, about(booked, 2)])
            await runner.accept(canceled)
            now[0] += 30 * 86400
            await runner.accept(canceled)
            await runner.settle()
            states = await became(runner)

        assert "invitee.canceled" in flow.events
        assert (seen, [state for _, _, state, _ in states]) == (["invitee.created"], ["canceled", "done"])

    async def test_nor_if_the_cancellation_came_first(
        self, run: Run_, flow: Flow, seen: list[str], now: list[float], booked: InviteeEvent, canceled: InviteeEvent
    ) -> None:
        async with run(flow, now=lambda: now[0]) as runner:
            await runner.accept(canceled)
            await runner.accept(booked)
            now[0] += 30 * 86400
            await runner.accept(about(booked, 2))
            await runner.settle()

        assert seen == ["invitee.created"]

    async def test_what_waits_holds_nothing_back(
        self, run: Run_, flow: Flow, seen: list[str], now: list[float], booked: InviteeEvent, samples: Json
    ) -> None:
        @flow.on("invitee_no_show.created")
        async def absent(event: InviteeEvent, _: AsyncConnector) -> None:
            seen.append(event.event)

        marked = codec.convert(samples["deliveries"]["invitee_no_show.created"], InviteeEvent)
        async with run(flow, now=lambda: now[0]) as runner:
            await runner.accept_all([booked, marked])
            await runner.settle()

        assert seen == ["invitee_no_show.created"]

    async def test_a_cancellation_may_have_a_delayed_run_of_its_own(
        self, run: Run_, seen: list[str], now: list[float], canceled: InviteeEvent
    ) -> None:
        flow = Flow("win back")

        @flow.on("invitee.canceled", delay=timedelta(days=1))
        async def write(event: InviteeEvent, _: AsyncConnector) -> None:
            seen.append(event.event)

        async with run(flow, now=lambda: now[0]) as runner:
            for days in (0, 1):
                now[0] += days * 86400
                await runner.accept(canceled)
                await runner.settle()

        assert seen == ["invitee.canceled"]

    def test_a_routing_form_has_no_end_to_count_from(self) -> None:
        with pytest.raises(ValueError, match="no meeting"):
            Flow("x").on("routing_form_submission.created", after="end_time")


async def test_a_function_that_is_gone_is_a_dead_letter(run: Run_, booked: InviteeEvent) -> None:
    old, new = Flow("one"), Flow("one")

    @old.on("invitee.created", delay=timedelta(days=1))
    async def gone(_: InviteeEvent, __: AsyncConnector) -> None:
        raise AssertionError

    async with run(old, now=lambda: 0.0) as runner:
        await runner.accept(booked)
        await runner.settle()
    async with run(new, now=lambda: 2 * 86400.0) as runner:
        await runner.settle()
        (dead,) = await runner.store.runs(state="failed")

    assert (dead.error or "").endswith("has no function " + gone.__qualname__ + " any more")


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


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first": timedelta(seconds=-1)}, {"longest": timedelta(-1)}])
def test_no_attempt_and_negative_waits_are_refused(wrong: Json) -> None:
    with pytest.raises(ValueError, match=r"one attempt|no shorter"):
        Backoff(**wrong)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_became_of_a_run_is_recorded_once_the_state_answers_again(
    run: Run_, booked: InviteeEvent, canceled: InviteeEvent, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    monkeypatch.setattr(runner_module, "RECORD_AGAIN_SECONDS", (0.0,))
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


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3)], ids=repr)
async def test_whatever_a_function_raises_is_its_own_failure(
    run: Run_, booked: InviteeEvent, error: BaseException
) -> None:
    flow, other, seen = Flow("one", backoff=Backoff(attempts=1)), Flow("other"), list[str]()

    @flow.on("invitee.created")
    def exits(_: InviteeEvent, __: Connector) -> None:
        raise error

    @other.on("invitee.created")
    def note(event: InviteeEvent, _: Connector) -> None:
        seen.append(event.event)

    async with run(flow, other) as runner:
        await runner.accept(booked)
        await runner.settle()
        states = await became(runner)

    assert (seen, [state for _, _, state, _ in states]) == (["invitee.created"], ["failed", "done"])


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


async def test_each_flow_has_a_lane_of_its_own_in_the_line_for_calls(run: Run_, booked: InviteeEvent) -> None:
    flows, seen = [Flow("one"), Flow("other")], list[str]()
    for flow in flows:

        @flow.on("invitee.created")
        async def in_the_loop(_: InviteeEvent, __: AsyncConnector) -> None:
            seen.append(LANE.get())

        @flow.on("invitee.created")
        def in_a_thread(_: InviteeEvent, __: Connector) -> None:
            seen.append(LANE.get())

    async with run(*flows) as runner:
        await runner.accept(booked)
        await runner.settle()

    assert sorted(seen) == ["one", "one", "other", "other"]


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
    monkeypatch.setattr(runner_module, "GRACE_SECONDS", 0.0)
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


async def test_a_state_that_does_not_answer_keeps_no_stop(
    run: Run_, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became of the function is recorded by nobody then, so it runs again."""
    monkeypatch.setattr(runner_module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(runner_module, "RECORD_GRACE_SECONDS", 0.1)
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
    monkeypatch.setattr(runner_module, "GRACE_SECONDS", 0.0)
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


async def test_texts_are_kept_with_the_events_or_not_at_all(new_store: Callable[[], Store]) -> None:
    store = new_store()
    await store.open(["one"])
    await store.accept([], {"poll a%": "1", "poll b": "2", "other": "3"})
    await store.keep({"poll b": None, "poll a%": "4"})
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        await store.accept([], {"other": "5", "poll c": object()})  # type: ignore[dict-item]  # can't be stored

    assert (await store.kept("poll "), await store.kept("poll a_"), await store.kept("o")) == (
        {"poll a%": "4"},
        {},
        {"other": "3"},
    )
    await store.close()


async def test_what_is_old_and_finished_is_forgotten(run: Run_, booked: InviteeEvent, canceled: InviteeEvent) -> None:
    flow = Flow("one")

    @flow.on("invitee.created")
    async def fail(_: InviteeEvent, __: AsyncConnector) -> None:
        raise GiveUp

    @flow.on("invitee.canceled")
    async def work(_: InviteeEvent, __: AsyncConnector) -> None:
        pass

    async with run(flow, now=lambda: 100.0) as runner:
        await runner.accept_all([booked, canceled])
        await runner.settle()
        await runner.store.prune(100.0)
        before = await became(runner)
        await runner.store.prune(100.1)
        after = await became(runner)

    assert (len(before), after) == (2, [("one", "invitee.created", "failed", 1)])


async def test_what_ended_late_is_remembered_from_then_on(run: Run_, booked: InviteeEvent) -> None:
    flow, seen, now = Flow("one"), list[str](), [100.0]

    @flow.on("invitee.created", delay=timedelta(seconds=500))
    async def work(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)

    async with run(flow, now=lambda: now[0]) as runner:
        await runner.accept(booked)
        now[0] = 600.0
        await runner.accept(about(booked, 2))  # so that there is news
        await runner.settle()
        await runner.store.prune(600.0)
        await runner.accept(booked)
        now[0] = 1200.0
        await runner.accept(about(booked, 3))
        await runner.settle()

    assert seen == ["invitee.created"] * 2


async def test_two_processes_on_one_file_never_have_the_same_flow(tmp_path: Path) -> None:
    one, other = SqliteStore(tmp_path / "state"), SqliteStore(tmp_path / "state")
    await one.open(["a", "b"])
    with pytest.raises(StateTaken, match="'b' runs already"):
        await other.open(["c", "b"])
    await other.open(["c"])
    await other.close()
    await one.close()

    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


async def test_two_machines_share_the_work_and_take_over_from_each_other(
    empty_database_url: str, booked: InviteeEvent
) -> None:
    def flow(seen: list[str]) -> Flow:
        flow = Flow("shared", at_once=3)

        @flow.on("invitee.created")
        async def work(event: InviteeEvent, _: AsyncConnector) -> None:
            seen.append(event.payload.uri)
            if len(here) + len(there) == 6:
                all_begun.set()
            await may_end.wait()

        return flow

    events: list[Event] = [about(booked, number) for number in range(6)]
    here, there, may_end, all_begun = list[str](), list[str](), asyncio.Event(), asyncio.Event()
    stores = PostgresStore(empty_database_url), PostgresStore(empty_database_url)
    async with (
        Connection(TOKEN) as connection,
        Runner([flow(here)], connection, stores[0]) as one,
        Runner([flow(there)], connection, stores[1]) as other,
    ):
        await one.accept_all(events)
        await other.accept_all(events)
        async with asyncio.timeout(20):
            await all_begun.wait()
        divided = (len(here), len(there))
        states = [run.state for run in await stores[1].runs()]
        may_end.set()
        await other.settle()
        done = await stores[1].runs()

    assert (divided, states) == ((3, 3), ["running"] * 6)
    assert sorted(here + there) == sorted(event.payload.uri for event in events)
    assert {(run.state, run.attempts) for run in done} <= {("done", 1), ("running", 1)}


@pytest.mark.parametrize("is_taken", [False, True])
async def test_what_is_under_way_stays_with_who_lost_the_lock_unless_another_machine_was_quicker(
    empty_database_url: str, booked: InviteeEvent, *, is_taken: bool
) -> None:
    one, other = PostgresStore(empty_database_url), PostgresStore(empty_database_url)
    flow = Flow("shared", backoff=AT_ONCE)
    flow.on("invitee.created")(lambda _, __: None)
    late = booked.created_at.timestamp() * 2
    await one.open(["shared"])
    await other.open(["shared"])
    async with Connection(TOKEN) as connection:
        await one.accept([Runner([flow], connection, one)._taken(booked, [flow])])
    (begun,) = await one.claim("shared", late, 1)
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as conn:
        assert one._held is not None
        await conn.execute("SELECT pg_terminate_backend(%s, 5000)", [one._held.info.backend_pid])
    taken = await other.claim("shared", late, 1) if is_taken else []
    kept = [await one.claim("shared", late, 0), await one.claim("shared", late, 1, [begun.id])]
    none = await other.claim("shared", late, 1, [run.id for run in taken])
    await one.done(begun.id, late)
    await other.failed(begun.id, "too late: it was done", late, None)
    (run,) = await one.runs()
    await one.close()
    await other.close()

    assert ([again.attempts for again in taken], kept, none) == ([2] if is_taken else [], [[], []], [])
    assert run.state == "done"


async def test_what_another_machine_has_under_way_is_left_to_it_however_long_it_takes(
    empty_database_url: str, booked: InviteeEvent
) -> None:
    one, other = PostgresStore(empty_database_url), PostgresStore(empty_database_url)
    flow = Flow("shared")
    flow.on("invitee.created")(lambda _, __: None)
    await one.open(["shared"])
    await other.open(["shared"])
    async with Connection(TOKEN) as connection:
        await one.accept([Runner([flow], connection, one)._taken(booked, [flow])])
    late = booked.created_at.timestamp() * 2

    def attempts(runs: list[Run]) -> list[int]:
        return [run.attempts for run in runs]

    first = await one.claim("shared", late, 10)
    others = await other.claim("shared", late, 10), await one.claim("shared", late, 10, [run.id for run in first])
    await one.close()
    taken_over = attempts(await other.claim("shared", late, 10))
    await other.close()

    assert (attempts(first), others, taken_over) == ([1], ([], []), [2])


async def test_a_failure_is_recorded_even_if_the_lock_was_lost_while_that_waited(
    empty_database_url: str, booked: InviteeEvent
) -> None:
    """Or else the run would be under way for as long as the process lives, and nobody would be at it."""
    store, flow = PostgresStore(empty_database_url), Flow("one")
    flow.on("invitee.created")(lambda _, __: None)
    late = booked.created_at.timestamp() * 2
    await store.open(["one"])
    async with Connection(TOKEN) as connection:
        await store.accept([Runner([flow], connection, store)._taken(booked, [flow])])
    (begun,) = await store.claim("one", late, 1)
    async with AsyncExitStack() as stack, await psycopg.AsyncConnection.connect(empty_database_url) as conn:
        for number in range(POOL_SIZE):
            await stack.enter_async_context(store.alone(str(number)))
        recording = asyncio.create_task(store.failed(begun.id, "no", late, late))
        await asyncio.sleep(0)  # so that it waits for a connection
        assert store._held is not None
        await conn.execute("SELECT pg_terminate_backend(%s, 5000)", [store._held.info.backend_pid])
        await store.claim("one", late, 0)
    await recording
    (run,) = await store.runs()
    await store.close()

    assert (run.state, run.failures, run.error) == ("waiting", 1, "no")


async def test_what_was_begun_by_an_answer_that_got_lost_is_begun_again(
    empty_database_url: str, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the connection breaks between the commit and its confirmation."""
    store, flow, seen, lost = PostgresStore(empty_database_url), Flow("one"), list[str](), list[Run]()
    claim = store.claim

    async def losing(*values: Any) -> list[Run]:
        found = await claim(*values)
        if found and not lost:
            lost.extend(found)
            raise psycopg.OperationalError("the connection is lost")
        return found

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.event)

    monkeypatch.setattr(store, "claim", losing)
    async with Connection(TOKEN) as connection, Runner([flow], connection, store) as runner:
        await runner.accept(booked)
        async with asyncio.timeout(20):
            await runner.settle()
        states = await became(runner)

    assert (seen, states) == (["invitee.created"], [("one", "invitee.created", "done", 2)])


async def test_a_run_that_another_machine_has_taken_goes_no_further_here(
    empty_database_url: str, booked: InviteeEvent
) -> None:
    one, other = PostgresStore(empty_database_url), PostgresStore(empty_database_url)
    flow = Flow("shared")
    flow.on("invitee.created")(lambda _, __: None)
    late = booked.created_at.timestamp() * 2
    await one.open(["shared"])
    async with Connection(TOKEN) as connection:
        await one.accept([Runner([flow], connection, one)._taken(booked, [flow])])
    (begun,) = await one.claim("shared", late, 1)
    await one.note(begun.id, "first")
    await one.close()  # as for the others a lost connection is
    await other.open(["shared"])
    (taken,) = await other.claim("shared", late, 1)
    await one.open(["shared"])
    with pytest.raises(RunTaken):
        await one.note(begun.id, "second")
    (run,) = await one.runs()
    await one.close()
    await other.close()

    assert (taken.progress, run.progress) == ("first", "first")
