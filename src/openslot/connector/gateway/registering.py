"""How a trigger is registered: the platform's subscription becomes one of the API's, organization filled in."""

import contextlib
from typing import Any, Literal, cast

import msgspec

from openslot.client import Core, Forbidden, Refused, answers, operations
from openslot.client.errors import unreadable
from openslot.client.messages import Request, resource_id
from openslot.client.steps import Steps
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway.replies import Answer, Declined, explained, handed_on, invalid, json
from openslot.connector.gateway.upstream import hand_on
from openslot.connector.membership import Membership
from openslot.wire import codec
from openslot.wire.common import Resource
from openslot.wire.users import User
from openslot.wire.webhooks import EVENT_SCOPES, WebhookSubscription

_SCOPES = ("organization", "user")
_ORGANIZATION_ONLY = "Only an owner or admin may listen to this: it is about the whole organization."
_NOT_EVEN_OWN = "Webhooks may not be part of the account's plan, or not granted to the token."

Asked = dict[str, Any]
"""The body of a subscription."""


def register(core: Core, membership: Membership, trigger: TriggerDefinition, body: bytes) -> Steps[tuple[Answer, str]]:
    """Subscribe; the answer, and the id of the subscription.

    The platform asks for the whole organization. A plain member, who may not listen to it, gets a subscription to their
    own meetings, as they get their own event types; routing forms are nobody's own.

    Raises:
        Declined: the body can't be a subscription, or the caller may not.
        ClientError: as its tree says.
    """
    asked = _read(body, trigger)
    me = yield from membership.identify(core)
    asked |= {"organization": me.current_organization}
    own = {"user": me.uri, **asked, "scope": "user"}
    can_be_own = all("user" in EVENT_SCOPES[event] for event in asked["events"])
    try:
        if asked["scope"] == "organization" and can_be_own:
            return (
                yield from membership.whole_or_own(
                    lambda: _subscribe(core, me, trigger, asked), lambda: _subscribe(core, me, trigger, own)
                )
            )
        return (yield from _subscribe(core, me, trigger, own if asked["scope"] == "user" else asked))
    except Forbidden as exc:
        if exc.required_scopes:
            raise
        raise Declined(explained(exc, _NOT_EVEN_OWN if can_be_own else _ORGANIZATION_ONLY)) from None


def _read(body: bytes, trigger: TriggerDefinition) -> Asked:
    """The body as far as the definition knows it, its events checked."""
    try:
        sent = answers.decode(body, dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Declined(invalid("body", "is not a JSON object")) from None
    keys = (*trigger.hidden, *(parameter.key for parameter in trigger.parameters))
    asked = {key: sent[key] for key in keys if sent.get(key) is not None}
    asked.setdefault("scope", trigger.default_scope)
    events = asked.setdefault("events", [trigger.default_event])
    if not isinstance(events, list) or not events or not all(event in trigger.events for event in events):
        raise Declined(invalid("events", f"must be among {', '.join(trigger.events)}"))
    return asked


def _subscribe(core: Core, me: User, trigger: TriggerDefinition, asked: Asked) -> Steps[tuple[Answer, str]]:
    """Subscribe, unless there is such a subscription already.

    The platform's URL is one trigger's. What is left there, as by a removal that never arrived, would make the API
    refuse the new one, or the flow hear everything twice.
    """
    kept = None
    for one in (yield from _left_over(core, me, trigger, asked)):
        if kept is None and _is_as_asked(one, asked):
            kept = one
        else:
            with contextlib.suppress(Refused):
                yield from core.exchange(operations.DeleteWebhookSubscription(one.uri))
    if kept is not None:
        body = answers.builtins(Resource(kept))
        return json(201, body), resource_id(kept.uri)
    create = trigger.operation
    request = Request(create.method, core.base_url + create.path, codec.encode(asked))
    made = yield from hand_on(request)
    try:
        uuid = resource_id(answers.decode(made.content, Resource[_Made]).resource.uri)
    except (msgspec.DecodeError, ValueError) as exc:
        raise unreadable(request, made, str(exc)) from None
    return handed_on(made.status, made.content, made.headers), uuid


class _Made(msgspec.Struct):
    uri: str


def _left_over(core: Core, me: User, trigger: TriggerDefinition, asked: Asked) -> Steps[list[WebhookSubscription]]:
    """The caller's own subscriptions of this trigger that deliver to the URL; none where we may not look."""
    if asked["scope"] not in _SCOPES:
        return []
    scope = cast("Literal['organization', 'user']", asked["scope"])
    user = asked["user"] if scope == "user" else None
    listing: operations.ListWebhookSubscriptions | None = operations.ListWebhookSubscriptions(
        organization=me.current_organization, scope=scope, user=user, count=100
    )
    found: list[WebhookSubscription] = []
    try:
        while listing is not None:
            page = yield from core.exchange(listing)
            found += page.collection
            listing = listing.after(page)
    except Refused as exc:
        if isinstance(exc, Forbidden) and not exc.required_scopes:
            raise
    return [
        one
        for one in found
        if one.callback_url == asked.get("url") and one.creator == me.uri and set(one.events) <= set(trigger.events)
    ]


def _is_as_asked(there: WebhookSubscription, asked: Asked) -> bool:
    # a key can't be read back, so that one who brings a key needs a new subscription
    is_same = there.state == "active" and set(there.events) == set(asked["events"])
    return is_same and "signing_key" not in asked
