"""The backlog of webhook deliveries, for monitoring. Sandboxes are left out: what fails there is somebody's test."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db import sandboxes
from openslot.db.delivery_queue import FIRST_OF_ITS_CHAIN, WAITING
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all

_CONDITION: LiteralString = """
    CASE WHEN subscription.state <> 'active' THEN 'disabled'
         WHEN subscription.retry_started_at IS NOT NULL THEN 'failing' ELSE 'active' END
"""
_REAL: LiteralString = sandboxes.clocked("subscription.organization_id", None)
_DUE: LiteralString = f"""
    SELECT delivery.next_attempt_at AS since FROM deliveries AS delivery
    WHERE delivery.subscription_id = waiting.subscription_id AND delivery.state = 'pending'
      AND delivery.next_attempt_at <= %(now)s AND {FIRST_OF_ITS_CHAIN}
    ORDER BY delivery.next_attempt_at, delivery.sequence LIMIT 1
"""
"""When the first delivery of a subscription that waits for no other one became due."""
_PENDING: LiteralString = """
    SELECT count(*) AS number FROM deliveries
    WHERE deliveries.subscription_id = waiting.subscription_id AND deliveries.state = 'pending'
"""


class ConditionBacklog(Struct, frozen=True):
    """The backlog of all subscriptions in one condition."""

    condition: str
    """``active``; ``failing``: the last attempt failed; ``disabled``: nothing is sent, the backlog is kept."""
    subscriptions: int
    pending: int
    due_since: datetime | None
    """When the longest waiting delivery became due; None: none is due, or nothing is sent."""


async def totals(conn: Conn, *, now: datetime) -> list[ConditionBacklog]:
    """The backlog by condition, without conditions that no subscription is in."""
    # MATERIALIZED: without it, the planner counts all pending deliveries again for every subscription.
    return await fetch_all(
        conn,
        ConditionBacklog,
        f"""
        WITH RECURSIVE {WAITING}, backlog AS MATERIALIZED (
            SELECT waiting.subscription_id, pending.number, due.since
            FROM waiting CROSS JOIN LATERAL ({_PENDING}) AS pending LEFT JOIN LATERAL ({_DUE}) AS due ON true
            WHERE waiting.subscription_id IS NOT NULL
        ), by_subscription AS (
            SELECT {_CONDITION} AS condition, backlog.number,
                CASE WHEN subscription.state = 'active' THEN backlog.since END AS since
            FROM webhook_subscriptions AS subscription
            LEFT JOIN backlog ON backlog.subscription_id = subscription.id
            WHERE subscription.deleted_at IS NULL AND {_REAL}
        )
        SELECT condition, count(*) AS subscriptions, coalesce(sum(number), 0)::bigint AS pending,
            min(since) AS due_since
        FROM by_subscription GROUP BY condition ORDER BY condition
        """,
        {"now": now},
    )


async def due_since(conn: Conn, *, now: datetime) -> datetime | None:
    """When the longest overdue delivery to a working receiver became due; None: none is overdue."""
    cursor = await conn.execute(
        f"""
        WITH RECURSIVE {WAITING}
        SELECT min(due.since) FROM waiting
        JOIN webhook_subscriptions AS subscription
          ON subscription.id = waiting.subscription_id AND subscription.deleted_at IS NULL
         AND {_CONDITION} = 'active' AND {_REAL}
        CROSS JOIN LATERAL ({_DUE}) AS due
        """,
        {"now": now},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


class Troubled(Struct, frozen=True, kw_only=True):
    """A subscription that is failing or disabled."""

    id: UUID
    callback_url: str
    condition: str
    """``failing`` or ``disabled``."""
    since: datetime | None
    pending: int


async def list_troubled(conn: Conn, *, limit: int) -> list[Troubled]:
    """Failing and disabled subscriptions, the longest in that condition first."""
    return await fetch_all(
        conn,
        Troubled,
        f"""
        SELECT subscription.id, subscription.callback_url, {_CONDITION} AS condition,
            CASE WHEN subscription.state = 'active' THEN subscription.retry_started_at
                 ELSE subscription.disabled_at END AS since,
            (SELECT count(*) FROM deliveries
             WHERE deliveries.subscription_id = subscription.id AND deliveries.state = 'pending') AS pending
        FROM webhook_subscriptions AS subscription
        WHERE subscription.deleted_at IS NULL AND {_CONDITION} <> 'active' AND {_REAL}
        ORDER BY since NULLS FIRST, subscription.id LIMIT %(limit)s
        """,
        {"limit": limit},
    )
