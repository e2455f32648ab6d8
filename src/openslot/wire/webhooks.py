"""Webhook subscriptions and the envelope of a delivery."""

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from msgspec import Meta, Struct

from openslot.wire.bounds import named_uri, schema, uri_of
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

P = TypeVar("P")

EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "invitee.created": ("organization", "user", "group"),
    "invitee.canceled": ("organization", "user", "group"),
    "invitee_no_show.created": ("organization", "user", "group"),
    "invitee_no_show.deleted": ("organization", "user", "group"),
    "routing_form_submission.created": ("organization",),
    "event_type.created": ("organization", "user", "group"),
    "event_type.updated": ("organization", "user", "group"),
    "event_type.deleted": ("organization", "user", "group"),
    "meeting_recap.created": ("user",),
    "meeting_recap.updated": ("user",),
    "meeting_recap.deleted": ("user",),
    "contact.created": ("organization", "user", "group"),
    "contact.updated": ("organization", "user", "group"),
    "contact.deleted": ("organization", "user", "group"),
}
"""The 14 events and the subscription scopes that may ask for each. Source: webhooks, section 1."""

ALL_EVENT_SCOPES = EVENT_SCOPES | {"invitee.rescheduled": ("organization", "user", "group")}
"""With ours: a reschedule as one fact. Whoever does not ask for it gets Calendly's pair alone."""

Event = Annotated[str, schema(enum=list(ALL_EVENT_SCOPES))]
CallbackUrl = Annotated[str, Meta(max_length=2048), schema(pattern="^https?://[^/?#@]")]


def _of_scope(scope: str) -> dict[str, Any]:
    """What a subscription of this scope must say."""
    known = [event for event, scopes in ALL_EVENT_SCOPES.items() if scope in scopes]
    owner: dict[str, Any] = {} if scope == "organization" else {scope: {"type": "string", **uri_of(f"{scope}s")}}
    properties = {"scope": {"const": scope}, "events": {"items": {"enum": known}}, **owner}
    return {"properties": properties, "required": list(owner)}


class WebhookSubscription(Open):
    """Who is told what. The signing key is never returned. Source: GET /webhook_subscriptions/{uuid}."""

    uri: str
    callback_url: str
    created_at: Timestamp
    updated_at: Timestamp
    retry_started_at: Timestamp | None
    """When the present run of failures began; back to ``None`` after a success."""
    state: str
    """``active`` or ``disabled``."""
    events: list[str]
    scope: str
    organization: str
    user: str | None
    creator: str | None
    group: str | None = None


class CreateWebhookSubscription(Struct):
    """Body of POST /webhook_subscriptions."""

    sent_as: ClassVar[dict[str, Any]] = {"anyOf": [_of_scope(scope) for scope in ("organization", "user", "group")]}

    url: CallbackUrl
    """Without credentials, on a host and a port that the service may reach."""
    events: Annotated[list[Event], Meta(min_length=1, max_length=100)]
    organization: Annotated[str, named_uri("organizations")]
    scope: Literal["organization", "user", "group"]
    user: Annotated[str, named_uri("users")] | None = None
    """For scope user."""
    group: str | None = None
    """URI, for scope group; not looked at otherwise."""
    signing_key: Annotated[str, Meta(min_length=1, max_length=255)] | None = None

    def __repr__(self) -> str:
        """Without the signing key, so that it gets into no log."""
        return f"{type(self).__name__}(url={self.url!r}, events={self.events!r}, scope={self.scope!r})"


class SubscriptionAlarm(Struct):
    """What the event log has of a subscription that fails. Ours; no subscription can ask for it."""

    uri: str
    callback_url: str
    failing_since: Timestamp | None
    last_answer: str


class WebhookPayload(Open, Generic[P]):
    """The body of a delivery. Source: webhooks, section 5."""

    event: str
    created_at: Timestamp
    created_by: str | None
    """URI of the user who made the subscription."""
    payload: P
