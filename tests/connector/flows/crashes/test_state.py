"""The state does not answer for a while: nothing is answered as if it were stored, and all is handled afterwards."""

import asyncio
import contextlib
import logging
import os
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection, Flow, running
from openslot.connector.flows import sqlite_thread
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Store
from openslot.flow_store import PostgresStore, postgresql

from ...conftest import TOKEN, Subscriptions
from .crashing import PATIENCE_SECONDS, Database, named

Json = dict[str, Any]


class Outage:
    """A state, and how it goes away for a while."""

    def __init__(self, store: Store, away: Callable[[], AbstractContextManager[None]]) -> None:
        self.store = store
        self.away = away


@contextmanager
def locked(file: Path) -> Iterator[None]:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(os.statvfs(folder).f_bsize)):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can make a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(params=["locked", "full", "killed"])
def outage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    monkeypatch.setattr(sqlite_thread, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(postgresql, "TIMEOUT_SECONDS", 1.0)
    file = tmp_path / "state.sqlite3"
    if request.param == "locked":
        yield Outage(SqliteStore(file), lambda: locked(file))
    elif request.param == "full":
        with small_disk(tmp_path):
            yield Outage(SqliteStore(file), lambda: full(tmp_path))
    else:
        database: Database = request.getfixturevalue("database")
        yield Outage(PostgresStore(database.url), database.away)


class Heard(logging.Handler):
    """Waits for what is said."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._news = asyncio.Condition()
        self._loop = loop

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())
        self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._notify()))

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def wait_for(self, *words: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: all(any(word in line for line in self._lines) for word in words))


@pytest.fixture
async def heard() -> Any:
    heard = Heard(asyncio.get_running_loop())
    log = logging.getLogger("openslot.connector")
    log.addHandler(heard)
    yield heard
    log.removeHandler(heard)


async def test_what_comes_in_and_what_is_done_while_the_state_is_away_is_neither_lost_nor_done_again(
    outage: Outage,
    there: Subscriptions,
    samples: Json,
    deliver: Callable[..., Any],
    flow: Callable[[str], Flow],
    heard: Heard,
) -> None:
    """Run 1 has done an action, run 2 has failed at it, and others are yet to come."""
    counts: Counter[str] = Counter()
    under_way, may_answer = threading.Semaphore(0), threading.Event()

    def answer(request: Received) -> Reply:
        counts[request.path] += 1
        if request.path in {"/one/1", "/one/2"}:
            under_way.release()
            assert may_answer.wait(PATIENCE_SECONDS)
        return Reply(500 if request.path == "/one/2" and counts[request.path] == 1 else 200)

    def event(number: int) -> Json:
        sample: Json = msgspec.json.decode(msgspec.json.encode(samples["deliveries"]["invitee.created"]))
        sample["payload"]["uri"] = f"https://api.calendly.com/scheduled_events/1/invitees/{number}"
        return sample

    async def until_taken(number: int) -> None:
        while await deliver(event(number)) != 200:
            pass

    numbers = range(1, 9)
    with StandIn() as crm:
        for number in numbers:
            for step in ("one", "two"):
                crm.on("POST", f"/{step}/{number}", answer)
        actions = [{"http": {"url": f"{crm.url}/{step}/{{{{ payload.uri | id }}}}"}} for step in ("one", "two")]
        recipe = {
            "flow": "x",
            "trigger": "invitee.created",
            "retries": {"attempts": 2, "first": "0s"},
            "actions": actions,
        }
        made = flow(msgspec.yaml.encode(recipe).decode())
        async with (
            Connection(TOKEN, there.api.url) as connection,
            running([made], connection, state=outage.store, port=0) as live,
        ):
            taken = [await deliver(event(number)) for number in (1, 2)]
            for _ in taken:
                assert await asyncio.to_thread(under_way.acquire, timeout=PATIENCE_SECONDS)
            with outage.away():
                refused = await asyncio.gather(*(deliver(event(number)) for number in numbers[2:]))
                may_answer.set()
                await heard.wait_for("how far run 1 of x has come", "how far run 2 of x has come")
            await asyncio.gather(*(until_taken(number) for number in numbers))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await live.runner.settle()
            runs = await live.runner.store.runs()

    assert (taken, refused) == ([200] * 2, [500] * 6)
    assert counts == {f"/{step}/{number}": 1 for step in ("one", "two") for number in numbers} | {"/one/2": 2}
    assert {named(run): run.state for run in runs} == {f"invitee.created {number}": "done" for number in numbers}


async def test_a_locked_file_is_waited_for_once_by_all_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else each would wait for those before it, and be answered long after its sender has gone."""
    monkeypatch.setattr(sqlite_thread, "BUSY_SECONDS", 0.1)
    store, statements, requests = SqliteStore(tmp_path / "state.sqlite3"), list[str](), 20
    await store.open(["x"])
    assert store._thread is not None
    store._thread._db.set_trace_callback(statements.append)
    with locked(tmp_path / "state.sqlite3"):
        outcomes = await asyncio.gather(
            *(store.keep({str(one): "x"}) for one in range(requests)), return_exceptions=True
        )
    await store.close()

    assert {str(outcome) for outcome in outcomes} == {"database is locked"}
    assert statements.count("BEGIN IMMEDIATE") < requests
