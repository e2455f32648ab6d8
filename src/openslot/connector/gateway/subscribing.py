"""One subscription for a trigger's URL: what is there is changed or replaced, and none is lost where a call fails."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

import msgspec

from openslot.client import ClientError, Conflict, Core, Forbidden, NotFound, Refused, answers, operations
from openslot.client.errors import unreadable
from openslot.client.messages import Request, resource_id
from openslot.client.steps import Steps
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway.replies import Answer, Declined, handed_on, json, refusal
from openslot.connector.gateway.upstream import hand_on
from openslot.connector.triggers.trigger import NO_SUCH_CALL
from openslot.wire import codec
from openslot.wire.common import Resource
from openslot.wire.users import User
from openslot.wire.webhook_audit import ChangeWebhookSubscription
from openslot.wire.webhooks import WebhookSubscription

Asked = dict[str, Any]
"""The body of a subscription."""
Scope = Literal["organization", "user"]

_log = logging.getLogger("openslot.connector")


def subscribe(
    core: Core, me: User, trigger: TriggerDefinition, asked: Asked, scopes: Sequence[Scope]
) -> Steps[tuple[Answer, str]]:
    """See that there is one subscription as asked, and no other of the trigger.

    The platform's URL is one trigger's. What is left there, as by a removal that never arrived, in whatever scope,
    would let the flow hear everything twice. It goes once the other is there: whatever fails on the way, something
    listens, and the platform, which tries again, finds what was done so far.

    Raises:
        Declined: nothing listens any more, and the platform is to try again.
        ClientError: as its tree says.
    """
    left_over: list[WebhookSubscription] = []
    if asked["scope"] in scopes:
        for scope in scopes:
            left_over += yield from _left_over(core, me, trigger, asked, scope)
    serving = yield from _serving(core, left_over, asked)
    stale = [one for one in left_over if serving is None or one.uri != serving.uri]
    if serving is None:
        return (yield from _create_instead_of(stale, core, trigger, asked))
    for one in stale:
        yield from _remove(core, one)
    return json(201, answers.builtins(Resource(serving))), resource_id(serving.uri)


def _serving(core: Core, left_over: list[WebhookSubscription], asked: Asked) -> Steps[WebhookSubscription | None]:
    """One that is as asked, or is made so, which OpenSlot can: it keeps what waits. ``None`` where there is none."""
    candidates = [one for one in left_over if one.scope == asked["scope"]]
    candidates.sort(key=lambda one: (set(one.events) != set(asked["events"]), one.state != "active"))
    for one in candidates[:1]:
        try:
            return (yield from _mended(core, one, asked))
        except Refused as exc:
            if exc.status not in NO_SUCH_CALL:
                raise
    return None


def _mended(core: Core, one: WebhookSubscription, asked: Asked) -> Steps[WebhookSubscription]:
    from openslot.client import extensions  # noqa: PLC0415 -- slow import, and few registrations need it

    change = ChangeWebhookSubscription()
    if set(one.events) != set(asked["events"]):
        change.events = asked["events"]
    if "signing_key" in asked:  # one that is there can't be read back
        change.signing_key = asked["signing_key"]
    if change != ChangeWebhookSubscription():
        changed = yield from core.exchange(extensions.UpdateWebhookSubscription(one.uri, change))
        one = _as_changed(one, changed)
    if one.state != "active":
        one = _as_changed(one, (yield from core.exchange(extensions.EnableWebhookSubscription(one.uri))))
    return one


def _as_changed(one: WebhookSubscription, changed: WebhookSubscription) -> WebhookSubscription:
    """What a call of OpenSlot alone answers, without what Calendly does not say."""
    told = {name: getattr(changed, name) for name in ("events", "state", "updated_at", "retry_started_at")}
    return msgspec.structs.replace(one, **told)


def _create_instead_of(
    stale: list[WebhookSubscription], core: Core, trigger: TriggerDefinition, asked: Asked
) -> Steps[tuple[Answer, str]]:
    try:
        made = yield from _create(core, trigger, asked)
    except Conflict:
        if not stale:
            raise
        return (yield from _replace(stale, core, trigger, asked))
    for one in stale:
        yield from _remove(core, one)
    return made


def _replace(
    stale: list[WebhookSubscription], core: Core, trigger: TriggerDefinition, asked: Asked
) -> Steps[tuple[Answer, str]]:
    """Subscribe where the API wants the old ones gone first. They are put back if the new one can't be had in time.

    Raises:
        Declined: neither can be had, and the API's error is none that the platform would try again.
    """
    removed: list[WebhookSubscription] = []
    try:
        for one in stale:
            removed.append(one)  # before it is: a removal without an answer may be done
            yield from _remove(core, one)
        return (yield from _create(core, trigger, asked))
    except ClientError as exc:
        is_lost = False
        for one in removed:
            is_lost |= not (yield from _put_back(core, trigger, one))
        if is_lost and isinstance(exc, Refused) and not _is_tried_again(exc.status):
            raise Declined(refusal(503, "The trigger could not be registered. Try again.")) from None
        raise


def _create(core: Core, trigger: TriggerDefinition, asked: Asked) -> Steps[tuple[Answer, str]]:
    create = trigger.operation
    request = Request(create.method, core.base_url + create.path, codec.encode(asked))
    made = yield from hand_on(request)
    try:
        uuid = resource_id(answers.decode(made.content, Resource[_Made]).resource.uri)
    except (msgspec.DecodeError, ValueError) as exc:
        raise unreadable(request, made, str(exc)) from None
    return handed_on(made.status, made.content, made.headers), uuid


def _put_back(core: Core, trigger: TriggerDefinition, one: WebhookSubscription) -> Steps[bool]:
    """Make a subscription again that had to go, without its key, which can't be read; whether it is there."""
    kept = {"url": one.callback_url, "events": one.events, "organization": one.organization, "scope": one.scope}
    if one.user is not None:
        kept["user"] = one.user
    try:
        yield from _create(core, trigger, kept)
    except Conflict:  # it never went
        return True
    except ClientError:
        _log.warning("a trigger's subscription had to go for a new one, and neither could be made")
        return False
    return True


