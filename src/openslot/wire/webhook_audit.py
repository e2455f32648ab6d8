"""Webhook subscriptions with their backlog and state, and their deliveries: OpenSlot's own, beside Calendly's."""

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
    """URIs of event types; ``None``: all. With them, ``events`` has none about contacts or routing forms."""


class ChangeWebhookSubscription(Struct, kw_only=True):
    """Body of PATCH /openslot/webhook_subscriptions/{uuid}; what is left out stays as it is."""

    url: CallbackUrl | UnsetType = UNSET
    """Without credentials, on a host and a port that the service may reach."""
    events: Annotated[list[Event], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    """Events that the subscription's scope allows."""
    event_types: Annotated[list[Annotated[str, EVENT_TYPE]], Meta(min_length=1, max_length=100)] | UnsetType | None = (
        UNSET
    )
    """URIs of event types; ``None``: all. With them, ``events`` has none about contacts or routing forms."""
    signing_key: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType | None = UNSET
    """``None``: unsigned from now on."""

    def __repr__(self) -> str:
        """Without the signing key, so that no log contains it."""
        return f"{type(self).__name__}(url={self.url!r}, events={self.events!r}, event_types={self.event_types!r})"


class Backlog(Open):
    """The deliveries that are still to be made."""

    pending: int
    oldest: Timestamp | None
    """When the oldest of their events happened."""


class AuditedSubscription(WebhookSubscription, kw_only=True):
    """A webhook subscription with its backlog and state."""

    event_types: list[str] | None
    """URIs of event types; ``None``: all."""
    signed: bool
    backlog: Backlog
    failing_since: Timestamp | None
    warned_at: Timestamp | None
    """When its owner was notified that it fails."""
    disabled_at: Timestamp | None


class DeliveryAttempt(Open):
    """One attempt. Exactly one of ``status_code`` and ``error`` is set."""

    number: int
    started_at: Timestamp
    duration_ms: int
    status_code: int | None
    error: str | None
    response_excerpt: str | None
    """The beginning of the answer's body."""


class Delivery(Open, kw_only=True):
    """The delivery of one event to one subscription."""

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
    """Whether a worker is making the delivery now."""
    attempt_count: int
    last_attempt: DeliveryAttempt | None
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    finished_at: Timestamp | None
    correlation_id: str
    """Shared by everything that one request or job caused, log lines included."""


class SentRequest(Open):
    """The request of every attempt, except for the headers whose value is ``None``."""

    method: str
    url: str
    """The subscription's present URL."""
    headers: dict[str, str | None]
    """``None``: made for each attempt, from its time. The HTTP library adds Host and the like."""
    body: str
    """The exact text, in UTF-8."""


class DeliveryDetails(Delivery, kw_only=True):
    """One delivery with its attempts and its request."""

    erased_at: Timestamp | None
    """When its personal data was erased."""
    attempts: list[DeliveryAttempt]
    request: SentRequest


class ReplayDeliveries(Struct, kw_only=True):
    """Body of POST /openslot/webhook_subscriptions/{uuid}/replay."""

    since: Timestamp
    """Included."""
    until: Timestamp | None = None
    """Excluded, after ``since``; ``None``: until now."""
    states: tuple[State, ...] = ("delivered", "failed", "discarded")
    """States of the deliveries to repeat. Events without a delivery are always delivered."""


class Replayed(Open):
    """The result of a replay: how many deliveries are due."""

    deliveries: int


class SendTest(Struct, kw_only=True):
    """Body of POST /openslot/webhook_subscriptions/{uuid}/test."""

    event: Event | None = None
    """An event that the subscription's scope allows; ``None``: the first of the subscription's events."""


class SubscriptionChanged(Struct, kw_only=True):
    """Payload in the event log of a subscription that was changed, enabled or disabled."""

    uri: str
    callback_url: str
    events: list[str]
    event_types: list[str] | None
    by: str | None
    """URI of the user who did it; ``None``: the operator."""
