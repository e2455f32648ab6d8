"""Sandboxes: an organization whose clock can be moved, and what it keeps in place of sending it. Ours."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

Outlet = Literal["kept", "sent"]
"""``kept``: it stays here and can be read; ``sent``: it leaves as in any other organization."""
Plan = Literal["free", "standard", "teams", "enterprise"]
MAX_ADVANCE_SECONDS = 10 * 366 * 24 * 3600
"""Ten years."""


class Sandbox(Open, kw_only=True):
    """The sandbox that the caller's organization is."""

    organization: str
    now: Timestamp
    """What its clock shows. It goes on by itself."""
    clock_ahead_seconds: float
    """How far the clock is ahead of the real one; negative: behind."""
    mail: str
    """``kept`` or ``sent``."""
    webhooks: str
    """``kept`` or ``sent``."""
    plan: str | None
    """The plan of Calendly that it imitates: ``free``, ``standard``, ``teams`` or ``enterprise``; ``None``: nothing is
    refused for a plan."""


class ChangeSandbox(Struct, kw_only=True):
    """Body of PATCH /openslot/sandbox; what is left out stays."""

    mail: Outlet | UnsetType = UNSET
    webhooks: Outlet | UnsetType = UNSET
    """``sent``: to the addresses that the service may reach. What was kept before is not sent."""
    plan: Plan | UnsetType | None = UNSET


class MoveClock(Struct, kw_only=True):
    """Body of POST /openslot/sandbox/clock: one of the two."""

    now: Timestamp | None = None
    """What the clock is to show, from 2000 until before 2100. Earlier than it does: only while nothing is booked."""
    advance_seconds: Annotated[int, Meta(ge=0, le=MAX_ADVANCE_SECONDS)] | None = None
    """How far it is to go on; 0 does what has become due by itself."""


class KeptMail(Open, kw_only=True):
    """A mail that was not sent."""

    id: str
    to: str
    subject: str
    text: str
    created_at: Timestamp
    """On the sandbox's clock."""


class KeptWebhook(Open, kw_only=True):
    """A webhook delivery with its body, sent or not."""

    uri: str
    """Of the delivery, as GET /openslot/webhook_deliveries/{uuid} shows it."""
    webhook_subscription: str
    callback_url: str
    event: str
    state: str
    """``pending``, ``delivered``, ``failed`` or ``discarded``: kept, and not sent."""
    occurred_at: Timestamp
    body: Any
    """What a receiver is sent, as JSON."""
