"""Probes and metrics, as those see them who watch over the service."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from prometheus_client.parser import text_string_to_metric_families

from conftest import BASE_URL, Clock, in_one_task, serving
from factories import Organization, make_booking, make_organization, make_subscription
from openslot.asgi import create_app
from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db import workers
from openslot.db.pool import Conn, connected
from openslot.queue import NewJob, defer
from openslot.security.vault import Vault
from openslot.telemetry.tally import Tally

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "operations.md"
ROW = re.compile(r"^\| `(openslot_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$", re.MULTILINE)


@pytest.fixture
def settings(own_database_url: str, settings: Settings) -> Settings:
    return replace(settings, database_url=own_database_url)


@pytest.fixture
async def http(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with in_one_task(serving(settings, clock)) as client:
        yield client


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn, clock: Clock) -> Organization:
    return await make_organization(conn, now=clock.now)


@pytest.fixture
async def waiting(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> None:
    """A delivery that has been due for a minute."""
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    await make_booking(conn, organization, clock.now + timedelta(days=1, hours=2), now=clock.now)
    clock.advance(seconds=60)


async def beat(conn: Conn, clock: Clock, report: dict[str, Any]) -> str:
    worker = new_id()
    await workers.beat(conn, worker, "kiln/7", started_at=clock.now, has_polled=True, report=report)
    return str(worker)


async def test_a_service_without_backlog_is_ready_without_a_worker(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok", "worker": "ok"})


@pytest.mark.usefixtures("waiting")
async def test_a_missing_worker_degrades_the_service_and_stops_it_for_the_strict_alone(http: httpx.AsyncClient) -> None:
    answers = [await http.get(f"/health/ready{query}") for query in ("", "?strict=0", "?strict=1")]

    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert [answer.json() for answer in answers] == [
        {"status": "degraded", "database": "ok", "worker": "missing: deliveries are overdue and no worker is alive"}
    ] * 3


@pytest.mark.usefixtures("waiting")
async def test_a_stuck_worker_degrades_the_service(http: httpx.AsyncClient, conn: Conn, clock: Clock) -> None:
    await beat(conn, clock, {})
    well = await http.get("/health/ready?strict=1")
    await conn.execute("UPDATE workers SET went_round_at = went_round_at - interval '20 s'")
    stuck = await http.get("/health/ready")

    assert (well.status_code, well.json()["worker"]) == (200, "ok")
    assert (stuck.status_code, stuck.json()) == (
        200,
        {
            "status": "degraded",
            "database": "ok",
            "worker": "stuck: deliveries are overdue and the worker does not look for them",
        },
    )


@pytest.fixture
async def cut_off(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A service whose database was taken away after it began."""
    app = create_app(settings, clock=clock)
    assert isinstance(app, Litestar)
    await app.state.pool.open()
    await app.state.pool.close()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url=BASE_URL) as client:
        yield client


async def test_without_its_database_the_service_is_not_ready_and_counts_what_it_can(
    cut_off: httpx.AsyncClient,
) -> None:
    ready, metrics = await cut_off.get("/health/ready"), await cut_off.get("/metrics")

    assert (ready.status_code, ready.json()) == (
        503, {"status": "unavailable", "database": "unavailable", "worker": "unknown"},
    )  # fmt: skip
    assert metrics.status_code == 200
    assert "\nopenslot_database_up 0.0\n" in metrics.text
    assert "openslot_http_requests" in metrics.text
    assert "openslot_deliveries_pending" not in metrics.text


