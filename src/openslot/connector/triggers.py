"""The two triggers: subscribe, receive, unsubscribe. HTTP is left to ``receiver``, what to do then to ``flows``."""

import contextlib
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, TypedDict, TypeVar, Unpack

import msgspec
from msgspec import Struct

from openslot.client import ClientError, Conflict, Forbidden, NotFound, Secret, operations
from openslot.client.steps import Steps
from openslot.connector import definition
from openslot.connector.connection import Connection
from openslot.connector.signatures import TOLERANCE, Headers, verify
from openslot.wire import codec
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.users import User
from openslot.wire.webhooks import EVENT_SCOPES, CreateWebhookSubscription, WebhookPayload, WebhookSubscription

P = TypeVar("P", InviteePayload, RoutingFormSubmission)

InviteeEvent = WebhookPayload[InviteePayload]
RoutingFormSubmissionEvent = WebhookPayload[RoutingFormSubmission]
Event = InviteeEvent | RoutingFormSubmissionEvent
Scope = Literal["organization", "user"]

_KEY_BYTES = 32
_MEMBERS_HINT = (
    "only an owner or admin may listen to the whole organization; with scope 'user' anybody may to their own"
)


class UnknownEvent(ClientError):
    """A well-signed delivery of an event that this trigger has no shape for. Answer 2xx: sending again won't help."""

    def __init__(self, event: str) -> None:
        self.event = event
        super().__init__(event)

    def __str__(self) -> str:
        return f"this trigger does not know the event {self.event!r}"


class UnreadableEvent(ClientError):
    """A well-signed delivery whose body is not what the API documents."""


class TriggerOptions(TypedDict, total=False):
    """What may be set besides connection and events."""

    scope: Scope
    """``organization`` needs an owner's or admin's token; ``user`` hears of the caller's own meetings."""
    signing_key: str | Secret | None
    """The key of an earlier subscription, to go on receiving its deliveries; ``subscribe`` makes a fresh one."""
    tolerance: timedelta
    """How old, or how far in the future, a signature may be."""
    now: Callable[[], datetime]


class _Envelope(Struct):
    event: str


