"""The table of deliveries as a queue: claim what is due, record the results (ADR 0013)."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg import AsyncCursor
from psycopg.rows import tuple_row

from openslot.db.deliveries import UNCLAIMED, Attempt
from openslot.db.events import HEAD
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one
from openslot.db.workers import SILENT_AFTER_SECONDS

OUTAGE = timedelta(minutes=5)
"""A receiver that accepted nothing for so long had an outage, not a single failure."""


class Claimed(Struct, frozen=True, kw_only=True):
    """A delivery that a worker has claimed, with everything needed to send it."""

    id: UUID
    organization_id: UUID
    subscription_id: UUID
    event_id: UUID
    event_name: str
    correlation_id: UUID
    head: str
    payload: str
    attempts: int
    earlier_attempts: int
    first_failed_at: datetime | None
    created_at: datetime
    callback_url: str
    destination: str
    sealed_signing_key: bytes | None
    is_failing: bool
    """Whether the subscription's last attempt failed."""
    clock_ahead: timedelta | None = None
    """How far the clock of the organization is ahead of the real one, if that is a sandbox."""

    def clock(self, now: datetime) -> datetime:
        """What the clock of the organization shows at ``now``, the real time: the same, unless it is a sandbox."""
        return now + (self.clock_ahead or timedelta())


WAITING: LiteralString = """
    waiting (subscription_id) AS (
        (SELECT subscription_id FROM deliveries WHERE state = 'pending' ORDER BY subscription_id LIMIT 1)
        UNION ALL
        SELECT (SELECT further.subscription_id FROM deliveries AS further
                WHERE further.state = 'pending' AND further.subscription_id > waiting.subscription_id
                ORDER BY further.subscription_id LIMIT 1)
        FROM waiting WHERE waiting.subscription_id IS NOT NULL
    )
"""
"""The subscriptions with pending deliveries. The recursion is a loose index scan, one step per subscription, and ends
with a row of NULL; DISTINCT would read every pending delivery."""
FIRST_OF_ITS_CHAIN: LiteralString = """
    NOT EXISTS (
        SELECT FROM deliveries AS earlier
        WHERE earlier.subscription_id = delivery.subscription_id AND earlier.chain_id = delivery.chain_id
          AND earlier.state = 'pending' AND earlier.sequence < delivery.sequence)
"""
_CLAIM: LiteralString = f"""
    WITH RECURSIVE {WAITING}, ended AS (  -- pending deliveries of deleted subscriptions, and those that a sandbox keeps
        UPDATE deliveries SET state = 'discarded', next_attempt_at = NULL, claimed_by = NULL,
            finished_at = %(now)s + coalesce(late.clock_ahead, '0')
        FROM (
            SELECT delivery.organization_id, delivery.id, sandbox.clock_ahead
            FROM waiting JOIN webhook_subscriptions AS subscription ON subscription.id = waiting.subscription_id
            LEFT JOIN sandboxes AS sandbox ON sandbox.organization_id = subscription.organization_id
            JOIN deliveries AS delivery
              ON delivery.subscription_id = subscription.id AND delivery.state = 'pending'
            WHERE subscription.deleted_at IS NOT NULL OR NOT sandbox.sends_webhooks
            FOR UPDATE OF delivery SKIP LOCKED  -- a lock on one of them must not block claims of others
        ) AS late
        WHERE deliveries.organization_id = late.organization_id AND deliveries.id = late.id
    ), me AS (  -- the heartbeat; without a row in workers, nothing is claimed below
        UPDATE workers SET heartbeat_at = clock_timestamp(), went_round_at = clock_timestamp()
        WHERE id = %(worker)s RETURNING id
    ), candidate AS MATERIALIZED (  -- of each subscription the due deliveries, up to its own limit, locked
        SELECT delivery.organization_id, delivery.id, delivery.sequence,
            delivery.next_attempt_at - coalesce(sandbox.clock_ahead, '0') AS next_attempt_at,  -- in real time
            subscription.destination, subscription.id AS subscription_id, allowed.number AS allowed,
            subscription.retry_started_at IS NOT NULL AS is_failing
        FROM waiting
        JOIN me ON true
        JOIN webhook_subscriptions AS subscription
          ON subscription.id = waiting.subscription_id AND subscription.state = 'active'
         AND subscription.deleted_at IS NULL
        LEFT JOIN sandboxes AS sandbox ON sandbox.organization_id = subscription.organization_id
        LEFT JOIN unnest(%(destinations)s::text[], %(busy)s::int[]) AS taken (destination, number)
          ON taken.destination = subscription.destination
        LEFT JOIN unnest(%(subscriptions)s::uuid[], %(held)s::int[]) AS own (id, number) ON own.id = subscription.id
        CROSS JOIN LATERAL (
            SELECT greatest(CASE WHEN subscription.retry_started_at IS NULL
                                 THEN %(per_destination)s - coalesce(taken.number, 0)
                                 ELSE 1 - coalesce(own.number, 0) END, 0) AS number
        ) AS allowed
        CROSS JOIN LATERAL (
            SELECT delivery.organization_id, delivery.id, delivery.next_attempt_at, delivery.sequence
            FROM deliveries AS delivery
            WHERE delivery.subscription_id = subscription.id AND delivery.state = 'pending'
              AND delivery.next_attempt_at <= %(now)s + coalesce(sandbox.clock_ahead, '0')
              AND sandbox.sends_webhooks IS NOT FALSE AND {FIRST_OF_ITS_CHAIN}
              AND CASE WHEN delivery.claimed_by = %(worker)s THEN delivery.id <> ALL (%(in_progress)s::uuid[])
                       ELSE {UNCLAIMED} END
            ORDER BY delivery.next_attempt_at, delivery.sequence
            LIMIT least(allowed.number, %(limit)s)
            FOR UPDATE SKIP LOCKED
        ) AS delivery
    ), ranked AS (  -- subscriptions of one destination share its limit; each failing one counts for itself
        SELECT *,
            row_number() OVER (PARTITION BY destination, CASE WHEN is_failing THEN subscription_id END
                               ORDER BY next_attempt_at, sequence) AS place,
            row_number() OVER (PARTITION BY is_failing ORDER BY next_attempt_at, sequence) AS place_in_all
        FROM candidate
    ), picked AS (
        SELECT organization_id, id FROM ranked
        WHERE place <= allowed AND (NOT is_failing OR place_in_all <= %(failing_room)s)
        ORDER BY place, next_attempt_at, sequence LIMIT %(limit)s  -- by place first: every destination gets its turn
    ), claimed AS (
        UPDATE deliveries SET claimed_by = %(worker)s FROM picked
        WHERE deliveries.organization_id = picked.organization_id AND deliveries.id = picked.id
        RETURNING deliveries.*
    )
    SELECT claimed.id, claimed.organization_id, claimed.subscription_id, claimed.event_id, event.name AS event_name,
        event.correlation_id, claimed.head, event.payload, claimed.attempts, claimed.earlier_attempts,
        claimed.first_failed_at, claimed.created_at, subscription.callback_url, subscription.destination,
        subscription.sealed_signing_key, subscription.retry_started_at IS NOT NULL AS is_failing, sandbox.clock_ahead
    FROM claimed
    JOIN events AS event ON event.organization_id = claimed.organization_id AND event.id = claimed.event_id
    JOIN webhook_subscriptions AS subscription
      ON subscription.organization_id = claimed.organization_id AND subscription.id = claimed.subscription_id
    LEFT JOIN sandboxes AS sandbox ON sandbox.organization_id = claimed.organization_id
    ORDER BY claimed.sequence
"""