def _is_tried_again(status: int) -> bool:
    """By the platform. Source: its retry policies."""
    return (
        status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _remove(core: Core, one: WebhookSubscription) -> Steps[None]:
    try:
        yield from core.exchange(operations.DeleteWebhookSubscription(one.uri))
    except NotFound:  # somebody else was quicker
        return
    except Forbidden:
        _log.warning("a trigger's old subscription may not be removed by its owner's token: it hears things twice")


class _Made(msgspec.Struct):
    uri: str


def _left_over(
    core: Core, me: User, trigger: TriggerDefinition, asked: Asked, scope: Scope
) -> Steps[list[WebhookSubscription]]:
    """The caller's own subscriptions of this trigger that deliver to the URL; none where we may not look.

    Raises:
        Forbidden: a plain member's token asks for the organization's.
        ClientError: the API is in trouble; what is there can't be told, so nothing is to be made.
    """
    user = asked.get("user", me.uri) if scope == "user" else None
    listing: operations.ListWebhookSubscriptions | None = operations.ListWebhookSubscriptions(
        organization=me.current_organization, scope=scope, user=user, count=100
    )
    found: list[WebhookSubscription] = []
    try:
        while listing is not None:
            page = yield from core.exchange(listing)
            found += page.collection
            listing = listing.after(page)
    except NotFound:
        return []
    except Forbidden as exc:
        if scope == asked["scope"] and not exc.required_scopes:
            raise
        return []
    return [
        one
        for one in found
        if one.callback_url == asked.get("url") and one.creator == me.uri and set(one.events) <= set(trigger.events)
    ]