class Trigger(Generic[P]):
    """A subscription to events and the reading of their deliveries; ``subscribe`` and the like have async twins."""

    name: ClassVar[str]
    definition: ClassVar[definition.TriggerDefinition]

    def __init__(
        self, connection: Connection, events: Sequence[str] | None = None, **options: Unpack[TriggerOptions]
    ) -> None:
        """``events``: the connector's default where left out.

        Raises:
            ValueError: an event is not this trigger's, or can't be had in the scope.
        """
        self.connection = connection
        self.events = tuple(dict.fromkeys(events or (self.definition.default_event,)))
        self.scope: Scope = options.get("scope", self.definition.default_scope)
        self.tolerance = options.get("tolerance", TOLERANCE)
        self._now = options.get("now", _utc_now)
        key = options.get("signing_key")
        self.signing_key = Secret(key) if isinstance(key, str) else key
        self.subscription: WebhookSubscription | None = None
        for event in self.events:
            if event not in self.definition.events:
                raise ValueError(
                    f"{event} is not among the events of this trigger: {', '.join(self.definition.events)}"
                )
            if self.scope not in EVENT_SCOPES[event]:
                raise ValueError(f"{event} can't be had in scope {self.scope}")

    def subscribe(self, url: str, *, replace: bool = False) -> WebhookSubscription:
        """Ask the service to deliver to ``url`` from now on, signed with a fresh random key.

        ``replace``: where the service says that such a subscription exists already, as one left behind by a crash,
        remove those that deliver to ``url`` and try again; their key is nobody's any more.

        Raises:
            Conflict: it exists already, and ``replace`` is false.
            Forbidden: the scope is organization and the token a plain member's.
            ClientError: as its tree says.
        """
        return self.connection.client.run(self._subscribe(url, replace=replace))

    async def asubscribe(self, url: str, *, replace: bool = False) -> WebhookSubscription:
        """``subscribe`` for asyncio."""
        return await self.connection.async_client.run(self._subscribe(url, replace=replace))

    def receive(self, body: bytes, headers: Headers) -> WebhookPayload[P]:
        """The event in a delivery: the raw bytes and the headers of the request, as they came.

        Raises:
            SignatureRefused: not signed by the service, or not now.
            UnknownEvent: this trigger has no shape for it.
            UnreadableEvent: not what the API documents.
        """
        if self.signing_key is None:
            raise RuntimeError("subscribe first, or give the signing key of an earlier subscription")
        verify(body, headers, self.signing_key, now=self._now(), tolerance=self.tolerance)
        try:
            event = codec.decode(body, _Envelope).event
            if event not in self.definition.events:
                raise UnknownEvent(event)
            delivery: WebhookPayload[P] = _decode(body, self.definition.answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise UnreadableEvent(str(exc)) from exc
        return delivery

    def unsubscribe(self) -> None:
        """Ask the service to deliver no more. Nothing happens where there is no subscription (any more)."""
        self.connection.client.run(self._unsubscribe())

    async def aunsubscribe(self) -> None:
        """``unsubscribe`` for asyncio."""
        await self.connection.async_client.run(self._unsubscribe())

    def _subscribe(self, url: str, *, replace: bool) -> Steps[WebhookSubscription]:
        if self.subscription is not None:
            raise RuntimeError("subscribed already")
        me = yield from self.connection.identify()
        key = self.signing_key = Secret(secrets.token_urlsafe(_KEY_BYTES))  # known before the first delivery can come
        create = operations.CreateWebhookSubscription(
            CreateWebhookSubscription(
                url=url,
                events=list(self.events),
                organization=me.current_organization,
                scope=self.scope,
                user=me.uri if self.scope == "user" else None,
                signing_key=key.reveal(),
            )
        )
        core = self.connection.client.core
        try:
            self.subscription = yield from core.exchange(create)
        except Forbidden as exc:
            if self.scope == "organization" and not exc.required_scopes:
                exc.add_note(_MEMBERS_HINT)
            raise
        except Conflict:
            if not replace:
                raise
            yield from self._remove(url, me)
            self.subscription = yield from core.exchange(create)
        return self.subscription

    def _remove(self, url: str, me: User) -> Steps[None]:
        core = self.connection.client.core
        user = me.uri if self.scope == "user" else None
        listing: operations.ListWebhookSubscriptions | None = operations.ListWebhookSubscriptions(
            organization=me.current_organization, scope=self.scope, user=user, count=100
        )
        found: list[str] = []
        while listing is not None:
            page = yield from core.exchange(listing)
            found += [subscription.uri for subscription in page.collection if subscription.callback_url == url]
            listing = listing.after(page)
        for uri in found:
            yield from self._delete(uri)

    def _delete(self, uri: str) -> Steps[None]:
        # by id below our base URL: the token must not follow a URI to another host
        with contextlib.suppress(NotFound):  # somebody else was quicker
            yield from self.connection.client.core.exchange(operations.DeleteWebhookSubscription(uri))

    def _unsubscribe(self) -> Steps[None]:
        if self.subscription is None:
            return
        yield from self._delete(self.subscription.uri)
        self.subscription = None


class InviteeTrigger(Trigger[InviteePayload]):
    """Somebody booked, canceled, was marked as absent or no longer is."""

    name = "invitee"
    definition = definition.INVITEE_TRIGGER


class RoutingFormSubmissionTrigger(Trigger[RoutingFormSubmission]):
    """Somebody sent a routing form, whether they booked or not. Organization scope only."""

    name = "routing_form_submission"
    definition = definition.ROUTING_FORM_SUBMISSION_TRIGGER


TRIGGERS: tuple[type[InviteeTrigger | RoutingFormSubmissionTrigger], ...] = (
    InviteeTrigger,
    RoutingFormSubmissionTrigger,
)
EVENTS = tuple(event for trigger in TRIGGERS for event in trigger.definition.events)
"""All events that a connector can listen to."""


def event_id(event: Event) -> str:
    """What tells two deliveries of one event from two events, as deliveries have no id. Source: webhooks, section 3."""
    return f"{event.event} {event.payload.uri} {event.created_at}"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _decode(body: bytes, kind: Any) -> Any:
    return codec.decode(body, kind)  # a type that is only known at run time
