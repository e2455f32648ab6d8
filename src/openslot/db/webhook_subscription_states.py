"""The states of webhook subscriptions: disabled, enabled, deleted, and whether the owner was warned of failures."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


async def delete(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> None:
    """Mark a subscription deleted: workers discard its pending deliveries, and past ones stay readable."""
    await conn.execute(
        "UPDATE webhook_subscriptions SET deleted_at = %s, sealed_signing_key = NULL"
        " WHERE organization_id = %s AND id = %s",
        (now, organization_id, subscription_id),
    )


async def disable(conn: Conn, organization_id: UUID, subscription_id: UUID, *, now: datetime) -> bool:
    """Stop sending to a subscription and keep its backlog; False where it was disabled or deleted before."""
    cursor = await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %(now)s, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND state = 'active' AND deleted_at IS NULL",
        {"organization_id": organization_id, "id": subscription_id, "now": now},
    )
    return cursor.rowcount == 1


async def disable_of_user(conn: Conn, organization_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """``disable`` for all subscriptions to the events of one user."""
    await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %(now)s, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND scope = 'user'"
        " AND state = 'active' AND deleted_at IS NULL",
        {"organization_id": organization_id, "user_id": user_id, "now": now},
    )


async def disable_of_grant(conn: Conn, organization_id: UUID, grant_id: UUID, *, now: datetime) -> None:
    """``disable`` for all subscriptions that an application has made by what a grant allowed it."""
    await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %(now)s, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND grant_id = %(grant_id)s"
        " AND state = 'active' AND deleted_at IS NULL",
        {"organization_id": organization_id, "grant_id": grant_id, "now": now},
    )


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
    """Record that the owner is warned about failing deliveries; False where that was recorded before."""
    cursor = await conn.execute(
        "UPDATE webhook_subscriptions SET warned_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND warned_at IS NULL",
        {"organization_id": organization_id, "id": subscription_id, "now": now},
    )
    return cursor.rowcount == 1


async def delete_of_group(conn: Conn, organization_id: UUID, group_id: UUID, *, now: datetime) -> None:
    """Delete the subscriptions of a group and clear the group on all of them, so that the group can be deleted."""
    await conn.execute(
        """
        UPDATE webhook_subscriptions
        SET deleted_at = coalesce(deleted_at, %(now)s), sealed_signing_key = NULL, group_id = NULL
        WHERE organization_id = %(organization_id)s AND group_id = %(group_id)s
        """,
        {"organization_id": organization_id, "group_id": group_id, "now": now},
    )


class Unwarned(Struct, frozen=True, kw_only=True):
    """A failing subscription whose owner has not been warned."""

    id: UUID
    organization_id: UUID
    creator_id: UUID | None
    callback_url: str
    retry_started_at: datetime
    last_status: int | None
    last_error: str | None


async def list_to_warn(conn: Conn, *, sandbox: UUID | None = None, failing_since: datetime) -> list[Unwarned]:
    """Subscriptions that have been failing since then or longer, with the result of the last attempt; up to 100.

    Of one sandbox, on whose clock the time is; None: of all organizations that have no clock of their own.
    """
    clocked = sandboxes.clocked("subscription.organization_id", sandbox)
    return await fetch_all(
        conn,
        Unwarned,
        f"""
        SELECT subscription.id, subscription.organization_id, subscription.creator_id, subscription.callback_url,
            subscription.retry_started_at, attempt.status_code AS last_status, attempt.error AS last_error
        FROM webhook_subscriptions AS subscription
        LEFT JOIN LATERAL (
            SELECT tried.status_code, tried.error FROM deliveries AS delivery
            JOIN delivery_attempts AS tried
              ON tried.organization_id = delivery.organization_id AND tried.delivery_id = delivery.id
            WHERE delivery.subscription_id = subscription.id AND delivery.state = 'pending'
            ORDER BY delivery.next_attempt_at, tried.number DESC LIMIT 1
        ) AS attempt ON true
        WHERE {clocked} AND subscription.retry_started_at <= %(since)s AND subscription.warned_at IS NULL
          AND subscription.state = 'active' AND subscription.deleted_at IS NULL
        ORDER BY subscription.id LIMIT 100
        """,
        {"sandbox": sandbox, "since": failing_since},
    )
