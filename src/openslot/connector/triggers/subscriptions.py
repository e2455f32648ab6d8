"""The life of a webhook subscription, as steps: list, update, replace, remove.

Triggers and the gateway run the same steps (see ``client.steps``), so that both treat what an earlier start, a crash or
a removal that never arrived left at their URL in the same way. Calendly changes no subscription; OpenSlot does, and a
changed one keeps its backlog. ADR 0017 and 0032 have the reasons.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Literal, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Struct

from openslot.client import ClientError, Conflict, Core, Forbidden, NotFound, Refused, operations
from openslot.client.steps import Steps
from openslot.wire.webhook_audit import ChangeWebhookSubscription, ReplayDeliveries
from openslot.wire.webhooks import CreateWebhookSubscription, WebhookSubscription

T = TypeVar("T")
Scope = Literal["organization", "user", "group"]

NO_SUCH_CALL = frozenset({404, 405, 501})
"""The statuses of Calendly's answer to calls that only OpenSlot has."""
_PAGE_ROWS = 100
_log = logging.getLogger("openslot.connector")


class Owner(NamedTuple):
    """Whose events a subscription is about."""

    organization: str
    scope: Scope
    user: str | None = None
    """URI; set in scope ``user`` alone."""
    group: str | None = None
    """URI; set in scope ``group`` alone."""


class Wanted(Struct, frozen=True):
    """What a subscription has to be."""

    events: Sequence[str]
    exactly: bool = False
    """Whether it may bring no other events: a flow of the platform runs on whatever comes, while a runner ignores what
    no function is for, and keeps what another version of the flows beside it needs."""
    signing_key: str | None = None
    """The key to sign with from now on; ``None`` leaves the present one, which can't be read back."""

    def __repr__(self) -> str:
        """Without the signing key, so that it gets into no log."""
        return f"{type(self).__name__}(events={self.events!r}, exactly={self.exactly!r})"


class SubscriptionLost(ClientError):
    """The former subscriptions were removed, and neither the new one nor they could be created; see the cause."""

    def __str__(self) -> str:
        return "the former subscriptions are gone, and no new one could be created"


def list_at(core: Core, owner: Owner, urls: Collection[str]) -> Steps[list[WebhookSubscription]]:
    """List the owner's subscriptions that deliver to one of ``urls``.

    Raises:
        Forbidden, NotFound: the token may not see the subscriptions of that scope.
        ClientError: the service is in trouble: it is unknown what is there.
    """
    listing: operations.ListWebhookSubscriptions | None = operations.ListWebhookSubscriptions(
        organization=owner.organization, scope=owner.scope, user=owner.user, group=owner.group, count=_PAGE_ROWS
    )
    found: list[WebhookSubscription] = []
    while listing is not None:
        page = yield from core.exchange(listing)
        found += [one for one in page.collection if one.callback_url in urls]
        listing = listing.after(page)
    return found


def update_closest(
    core: Core, there: Sequence[WebhookSubscription], wanted: Wanted
) -> Steps[WebhookSubscription | None]:
    """Mend the subscription that differs least from ``wanted``, and return it; ``None`` if there is none to be had.

    The others are not tried: what a service can't do for the best it can't do for them.

    Raises:
        ClientError: as ``update``.
    """
    if not there:
        return None
    # ``min`` takes the first of those alike. An answer may lack any field (``client.lenient``), the time too
    latest_first = sorted(there, key=lambda one: (one.created_at is not None, one.created_at), reverse=True)
    return (yield from update(core, min(latest_first, key=lambda one: _difference(one, wanted)), wanted))


def update(core: Core, one: WebhookSubscription, wanted: Wanted) -> Steps[WebhookSubscription | None]:
    """Give a subscription the events and the key that are wanted, and enable it; ``None`` where the service can't.

    What waits for one that is disabled, or is being tried again, is due at once then.

    Raises:
        ClientError: the service refused or failed otherwise; nothing that waits is lost by that.
    """
    from openslot.client import extensions  # noqa: PLC0415 -- slow import, and few starts need it

    change = _change(one, wanted)
    try:
        if change != ChangeWebhookSubscription():
            changed = yield from core.exchange(extensions.UpdateWebhookSubscription(one.uri, change))
            one = _as_changed(one, changed)
        return (yield from _wake(core, one))
    except Refused as exc:
        if exc.status not in NO_SUCH_CALL:
            raise
        _log.warning("a subscription can't be mended, so it is made anew without what waits: %s", exc)
        return None


def replace(
    core: Core,
    former: Sequence[WebhookSubscription],
    create: Callable[[], Steps[tuple[str, T]]],
    *,
    restore: bool = False,
) -> Steps[T]:
    """Create a subscription, then delete the ``former`` ones; the other way round where the service allows no second.

    ``create`` gives the new one's URI or id, and what to return. ``restore``: if the former had to go first and the new
    one fails, they are created again, without their keys, which can't be read.

    Raises:
        SubscriptionLost: the former are gone, and could not be restored.
        ClientError: as ``create``; what there was before is there still, or again.
    """
    try:
        uri, made = yield from create()
    except Conflict:
        if not former:
            raise
        return (yield from _replace_removed(core, former, create, restore=restore))
    for one in former:
        yield from forward_and_remove(core, one, successor=uri)
    return made


