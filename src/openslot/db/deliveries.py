"""Deliveries, one per event and subscription, with their attempts: reading them and scheduling them again.

Workers claim and record them through ``delivery_queue``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.ids import first_id_after, first_id_at
from openslot.db.events import CHANNEL, DELIVERY, HEAD, MATCHES
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.db.workers import SILENT_AFTER_SECONDS

ENDLESS = datetime.max.replace(tzinfo=UTC)


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt to deliver. Exactly one of ``status_code`` and ``error`` is set."""

    number: int
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    response_excerpt: str | None


UNCLAIMED: LiteralString = """
    (delivery.claimed_by IS NULL OR NOT EXISTS (
        SELECT FROM workers
        WHERE workers.id = delivery.claimed_by
          AND workers.heartbeat_at > clock_timestamp() - make_interval(secs => %(silent)s)))
"""
"""The condition that no living worker has claimed it."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery as lists show it."""

    id: UUID
    organization_id: UUID
    subscription_id: UUID
    event_id: UUID
    event_name: str
    occurred_at: datetime
    correlation_id: UUID
    sequence: int
    state: str
    """``pending``, ``delivered``, ``failed`` (given up) or ``discarded`` (its subscription or event is gone)."""
    is_test: bool
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    in_hand: bool
    """Whether a worker is sending it."""
    last_attempt: Attempt | None


class InspectedDelivery(Delivery, frozen=True, kw_only=True):
    """A delivery with its body and its destination."""

    callback_url: str
    is_signed: bool
    erased_at: datetime | None
    head: str
    payload: str


_HEAD: LiteralString = f"CASE WHEN delivery.head = '' THEN {HEAD} ELSE delivery.head END"
"""Deliveries from versions that did not store heads have none."""
_LISTED: LiteralString = f"""
    delivery.id, delivery.organization_id, delivery.subscription_id, delivery.event_id, event.name AS event_name,
    event.occurred_at, event.correlation_id, delivery.sequence, delivery.state, event.test_of IS NOT NULL AS is_test,
    delivery.attempts, delivery.created_at, delivery.next_attempt_at, delivery.finished_at,
    delivery.state = 'pending' AND NOT {UNCLAIMED} AS in_hand,
    (SELECT to_jsonb(attempt) FROM delivery_attempts AS attempt
     WHERE attempt.organization_id = delivery.organization_id AND attempt.delivery_id = delivery.id
     ORDER BY attempt.number DESC LIMIT 1) AS last_attempt
"""
_FROM: LiteralString = """
    FROM deliveries AS delivery
    JOIN events AS event ON event.organization_id = delivery.organization_id AND event.id = delivery.event_id
"""
_INSPECT: LiteralString = f"""
    SELECT {_LISTED}, subscription.callback_url, subscription.sealed_signing_key IS NOT NULL AS is_signed,
        event.erased_at, {_HEAD} AS head, event.payload
    {_FROM}
    JOIN webhook_subscriptions AS subscription
      ON subscription.organization_id = delivery.organization_id AND subscription.id = delivery.subscription_id
"""


async def get(conn: Conn, organization_id: UUID, delivery_id: UUID, *, users_uri: str) -> InspectedDelivery | None:
    query: LiteralString = f"{_INSPECT} WHERE delivery.organization_id = %(organization_id)s AND delivery.id = %(id)s"
    params = {
        "organization_id": organization_id, "id": delivery_id, "users_uri": users_uri, "silent": SILENT_AFTER_SECONDS,
    }  # fmt: skip
    return await fetch_one(conn, InspectedDelivery, query, params)


async def get_of_event(conn: Conn, organization_id: UUID, event_id: UUID, subscription_id: UUID) -> Delivery | None:
    """The delivery of an event to a subscription."""
    query: LiteralString = f"""
        SELECT {_LISTED} {_FROM}
        WHERE delivery.organization_id = %(organization_id)s AND delivery.event_id = %(event_id)s
          AND event.id = %(event_id)s AND delivery.subscription_id = %(subscription_id)s
    """
    params = {
        "organization_id": organization_id, "event_id": event_id, "subscription_id": subscription_id,
        "silent": SILENT_AFTER_SECONDS,
    }  # fmt: skip
    return await fetch_one(conn, Delivery, query, params)


async def find(conn: Conn, delivery_id: UUID, *, users_uri: str) -> InspectedDelivery | None:
    """A delivery of any organization, for the operator's commands."""
    query: LiteralString = f"{_INSPECT} WHERE delivery.id = %(id)s"
    params = {"id": delivery_id, "users_uri": users_uri, "silent": SILENT_AFTER_SECONDS}
    return await fetch_one(conn, InspectedDelivery, query, params)


async def list_page(
    conn: Conn,
    organization_id: UUID,
    subscription_id: UUID,
    page: PageRequest,
    *,
    state: str | None = None,
    event: str | None = None,
    since: datetime | None = None,
) -> PageOf[Delivery]:
    """One page of a subscription's deliveries; ``since`` is when their events happened, included."""
    conditions: list[LiteralString] = [
        "delivery.organization_id = %(organization_id)s", "delivery.subscription_id = %(subscription_id)s",
    ]  # fmt: skip
    if state is not None:
        conditions.append("delivery.state = %(state)s")
    if event is not None:
        conditions.append("event.name = %(event)s")
    if since is not None:
        conditions += ["event.occurred_at >= %(since)s", "event.id >= %(first)s"]  # the id prunes partitions
    params = {
        "organization_id": organization_id, "subscription_id": subscription_id, "state": state, "event": event,
        "since": since, "first": None if since is None else first_id_at(since), "silent": SILENT_AFTER_SECONDS,
    }  # fmt: skip
    return await fetch_page(conn, Delivery, f"SELECT {_LISTED} {_FROM}", conditions, params, page)


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
        UPDATE deliveries AS delivery SET {_REQUEUED}, claimed_by = NULL, head = {_HEAD}
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
            UPDATE deliveries AS delivery SET {_REQUEUED}, claimed_by = NULL, head = {_HEAD}
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


class Backlog(Struct, frozen=True):
    """The pending deliveries of one subscription."""

    pending: int
    oldest: datetime | None
    """When the event of the oldest one happened."""


async def backlog(conn: Conn, organization_id: UUID, subscription_id: UUID) -> Backlog:
    found = await fetch_one(
        conn,
        Backlog,
        """
        SELECT count(*) AS pending, min(event.occurred_at) AS oldest
        FROM deliveries AS delivery
        JOIN events AS event ON event.organization_id = delivery.organization_id AND event.id = delivery.event_id
        WHERE delivery.organization_id = %(organization_id)s AND delivery.subscription_id = %(id)s
          AND delivery.state = 'pending'
        """,
        {"organization_id": organization_id, "id": subscription_id},
    )
    assert found is not None  # an aggregate has one row
    return found
