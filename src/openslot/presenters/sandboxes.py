"""Sandboxes, and what they keep, as our own API shows them."""

from datetime import datetime

import msgspec

from openslot.db import kept_mails, sandboxes
from openslot.db.deliveries import InspectedDelivery
from openslot.presenters import webhooks
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.sandboxes import KeptMail, KeptWebhook, Sandbox


def sandbox(row: sandboxes.Sandbox, uris: Uris, *, now: datetime) -> Sandbox:
    """The shape of GET /openslot/sandbox. ``now`` is the real time."""
    return Sandbox(
        organization=uris.organization(row.organization_id),
        now=Timestamp.of(now + row.clock_ahead),
        clock_ahead_seconds=row.clock_ahead.total_seconds(),
        mail="sent" if row.sends_mail else "kept",
        webhooks="sent" if row.sends_webhooks else "kept",
        plan=row.plan,
    )


def mail(row: kept_mails.KeptMail) -> KeptMail:
    """One of GET /openslot/sandbox/mails."""
    return KeptMail(
        id=str(row.id),
        to=row.recipient,
        subject=row.subject,
        text=row.text,
        created_at=Timestamp.of(row.created_at),
    )


def webhook(row: InspectedDelivery, uris: Uris) -> KeptWebhook:
    """One of GET /openslot/sandbox/webhooks."""
    return KeptWebhook(
        uri=uris.extension("webhook_deliveries", row.id),
        webhook_subscription=uris.webhook_subscription(row.subscription_id),
        callback_url=row.callback_url,
        event=row.event_name,
        state=row.state,
        occurred_at=Timestamp.of(row.occurred_at),
        body=msgspec.json.decode(webhooks.body(row.head, row.payload)),
    )
