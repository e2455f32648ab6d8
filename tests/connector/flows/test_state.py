"""What the stores keep, and who has charge of a run where several machines share one."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openslot.connector import AsyncConnector, Backoff, Connection, Event, Flow, GiveUp, InviteeEvent, Runner
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Run, RunTaken, StateTaken, Store
from openslot.flow_store import PostgresStore
from openslot.flow_store.postgresql import POOL_SIZE

from .conftest import TOKEN, Run_, about, became

AT_ONCE = Backoff(attempts=3, first=timedelta())


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
