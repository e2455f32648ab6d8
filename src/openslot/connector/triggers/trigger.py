"""The two triggers: subscribe, receive, unsubscribe. HTTP is left to ``receiver``, what to do then to ``flows``."""

import contextlib
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, TypedDict, TypeVar, Unpack

from openslot.client import Core, Forbidden, NotFound, Secret, operations
from openslot.client.steps import Steps
from openslot.connector import definition
from openslot.connector.connection import Connection
from openslot.connector.triggers import subscriptions
from openslot.connector.triggers.events import read_as
from openslot.connector.triggers.signatures import TOLERANCE, Headers, verify
from openslot.connector.triggers.subscriptions import Owner, Scope, Wanted
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.users import User
from openslot.wire.webhooks import EVENT_SCOPES, CreateWebhookSubscription, WebhookPayload, WebhookSubscription

P = TypeVar("P", InviteePayload, RoutingFormSubmission)


_KEY_BYTES = 32
_HINTS: dict[Scope, str] = {
    "organization": (
        "only an owner or admin may listen to the whole organization; with scope 'user' anybody may to their own"
    ),
    "group": "only an owner, an admin or somebody in charge of the group may listen to it",
    "user": "webhooks may not be part of the account's plan, or not granted to the token; polling needs neither",
}
"""What is added to a refusal that gives no reason."""


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
        """Have the service deliver to ``url`` from now on, signed with ``signing_key`` or a fresh random one.

        ``replace``: this one takes the place of those that deliver to ``url`` already, as one left behind by a crash
        whose key was lost. OpenSlot delivers what waits for them to it.

        Raises:
            Conflict: it exists already, and ``replace`` is false.
            Forbidden: the scope is organization and the token a plain member's.
            ClientError: the service can't be reached, refuses or fails.
        """
        return self.connection.client.run(self._subscribe(url, replace=replace, signing_key=signing_key))

    async def asubscribe(
        self, url: str, *, replace: bool = False, signing_key: Secret | None = None
    ) -> WebhookSubscription:
        """``subscribe`` for asyncio."""
        return await self.connection.async_client.run(self._subscribe(url, replace=replace, signing_key=signing_key))

    def resume(self, url: str, *, fresh_key: Secret | None = None) -> bool:
        """Go on with a subscription that an earlier process made for the same URL and scope; true if it serves.

        ``signing_key`` must be the one it was made with; ``fresh_key`` is for one whose key is lost. OpenSlot can
        change a subscription: it gives it the key and further events, enables it if it was disabled, and keeps its
        backlog. Calendly can't: there it is removed, and with it what still waits. Whatever else delivers to ``url``
        in this scope is removed.

        Raises:
            ClientError: the service can't be reached, refuses or fails.
        """
        return self.connection.client.run(self._resume(url, fresh_key))

    async def aresume(self, url: str, *, fresh_key: Secret | None = None) -> bool:
        """``resume`` for asyncio."""
        return await self.connection.async_client.run(self._resume(url, fresh_key))

    def take_over(self, urls: Collection[str], groups: Collection[str] = ()) -> None:
        """End the other subscriptions that deliver to one of ``urls``, in any scope, those of ``groups`` included.

        What waits for them is delivered to ours instead, where the service is OpenSlot.

        Raises:
            ClientError: the service can't be reached, refuses or fails.
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
        """Have the service deliver no more. Nothing happens where there is no subscription (any more).

        Raises:
            Forbidden: the token may not remove it.
            ClientError: the service can't be reached or fails.
        """
        self.connection.client.run(self._unsubscribe())

    async def aunsubscribe(self) -> None:
        """``unsubscribe`` for asyncio."""
        await self.connection.async_client.run(self._unsubscribe())

    def _subscribe(self, url: str, *, replace: bool, signing_key: Secret | None) -> Steps[WebhookSubscription]:
        if self.subscription is not None:
            raise RuntimeError("subscribed already")
        owner = self._owner((yield from self.connection.identify()))
        former = (yield from self._list_at(url, owner)) if replace else []
        # known before the first delivery can come
        key = self.signing_key = signing_key or Secret(secrets.token_urlsafe(_KEY_BYTES))
        self.subscription = yield from subscriptions.replace(self._core, former, lambda: self._create(url, owner, key))
        return self.subscription

    def _create(self, url: str, owner: Owner, key: Secret) -> Steps[tuple[str, WebhookSubscription]]:
        body = CreateWebhookSubscription(url=url, events=list(self.events), signing_key=key.reveal(), **owner._asdict())
        with self._explained():
            created = yield from self._core.exchange(operations.CreateWebhookSubscription(body))
        return created.uri, created

    def _resume(self, url: str, fresh_key: Secret | None) -> Steps[bool]:
        owner = self._owner((yield from self.connection.identify()))
        there = yield from self._list_at(url, owner)
        if key := self.signing_key or fresh_key:
            wanted = Wanted(self.events, signing_key=None if self.signing_key else key.reveal())
            self.subscription = yield from subscriptions.update_closest(self._core, there, wanted)
        if self.subscription is not None:
            self.signing_key = key
        serving = None if self.subscription is None else self.subscription.uri
        for one in there:
            if one.uri != serving:
                yield from subscriptions.forward_and_remove(self._core, one, serving)
        return serving is not None

    def _take_over(self, urls: Collection[str], groups: Collection[str]) -> Steps[None]:
        me = yield from self.connection.identify()
        organization = me.current_organization
        owners = {self._owner(me), Owner(organization, "organization"), Owner(organization, "user", user=me.uri)}
        owners |= {Owner(organization, "group", group=group) for group in groups}
        serving = None if self.subscription is None else self.subscription.uri
        for owner in sorted(owners, key=str):
            former: list[WebhookSubscription] = []
            with contextlib.suppress(Forbidden, NotFound):  # as far as the token may see them
                former = yield from subscriptions.list_at(self._core, owner, urls)
            for one in former:
                if one.uri != serving:
                    yield from subscriptions.forward_and_remove(self._core, one, serving)

    def _unsubscribe(self) -> Steps[None]:
        if self.subscription is None:
            return
        yield from subscriptions.remove(self._core, self.subscription.uri)
        self.subscription = None

    def _list_at(self, url: str, owner: Owner) -> Steps[list[WebhookSubscription]]:
        with self._explained():
            return (yield from subscriptions.list_at(self._core, owner, {url}))

    def _owner(self, me: User) -> Owner:
        return Owner(me.current_organization, self.scope, me.uri if self.scope == "user" else None, self.group)

    @property
    def _core(self) -> Core:
        return self.connection.client.core

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Add a plain sentence to a ``Forbidden`` that names no reason."""
        try:
            yield
        except Forbidden as exc:
            if not exc.required_scopes:
                exc.add_note(_HINTS[self.scope])
            raise


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
