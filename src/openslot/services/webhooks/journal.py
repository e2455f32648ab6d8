"""The event log of webhook subscriptions themselves: who changed, enabled or paused one, and what it is since."""

from datetime import datetime
from uuid import UUID

from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.telemetry import correlation
from openslot.wire.webhook_audit import SubscriptionChanged


async def note(
    conn: Conn, what: str, subscription: WebhookSubscription, *, by: UUID | None, uris: Uris, now: datetime
) -> None:
    """Write down that it was ``changed``, ``enabled`` or ``paused``, by a user or (None) the operator.

    No subscription can have these.
    """
    await outbox.record(
        conn,
        f"webhook_subscription.{what}",
        organization_id=subscription.organization_id,
        chain_id=subscription.id,
        correlation_id=correlation.current(),
        user_ids=[] if subscription.creator_id is None else [subscription.creator_id],
        payload=SubscriptionChanged(
            uri=uris.webhook_subscription(subscription.id),
            callback_url=subscription.callback_url,
            events=subscription.events,
            event_types=(
                None
                if subscription.event_type_ids is None
                else [uris.event_type(one) for one in subscription.event_type_ids]
            ),
            by=None if by is None else uris.user(by),
        ),
        uris=uris,
        now=now,
    )
