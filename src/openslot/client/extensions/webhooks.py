"""Webhook subscriptions with their backlog, and their deliveries."""

from typing import ClassVar

from openslot.client.operation import Bare, One, Sortable
from openslot.client.parameters import DeliveryState, Event, Id, Instant
from openslot.wire import webhook_audit
from openslot.wire.webhook_audit import AuditedSubscription, Delivery, DeliveryDetails, Replayed


class CreateNarrowedSubscription(One[AuditedSubscription]):
    """Like ``CreateWebhookSubscription``, narrowed down to event types.

    The token also needs the scopes that read what the events contain.
    """

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    body: webhook_audit.CreateNarrowedSubscription


class GetAuditedSubscription(One[AuditedSubscription]):
    """A webhook subscription with its backlog and state."""

    path = "/openslot/webhook_subscriptions/{uuid}"
    scopes: ClassVar = ("webhooks:read",)
    uuid: Id


class UpdateWebhookSubscription(One[AuditedSubscription]):
    """Change a webhook subscription; what is left out stays as it is, and so do its id and its backlog.

    The token also needs the scopes that read what the events contain.
    """

    method: ClassVar = "PATCH"
    path = "/openslot/webhook_subscriptions/{uuid}"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    uuid: Id
    body: webhook_audit.ChangeWebhookSubscription


class EnableWebhookSubscription(One[AuditedSubscription]):
    """Enable a webhook subscription; its backlog is due at once."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/enable"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 200
    uuid: Id


class DisableWebhookSubscription(One[AuditedSubscription]):
    """Disable a webhook subscription; the deliveries of the time until it is enabled are kept."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/disable"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 200
    uuid: Id


class SendTestDelivery(One[Delivery]):
    """Send a test event to a webhook subscription."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/test"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "The webhook subscription is disabled."
    answers_with: ClassVar = 202
    uuid: Id
    body: webhook_audit.SendTest | None = None


class ReplayDeliveries(Bare[Replayed]):
    """Deliver the events of a period again, and those of it that were never delivered."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_subscriptions/{uuid}/replay"
    scopes: ClassVar = ("webhooks:write",)
    answers_with: ClassVar = 202
    uuid: Id
    body: webhook_audit.ReplayDeliveries


class ListDeliveries(Sortable[Delivery], kw_only=True):
    """The deliveries of a webhook subscription, the newest first."""

    path = "/openslot/webhook_subscriptions/{uuid}/deliveries"
    scopes: ClassVar = ("webhooks:read",)
    sort_fields: ClassVar = ("sequence",)
    usual_sort: ClassVar = "sequence:desc"
    uuid: Id
    state: DeliveryState | None = None
    """``pending``, ``delivered``, ``failed`` or ``discarded``."""
    event: Event | None = None
    """Only deliveries of this event, such as ``invitee.created``."""
    since: Instant | None = None
    """Only deliveries of events that happened then or later."""


class GetDelivery(One[DeliveryDetails]):
    """A delivery with every attempt and the request.

    The token also needs the scope that reads what the event contains.
    """

    path = "/openslot/webhook_deliveries/{uuid}"
    scopes: ClassVar = ("webhooks:read",)
    uuid: Id


class Redeliver(One[Delivery]):
    """Make a delivery again, with the same id and bytes."""

    method: ClassVar = "POST"
    path = "/openslot/webhook_deliveries/{uuid}/redelivery"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "The event's personal data was erased, or a worker is making the delivery now."
    answers_with: ClassVar = 202
    uuid: Id
