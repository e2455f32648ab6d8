"""Sandboxes, and what they keep, as our own API shows them."""

from datetime import datetime

from openslot.db import sandboxes
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.sandboxes import Sandbox


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
