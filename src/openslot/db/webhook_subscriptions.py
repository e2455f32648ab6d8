"""Webhook subscriptions: who asked to be told what, in which scope."""

from datetime import datetime
from typing import LiteralString
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class WebhookSubscription(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    callback_url: str
    events: list[str]
    """Sorted, without repetition."""
    scope: str
    user_id: UUID | None
    group_id: UUID | None
    creator_id: UUID | None
    state: str
    retry_started_at: datetime | None
    created_at: datetime
    updated_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, callback_url, events, scope, user_id, group_id, creator_id, state, retry_started_at,
        created_at, updated_at
    FROM webhook_subscriptions
"""


async def get(conn: Conn, organization_id: UUID, subscription_id: UUID) -> WebhookSubscription | None:
    query: LiteralString = (
        f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s AND deleted_at IS NULL"
    )
    return await fetch_one(
        conn, WebhookSubscription, query, {"organization_id": organization_id, "id": subscription_id}
    )


async def list_page(
    conn: Conn,
    organization_id: UUID,
    scope: str,
    page: PageRequest,
    *,
    user_id: UUID | None,
    group_id: UUID | None,
) -> PageOf:
    """One page of the subscriptions of a scope; ``user_id`` where the scope is ``user``, ``group_id`` for ``group``."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "scope = %(scope)s", "deleted_at IS NULL",
    ]  # fmt: skip
    if user_id is not None:
        conditions.append("user_id = %(user_id)s")
    if group_id is not None:
        conditions.append("group_id = %(group_id)s")
    params = {"organization_id": organization_id, "scope": scope, "user_id": user_id, "group_id": group_id}
    return await fetch_page(conn, WebhookSubscription, _SELECT, conditions, params, page)


def destination_of(callback_url: str) -> str:
    """Scheme, host and port of a callback: deliveries there are limited together."""
    parts = urlsplit(callback_url)
    return f"{parts.scheme}://{parts.netloc}".lower()


async def insert(conn: Conn, new: WebhookSubscription, *, sealed_signing_key: bytes | None) -> bool:
    """Store a subscription; False where an equal one exists.

    Raises:
        psycopg.errors.ForeignKeyViolation: its group is not there any more.
    """
    cursor = await conn.execute(
        """
        INSERT INTO webhook_subscriptions
            (id, organization_id, callback_url, events, scope, user_id, group_id, creator_id, sealed_signing_key,
             created_at, updated_at, destination)
        VALUES (%(id)s, %(organization_id)s, %(callback_url)s, %(events)s, %(scope)s, %(user_id)s, %(group_id)s,
                %(creator_id)s, %(sealed_signing_key)s, %(created_at)s, %(updated_at)s, %(destination)s)
        ON CONFLICT DO NOTHING
        """,
        {
            "id": new.id, "organization_id": new.organization_id, "callback_url": new.callback_url,
            "events": new.events, "scope": new.scope, "user_id": new.user_id, "group_id": new.group_id,
            "creator_id": new.creator_id, "sealed_signing_key": sealed_signing_key,
            "created_at": new.created_at, "updated_at": new.updated_at,
            "destination": destination_of(new.callback_url),
        },
    )  # fmt: skip
    return cursor.rowcount == 1


async def delete(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> None:
    """End a subscription: workers discard what is not delivered yet; its past deliveries stay readable."""
    await conn.execute(
        "UPDATE webhook_subscriptions SET deleted_at = %s, sealed_signing_key = NULL"
        " WHERE organization_id = %s AND id = %s",
        (now, organization_id, subscription_id),
    )


async def disable(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> bool:
    """Send nothing more to a subscription, and keep its backlog; False where it was disabled or deleted before."""
    cursor = await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %(now)s, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND state = 'active' AND deleted_at IS NULL",
        {"organization_id": organization_id, "id": subscription_id, "now": now},
    )
    return cursor.rowcount == 1


async def enable(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> bool:
    """Send to a subscription again; False where it is not disabled."""
    cursor = await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'active', disabled_at = NULL, retry_started_at = NULL,"
        " warned_at = NULL, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND state = 'disabled' AND deleted_at IS NULL",
        {"organization_id": organization_id, "id": subscription_id, "now": now},
    )
    return cursor.rowcount == 1


async def mark_warned(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> bool:
    """Note that the owner is told that deliveries fail; False where that was done before."""
    cursor = await conn.execute(
        "UPDATE webhook_subscriptions SET warned_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND warned_at IS NULL",
        {"organization_id": organization_id, "id": subscription_id, "now": now},
    )
    return cursor.rowcount == 1


async def delete_of_group(conn: Conn, organization_id: UUID, group_id: UUID, *, now: datetime) -> None:
    """End the subscriptions of a group's scope, and let go of the group: those ended before name it still."""
    await conn.execute(
        """
        UPDATE webhook_subscriptions
        SET deleted_at = coalesce(deleted_at, %(now)s), sealed_signing_key = NULL, group_id = NULL
        WHERE organization_id = %(organization_id)s AND group_id = %(group_id)s
        """,
        {"organization_id": organization_id, "group_id": group_id, "now": now},
    )