async def claim(
    conn: Conn,
    worker_id: UUID,
    *,
    limit: int,
    per_destination: int,
    max_failing: int,
    in_progress: Collection[Claimed],
    now: datetime,
    silent_seconds: float = SILENT_AFTER_SECONDS,
) -> list[Claimed]:
    """Claim up to ``limit`` due deliveries for a worker, and record its heartbeat.

    Only the first delivery of each chain can be claimed, so that order holds. A destination gets up to
    ``per_destination`` deliveries at a time, those ``in_progress`` included. A subscription whose last attempt failed
    gets one, and all such subscriptions together ``max_failing``: receivers that are down must not hold up the others.

    A delivery can be claimed if no worker has claimed it, if its worker is dead, or if this worker has claimed it but
    does not know (it is not in ``in_progress``): the answer to an earlier claim was lost. A worker without a row in
    ``workers`` gets nothing. Pending deliveries of deleted subscriptions are discarded here: an event may have been
    recorded while its subscription was being deleted. So are those of sandboxes that send none; they can be read.
    ``now`` is the real time, and a delivery of a sandbox is due by the clock of that.
    """
    destinations = Counter(one.destination for one in in_progress)
    subscriptions = Counter(one.subscription_id for one in in_progress)
    failing = sum(one.is_failing for one in in_progress)
    params = {
        "worker": worker_id, "limit": limit, "per_destination": per_destination, "destinations": list(destinations),
        "busy": list(destinations.values()), "subscriptions": list(subscriptions),
        "held": list(subscriptions.values()), "failing_room": max(max_failing - failing, 0),
        "in_progress": [one.id for one in in_progress], "now": now, "silent": silent_seconds,
    }  # fmt: skip
    return await fetch_all(conn, Claimed, _CLAIM, params)


class Recorded(Struct, frozen=True):
    """The subscription after an attempt was recorded."""

    retry_started_at: datetime | None
    """When deliveries began to fail; None: they do not fail."""
    warned_at: datetime | None
    creator_id: UUID | None
    callback_url: str
    updated_at: datetime
    """When it was last changed or enabled."""


