"""Webhook subscriptions as they stand, and their deliveries, as our own API and commands show them."""

from datetime import datetime
from typing import cast

from msgspec import structs

from openslot.db import deliveries as rows
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters import webhooks as present
from openslot.presenters.uris import Uris
from openslot.security import signatures
from openslot.wire.codec import Timestamp
from openslot.wire.webhook_audit import (
    AuditedSubscription,
    Backlog,
    Delivery,
    DeliveryAttempt,
    DeliveryDetails,
    SentRequest,
    State,
)


def subscription(row: WebhookSubscription, backlog: rows.Backlog, uris: Uris) -> AuditedSubscription:
    """The shape of GET /openslot/webhook_subscriptions/{uuid}."""
    return AuditedSubscription(
        **structs.asdict(present.subscription(row, uris)),
        event_types=None if row.event_type_ids is None else [uris.event_type(one) for one in row.event_type_ids],
        signed=row.is_signed,
        backlog=Backlog(backlog.pending, _stamp(backlog.oldest)),
        failing_since=_stamp(row.retry_started_at),
        warned_at=_stamp(row.warned_at),
        disabled_at=_stamp(row.disabled_at),
    )


def delivery(row: rows.Delivery, uris: Uris) -> Delivery:
    """One of a list."""
    return Delivery(
        uri=uris.extension("webhook_deliveries", row.id),
        webhook_subscription=uris.webhook_subscription(row.subscription_id),
        event=row.event_name,
        occurred_at=Timestamp.of(row.occurred_at),
        sequence=row.sequence,
        state=cast("State", row.state),  # checked by the database
        test=row.is_test,
        in_hand=row.in_hand,
        attempt_count=row.attempts,
        last_attempt=None if row.last_attempt is None else _attempt(row.last_attempt),
        next_attempt_at=_stamp(row.next_attempt_at),
        created_at=Timestamp.of(row.created_at),
        finished_at=_stamp(row.finished_at),
        correlation_id=str(row.correlation_id),
    )


def details(row: rows.InspectedDelivery, attempts: list[rows.Attempt], uris: Uris) -> DeliveryDetails:
    """The shape of GET /openslot/webhook_deliveries/{uuid}."""
    return DeliveryDetails(
        **structs.asdict(delivery(row, uris)),
        erased_at=_stamp(row.erased_at),
        attempts=[_attempt(one) for one in attempts],
        request=_request(row),
    )


def _request(row: rows.InspectedDelivery) -> SentRequest:
    headers: dict[str, str | None] = dict(present.lasting_headers(row.id, row.correlation_id))
    headers[signatures.TIMESTAMP_HEADER] = None
    if row.is_signed:
        headers |= {signatures.HEADER: None, signatures.STANDARD_HEADER: None}
    body = present.body(row.head, row.payload).decode()
    return SentRequest("POST", row.callback_url, headers, body)


def _attempt(row: rows.Attempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        row.number,
        Timestamp.of(row.started_at),
        row.duration_ms,
        row.status_code,
        row.error,
        row.response_excerpt,
    )


def _stamp(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else Timestamp.of(moment)
