"""What happened, and who is to be told: events and their deliveries, written in one statement."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Event(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    name: str
    occurred_at: datetime
    correlation_id: UUID
    """Shared by the events of one business act, such as the two of a reschedule."""
    chain_id: UUID
    """Deliveries of one chain keep their order."""
    user_ids: list[UUID]
    """Whose user-scope subscriptions it concerns."""
    payload: str
    """JSON text."""


class DeliveryRef(Struct, frozen=True):
    """A delivery that waits to be made."""

    id: UUID
    subscription_id: UUID


async def insert(conn: Conn, event: Event) -> list[DeliveryRef]:
    """Store an event, and a delivery for every active subscription that asked for it."""
    return await fetch_all(
        conn,
        DeliveryRef,
        """
        WITH event AS (
            INSERT INTO events (id, organization_id, name, occurred_at, correlation_id, chain_id, user_ids, payload)
            VALUES (%(id)s, %(organization_id)s, %(name)s, %(occurred_at)s, %(correlation_id)s, %(chain_id)s,
                    %(user_ids)s, %(payload)s)
        )
        INSERT INTO deliveries (id, organization_id, event_id, subscription_id, created_at, next_attempt_at)
        SELECT gen_random_uuid(), %(organization_id)s, %(id)s, subscription.id, %(occurred_at)s, %(occurred_at)s
        FROM webhook_subscriptions AS subscription
        WHERE subscription.organization_id = %(organization_id)s AND subscription.deleted_at IS NULL
          AND subscription.state = 'active' AND %(name)s = ANY(subscription.events)
          AND (subscription.scope = 'organization'
               OR (subscription.scope = 'user' AND subscription.user_id = ANY(%(user_ids)s)))
        RETURNING id, subscription_id
        """,
        {name: getattr(event, name) for name in Event.__struct_fields__},
    )
