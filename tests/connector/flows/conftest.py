"""Flows on both stores, and what became of their runs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from openslot.connector import Connection, Flow, InviteeEvent, Runner
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Store
from openslot.flow_store import PostgresStore
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
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
