"""Webhook subscriptions, and the body of a delivery."""

from uuid import UUID

from openslot.db import webhook_subscriptions as rows
from openslot.presenters.uris import Uris
from openslot.security import signatures
from openslot.wire.codec import Timestamp
from openslot.wire.webhooks import WebhookSubscription


def subscription(row: rows.WebhookSubscription, uris: Uris) -> WebhookSubscription:
    """The shape of GET /webhook_subscriptions/{uuid}."""
    return WebhookSubscription(
        uri=uris.webhook_subscription(row.id),
        callback_url=row.callback_url,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        retry_started_at=None if row.retry_started_at is None else Timestamp.of(row.retry_started_at),
        state=row.state,
        events=row.events,
        scope=row.scope,
        organization=uris.organization(row.organization_id),
        user=None if row.user_id is None else uris.user(row.user_id),
        group=None if row.group_id is None else uris.group(row.group_id),
        creator=None if row.creator_id is None else uris.user(row.creator_id),
    )


CORRELATION_HEADER = "openslot-correlation-id"


def lasting_headers(delivery_id: UUID, correlation_id: UUID) -> dict[str, str]:
    """The headers that are the same at every attempt."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "OpenSlot",
        signatures.ID_HEADER: str(delivery_id),
        CORRELATION_HEADER: str(correlation_id),
    }


def body(head: str, payload: str) -> bytes:
    """The exact bytes of a delivery, the same at every attempt: what was stored, put together.

    Source: webhooks, section 5.
    """
    return f"{head}{payload}}}".encode()
