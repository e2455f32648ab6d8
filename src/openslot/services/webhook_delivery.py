"""One attempt to make a delivery, and what follows from it. Source: webhooks, sections 3 to 5."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from openslot.db import deliveries
from openslot.db.deliveries import Attempt, Delivery
from openslot.db.pool import Conn
from openslot.presenters import webhooks as present
from openslot.presenters.links import Links
from openslot.providers.webhook_http import Answer, WebhookSender
from openslot.security import signatures
from openslot.security.vault import Vault

JITTER = 0.2
"""Waits vary by this part, so that what failed together is not tried together."""


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; ``retry_at`` is set when there is to be another."""

    retry_at: datetime | None = None


async def load(conn: Conn, organization_id: UUID, delivery_id: UUID, *, now: datetime) -> Delivery | None:
    """The delivery to make, or None when there is nothing to do: made already, given up, or nobody to tell."""
    delivery = await deliveries.get(conn, organization_id, delivery_id)
    if delivery is None or delivery.state != "pending":
        return None
    if delivery.subscription_ended:
        await deliveries.discard(conn, organization_id, delivery_id, now=now)
        return None
    return delivery


async def attempt(sender: WebhookSender, delivery: Delivery, *, vault: Vault, links: Links, now: datetime) -> Attempt:
    """Send once, with a fresh signature over the same bytes; needs no connection to the database."""
    body = present.body(delivery.event_name, delivery.occurred_at, delivery.creator_id, delivery.payload, links)
    try:
        headers = _headers(delivery, body, vault, now)
    except ValueError as exc:
        # Unsigned it must not go, and lost it must not be: an attempt that failed, for the owner to read.
        answer = Answer(0, error=f"the signing key can't be read: {exc}")
    else:
        answer = await sender.post(delivery.callback_url, body, headers)
    return Attempt(
        number=delivery.attempts + 1,
        started_at=now,
        duration_ms=answer.duration_ms,
        status_code=answer.status,
        error=answer.error,
        response_excerpt=answer.excerpt,
    )


def _headers(delivery: Delivery, body: bytes, vault: Vault, now: datetime) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if delivery.sealed_signing_key is not None:
        key = vault.open(delivery.sealed_signing_key)
        headers[signatures.HEADER] = signatures.signature_header(key, body, now)
    return headers


async def conclude(conn: Conn, delivery: Delivery, made: Attempt, *, waits: Sequence[int], now: datetime) -> Outcome:
    """Record an attempt; after a failure say when the next is due, until ``waits`` (seconds) are used up."""
    if made.status_code is not None and 200 <= made.status_code < 300:  # noqa: PLR2004 -- 2xx only
        await deliveries.record_attempt(conn, delivery, made, state="delivered", next_attempt_at=None, now=now)
        return Outcome()
    if made.number > len(waits):
        await deliveries.record_attempt(conn, delivery, made, state="failed", next_attempt_at=None, now=now)
        return Outcome()
    wait = waits[made.number - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- no secret
    retry_at = now + timedelta(seconds=wait)
    await deliveries.record_attempt(conn, delivery, made, state="pending", next_attempt_at=retry_at, now=now)
    return Outcome(retry_at)
