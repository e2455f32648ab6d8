"""Telling the owner of a webhook subscription that it fails, before and when it is given up (rules, section 14)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core.ids import new_id
from openslot.db import webhook_subscriptions
from openslot.db.pool import Conn
from openslot.presenters.links import Links
from openslot.services import outbox
from openslot.wire.codec import Timestamp
from openslot.wire.webhooks import SubscriptionAlarm


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A subscription that gets nothing through."""

    organization_id: UUID
    subscription_id: UUID
    creator_id: UUID | None
    callback_url: str
    since: datetime | None
    answer: str
    """What came of the last attempt."""


async def failing(conn: Conn, alarm: Failing, *, links: Links, now: datetime) -> None:
    """Tell the owner once that deliveries fail; again only after some got through."""
    if await webhook_subscriptions.mark_warned(conn, alarm.organization_id, alarm.subscription_id, now=now):
        await _tell(conn, "webhook_subscription.failing", alarm, links=links, now=now)


async def disabled(conn: Conn, alarm: Failing, *, links: Links, now: datetime) -> None:
    """Tell the owner that nothing more is sent, and how to go on."""
    await _tell(conn, "webhook_subscription.disabled", alarm, links=links, now=now)


async def _tell(conn: Conn, name: str, alarm: Failing, *, links: Links, now: datetime) -> None:
    await outbox.record(
        conn,
        name,
        organization_id=alarm.organization_id,
        chain_id=alarm.subscription_id,
        correlation_id=new_id(),
        user_ids=[] if alarm.creator_id is None else [alarm.creator_id],
        payload=SubscriptionAlarm(
            uri=links.webhook_subscription(alarm.subscription_id),
            callback_url=alarm.callback_url,
            failing_since=None if alarm.since is None else Timestamp.of(alarm.since),
            last_answer=alarm.answer,
        ),
        links=links,
        now=now,
    )
