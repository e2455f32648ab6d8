"""The composition root of the worker: delivers webhooks and runs jobs from the queue until it is stopped.

Any number of workers may run on one database, on any machines. Others take over the work of a killed one once it has
been silent for ``workers.SILENT_AFTER_SECONDS`` (deliveries), or ``STALLED_AFTER_SECONDS`` plus ``SWEEP_SECONDS``
(jobs).
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from openslot.config import Settings
from openslot.db.pool import WORKER, Conn, make_pool, set_timeouts, with_dead_server_limits
from openslot.jobs import cleanup, mail, mails, reconfirmations, sandboxes, webhooks
from openslot.presenters.uris import Uris
from openslot.providers.mail import make_mailer
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault, secret_key
from openslot.services import zone_data
from openslot.services.mails.composing import Composer
from openslot.services.mails.sending import Sender

log = logging.getLogger(__name__)

CONCURRENCY = 16
POLLING_SECONDS = 5.0
"""New jobs announce themselves. A job that waited for another one of its lock does not; polling finds it."""
HEARTBEAT_SECONDS = 2.0
STALLED_AFTER_SECONDS = 8.0
SWEEP_SECONDS = 2.0
RECONNECT_SECONDS = 2.0
MAIL_GRACE_SECONDS = 30.0
"""How long the mail in progress may take after a stop was requested; what is cut off is sent again."""
DATABASE_TIMEOUT_SECONDS = 5.0
"""How long the queue waits for a connection, and so how long a stop may take while the database is unreachable."""


async def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM, then finish the jobs that have begun."""
    zone_data.use_packaged()
    async with built(settings) as (app, pool, delivery_worker):
        sweeping = asyncio.create_task(_sweep(app))
        uris = Uris(settings.base_url, settings.api_url)
        warn_after = timedelta(seconds=settings.webhook_warn_seconds)
        stopping = asyncio.Event()
        repeating = [
            asyncio.create_task(cleanup.run(pool, _now)),
            asyncio.create_task(cleanup.maintain_partitions(pool, _now, settings.event_retention_days)),
            asyncio.create_task(reconfirmations.run(pool, _now, uris)),
            asyncio.create_task(sandboxes.run(pool, _now, uris, warn_after=warn_after)),
        ]
        # Create the months before the first delivery: a delivery whose row moves to a new partition while it is under
        # way would be sent twice.
        with suppress(psycopg.Error, PoolTimeout):
            await cleanup.update_partitions(pool, _now(), settings.event_retention_days)
        delivering = asyncio.create_task(delivery_worker.run(stopping))
        repeating.append(asyncio.create_task(webhooks.warn_owners(delivery_worker.context)))
        mailing = asyncio.create_task(mails.run(mail_sender(settings, pool), stopping))
        working = asyncio.create_task(_run_jobs(app, stopping))
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
            await asyncio.wait({mailing}, timeout=MAIL_GRACE_SECONDS)
            for task in (sweeping, mailing, *repeating):
                task.cancel()


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[tuple[App, AsyncConnectionPool[Conn], webhooks.DeliveryWorker]]:
    """The job app, the pool and the delivery worker, opened for the duration of the block."""
    pool = make_pool(settings.database_url, size=CONCURRENCY)
    connector = PsycopgConnector(
        conninfo=with_dead_server_limits(settings.database_url),
        timeout=DATABASE_TIMEOUT_SECONDS,
        configure=partial(set_timeouts, timeouts=WORKER),
    )
    app = App(connector=connector)
    async with pool, AiohttpSender(OutboundPolicy(settings.outbound_allow)) as sender, app.open_async():
        mail.register(app, make_mailer(settings), pool)
        delivery_worker = webhooks.DeliveryWorker(
            webhooks.WorkerContext(
                pool=pool,
                sender=sender,
                vault=Vault(secret_key(settings.secret_key, settings.data_dir)),
                uris=Uris(settings.base_url, settings.api_url),
                settings=settings,
                clock=_now,
            )
        )
        yield app, pool, delivery_worker


def mail_sender(settings: Settings, pool: AsyncConnectionPool[Conn]) -> Sender:
    """What sends mails as the settings say."""
    uris = Uris(settings.base_url, settings.api_url)
    key = secret_key(settings.secret_key, settings.data_dir)
    return Sender(pool, make_mailer(settings), Composer(uris, settings.sender, key), _now)


def _now() -> datetime:
    return datetime.now(UTC)


def _stop(stopping: asyncio.Event, working: "asyncio.Task[None]") -> None:
    stopping.set()
    working.cancel()


async def _run_jobs(app: App, stopping: asyncio.Event) -> None:
    """Run jobs until ``stopping`` is set; reconnect after the database was unreachable."""
    while not stopping.is_set():  # a cancellation alone gets lost if the database is unreachable at that moment
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
    """Return the jobs of dead workers to the queue, until canceled."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
            for job in stalled:
                log.warning("job %s was left behind by a worker that died; it runs again", job.id)
                await app.job_manager.retry_job(job)
            await app.job_manager.prune_stalled_workers(STALLED_AFTER_SECONDS)
        except (ProcrastinateException, psycopg.Error) as exc:
            log.warning("jobs of dead workers could not be checked: %s", exc)
