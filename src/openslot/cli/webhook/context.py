"""The transaction of a command, and what it looks up in it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click

from openslot.cli.database import load_settings, reporting_errors, running_database
from openslot.core.errors import OpenSlotError
from openslot.db import deliveries as delivery_rows
from openslot.db import sandboxes
from openslot.db import webhook_subscriptions as subscription_rows
from openslot.db.deliveries import InspectedDelivery
from openslot.db.pool import Conn, transaction
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters import webhook_audit as present
from openslot.presenters.uris import Uris
from openslot.services.webhooks import audit
from openslot.wire.webhook_audit import AuditedSubscription

T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The connection and the facts that a command needs, in one transaction."""

    conn: Conn
    uris: Uris

    async def now(self, organization_id: UUID) -> datetime:
        """What the clock of an organization shows."""
        return await sandboxes.clock(self.conn, organization_id, datetime.now(UTC))

    async def subscription(self, subscription_id: UUID) -> WebhookSubscription:
        found = await subscription_rows.find(self.conn, subscription_id)
        if found is None:
            raise click.ClickException(f"no webhook subscription {subscription_id}; see 'openslot webhook list'")
        return found

    async def delivery(self, delivery_id: UUID) -> InspectedDelivery:
        found = await delivery_rows.find(self.conn, delivery_id, users_uri=self.uris.user_prefix)
        if found is None:
            raise click.ClickException(f"no webhook delivery {delivery_id}; see 'openslot webhook deliveries'")
        return found

    async def shown(self, row: WebhookSubscription) -> AuditedSubscription:
        standing = await audit.standing(self.conn, row)
        return present.subscription(standing.subscription, standing.backlog, self.uris)


def in_transaction(data_dir: Path | None, work: Callable[[Context], Awaitable[T]]) -> T:
    """Run ``work`` in one transaction on the database that runs.

    Raises:
        click.ClickException: ``work`` refused; the reason in one line.
    """
    settings = running_database(load_settings(data_dir=data_dir))

    async def run() -> T:
        async with transaction(settings.database_url) as conn:
            return await work(Context(conn, Uris(settings.base_url, settings.api_url)))

    try:
        with reporting_errors():
            return asyncio.run(run())
    except OpenSlotError as exc:
        raise click.ClickException(str(exc)) from exc
