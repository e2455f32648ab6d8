"""The two triggers: subscribe, receive, unsubscribe. HTTP is left to ``receiver``, what to do then to ``flows``."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, Literal, TypedDict, TypeVar, Unpack

from openslot.client import Forbidden, NotFound, Refused, Secret, operations
from openslot.client.steps import Steps
from openslot.connector import definition
from openslot.connector.connection import Connection
from openslot.connector.triggers.events import read_as
from openslot.connector.triggers.signatures import TOLERANCE, Headers, verify
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.users import User
from openslot.wire.webhook_audit import ChangeWebhookSubscription, ReplayDeliveries
from openslot.wire.webhooks import EVENT_SCOPES, CreateWebhookSubscription, WebhookPayload, WebhookSubscription

P = TypeVar("P", InviteePayload, RoutingFormSubmission)

Scope = Literal["organization", "user", "group"]

NO_SUCH_CALL = frozenset({404, 405, 501})
"""What Calendly answers where only OpenSlot changes a subscription."""

_KEY_BYTES = 32
_log = logging.getLogger("openslot.connector")
_HINTS: dict[Scope, str] = {
    "organization": (
        "only an owner or admin may listen to the whole organization; with scope 'user' anybody may to their own"
    ),
    "group": "only an owner, an admin or whoever is in charge of the group may listen to it",
    "user": "webhooks may not be part of the account's plan, or not granted to the token; polling needs neither",
}
"""What to say where the service says no more than that the token may not."""


class TriggerOptions(TypedDict, total=False):
    """What may be set besides connection and events."""

    scope: Scope
    """``organization`` needs an owner's or admin's token; ``user`` hears of the caller's own meetings, ``group`` of
    those of a group's members."""
    group: str | None
    """URI of the group, with scope ``group``."""
    signing_key: str | Secret | None
    """The key of an earlier subscription, to go on receiving its deliveries; ``subscribe`` makes a fresh one."""
    tolerance: timedelta
    """How old, or how far in the future, a signature may be."""
    now: Callable[[], datetime]


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
        self.group = options.get("group")
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
        if (self.group is not None) != (self.scope == "group"):
            raise ValueError("scope 'group' needs the URI of a group, and no other scope has one")

    def subscribe(self, url: str, *, replace: bool = False, signing_key: Secret | None = None) -> WebhookSubscription:
        """Ask the service to deliver to ``url`` from now on, signed with ``signing_key`` or a fresh random one.

        ``replace``: remove those that deliver to ``url`` already, as one left behind by a crash whose key was lost.

        Raises:
            Conflict: it exists already, and ``replace`` is false.
            Forbidden: the scope is organization and the token a plain member's.
            ClientError: as its tree says.
        """
        return self.connection.client.run(self._subscribe(url, replace=replace, signing_key=signing_key))

    async def asubscribe(
        self, url: str, *, replace: bool = False, signing_key: Secret | None = None
    ) -> WebhookSubscription:
        """``subscribe`` for asyncio."""
        return await self.connection.async_client.run(self._subscribe(url, replace=replace, signing_key=signing_key))

    def resume(self, url: str, *, fresh_key: Secret | None = None) -> bool:
        """Go on with a subscription that an earlier process made for the same URL and scope; true if it serves.

        ``signing_key`` must be the one it was made with; ``fresh_key`` is for one whose key is lost. OpenSlot gives the
        key, further events and a new life after it was disabled to a subscription, which keeps its backlog. Calendly
        changes nothing: there it is removed, and with it what still waits. What else delivers to ``url`` in this scope
        is removed.

        Raises:
            ClientError: as its tree says.
        """
        return self.connection.client.run(self._resume(url, fresh_key))

    async def aresume(self, url: str, *, fresh_key: Secret | None = None) -> bool:
        """``resume`` for asyncio."""
        return await self.connection.async_client.run(self._resume(url, fresh_key))

    def take_over(self, urls: Collection[str], groups: Collection[str] = ()) -> None:
        """End the other subscriptions that deliver to one of ``urls``, in any scope, those of ``groups`` included.

        What waits for them is delivered to ours instead, where the service is OpenSlot.

        Raises:
            ClientError: as its tree says.
        """
        self.connection.client.run(self._take_over(urls, groups))

    async def atake_over(self, urls: Collection[str], groups: Collection[str] = ()) -> None:
        """``take_over`` for asyncio."""
        await self.connection.async_client.run(self._take_over(urls, groups))

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
        delivery: WebhookPayload[P] = read_as(body, self.definition)
        return delivery

    def unsubscribe(self) -> None:
        """Ask the service to deliver no more. Nothing happens where there is no subscription (any more)."""
        self.connection.client.run(self._unsubscribe())

    async def aunsubscribe(self) -> None:
        """``unsubscribe`` for asyncio."""
        await self.connection.async_client.run(self._unsubscribe())

    def _subscribe(self, url: str, *, replace: bool, signing_key: Secret | None) -> Steps[WebhookSubscription]:
        if self.subscription is not None:
            raise RuntimeError("subscribed already")
        me = yield from self.connection.identify()
        if replace:
            for stale in (yield from self._at(url, me)):
                yield from self._delete(stale.uri)
        # known before the first delivery can come
        key = self.signing_key = signing_key or Secret(secrets.token_urlsafe(_KEY_BYTES))
        create = operations.CreateWebhookSubscription(
            CreateWebhookSubscription(
                url=url,
                events=list(self.events),
                organization=me.current_organization,
                scope=self.scope,
                user=me.uri if self.scope == "user" else None,
                group=self.group,
                signing_key=key.reveal(),
            )
        )
        with self._explained():
            self.subscription = yield from self.connection.client.core.exchange(create)
        return self.subscription

    def _resume(self, url: str, fresh_key: Secret | None) -> Steps[bool]:
        me = yield from self.connection.identify()
        there = yield from self._at(url, me)
        lacking = {one.uri: set(self.events) - set(one.events) for one in there}
        # the one that lacks least, the latest of those
        for one in sorted(there, key=lambda one: (-len(lacking[one.uri]), one.created_at), reverse=True):
            if self.subscription is None and (yield from self._serves(one, fresh_key)):
                self.subscription = one
            else:
                yield from self._delete(one.uri)
        return self.subscription is not None

    def _take_over(self, urls: Collection[str], groups: Collection[str]) -> Steps[None]:
        me = yield from self.connection.identify()
        owners: set[tuple[Scope, str | None]] = {(self.scope, self.group), ("organization", None), ("user", None)}
        owners |= {("group", group) for group in groups}
        for scope, group in sorted(owners, key=str):
            former: list[WebhookSubscription] = []
            with contextlib.suppress(Forbidden, NotFound):  # as far as the token may see them
                former = yield from self._list(urls, me, scope, group)
            for one in former:
                if self.subscription is None or one.uri != self.subscription.uri:
                    yield from self._hand_over(one)
                    yield from self._delete(one.uri)

    def _hand_over(self, former: WebhookSubscription) -> Steps[None]:
        """Have what waits for another subscription delivered to ours."""
        from openslot.client import extensions  # noqa: PLC0415 -- slow import, and few starts need it

        if self.subscription is None:
            return
        try:
            there = yield from self.connection.client.core.exchange(extensions.GetAuditedSubscription(former.uri))
            if there.backlog.oldest is not None:
                since = ReplayDeliveries(since=there.backlog.oldest, states=("failed", "discarded"))
                replay = extensions.ReplayDeliveries(self.subscription.uri, since)
                yield from self.connection.client.core.exchange(replay)
        except Refused as exc:
            if exc.status not in NO_SUCH_CALL:
                raise
            if former.retry_started_at is not None:
                _log.warning("what waits for the subscription of %s is lost", former.callback_url)

    def _serves(self, subscription: WebhookSubscription, fresh_key: Secret | None) -> Steps[bool]:
        """Whether a subscription brings all that we listen to, readably; it is mended where the service can."""
        from openslot.client import extensions  # noqa: PLC0415 -- slow import, and few starts need it

        change = ChangeWebhookSubscription()
        if not set(self.events) <= set(subscription.events):
            change.events = list(dict.fromkeys([*subscription.events, *self.events]))
        if self.signing_key is None:
            if fresh_key is None:
                return False
            change.signing_key = fresh_key.reveal()
        try:
            if change != ChangeWebhookSubscription():
                update = extensions.UpdateWebhookSubscription(subscription.uri, change)
                yield from self.connection.client.core.exchange(update)
            if subscription.state != "active" or subscription.retry_started_at is not None:
                # what waits is due at once, rather than when it would be tried again
                enable = extensions.EnableWebhookSubscription(subscription.uri)
                yield from self.connection.client.core.exchange(enable)
        except Refused as exc:
            if change == ChangeWebhookSubscription() and subscription.state == "active":
                return True
            if exc.status not in NO_SUCH_CALL:  # a service in trouble must not cost what waits
                raise
            _log.warning("a subscription can't be mended, so it is made anew without what waits: %s", exc)
            return False
        self.signing_key = self.signing_key or fresh_key
        return True

    def _at(self, url: str, me: User) -> Steps[list[WebhookSubscription]]:
        """The subscriptions of our scope that deliver to ``url``."""
        with self._explained():
            return (yield from self._list({url}, me, self.scope, self.group))

    def _list(
        self, urls: Collection[str], me: User, scope: Scope, group: str | None
    ) -> Steps[list[WebhookSubscription]]:
        user = me.uri if scope == "user" else None
        listing: operations.ListWebhookSubscriptions | None = operations.ListWebhookSubscriptions(
            organization=me.current_organization, scope=scope, user=user, group=group, count=100
        )
        found: list[WebhookSubscription] = []
        while listing is not None:
            page = yield from self.connection.client.core.exchange(listing)
            found += [subscription for subscription in page.collection if subscription.callback_url in urls]
            listing = listing.after(page)
        return found

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in plain words what the token may not."""
        try:
            yield
        except Forbidden as exc:
            if not exc.required_scopes:
                exc.add_note(_HINTS[self.scope])
            raise

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


AnyTrigger = InviteeTrigger | RoutingFormSubmissionTrigger
TRIGGERS: tuple[type[AnyTrigger], ...] = (
    InviteeTrigger,
    RoutingFormSubmissionTrigger,
)


def _utc_now() -> datetime:
    return datetime.now(UTC)