async def record_success(
    conn: Conn, delivery: Claimed, attempt: Attempt, *, worker_id: UUID, now: datetime
) -> AsyncCursor[tuple[int]]:
    """Record a successful attempt. The cursor returns 1, or 0 if another worker has claimed the delivery meanwhile.

    After an outage the receiver is back, so its waiting retries become due at once, without using up a wait. A failure
    shorter than ``OUTAGE`` changes nothing: otherwise each success would trigger another try of one refused delivery.
    """
    cursor = conn.cursor(row_factory=tuple_row)
    return await cursor.execute(
        f"""
        WITH recorded AS (
            UPDATE deliveries SET attempts = %(number)s, state = 'delivered', next_attempt_at = NULL, claimed_by = NULL,
                finished_at = %(now)s
            WHERE organization_id = %(organization_id)s AND id = %(id)s AND claimed_by = %(worker)s
            RETURNING 1
        ), attempt AS ({_ATTEMPT}), recovered AS (
            UPDATE webhook_subscriptions AS subscription SET retry_started_at = NULL, warned_at = NULL
            FROM webhook_subscriptions AS before
            WHERE subscription.organization_id = %(organization_id)s AND subscription.id = %(subscription_id)s
              AND before.organization_id = subscription.organization_id AND before.id = subscription.id
              AND subscription.retry_started_at IS NOT NULL AND EXISTS (SELECT FROM recorded)
            RETURNING subscription.id, before.retry_started_at
        ), due AS (
            UPDATE deliveries
            SET next_attempt_at = %(now)s, earlier_attempts = least(earlier_attempts + 1, attempts)
            FROM recovered
            WHERE deliveries.subscription_id = recovered.id AND deliveries.state = 'pending'
              AND deliveries.next_attempt_at > %(now)s AND deliveries.id <> %(id)s
              AND recovered.retry_started_at <= %(outage_began)s
        )
        SELECT count(*) FROM recorded
        """,
        _values(delivery, attempt, worker_id, now) | {"outage_began": now - OUTAGE},
    )


async def record_failure(
    conn: Conn,
    delivery: Claimed,
    attempt: Attempt,
    *,
    worker_id: UUID,
    state: str,
    next_attempt_at: datetime | None,
    now: datetime,
) -> Recorded | None:
    """Record a failed attempt; None if another worker has claimed the delivery meanwhile."""
    return await fetch_one(
        conn,
        Recorded,
        f"""
        WITH recorded AS (
            UPDATE deliveries SET attempts = %(number)s, state = %(state)s, next_attempt_at = %(next_attempt_at)s,
                claimed_by = NULL, first_failed_at = coalesce(first_failed_at, %(now)s),
                finished_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE %(now)s::timestamptz END
            WHERE organization_id = %(organization_id)s AND id = %(id)s AND claimed_by = %(worker)s
            RETURNING 1
        ), attempt AS ({_ATTEMPT})
        UPDATE webhook_subscriptions SET retry_started_at = coalesce(retry_started_at, %(now)s)
        WHERE organization_id = %(organization_id)s AND id = %(subscription_id)s AND EXISTS (SELECT FROM recorded)
        RETURNING retry_started_at, warned_at, creator_id, callback_url, updated_at
        """,
        _values(delivery, attempt, worker_id, now) | {"state": state, "next_attempt_at": next_attempt_at},
    )


_ATTEMPT: LiteralString = """
    INSERT INTO delivery_attempts
        (organization_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt)
    SELECT %(organization_id)s, %(id)s, %(number)s, %(started_at)s, %(duration_ms)s, %(status_code)s, %(error)s,
           %(response_excerpt)s
    FROM recorded ON CONFLICT DO NOTHING
"""


def _values(delivery: Claimed, attempt: Attempt, worker_id: UUID, now: datetime) -> dict[str, object]:
    return {
        "organization_id": delivery.organization_id, "id": delivery.id, "subscription_id": delivery.subscription_id,
        "number": attempt.number, "started_at": attempt.started_at, "duration_ms": attempt.duration_ms,
        "status_code": attempt.status_code, "error": attempt.error, "response_excerpt": attempt.response_excerpt,
        "worker": worker_id, "now": now,
    }  # fmt: skip


async def put_off(conn: Conn, delivery: Claimed, *, worker_id: UUID, until: datetime) -> None:
    """Release a delivery that the worker could not send; it is due again at ``until``."""
    await conn.execute(
        "UPDATE deliveries SET claimed_by = NULL, next_attempt_at = %s"
        " WHERE organization_id = %s AND id = %s AND claimed_by = %s",
        (until, delivery.organization_id, delivery.id, worker_id),
    )


async def complete_heads(conn: Conn, *, users_uri: str) -> None:
    """Fill in the heads of pending deliveries from versions that did not store them."""
    await conn.execute(
        f"""
        UPDATE deliveries SET head = {HEAD}
        FROM events AS event, webhook_subscriptions AS subscription
        WHERE deliveries.state = 'pending' AND deliveries.head = '' AND event.id = deliveries.event_id
          AND event.organization_id = deliveries.organization_id AND subscription.id = deliveries.subscription_id
        """,
        {"users_uri": users_uri},
    )
