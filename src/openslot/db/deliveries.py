"""Deliveries: one per event and subscription, with every attempt."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery with all that it takes to make it."""

    id: UUID
    organization_id: UUID
    subscription_id: UUID
    state: str
    attempts: int
    event_name: str
    occurred_at: datetime
    chain_id: UUID
    payload: str
    callback_url: str
    creator_id: UUID | None
    sealed_signing_key: bytes | None
    subscription_ended: bool
    """Deleted or disabled meanwhile."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One try. Exactly one of ``status_code`` and ``error`` is set."""

    number: int
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    response_excerpt: str | None


async def get(conn: Conn, organization_id: UUID, delivery_id: UUID) -> Delivery | None:
    return await fetch_one(
        conn,
        Delivery,
        """
        SELECT delivery.id, delivery.organization_id, delivery.subscription_id, delivery.state, delivery.attempts,
            event.name AS event_name, event.occurred_at, event.chain_id, event.payload, subscription.callback_url,
            subscription.creator_id, subscription.sealed_signing_key,
            (subscription.deleted_at IS NOT NULL OR subscription.state = 'disabled') AS subscription_ended
        FROM deliveries AS delivery
        JOIN events AS event ON event.organization_id = delivery.organization_id AND event.id = delivery.event_id
        JOIN webhook_subscriptions AS subscription
          ON subscription.organization_id = delivery.organization_id AND subscription.id = delivery.subscription_id
        WHERE delivery.organization_id = %(organization_id)s AND delivery.id = %(id)s
        """,
        {"organization_id": organization_id, "id": delivery_id},
    )


async def list_attempts(conn: Conn, organization_id: UUID, delivery_id: UUID) -> list[Attempt]:
    """Every attempt, in order."""
    return await fetch_all(
        conn,
        Attempt,
        """
        SELECT number, started_at, duration_ms, status_code, error, response_excerpt FROM delivery_attempts
        WHERE organization_id = %(organization_id)s AND delivery_id = %(id)s ORDER BY number
        """,
        {"organization_id": organization_id, "id": delivery_id},
    )


async def record_attempt(
    conn: Conn,
    delivery: Delivery,
    attempt: Attempt,
    *,
    state: str,
    next_attempt_at: datetime | None,
    now: datetime,
) -> None:
    """Store an attempt with its consequences for the delivery and the subscription, in one statement."""
    await conn.execute(
        """
        WITH attempt AS (
            INSERT INTO delivery_attempts
                (organization_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt)
            VALUES (%(organization_id)s, %(id)s, %(number)s, %(started_at)s, %(duration_ms)s, %(status_code)s,
                    %(error)s, %(response_excerpt)s)
            ON CONFLICT DO NOTHING
        ), subscription AS (
            UPDATE webhook_subscriptions
            SET retry_started_at = CASE WHEN %(state)s = 'delivered' THEN NULL
                                        ELSE coalesce(retry_started_at, %(now)s) END
            WHERE organization_id = %(organization_id)s AND id = %(subscription_id)s
              AND (retry_started_at IS NULL) IS DISTINCT FROM (%(state)s = 'delivered')
        )
        UPDATE deliveries
        SET attempts = %(number)s, state = %(state)s, next_attempt_at = %(next_attempt_at)s,
            finished_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE %(now)s::timestamptz END
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {
            "organization_id": delivery.organization_id, "id": delivery.id,
            "subscription_id": delivery.subscription_id, "number": attempt.number, "started_at": attempt.started_at,
            "duration_ms": attempt.duration_ms, "status_code": attempt.status_code, "error": attempt.error,
            "response_excerpt": attempt.response_excerpt, "state": state, "next_attempt_at": next_attempt_at,
            "now": now,
        },
    )  # fmt: skip


async def discard(conn: Conn, organization_id: UUID, delivery_id: UUID, *, now: datetime) -> None:
    """Close a delivery whose subscription has ended."""
    await conn.execute(
        "UPDATE deliveries SET state = 'discarded', next_attempt_at = NULL, finished_at = %s"
        " WHERE organization_id = %s AND id = %s AND state = 'pending'",
        (now, organization_id, delivery_id),
    )
