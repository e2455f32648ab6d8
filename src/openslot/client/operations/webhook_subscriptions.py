"""Webhook subscriptions and sample data."""

from typing import Any, ClassVar

from openslot.client.operation import Bare, Nothing, One, Sortable
from openslot.client.parameters import (
    Event,
    GroupUri,
    Id,
    OrganizationUri,
    Scope,
    UserUri,
)
from openslot.wire import (
    webhooks,
)
from openslot.wire.webhooks import WebhookPayload, WebhookSubscription


class CreateWebhookSubscription(One[WebhookSubscription]):
    """Create a webhook subscription, to which events are delivered.

    The token also needs the scopes that read what the events contain.
    """

    method: ClassVar = "POST"
    path = "/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:write",)
    conflicts: ClassVar = "There is a webhook subscription with the same URL, scope and owner."
    body: webhooks.CreateWebhookSubscription


class ListWebhookSubscriptions(Sortable[WebhookSubscription], kw_only=True):
    """The webhook subscriptions of one scope.

    ``user`` belongs to scope user, ``group`` to scope group.
    """

    path = "/webhook_subscriptions"
    scopes: ClassVar = ("webhooks:read",)
    organization: OrganizationUri
    scope: Scope
    user: UserUri | None = None
    group: GroupUri | None = None


class GetWebhookSubscription(One[WebhookSubscription]):
    """One webhook subscription and its state."""

    path = "/webhook_subscriptions/{webhook_uuid}"
    scopes: ClassVar = ("webhooks:read",)
    webhook_uuid: Id


class DeleteWebhookSubscription(Nothing):
    """End a webhook subscription."""

    method: ClassVar = "DELETE"
    path = "/webhook_subscriptions/{webhook_uuid}"
    scopes: ClassVar = ("webhooks:write",)
    webhook_uuid: Id


class GetSampleWebhookData(Bare[WebhookPayload[dict[str, Any]]]):
    """A sample delivery; nothing is sent.

    ``user`` belongs to scope user, ``group`` to scope group.
    """

    path = "/sample_webhook_data"
    scopes: ClassVar = ("webhooks:read",)
    event: Event
    """An event that the scope allows, such as ``invitee.created``."""
    organization: OrganizationUri
    scope: Scope
    user: UserUri | None = None
    group: GroupUri | None = None
