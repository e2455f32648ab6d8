"""One subscription for a trigger's URL: what is there is changed or replaced, and none is lost where a call fails.

The steps are ``triggers.subscriptions``; here is what the platform needs besides.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

import msgspec

from openslot.client import Core, Forbidden, NotFound, Refused, answers
from openslot.client.errors import unreadable
from openslot.client.messages import Request, resource_id
from openslot.client.steps import Steps
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway.replies import Declined, Reply, forwarded, json, refusal
from openslot.connector.gateway.upstream import forward
from openslot.connector.triggers import subscriptions
from openslot.connector.triggers.subscriptions import Owner, SubscriptionLost, Wanted
from openslot.wire import codec
from openslot.wire.common import Resource
from openslot.wire.users import User
from openslot.wire.webhooks import WebhookSubscription

SubscriptionBody = dict[str, Any]
"""The body of a subscription, checked, as it goes to the API."""
Scope = Literal["organization", "user"]


def subscribe(
    core: Core, me: User, trigger: TriggerDefinition, body: SubscriptionBody, scopes: Sequence[Scope]
) -> Steps[tuple[Reply, str]]:
    """See that there is one subscription as ``body`` describes it, and no other of the trigger.

    The platform's URL is one trigger's. What is left there, as by a removal that never arrived, in whatever scope,
    would start the flow twice for each event. It goes once the other is there: whatever fails on the way, something
    listens, and the platform, which tries again, finds what was done so far.

    Raises:
        Declined: nothing listens any more, and the platform is to try again.
        ClientError: the API refused or failed.
    """
    left_over: list[WebhookSubscription] = []
    if body["scope"] in scopes:
        for scope in scopes:
            left_over += yield from _left_over(core, me, trigger, body, scope)
    wanted = Wanted(body["events"], exactly=True, signing_key=body.get("signing_key"))
    candidates = [one for one in left_over if one.scope == body["scope"]]
    serving = yield from subscriptions.update_closest(core, candidates, wanted)
    if serving is None:
        return (yield from _replace(core, left_over, trigger, body))
    for one in left_over:
        if one.uri != serving.uri:
            yield from subscriptions.forward_and_remove(core, one, serving.uri)
    return json(201, answers.builtins(Resource(serving))), resource_id(serving.uri)


def _replace(
    core: Core, former: Sequence[WebhookSubscription], trigger: TriggerDefinition, body: SubscriptionBody
) -> Steps[tuple[Reply, str]]:
    """Subscribe in place of ``former``.

    Raises:
        Declined: nothing listens any more, and the platform would not try again after the API's own error.
        ClientError: the API refused or failed.
    """
    try:
        return (yield from subscriptions.replace(core, former, lambda: _create(core, trigger, body), restore=True))
    except SubscriptionLost as exc:
        cause = exc.__cause__
        if isinstance(cause, Refused) and not _is_tried_again(cause.status):
            raise Declined(refusal(503, "The trigger could not be registered. Try again.")) from None
        raise cause or exc from None


def _create(core: Core, trigger: TriggerDefinition, wanted: SubscriptionBody) -> Steps[tuple[str, tuple[Reply, str]]]:
    """Subscribe, and give the API's answer as it came: the fields that this version has no name for included."""
    create = trigger.operation
    request = Request(create.method, core.base_url + create.path, codec.encode(wanted))
    made = yield from forward(request)
    try:
        uuid = resource_id(answers.decode(made.content, Resource[_Made]).resource.uri)
    except (msgspec.DecodeError, ValueError) as exc:
        raise unreadable(request, made, str(exc)) from None
    return uuid, (forwarded(made.status, made.content, made.headers), uuid)


def _is_tried_again(status: int) -> bool:
    """By the platform. Source: its retry policies."""
    return (
        status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


class _Made(msgspec.Struct):
    uri: str


def _left_over(
    core: Core, me: User, trigger: TriggerDefinition, wanted: SubscriptionBody, scope: Scope
) -> Steps[list[WebhookSubscription]]:
    """The caller's own subscriptions of this trigger that deliver to the URL; none where we may not look.

    Raises:
        Forbidden: a plain member's token wants the organization's.
        ClientError: the API is in trouble; what is there is unknown, so nothing is to be made.
    """
    user = wanted.get("user", me.uri) if scope == "user" else None
    owner = Owner(me.current_organization, scope, user)
    found: list[WebhookSubscription] = []
    try:
        found = yield from subscriptions.list_at(core, owner, [wanted.get("url", "")])
    except NotFound:
        return []
    except Forbidden as exc:
        if scope == wanted["scope"] and not exc.required_scopes:
            raise
        return []
    return [one for one in found if one.creator == me.uri and set(one.events) <= set(trigger.events)]
