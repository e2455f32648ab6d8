"""What became of webhooks, and having them delivered again.

For callers who may read the subscription (``subscriptions.get``), and the operator. So what is done takes a
subscription, or a delivery, that the caller was let at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core.errors import FieldError, Invalid, NotFound, WrongState, invalid
from openslot.core.ids import new_id
from openslot.db import deliveries, redeliveries, users, webhook_subscription_states
from openslot.db import webhook_subscriptions as rows
from openslot.db.deliveries import Attempt, Backlog, Delivery, InspectedDelivery
from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters import samples
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.services.access import Principal
from openslot.services.webhooks import journal, subscriptions
from openslot.telemetry import correlation
from openslot.wire.webhooks import ALL_EVENT_SCOPES

FINISHED = ("delivered", "failed", "discarded")
"""The states of a delivery of which nothing more is to come; what a replay takes unless it names others."""


@dataclass(frozen=True)
class SubscriptionHealth:
    """A subscription, and what is still to be delivered to it."""

    subscription: WebhookSubscription
    backlog: Backlog


@dataclass(frozen=True)
class Inspected:
    """A delivery with every attempt, in order."""

    delivery: InspectedDelivery
    attempts: list[Attempt]


async def standing(conn: Conn, subscription: WebhookSubscription) -> SubscriptionHealth:
    """How a subscription stands."""
    return SubscriptionHealth(
        subscription, await deliveries.backlog(conn, subscription.organization_id, subscription.id)
    )


async def delivery(conn: Conn, principal: Principal, delivery_id: UUID, *, uris: Uris) -> InspectedDelivery:
    """One delivery.

    Raises:
        NotFound: no such delivery in the organization, or its subscription was deleted.
        Forbidden: as a plain member, of a subscription that is not one's own.
    """
    found = await deliveries.get(conn, principal.organization_id, delivery_id, users_uri=uris.user_prefix)
    if found is None:
        raise NotFound("webhook delivery")
    await subscriptions.get(conn, principal, found.subscription_id)
    return found


async def inspect(conn: Conn, found: InspectedDelivery) -> Inspected:
    """A delivery with its attempts."""
    return Inspected(found, await deliveries.list_attempts(conn, found.organization_id, found.id))


async def redeliver(conn: Conn, found: InspectedDelivery, *, uris: Uris, now: datetime) -> InspectedDelivery:
    """Have a delivery made once more, with the same id and bytes; in a disabled subscription it joins the backlog.

    Raises:
        WrongState: its event was erased, or a worker has it in hand. NotFound: the subscription was deleted.
    """
    if found.erased_at is not None:
        raise WrongState("The personal data of this event was erased; there is nothing left to deliver.")
    organization_id, users_uri = found.organization_id, uris.user_prefix
    is_due = await redeliveries.redeliver(conn, organization_id, found.id, users_uri=users_uri, now=now)
    after = await deliveries.get(conn, organization_id, found.id, users_uri=users_uri)
    if after is None or await rows.get(conn, organization_id, found.subscription_id) is None:
        raise NotFound("webhook delivery")
    if not is_due:
        raise WrongState("A worker is making this delivery at the moment. Ask again when the attempt is over.")
    return after


async def replay(
    conn: Conn,
    subscription: WebhookSubscription,
    *,
    since: datetime,
    until: datetime | None = None,
    states: Sequence[str] = FINISHED,
    uris: Uris,
    now: datetime,
) -> int:
    """Deliver again what happened since ``since``, until just before ``until``: how many deliveries that is.

    Deliveries in one of ``states``, and events for which there is none, as far as the subscription is entitled to
    them as it stands now. In order per invitee; in a disabled subscription all of it joins the backlog.

    Raises:
        Invalid: the time ends before it begins.
    """
    if until is not None and until <= since:
        raise invalid("until", "must be after since")
    return await redeliveries.replay(
        conn,
        subscription.organization_id,
        subscription.id,
        since=since,
        until=until,
        states=states,
        users_uri=uris.user_prefix,
        now=now,
    )


async def send_test(
    conn: Conn, subscription: WebhookSubscription, event: str | None = None, *, uris: Uris, now: datetime
) -> Delivery:
    """Record a made-up event for this subscription alone, ``event`` or the first that it subscribes to; its delivery.

    Raises:
        Invalid: an unknown event, or one that the subscription's scope can't have. WrongState: it is disabled.
    """
    name = subscription.events[0] if event is None else event
    if name not in ALL_EVENT_SCOPES:
        raise invalid("event", "is not a known event")
    if subscription.scope not in ALL_EVENT_SCOPES[name]:
        raise Invalid(FieldError("event", f"{name} is not available for {subscription.scope} scope"))
    if subscription.state == "disabled":
        raise WrongState("This webhook subscription is disabled: enable it first.")
    about = subscription.user_id or subscription.creator_id
    user = None if about is None else await users.get(conn, about)
    if user is None:
        raise NotFound("user of the webhook subscription")
    event_id = await outbox.record(
        conn,
        name,
        organization_id=subscription.organization_id,
        chain_id=new_id(),
        correlation_id=correlation.current(),
        user_ids=[user.id],
        payload=samples.payload(name, user, uris, now=now),
        uris=uris,
        test_of=subscription.id,
        now=now,
    )
    made = await deliveries.get_of_event(conn, subscription.organization_id, event_id, subscription.id)
    if made is None:  # somebody was quicker to delete it
        raise NotFound("webhook subscription")
    return made


async def enable(
    conn: Conn, subscription: WebhookSubscription, *, by: UUID | None, uris: Uris, now: datetime
) -> WebhookSubscription:
    """Have everything delivered at once that waits, in order per invitee; a disabled subscription is active again.

    ``by`` is the user who makes the call; None: the operator. Raises NotFound where it was deleted.
    """
    was_disabled = await webhook_subscription_states.enable(
        conn, subscription.organization_id, subscription.id, now=now
    )
    await redeliveries.make_due(conn, subscription.organization_id, subscription.id, now=now)
    if was_disabled:
        await journal.note(conn, "enabled", subscription, by=by, uris=uris, now=now)
    return await _again(conn, subscription)


async def disable(
    conn: Conn, subscription: WebhookSubscription, *, by: UUID | None, uris: Uris, now: datetime
) -> WebhookSubscription:
    """Send nothing until it is enabled; what happens meanwhile is kept. Raises NotFound where it was deleted."""
    if await webhook_subscription_states.disable(conn, subscription.organization_id, subscription.id, now=now):
        await journal.note(conn, "paused", subscription, by=by, uris=uris, now=now)
    return await _again(conn, subscription)


async def _again(conn: Conn, subscription: WebhookSubscription) -> WebhookSubscription:
    row = await rows.get(conn, subscription.organization_id, subscription.id)
    if row is None:
        raise NotFound("webhook subscription")
    return row
