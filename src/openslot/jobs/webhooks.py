"""Delivering webhooks: load, send, record; one job per delivery until it is through or given up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job
from psycopg_pool import AsyncConnectionPool

from openslot import queue
from openslot.config import Settings
from openslot.db.pool import Conn
from openslot.presenters.links import Links
from openslot.providers.webhook_http import WebhookSender
from openslot.security.vault import Vault
from openslot.services import webhook_delivery

log = logging.getLogger(__name__)

FAULT_RETRY_SECONDS = 10


class DeliveryRefused(Exception):
    """The attempt failed; the job is to run again at ``retry_at``."""

    def __init__(self, retry_at: datetime) -> None:
        self.retry_at = retry_at
        super().__init__(f"the next attempt is due at {retry_at.isoformat(timespec='seconds')}")


class _AtItsTime(BaseRetryStrategy):
    """Runs a refused delivery again when it is due. Until then later jobs of the same lock wait: order is kept."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        if isinstance(exception, DeliveryRefused):
            return RetryDecision(retry_at=exception.retry_at)
        # Anything else is a fault on our side (the database away, say): nothing may be lost, so try again soon.
        return RetryDecision(retry_in={"seconds": FAULT_RETRY_SECONDS})


@dataclass(frozen=True)
class Workshop:
    """What the jobs of this family need."""

    pool: AsyncConnectionPool[Conn]
    sender: WebhookSender
    vault: Vault
    links: Links
    settings: Settings
    clock: Callable[[], datetime]


def register(app: App, workshop: Workshop) -> None:
    """Put the family's tasks on the app, under their names in ``queue``."""

    @app.task(name=queue.DELIVER_WEBHOOK, queue="webhooks", retry=_AtItsTime())
    async def deliver(organization_id: str, delivery_id: str) -> None:
        try:
            await run(workshop, UUID(organization_id), UUID(delivery_id))
        except DeliveryRefused:
            raise
        except Exception:
            # The outer loop of a job: whatever it is, somebody must be able to read of it.
            log.exception("delivery %s could not be tried; again in %s s", delivery_id, FAULT_RETRY_SECONDS)
            raise


async def run(workshop: Workshop, organization_id: UUID, delivery_id: UUID) -> None:
    """Make one attempt. No connection is held while the other side takes its time.

    Raises:
        DeliveryRefused: it failed and is to be tried again.
    """
    async with workshop.pool.connection() as conn:
        delivery = await webhook_delivery.load(conn, organization_id, delivery_id, now=workshop.clock())
    if delivery is None:
        return
    made = await webhook_delivery.attempt(
        workshop.sender, delivery, vault=workshop.vault, links=workshop.links, now=workshop.clock()
    )
    async with workshop.pool.connection() as conn:
        outcome = await webhook_delivery.conclude(
            conn, delivery, made, waits=workshop.settings.webhook_retry_seconds, now=workshop.clock()
        )
    if outcome.retry_at is not None:
        raise DeliveryRefused(outcome.retry_at)
