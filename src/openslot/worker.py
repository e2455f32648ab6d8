"""The composition root of the worker: delivers webhooks and takes jobs from the queue until it is told to stop.

Any number may run on one database, on any machines. What a killed worker had in hand is taken over once it was silent
for ``workers.SILENT_AFTER_SECONDS`` (deliveries), or ``STALLED_AFTER_SECONDS`` plus ``SWEEP_SECONDS`` (jobs).
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from openslot.config import Settings
from openslot.db.pool import WORKER, Conn, bound, make_pool, with_ends
from openslot.jobs import cleanup, mail, reconfirmations, webhooks
from openslot.presenters.uris import Uris
from openslot.providers.mail import make_mailer
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault, secret_key
from openslot.services import zone_data

log = logging.getLogger(__name__)

CONCURRENCY = 16
POLLING_SECONDS = 5.0
"""New jobs announce themselves. One that waits for another of its lock does not: it is found this often."""
HEARTBEAT_SECONDS = 2.0
STALLED_AFTER_SECONDS = 8.0
SWEEP_SECONDS = 2.0
RECONNECT_SECONDS = 2.0
DATABASE_TIMEOUT_SECONDS = 5.0
"""How long the queue waits for a connection, and so a worker that is told to stop while the database is away."""


async def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; jobs that have begun are finished first."""
    zone_data.use_packaged()
    async with built(settings) as (app, pool, courier):
        sweeping = asyncio.create_task(_sweep(app))
        uris = Uris(settings.base_url, settings.api_url)
        stopping = asyncio.Event()
        repeating = [
            asyncio.create_task(cleanup.run(pool, _now)),
            asyncio.create_task(cleanup.keep_months(pool, _now, settings.event_retention_days)),
            asyncio.create_task(reconfirmations.run(pool, _now, uris)),
        ]
        # Before anything is delivered: rows that are moved to a new month meanwhile would have to be sent twice.
        with suppress(psycopg.Error, PoolTimeout):
            await cleanup.months(pool, _now(), settings.event_retention_days)
        delivering = asyncio.create_task(courier.run(stopping))
        repeating.append(asyncio.create_task(webhooks.warn_owners(courier.workshop)))
        working = asyncio.create_task(_work(app, stopping))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _stop, stopping, working)
        log.info("worker ready")
        try:
            await working
        except asyncio.CancelledError:
            log.info("worker stopped")
        finally:
            stopping.set()
            await delivering
            for task in (sweeping, *repeating):
                task.cancel()


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[tuple[App, AsyncConnectionPool[Conn], webhooks.Courier]]:
    """The job app, the pool and the courier with everything they need, open."""
    pool = make_pool(settings.database_url, size=CONCURRENCY)
    connector = PsycopgConnector(
        conninfo=with_ends(settings.database_url),
        timeout=DATABASE_TIMEOUT_SECONDS,
        configure=partial(bound, timeouts=WORKER),
    )
    app = App(connector=connector)
    async with pool, AiohttpSender(OutboundPolicy(settings.outbound_allow)) as sender, app.open_async():
        mail.register(app, make_mailer(settings))
        courier = webhooks.Courier(
            webhooks.Workshop(
                pool=pool,
                sender=sender,
                vault=Vault(secret_key(settings.secret_key, settings.data_dir)),
                uris=Uris(settings.base_url, settings.api_url),
                settings=settings,
                clock=_now,
            )
        )
        yield app, pool, courier


def _now() -> datetime:
    return datetime.now(UTC)


def _stop(stopping: asyncio.Event, working: "asyncio.Task[None]") -> None:
    stopping.set()
    working.cancel()


async def _work(app: App, stopping: asyncio.Event) -> None:
    """Take jobs until ``stopping``, also after the database was away for a while."""
    while not stopping.is_set():  # a cancellation alone gets lost where the database is away at that moment
        try:
            await app.run_worker_async(
                concurrency=CONCURRENCY,
                wait=True,
                fetch_job_polling_interval=POLLING_SECONDS,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                delete_jobs="successful",
                shutdown_graceful_timeout=30,
            )
        except (ProcrastinateException, psycopg.Error) as exc:
            log.warning("the queue does not answer: %s", exc)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), RECONNECT_SECONDS)


async def _sweep(app: App) -> None:
    """Give the jobs of workers that have died back to the queue, over and over."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
            for job in stalled:
                log.warning("job %s was left behind by a worker that died; it runs again", job.id)
                await app.job_manager.retry_job(job)
            await app.job_manager.prune_stalled_workers(STALLED_AFTER_SECONDS)
        except (ProcrastinateException, psycopg.Error) as exc:
            log.warning("dead workers could not be looked for: %s", exc)
