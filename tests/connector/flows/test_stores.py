"""What both stores do for those who look at them and put them right."""

import json
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openslot.connector.flows.contacts import about_any_of
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Backlog, Erased, NewEvent, NewRun, Run, StateUnusable, Store
from openslot.flow_store import PostgresStore

ADA = "ada@example.org"
Json = dict[str, Any]


@pytest.fixture
async def store(new_store: Callable[[], Store]) -> Any:
    """One that has charge of the flow 'one'."""
    store = new_store()
    await store.open(["one"])
    yield store
    await store.close()


def event(number: int, *flows: str, email: str = ADA, **payload: Any) -> NewEvent:
    body = {"event": "invitee.created", "payload": {"email": email, **payload}}
    runs = tuple(NewRun(flow, "actions", due_at=10.0) for flow in flows or ["one"])
    return NewEvent(f"event {number}", "invitee.created", f"invitee {number}", json.dumps(body).encode(), 5.0, runs)


async def failed(store: Store, run: int) -> None:
    """A dead letter, of which one action is done."""
    await store.note(run, "one of two")
    await store.failed(run, "ValueError: away", 20.0, None)


async def begun(store: Store, *flows: str) -> list[int]:
    """The runs of a flow for each, all begun, in their order."""
    await store.accept([event(number, flow) for number, flow in enumerate(flows)])
    runs = [run for flow in dict.fromkeys(flows) for run in await store.claim(flow, 10.0, 10)]
    return sorted(run.id for run in runs)


async def found(store: Store, run: int) -> Run:
    one = await store.find(run)
    assert one is not None
    return one


async def states(store: Store) -> list[tuple[str, str]]:
    """Flow and state of each run, in their order."""
    return [(run.flow, run.state) for run in reversed(await store.runs())]


def names_ada(folder: Path) -> bool:
    """Whether any byte of her is in a file there."""
    return any(ADA.encode() in file.read_bytes() for file in folder.iterdir())


async def test_a_run_is_found_with_all_there_is_to_it(store: Store) -> None:
    [run] = await begun(store, "one")
    await failed(store, run)

    assert await store.find(run) == Run(
        id=run, flow="one", handler="actions", state="failed", event_id="event 0", event="invitee.created",
        about="invitee 0", body=event(0).body, received_at=5.0, due_at=10.0, finished_at=20.0, attempts=1, failures=1,
        error="ValueError: away", progress="one of two",
    )  # fmt: skip
    assert await store.find(run + 1) is None


class TestHadAgain:
    @pytest.mark.parametrize(
        ("from_start", "progress"), [(False, "one of two"), (True, None)], ids=["where it failed", "from the start"]
    )
    async def test_a_dead_letter_goes_on_where_it_failed_unless_all_is_wanted(
        self, store: Store, *, from_start: bool, progress: str | None
    ) -> None:
        [run] = await begun(store, "one")
        await failed(store, run)

        had = await store.rerun(run, 30.0, from_start=from_start)
        again = await found(store, run)

        assert (had, again.state, again.due_at, again.attempts, again.failures, again.error, again.finished_at) == (
            True, "waiting", 30.0, 0, 0, None, None
        )  # fmt: skip
        assert again.progress == progress

    async def test_what_is_done_begins_from_the_start(self, store: Store) -> None:
        [run] = await begun(store, "one")
        await store.note(run, "two of two")
        await store.done(run, 20.0)

        assert await store.rerun(run, 30.0)
        assert ((await found(store, run)).state, (await found(store, run)).progress) == ("waiting", None)

    async def test_what_is_under_way_or_unknown_is_not_had(self, store: Store) -> None:
        [run] = await begun(store, "one")

        assert [await store.rerun(number, 30.0) for number in (run, run + 1)] == [False, False]
        assert await states(store) == [("one", "running")]

    @pytest.mark.parametrize(
        ("from_start", "progress"), [(False, "one of two"), (True, None)], ids=["where it failed", "from the start"]
    )
    async def test_all_dead_letters_of_a_flow_are_had_and_nothing_else(
        self, store: Store, *, from_start: bool, progress: str | None
    ) -> None:
        runs = await begun(store, "one", "one", "one", "other")
        for run in (runs[0], runs[1], runs[3]):
            await failed(store, run)

        assert await store.rerun_all("one", 30.0, from_start=from_start) == 2
        assert await states(store) == [("one", "waiting"), ("one", "waiting"), ("one", "running"), ("other", "failed")]
        assert [(await found(store, run)).progress for run in runs[:2]] == [progress] * 2


