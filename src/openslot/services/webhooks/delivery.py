"""One attempt to make a delivery, and what follows from it. Source: webhooks, sections 3 to 5; rules, section 14."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from openslot.db import delivery_queue, redeliveries, webhook_subscription_states
from openslot.db.deliveries import Attempt
from openslot.db.delivery_queue import Claimed, Recorded
from openslot.db.pool import Conn
from openslot.presenters import webhooks as present
from openslot.presenters.uris import Uris
from openslot.providers.webhook_http import WebhookResponse, WebhookSender
from openslot.security import signatures
from openslot.security.vault import Vault
from openslot.services.webhooks import alarms

JITTER = 0.2
"""Waits vary by this part, so that what failed together is not tried together."""
MAX_RETRY_AFTER = timedelta(days=1)
"""A receiver may request a longer wait than the schedule has, but no longer than this."""


@dataclass(frozen=True)
class RetryPolicy:
    """How long a delivery is tried."""

    waits: Sequence[int]
    """Seconds between attempts; after the last wait it is given up."""
    warn_after: timedelta
    """So long after the first failure the owner is notified."""


class Outcome(StrEnum):
    """What follows from an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    FAILED = "failed"
    """Given up, while others got through."""
    DISABLED = "disabled"
    """Given up with its subscription, whose backlog is kept."""
    FAULT = "fault"
    """For a fault of ours it could not be tried or recorded; it is tried again."""
    LOST = "lost"
    """Another worker has it: this one was silent for too long."""


@dataclass(frozen=True)
class Tried:
    """An attempt, and how long the receiver wants no other."""

    attempt: Attempt
    retry_after: timedelta | None = None

    @property
    def got_through(self) -> bool:
        """2xx only: a redirect is a refusal."""
        status = self.attempt.status_code
        return status is not None and 200 <= status < 300  # noqa: PLR2004 -- the range that the docstring names


async def attempt(sender: WebhookSender, delivery: Claimed, *, vault: Vault, now: datetime) -> Tried:
    """Send once, with fresh signatures over the same bytes; needs no connection to the database.

    ``now`` is the real time, of which signatures are: receivers compare it with their own clock.
    """
    body = present.body(delivery.head, delivery.payload)
    try:
        headers = _headers(delivery, body, vault, now)
    except ValueError as exc:
        # Unsigned it must not go, and lost it must not be: an attempt that failed, for the owner to read.
        answer = WebhookResponse(0, error=f"the signing key can't be read: {exc}")
    else:
        answer = await sender.post(delivery.callback_url, body, headers)
    made = Attempt(
        number=delivery.attempts + 1,
        started_at=delivery.clock(now),
        duration_ms=answer.duration_ms,
        status_code=answer.status,
        error=answer.error,
        response_excerpt=answer.excerpt,
    )
    seconds = answer.retry_after_seconds
    return Tried(made, None if seconds is None else min(timedelta(seconds=seconds), MAX_RETRY_AFTER))


def _headers(delivery: Claimed, body: bytes, vault: Vault, now: datetime) -> dict[str, str]:
    message_id = str(delivery.id)
    headers = present.lasting_headers(delivery.id, delivery.correlation_id)
    headers[signatures.TIMESTAMP_HEADER] = str(int(now.timestamp()))
    if delivery.sealed_signing_key is not None:
        key = vault.open(delivery.sealed_signing_key)
        headers[signatures.HEADER] = signatures.signature_header(key, body, now)
        headers[signatures.STANDARD_HEADER] = signatures.standard_signature(key, message_id, body, now)
    return headers


async def conclude(
    conn: Conn,
    delivery: Claimed,
    tried: Tried,
    *,
    persistence: RetryPolicy,
    worker_id: UUID,
    uris: Uris,
    now: datetime,
) -> Outcome:
    """Record a failed attempt and what follows, in the caller's transaction."""
    number = tried.attempt.number - delivery.earlier_attempts
    retry_at = None
    if number <= len(persistence.waits):
        wait = timedelta(seconds=persistence.waits[number - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 -- no secret
        retry_at = now + max(wait, tried.retry_after or wait)
    recorded = await delivery_queue.record_failure(
        conn,
        delivery,
        tried.attempt,
        worker_id=worker_id,
        state="failed" if retry_at is None else "pending",
        next_attempt_at=retry_at,
        now=now,
    )
    if recorded is None:
        return Outcome.LOST
    assert recorded.retry_started_at is not None  # an attempt has just failed
    nothing_got_through = recorded.retry_started_at <= (delivery.first_failed_at or now)
    if recorded.warned_at is None and (
        now - recorded.retry_started_at >= persistence.warn_after or (retry_at is None and nothing_got_through)
    ):
        await alarms.failing(conn, _failing(delivery, recorded, tried), uris=uris, now=now)
    if retry_at is not None:
        return Outcome.RETRY
    if recorded.updated_at > tried.attempt.started_at:
        # Meanwhile somebody has given it another URL, or enabled it: that is to be tried as well.
        await redeliveries.requeue(conn, delivery.organization_id, delivery.id, now=now)
        return Outcome.RETRY
    if not nothing_got_through:
        await alarms.given_up(conn, _failing(delivery, recorded, tried), delivery.id, uris=uris, now=now)
        return Outcome.FAILED
    # What was still to be delivered to it is kept with it, this delivery included.
    await redeliveries.requeue(conn, delivery.organization_id, delivery.id, now=now)
    if await webhook_subscription_states.disable(conn, delivery.organization_id, delivery.subscription_id, now=now):
        await alarms.disabled(conn, _failing(delivery, recorded, tried), uris=uris, now=now)
    return Outcome.DISABLED


def _failing(delivery: Claimed, recorded: Recorded, tried: Tried) -> alarms.Failing:
    made = tried.attempt
    return alarms.Failing(
        organization_id=delivery.organization_id,
        subscription_id=delivery.subscription_id,
        creator_id=recorded.creator_id,
        callback_url=recorded.callback_url,
        since=recorded.retry_started_at or made.started_at,
        answer=f"HTTP {made.status_code}" if made.error is None else made.error,
    )
