"""Deliveries, one per event and subscription, with their attempts.

Workers claim and record them through ``delivery_queue``; ``redeliveries`` makes them due again.
"""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.ids import first_id_at
from openslot.db.events import HEAD
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.db.workers import SILENT_AFTER_SECONDS


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


CURRENT_HEAD: LiteralString = f"CASE WHEN delivery.head = '' THEN {HEAD} ELSE delivery.head END"
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
        event.erased_at, {CURRENT_HEAD} AS head, event.payload
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


async def list_of_organization(
    conn: Conn, organization_id: UUID, page: PageRequest, *, event: str | None = None, users_uri: str
) -> PageOf[InspectedDelivery]:
    """One page of the deliveries of all subscriptions that stand, with their bodies."""
    conditions: list[LiteralString] = [
        "delivery.organization_id = %(organization_id)s", "subscription.deleted_at IS NULL",
    ]  # fmt: skip
    if event is not None:
        conditions.append("event.name = %(event)s")
    params = {
        "organization_id": organization_id, "event": event, "users_uri": users_uri, "silent": SILENT_AFTER_SECONDS,
    }  # fmt: skip
    return await fetch_page(conn, InspectedDelivery, _INSPECT, conditions, params, page)


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
