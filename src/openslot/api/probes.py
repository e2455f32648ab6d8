"""Health checks and metrics, for whatever monitors the service."""

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Any, TypeVar

import psycopg
from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from openslot.api.calls import bearer_token
from openslot.core.errors import NotFound, Unauthenticated
from openslot.db.pool import Conn
from openslot.presenters import metrics as present
from openslot.services import monitoring
from openslot.services.monitoring import Snapshot

T = TypeVar("T")

log = logging.getLogger(__name__)

METRICS_PATH = "/metrics"
CONNECTION_SECONDS = 2
ANSWER_SECONDS = 5
"""A monitor must get an answer even where the database gives none."""
UNAVAILABLE = 503
WORKER_TROUBLE = {
    "missing": "missing: deliveries are overdue and no worker is alive",
    "stuck": "stuck: deliveries are overdue and the worker does not look for them",
}
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Any of these shows that a proxy forwards the request of another client."""


def is_probe(path: str) -> bool:
    """Whether a path is one of these."""
    return path == METRICS_PATH or path.startswith("/health/")


@get("/health/live", include_in_schema=False)
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, State], state: State) -> Response[dict[str, str]]:
    """The process can do its work: the database takes writes, and somebody takes deliveries where any are overdue.

    Without a worker it is ``degraded``, which is 200 all the same: bookings are taken and their deliveries kept, and
    a balancer that takes this process out of service for it loses the bookings as well. With ``?strict=1`` it is 503.
    """
    try:
        now = state.clock()

        async def look(conn: Conn) -> tuple[str | None, str | None]:
            return await monitoring.standstill(conn, now=now), await state.write_probe.refusal(conn)

        trouble, refusal = await _query_database(state, look)
    except (psycopg.Error, TimeoutError) as exc:
        log.warning("not ready: the database does not answer: %s", " ".join(str(exc).split()) or "nothing in time")
        body = {"status": "unavailable", "database": "unavailable", "worker": "unknown"}
        return Response(body, status_code=UNAVAILABLE)
    if refusal is not None:
        log.warning("not ready: the database refuses writes: %s", refusal)
        body = {"status": "unavailable", "database": f"refuses writes: {refusal}", "worker": "unknown"}
        return Response(body, status_code=UNAVAILABLE)
    if trouble is None:
        return Response({"status": "ready", "database": "ok", "worker": "ok"})
    body = {"status": "degraded", "database": "ok", "worker": WORKER_TROUBLE[trouble]}
    # not by Litestar, which would keep the last thousand queries, of whatever size
    is_strict = b"strict=1" in request.scope["query_string"].split(b"&")
    return Response(body, status_code=UNAVAILABLE if is_strict else 200)


@get(METRICS_PATH, include_in_schema=False)
async def metrics(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """Everything that is counted, for Prometheus.

    Raises:
        NotFound: there is no token, and the request may come from elsewhere.
        Unauthenticated: it has not the token.
    """
    _allow(request, state.settings.metrics_token)
    now: datetime = state.clock()
    seen = await _look(state, now)
    families = present.of_process(
        str(os.getpid()), state.requests, state.pool.get_stats() | {"requests_waiting": state.shares.waiting}
    )
    families += present.of_database(answers=seen is not None)
    if seen is not None:
        families += present.of_backlog(seen.backlog, now=now)
        families += present.of_workers(seen.workers)
        families += present.of_queues(seen.queues)
    return Response(present.exposition(families), headers={"Content-Type": CONTENT_TYPE_LATEST})


HANDLERS = [live, ready, metrics]


async def _look(state: State, now: datetime) -> Snapshot | None:
    """The database's part of the metrics, or None where it does not answer."""
    try:
        return await _query_database(state, lambda conn: monitoring.look(conn, now=now))
    except (psycopg.OperationalError, TimeoutError) as exc:
        log.warning("metrics without those of the database: %s", " ".join(str(exc).split()))
        return None


async def _query_database(state: State, query: Callable[[Conn], Awaitable[T]]) -> T:
    """Run a query over a connection that no request uses: all of those may be stuck.

    Where the database hangs, even a cancellation takes long, so nothing waits for that.

    Raises:
        TimeoutError, psycopg.Error: nothing in time.
    """

    async def run() -> T:
        async with state.probing.connection(timeout=CONNECTION_SECONDS) as conn:
            return await query(conn)

    running = asyncio.create_task(run())
    try:
        await asyncio.wait({running}, timeout=ANSWER_SECONDS)
        if not running.done():
            raise TimeoutError
        return running.result()
    finally:
        running.cancel()


def _allow(request: Request[Any, Any, State], token: str) -> None:
    if token:
        given = bearer_token(request.headers.get("authorization"))
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Unauthenticated
        return
    client = request.scope.get("client")
    if client is None or not _is_here(client[0]) or any(name in request.headers for name in FORWARDED):
        raise NotFound("page")


def _is_here(host: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