class TestDiscarded:
    async def test_a_dead_letter_never_runs_when_its_event_comes_again_and_is_forgotten_as_what_is_done(
        self, store: Store
    ) -> None:
        [run] = await begun(store, "one")
        await failed(store, run)

        assert await store.discard(run, 30.0)
        await store.accept([event(0)])
        assert (await store.claim("one", 100.0, 10), await states(store)) == ([], [("one", "canceled")])
        await store.prune(30.0)
        assert await states(store) == [("one", "canceled")]
        await store.prune(31.0)
        assert await states(store) == []

    async def test_it_can_still_be_had_where_it_failed(self, store: Store) -> None:
        [run] = await begun(store, "one")
        await failed(store, run)
        await store.discard(run, 30.0)

        assert await store.rerun(run, 40.0)
        assert (await found(store, run)).progress == "one of two"

    async def test_what_is_unfinished_is_discarded_only_where_that_is_wanted(self, store: Store) -> None:
        await store.accept([event(7, "other")])
        [waiting] = [run.id for run in await store.runs()]
        [cut_off] = await begun(store, "gone")

        before = [await store.discard(run, 30.0) for run in (waiting, cut_off)]
        after = [await store.discard(run, 30.0, unfinished=True) for run in (waiting, cut_off)]
        again = [await store.discard(run, 30.0, unfinished=True) for run in (waiting, cut_off)]

        assert (before, after, again) == ([False, False], [True, True], [False, False])
        assert await states(store) == [("other", "canceled"), ("gone", "canceled")]

    @pytest.mark.parametrize(("unfinished", "count"), [(False, 1), (True, 2)])
    async def test_all_of_a_flow_are_discarded_and_nothing_else(
        self, store: Store, *, unfinished: bool, count: int
    ) -> None:
        runs = await begun(store, "one", "one", "one", "other")
        await failed(store, runs[0])
        await store.done(runs[1], 20.0)
        await failed(store, runs[3])

        assert await store.discard_all("one", 30.0, unfinished=unfinished) == count
        assert await states(store) == [
            ("one", "canceled"), ("one", "done"), ("one", "canceled" if unfinished else "running"), ("other", "failed"),
        ]  # fmt: skip


async def test_the_backlog_is_counted_by_flow(store: Store) -> None:
    runs = await begun(store, "one", "one", "other", "done")
    await failed(store, runs[0])
    await failed(store, runs[2])
    await store.done(runs[3], 20.0)
    await store.accept([event(9, "other")])

    assert await store.backlog() == [Backlog("one", 1, 1), Backlog("other", 1, 1)]


async def test_whoever_shares_the_state_sees_who_has_charge_of_a_flow(
    store: Store, new_store: Callable[[], Store]
) -> None:
    beside = new_store()
    await beside.open([])
    before = [await beside.is_run(flow) for flow in ("one", "other")]
    await store.close()
    after = [await beside.is_run(flow) for flow in ("one", "other")]
    await beside.close()

    assert (before, after) == ([True, False], [False, False])