def forward_and_remove(core: Core, former: WebhookSubscription, successor: str | None) -> Steps[None]:
    """Remove a subscription; what waits for it is delivered to ``successor`` instead, where the service can do that.

    One that the token may not remove stays, with a warning: some deliveries come twice then, which is better than a
    flow that does not start.

    Raises:
        ClientError: the service is in trouble; the former is there still, with what waits for it.
    """
    if successor is not None:
        yield from _forward(core, former, successor)
    try:
        yield from remove(core, former.uri)
    except Forbidden:
        _log.warning("an old subscription may not be removed with this token, so events come twice: %s", former.uri)


def remove(core: Core, uri: str) -> Steps[None]:
    """Remove a subscription; nothing happens where it is gone already.

    Raises:
        Forbidden: the token may not.
        ClientError: the service can't be reached, refuses or fails.
    """
    # by id below our base URL: the token must not follow a URI to another host
    with contextlib.suppress(NotFound):  # somebody else was quicker
        yield from core.exchange(operations.DeleteWebhookSubscription(uri))


def _difference(one: WebhookSubscription, wanted: Wanted) -> tuple[int, int, bool]:
    """What there is to update: events that are missing or in the way, and whether it has to be enabled."""
    missing, others = set(wanted.events) - set(one.events), set(one.events) - set(wanted.events)
    return len(missing), len(others) if wanted.exactly else 0, one.state != "active"


def _change(one: WebhookSubscription, wanted: Wanted) -> ChangeWebhookSubscription:
    change = ChangeWebhookSubscription()
    kept = [] if wanted.exactly else one.events
    events = list(dict.fromkeys([*kept, *wanted.events]))
    if set(events) != set(one.events):
        change.events = events
    if wanted.signing_key is not None:
        change.signing_key = wanted.signing_key
    return change


def _wake(core: Core, one: WebhookSubscription) -> Steps[WebhookSubscription]:
    from openslot.client import extensions  # noqa: PLC0415 -- as above

    if one.state == "active" and one.retry_started_at is None:
        return one
    try:
        enabled = yield from core.exchange(extensions.EnableWebhookSubscription(one.uri))
    except Refused:
        if one.state == "active":  # it delivers all the same, only later
            return one
        raise
    return _as_changed(one, enabled)


def _as_changed(one: WebhookSubscription, changed: WebhookSubscription) -> WebhookSubscription:
    """``one`` with what a call of OpenSlot's own has changed, and without the fields that Calendly does not have."""
    fields = {name: getattr(changed, name) for name in ("events", "state", "updated_at", "retry_started_at")}
    return msgspec.structs.replace(one, **fields)


def _forward(core: Core, former: WebhookSubscription, successor: str) -> Steps[None]:
    """Have what waits for ``former`` delivered to ``successor``."""
    from openslot.client import extensions  # noqa: PLC0415 -- as above

    try:
        audited = yield from core.exchange(extensions.GetAuditedSubscription(former.uri))
        if audited.backlog.oldest is not None:
            since = ReplayDeliveries(since=audited.backlog.oldest, states=("failed", "discarded"))
            yield from core.exchange(extensions.ReplayDeliveries(successor, since))
    except Refused as exc:
        if exc.status not in NO_SUCH_CALL and not isinstance(exc, Forbidden):
            raise
        if former.retry_started_at is not None:
            _log.warning("what waits for an old subscription is lost: %s", former.uri)


def _replace_removed(
    core: Core,
    former: Sequence[WebhookSubscription],
    create: Callable[[], Steps[tuple[str, T]]],
    *,
    restore: bool,
) -> Steps[T]:
    removed: list[WebhookSubscription] = []
    try:
        for one in former:
            removed.append(one)  # before it is: a removal without an answer may be done
            yield from forward_and_remove(core, one, successor=None)
        _, made = yield from create()
    except ClientError as exc:
        is_lost = False
        for one in removed if restore else ():
            is_lost |= not (yield from _restore(core, one))
        if is_lost:
            raise SubscriptionLost from exc
        raise
    return made


def _restore(core: Core, one: WebhookSubscription) -> Steps[bool]:
    """Create a subscription again that had to go; whether it is there."""
    body = CreateWebhookSubscription(
        url=one.callback_url,
        events=one.events,
        organization=one.organization,
        scope=cast("Scope", one.scope),  # the service's own value, which it takes back
        user=one.user,
        group=one.group,
    )
    try:
        yield from core.exchange(operations.CreateWebhookSubscription(body))
    except Conflict:  # it never went
        return True
    except ClientError:
        _log.warning("a subscription had to go for a new one, and neither could be created")
        return False
    return True
