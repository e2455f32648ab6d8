"""What becomes of events, on both stores: at least once, never after it was done, in order, and apart."""

import asyncio
import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from openslot.client import answers
from openslot.connector import AsyncConnector, Backoff, Connection, Connector, Flow, GiveUp, InviteeEvent, Runner
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.throttle import LANE
from openslot.connector.triggers import event_id
from openslot.wire import codec

from .conftest import Json, Run_, about, became

AT_ONCE = Backoff(attempts=3, first=timedelta())


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
    newer = answers.convert(answers.builtins(booked) | {"version": 3}, InviteeEvent)

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, _: AsyncConnector) -> None:
        seen.append(event.unknown)

    async with run(flow) as runner:
        await runner.accept(newer)
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


async def test_the_last_failure_makes_a_dead_letter_that_can_be_had_again(
    run: Run_, booked: InviteeEvent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # what is captured is written down, and half a letter can't be
    flow, failing = Flow("one", backoff=AT_ONCE), [True]

    @flow.on("invitee.created")
    async def may_fail(_: InviteeEvent, __: AsyncConnector) -> None:
        if failing:
            raise ValueError("the CRM is \0away\ud83d")  # as half a letter of JSON is read

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

    assert (dead.attempts, dead.error) == (3, "ValueError: the CRM is  away?")
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


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first": timedelta(seconds=-1)}, {"longest": timedelta(-1)}])
def test_no_attempt_and_negative_waits_are_refused(wrong: Json) -> None:
    with pytest.raises(ValueError, match=r"one attempt|no shorter"):
        Backoff(**wrong)


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