class TestErased:
    async def test_events_about_a_person_are_gone_with_their_runs_and_others_stay(self, store: Store) -> None:
        guests = {"event_guests": [{"email": "guest@example.org"}, {"email": f" {ADA.upper()}"}]}
        answers = [{"question": "Who?", "answer": "I"}, {"question": "Work e-mail", "answer": ADA}]
        hosts = {"event_memberships": [{"user_email": ADA}], "event_guests": []}
        await store.accept([
            event(0, "one", "other", email=ADA.title()),
            event(1, email="bob@example.org", scheduled_event=guests),
            event(2, email="bob@example.org", questions_and_answers=answers),
            event(3, email="bob@example.org", scheduled_event=hosts),
        ])  # fmt: skip
        await store.keep({"poll": "what is known"})

        erased = await store.erase(about_any_of(["nobody@example.org", ADA]))

        assert erased == Erased(events=3, runs=4, left=0)
        assert [run.event_id for run in await store.runs()] == ["event 3"]
        assert await store.kept("poll") == {"poll": "what is known"}

    async def test_what_is_under_way_is_left_and_what_was_cut_off_is_not(
        self, store: Store, new_store: Callable[[], Store]
    ) -> None:
        killed = new_store()
        await killed.open(["gone"])
        await killed.accept([event(1, "gone")])
        await killed.claim("gone", 10.0, 1)
        await killed.close()
        await begun(store, "one")

        assert await store.erase(about_any_of([ADA])) == Erased(events=1, runs=1, left=1)
        assert await states(store) == [("one", "running")]

    async def test_nothing_of_it_is_left_in_the_file(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path / "flows.sqlite3")
        await store.open([])
        await store.accept([event(0)])
        before = names_ada(tmp_path)
        await store.erase(about_any_of([ADA]))
        after = names_ada(tmp_path)
        await store.close()

        assert (before, after) == (True, False)


class TestUnusable:
    async def test_a_file_of_another_kind_is_reported(self, tmp_path: Path) -> None:
        file = tmp_path / "notes.txt"
        file.write_text("no SQLite file, but long enough to be looked at for one" * 20, "utf-8")

        with pytest.raises(StateUnusable) as caught:
            await SqliteStore(file).open(["one"])

        assert str(caught.value) == f"{file} can't hold the state of flows: file is not a database"

    async def test_a_folder_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(StateUnusable) as caught:
            await SqliteStore(tmp_path).open(["one"])

        assert str(caught.value) == f"{tmp_path} can't hold the state of flows: it is a folder"

    async def test_one_that_cannot_be_written_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "flows.sqlite3"
        connect = sqlite3.connect
        with connect(file) as db:
            db.execute("PRAGMA journal_mode = WAL")
        db.close()

        def read_only(path: Any, **options: Any) -> sqlite3.Connection:  # for whom the file's mode is no bar
            opened: sqlite3.Connection = connect(f"{Path(path).as_uri()}?mode=ro", uri=True, **options)
            return opened

        monkeypatch.setattr(sqlite3, "connect", read_only)
        with pytest.raises(StateUnusable) as caught:
            await SqliteStore(file).open()

        assert str(caught.value) == f"{file} can't hold the state of flows: attempt to write a readonly database"

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("postgresql://me:s3cret@127.0.0.1:1/x", "Connection refused"),
            ("postgres:/me:s3cret@127.0.0.1:1/x", "its address is none that PostgreSQL takes"),
            ("host=127.0.0.1 port=1 password=s3cret dbname", "its address is none that PostgreSQL takes"),
        ],
    )
    async def test_a_database_that_is_not_there_is_reported_at_once_and_without_its_password(
        self, url: str, reason: str
    ) -> None:
        with pytest.raises(StateUnusable) as caught:
            await PostgresStore(url).open(["one"])

        text = str(caught.value)
        assert text.startswith("the database can't hold the state of flows: ")
        assert (reason in text, "s3cret" in text, "\n" in text) == (True, False, False)

    async def test_a_database_that_is_silent_is_given_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            store = PostgresStore(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2")
            with pytest.raises(StateUnusable) as caught:
                await store.open(["one"])

        assert "timeout" in str(caught.value)

    async def test_a_database_of_somebody_else_is_reported(self, empty_database_url: str) -> None:
        async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as conn:
            await conn.execute("CREATE SCHEMA openslot_flows")
            await conn.execute("CREATE TABLE openslot_flows.events (seq bigint PRIMARY KEY)")

        with pytest.raises(StateUnusable) as caught:
            await PostgresStore(empty_database_url).open(["one"])

        assert str(caught.value) == ('the database can\'t hold the state of flows: column "about" does not exist')
