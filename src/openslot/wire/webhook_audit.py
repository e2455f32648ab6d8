"""Webhook subscriptions with all that can be said of them, and their deliveries; ours, beside Calendly's."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import EVENT_TYPE
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.webhooks import CallbackUrl, CreateWebhookSubscription, Event, WebhookSubscription

State = Literal["pending", "delivered", "failed", "discarded"]


class CreateNarrowedSubscription(CreateWebhookSubscription, kw_only=True):
    """Body of POST /openslot/webhook_subscriptions."""

    event_types: Annotated[list[Annotated[str, EVENT_TYPE]], Meta(min_length=1, max_length=100)] | None = None
    """URIs of known ones; ``None``: whatever the event type. Then no event is of contacts or routing forms."""


class ChangeWebhookSubscription(Struct, kw_only=True):
    """Body of PATCH /openslot/webhook_subscriptions/{uuid}; what is left out stays as it is."""

    url: CallbackUrl | UnsetType = UNSET
    """Without credentials, on a host and a port that the service may reach."""
    events: Annotated[list[Event], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    """Those that the subscription's scope has."""
    event_types: Annotated[list[Annotated[str, EVENT_TYPE]], Meta(min_length=1, max_length=100)] | UnsetType | None = (
        UNSET
    )
    """URIs of known ones; then no event is of contacts or routing forms."""
    signing_key: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType | None = UNSET
    """``None``: unsigned from now on."""

    def __repr__(self) -> str:
        """Without the signing key, so that it gets into no log."""
        return f"{type(self).__name__}(url={self.url!r}, events={self.events!r}, event_types={self.event_types!r})"


class Backlog(Open):
    """What is still to be delivered."""

    pending: int
    oldest: Timestamp | None
    """When the oldest of it happened."""


class AuditedSubscription(WebhookSubscription, kw_only=True):
    """A webhook subscription, and how it stands."""

    event_types: list[str] | None
    """URIs; ``None``: whatever the event type."""
    signed: bool
    backlog: Backlog
    failing_since: Timestamp | None
    warned_at: Timestamp | None
    """When its owner was told that it fails."""
    disabled_at: Timestamp | None


class DeliveryAttempt(Open):
    """One try. Exactly one of ``status_code`` and ``error`` is set."""

    number: int
    started_at: Timestamp
    duration_ms: int
    status_code: int | None
    error: str | None
    response_excerpt: str | None
    """The beginning of the answer's body."""


class Delivery(Open, kw_only=True):
    """One event on its way to one subscription."""

    uri: str
    webhook_subscription: str
    event: str
    occurred_at: Timestamp
    sequence: int
    """Events are numbered in the order in which they happened."""
    state: str
    """``pending``, ``delivered``, ``failed`` or ``discarded``."""
    test: bool
    in_hand: bool
    """Whether a worker is at it."""
    attempt_count: int
    last_attempt: DeliveryAttempt | None
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    finished_at: Timestamp | None
    correlation_id: str
    """The same on everything that one act caused, in logs too."""


class SentRequest(Open):
    """What is sent, and was at every attempt, but for the headers without a value."""

    method: str
    url: str
    """Of the subscription as it is now."""
    headers: dict[str, str | None]
    """``None``: made anew for every attempt, from its time. The HTTP library adds Host and the like."""
    body: str
    """The exact text, in UTF-8."""


class DeliveryDetails(Delivery, kw_only=True):
    """One delivery with everything that is kept of it."""

    erased_at: Timestamp | None
    """When the personal data in it was erased."""
    attempts: list[DeliveryAttempt]
    request: SentRequest


class ReplayDeliveries(Struct, kw_only=True):
    """Body of POST /openslot/webhook_subscriptions/{uuid}/replay."""

    since: Timestamp
    """Included."""
    until: Timestamp | None = None
    """Excluded, after ``since``; ``None``: until now."""
    states: tuple[State, ...] = ("delivered", "failed", "discarded")
    """Which of the deliveries there are; what there is none of yet is always delivered."""


class Replayed(Open):
    """How many deliveries are due."""

    deliveries: int


class SendTest(Struct, kw_only=True):
    """Body of POST /openslot/webhook_subscriptions/{uuid}/test."""

    event: Event | None = None
    """One that the subscription's scope has; ``None``: the first that the subscription asks for."""


class SubscriptionChanged(Struct, kw_only=True):
    """What the event log has of a subscription that somebody changed, enabled or paused."""

    uri: str
    callback_url: str
    events: list[str]
    event_types: list[str] | None
    by: str | None
    """URI of the user; ``None``: the operator."""