def exposed(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """The values of every sample by its labels, in the order of their names and without the process."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for name, value in sorted(sample.labels.items()) if name != "process")
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def worked() -> dict[str, Any]:
    tally = Tally()
    tally.answers.update({"2xx": 3, "error": 1})
    tally.outcomes.update({"delivered": 3, "retry": 1})
    for seconds in (0.004, 0.02, 99):
        tally.attempt_seconds.observe(seconds)
    tally.lag_seconds.observe(0.3)
    return tally.as_dict()


@pytest.mark.usefixtures("waiting")
async def test_metrics_describe_the_backlog_the_workers_and_the_process(
    http: httpx.AsyncClient, conn: Conn, clock: Clock
) -> None:
    worker, silent = await beat(conn, clock, worked()), await beat(conn, clock, {"answers": {"2xx": 5}})
    await conn.execute("UPDATE workers SET heartbeat_at = heartbeat_at - interval '1 min' WHERE id = %s", (silent,))
    await defer(conn, [NewJob("mail.send", {})])
    await http.get("/api/v2/nothing")

    answer = await http.get("/metrics")
    found = exposed(answer.text)

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert found["openslot_database_up"] == {(): 1}
    assert found["openslot_webhook_subscriptions"] == {("active",): 1, ("failing",): 0, ("disabled",): 0}
    assert found["openslot_deliveries_pending"] == {("active",): 1, ("failing",): 0, ("disabled",): 0}
    assert found["openslot_deliveries_oldest_due_seconds"] == {("active",): 60, ("failing",): 0}
    assert found["openslot_workers_alive"] == {(): 1}
    assert found["openslot_worker_info"] == {("kiln/7", worker): 1}
    assert found["openslot_worker_idle_seconds"].keys() == {(worker,)}
    assert found["openslot_delivery_attempts_total"] == {("2xx", worker): 3, ("error", worker): 1, ("2xx", silent): 5}
    assert found["openslot_delivery_outcomes_total"] == {("delivered", worker): 3, ("retry", worker): 1}
    assert found["openslot_delivery_attempt_duration_seconds_count"] == {(worker,): 3}
    assert found["openslot_delivery_attempt_duration_seconds_sum"] == {(worker,): 99.024}
    buckets = found["openslot_delivery_attempt_duration_seconds_bucket"]
    assert [buckets[bound, worker] for bound in ("0.005", "0.01", "0.025", "25.0", "+Inf")] == [1, 1, 2, 2, 3]
    assert found["openslot_delivery_lag_seconds_count"] == {(worker,): 1}
    assert (found["openslot_jobs_waiting"], found["openslot_jobs_failed"]) == ({("mail",): 1}, {("mail",): 0})
    assert found["openslot_http_requests_total"] == {("GET", "4xx"): 1}
    assert found["openslot_http_request_duration_seconds_count"] == {("GET",): 1}
    assert found["openslot_database_pool_in_use"].keys() == {()}  # how many depends on how fast the pool grows
    assert found["openslot_database_pool_waiting"] == {(): 0}


async def test_a_report_of_another_version_is_left_out(http: httpx.AsyncClient, conn: Conn, clock: Clock) -> None:
    await beat(conn, clock, worked() | {"lag_seconds": {"counts": [1, 2], "sum": 3}})

    found = exposed((await http.get("/metrics")).text)

    assert "openslot_delivery_lag_seconds_count" not in found
    assert "openslot_delivery_attempts_total" in found


@pytest.mark.usefixtures("waiting")
async def test_every_metric_has_its_line_and_every_line_its_metric(
    http: httpx.AsyncClient, conn: Conn, clock: Clock
) -> None:
    await beat(conn, clock, worked())
    await defer(conn, [NewJob("mail.send", {})])
    await http.get("/api/v2/nothing")
    text = (await http.get("/metrics")).text

    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    meanings = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels[name] = set(family.samples[0].labels) - {"le"}

    documented = [
        (name, kind, set(re.findall(r"`(\w+)`", named)), meaning)
        for name, kind, named, meaning in ROW.findall(DOCUMENT.read_text())
    ]
    assert documented == [(name, kind, labels[name], meanings[name]) for name, kind in kinds.items()]


async def status_of_metrics(settings: Settings, clock: Clock, peer: str, headers: dict[str, str]) -> int:
    """The status of /metrics for somebody from ``peer``."""
    app = create_app(settings, clock=clock)
    assert isinstance(app, Litestar)
    async with app.lifespan():
        transport = httpx.ASGITransport(cast(Any, app), client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return (await client.get("/metrics", headers=headers)).status_code


HERE = "127.0.0.1"
READERS: list[tuple[str, str, dict[str, str], int]] = [
    ("", HERE, {}, 200),
    ("", "127.8.8.8", {}, 200),
    ("", "::1", {}, 200),
    ("", "::ffff:127.0.0.1", {}, 200),
    ("", "::ffff:10.0.0.7", {}, 404),
    ("", "10.0.0.7", {}, 404),
    ("", "kiln", {}, 404),
    ("", HERE, {"X-Forwarded-For": "203.0.113.9"}, 404),
    ("", HERE, {"Forwarded": "for=203.0.113.9"}, 404),
    ("", HERE, {"X-Real-IP": "203.0.113.9"}, 404),
    ("", "10.0.0.7", {"Authorization": "Bearer "}, 404),
    ("sesame", "10.0.0.7", {"Authorization": "Bearer sesame", "X-Forwarded-For": "203.0.113.9"}, 200),
    ("sesame", HERE, {}, 401),
    ("sesame", HERE, {"Authorization": "Bearer sesam"}, 401),
    ("sesame", HERE, {"Authorization": "Basic sesame"}, 401),
]


@pytest.mark.parametrize(("token", "peer", "headers", "status"), READERS)
async def test_metrics_are_for_the_token_or_else_for_this_machine(
    settings: Settings, clock: Clock, token: str, peer: str, headers: dict[str, str], status: int
) -> None:
    assert await status_of_metrics(replace(settings, metrics_token=token), clock, peer, headers) == status
