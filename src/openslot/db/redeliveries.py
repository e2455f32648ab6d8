"""Making deliveries due again: one, the backlog of a subscription, or all of a time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

from openslot.core.ids import first_id_after, first_id_at
from openslot.db.deliveries import CURRENT_HEAD, UNCLAIMED
from openslot.db.events import CHANNEL, DELIVERY, MATCHES
from openslot.db.pool import Conn
from openslot.db.workers import SILENT_AFTER_SECONDS

ENDLESS = datetime.max.replace(tzinfo=UTC)
_REQUEUED: LiteralString = """
    state = 'pending', next_attempt_at = %(now)s, finished_at = NULL, first_failed_at = NULL,
    earlier_attempts = attempts
"""


async def requeue(conn: Conn, organization_id: UUID, delivery_id: UUID, *, now: datetime) -> None:
    """Make a delivery due again, whatever its state; its retry schedule starts over."""
    await conn.execute(
        f"UPDATE deliveries SET {_REQUEUED} WHERE organization_id = %(organization_id)s AND id = %(id)s",
        {"organization_id": organization_id, "id": delivery_id, "now": now},
    )
    await notify(conn)


async def redeliver(conn: Conn, organization_id: UUID, delivery_id: UUID, *, users_uri: str, now: datetime) -> bool:
    """``requeue`` on request; False where a worker is sending it, its event was erased or its subscription deleted."""
    cursor = await conn.execute(
        f"""
        UPDATE deliveries AS delivery SET {_REQUEUED}, claimed_by = NULL, head = {CURRENT_HEAD}
        FROM events AS event, webhook_subscriptions AS subscription
        WHERE delivery.organization_id = %(organization_id)s AND delivery.id = %(id)s AND {UNCLAIMED}
          AND event.organization_id = delivery.organization_id AND event.id = delivery.event_id
          AND event.erased_at IS NULL AND subscription.organization_id = delivery.organization_id
          AND subscription.id = delivery.subscription_id AND subscription.deleted_at IS NULL
        """,
        {
            "organization_id": organization_id, "id": delivery_id, "users_uri": users_uri, "now": now,
            "silent": SILENT_AFTER_SECONDS,
        },
    )  # fmt: skip
    await notify(conn)
    return cursor.rowcount == 1


_JOINED_BY_THEN: LiteralString = """
    (subscription.scope <> 'group' OR EXISTS (
        SELECT FROM group_members AS member
        WHERE member.organization_id = event.organization_id AND member.group_id = subscription.group_id
          AND member.user_id = ANY (event.user_ids) AND member.created_at <= event.occurred_at))
"""
"""A replay gives a group's subscription only events from after the user joined the group."""


async def replay(
    conn: Conn,
    organization_id: UUID,
    subscription_id: UUID,
    *,
    since: datetime,
    until: datetime | None,
    states: Sequence[str],
    users_uri: str,
    now: datetime,
) -> int:
    """Deliver the events from ``since`` until just before ``until`` again; return the number of deliveries.

    The events are those that the subscription matches now. Their deliveries in one of ``states`` become due again, and
    an event without a delivery gets one. Test events, erased events and deliveries that a worker is sending are left
    out.
    """
    params = {
        "organization_id": organization_id, "id": subscription_id, "since": since, "until": until or ENDLESS,
        "first": first_id_at(since), "last": first_id_after(until or ENDLESS),
        "states": list(states), "users_uri": users_uri, "now": now, "silent": SILENT_AFTER_SECONDS,
    }  # fmt: skip
    cursor = await conn.execute(
        f"""
        WITH event AS MATERIALIZED (
            SELECT event.organization_id, event.id, event.sequence, event.name, event.occurred_at, event.chain_id,
                event.user_ids, event.event_type_id, event.test_of
            FROM events AS event JOIN webhook_subscriptions AS subscription ON {MATCHES} AND {_JOINED_BY_THEN}
            WHERE event.organization_id = %(organization_id)s AND event.id >= %(first)s AND event.id < %(last)s
              AND event.occurred_at >= %(since)s AND event.occurred_at < %(until)s
              AND event.test_of IS NULL AND event.erased_at IS NULL AND subscription.id = %(id)s
        ), known AS (
            UPDATE deliveries AS delivery SET {_REQUEUED}, claimed_by = NULL, head = {CURRENT_HEAD}
            FROM event JOIN webhook_subscriptions AS subscription
              ON subscription.organization_id = event.organization_id AND subscription.id = %(id)s
            WHERE delivery.organization_id = event.organization_id AND delivery.event_id = event.id
              AND delivery.subscription_id = subscription.id AND delivery.id >= %(first)s
              AND delivery.state = ANY (%(states)s) AND {UNCLAIMED}
            RETURNING delivery.id
        ), missed AS (
            {DELIVERY} WHERE subscription.id = %(id)s AND NOT EXISTS (
                SELECT FROM deliveries AS before
                WHERE before.organization_id = event.organization_id AND before.event_id = event.id
                  AND before.subscription_id = subscription.id AND before.id >= %(first)s)
            ON CONFLICT DO NOTHING RETURNING deliveries.id
        )
        SELECT (SELECT count(*) FROM known) + (SELECT count(*) FROM missed)
        """,
        params,
    )
    row = await cursor.fetchone()
    await notify(conn)
    return 0 if row is None else int(row[0])


async def make_due(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> int:
    """Make the backlog of a subscription due now; return its size without the deliveries that a worker is sending."""
    cursor = await conn.execute(
        f"""
        UPDATE deliveries AS delivery SET {_REQUEUED}
        WHERE organization_id = %(organization_id)s AND subscription_id = %(id)s AND state = 'pending' AND {UNCLAIMED}
        """,
        {"organization_id": organization_id, "id": subscription_id, "now": now, "silent": SILENT_AFTER_SECONDS},
    )
    await notify(conn)
    return cursor.rowcount


async def notify(conn: Conn) -> None:
    """Notify the workers at commit that there is something to deliver."""
    await conn.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
