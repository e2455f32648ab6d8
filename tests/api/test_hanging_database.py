"""A PostgreSQL that stands still, or ends every connection: requests get an answer, and all goes on afterwards."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from conftest import FAST, Clock, in_one_task, serving
from factories import Organization, make_organization
from openslot.api import probes
from openslot.config import Settings
from openslot.db import embedded, migrate
from openslot.db.embedded import EmbeddedPostgres
from openslot.db.pool import connected
from running import processes_below

ME = "/api/v2/users/me"


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of its own, which can be stopped without others taking notice."""
    place = tmp_path_factory.mktemp("hanging")
    place.parent.chmod(0o755)
    server = embedded.start(place, options=FAST)
    migrate.migrate(server.conninfo)
    yield server
    server.stop()


@pytest.fixture
async def caller(own_postgres: EmbeddedPostgres, clock: Clock) -> Organization:
    async with connected(own_postgres.conninfo) as conn:
        return await make_organization(conn, now=clock.now)


@pytest.fixture
async def api(own_postgres: EmbeddedPostgres, settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    bounded = replace(settings, database_url=own_postgres.conninfo, database_statement_seconds=1, database_pool=4)
    async with in_one_task(serving(bounded, clock)) as client:
        yield client


@contextmanager
def standing_still(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stopped, as on a disk that does not answer."""
    stopped = [server.postmaster_pid, *processes_below(server.postmaster_pid)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


async def test_while_it_stands_still_requests_are_answered_and_afterwards_all_goes_on(
    api: httpx.AsyncClient, own_postgres: EmbeddedPostgres, caller: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "ANSWER_SECONDS", 0.5)
    before = await api.get(ME, headers=caller.headers)
    with standing_still(own_postgres):
        ready = await api.get("/health/ready")
        answer = await api.get(ME, headers=caller.headers)
    after = await api.get(ME, headers=caller.headers)

    assert [one.status_code for one in (before, ready, answer, after)] == [200, 503, 503, 200]
    assert ready.json()["database"] == "unavailable"
    assert "retry-after" not in answer.headers  # nobody knows what was done


async def test_connections_that_were_ended_while_nobody_used_them_fail_no_request(
    api: httpx.AsyncClient, own_postgres: EmbeddedPostgres, caller: Organization
) -> None:
    assert (await api.get(ME, headers=caller.headers)).status_code == 200
    async with connected(own_postgres.conninfo) as conn:
        await conn.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    answers = [await api.get(ME, headers=caller.headers) for _ in range(4)]

    assert [one.status_code for one in answers] == [200] * 4
