"""Records what happened: the event with its finished payload, a delivery per subscription, and the jobs to make them.

All of it on the caller's connection, so that it becomes true with the caller's transaction or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot import queue
from openslot.core.ids import ordered_id
from openslot.db import events
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters import invitees as present
from openslot.presenters.links import Links
from openslot.wire import codec


async def record(
    conn: Conn,
    name: str,
    *,
    organization_id: UUID,
    chain_id: UUID,
    correlation_id: UUID,
    user_ids: Sequence[UUID],
    payload: object,
    now: datetime,
) -> None:
    """Write one event. ``payload`` is a shape of ``wire``; deliveries of one ``chain_id`` keep their order."""
    event = events.Event(
        id=ordered_id(now),
        organization_id=organization_id,
        name=name,
        occurred_at=now,
        correlation_id=correlation_id,
        chain_id=chain_id,
        user_ids=list(user_ids),
        payload=codec.encode(payload).decode(),
    )
    deliveries = await events.insert(conn, event)
    await queue.defer(
        conn,
        [
            queue.NewJob(
                queue.DELIVER_WEBHOOK,
                {"organization_id": str(organization_id), "delivery_id": str(delivery.id)},
                lock=f"{delivery.subscription_id}/{chain_id}",
            )
            for delivery in deliveries
        ],
    )


async def record_invitee(
    conn: Conn, name: str, invitee: Invitee, event: ScheduledEvent, links: Links, correlation_id: UUID, *, now: datetime
) -> None:
    """Write one of the events that carry an invitee and its scheduled event."""
    await record(
        conn,
        name,
        organization_id=invitee.organization_id,
        chain_id=invitee.chain_id,
        correlation_id=correlation_id,
        user_ids=[host.user_id for host in event.hosts],
        payload=present.invitee_payload(invitee, event, links),
        now=now,
    )
