"""How a trigger is registered: the platform's subscription becomes one of the API's, organization filled in."""

import logging
from typing import Any, get_args

import msgspec

from openslot.client import Core, Forbidden, answers
from openslot.client.steps import Steps
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway.replies import Declined, Reply, explained, invalid
from openslot.connector.gateway.subscribing import Scope, SubscriptionBody, subscribe
from openslot.connector.membership import Membership
from openslot.wire.webhooks import EVENT_SCOPES

_ORGANIZATION_ONLY = "Only an owner or admin may listen to this: it is about the whole organization."
_NOT_EVEN_OWN = "Webhooks may not be part of the account's plan, or not granted to the token."
_log = logging.getLogger("openslot.connector")


def register(core: Core, membership: Membership, trigger: TriggerDefinition, body: bytes) -> Steps[tuple[Reply, str]]:
    """Subscribe; the answer, and the id of the subscription.

    The platform wants the whole organization. A plain member, who may not listen to it, gets a subscription to their
    own meetings, as they get their own event types; routing forms are nobody's own.

    Raises:
        Declined: the body can't be a subscription, or the caller may not.
        ClientError: the API can't be reached, refuses or fails.
    """
    wanted = _read(body, trigger)
    me = yield from membership.identify(core)
    wanted |= {"organization": me.current_organization}
    own = {"user": me.uri, **wanted, "scope": "user"}
    scopes = [scope for scope in get_args(Scope) if any(scope in EVENT_SCOPES[event] for event in trigger.events)]
    can_be_own = all("user" in EVENT_SCOPES[event] for event in wanted["events"])

    def narrowed() -> Steps[tuple[Reply, str]]:
        # what the organization's scope holds is not theirs to see
        done = yield from subscribe(core, me, trigger, own, ["user"])
        _log.info("a trigger was narrowed to its owner's own meetings: the token is a plain member's")
        return done

    try:
        if wanted["scope"] == "organization" and can_be_own:
            return (yield from membership.whole_or_own(lambda: subscribe(core, me, trigger, wanted, scopes), narrowed))
        return (yield from subscribe(core, me, trigger, own if wanted["scope"] == "user" else wanted, scopes))
    except Forbidden as exc:
        if exc.required_scopes:
            raise
        raise Declined(explained(exc, _NOT_EVEN_OWN if can_be_own else _ORGANIZATION_ONLY)) from None


def _read(body: bytes, trigger: TriggerDefinition) -> SubscriptionBody:
    """The body as far as the definition knows it, its events checked."""
    try:
        sent = answers.decode(body, dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Declined(invalid("body", "is not a JSON object")) from None
    keys = (*trigger.hidden, *(parameter.key for parameter in trigger.parameters))
    wanted = {key: sent[key] for key in keys if sent.get(key) is not None}
    wanted.setdefault("scope", trigger.default_scope)
    events = wanted.setdefault("events", [trigger.default_event])
    if not isinstance(events, list) or not events or not all(event in trigger.events for event in events):
        raise Declined(invalid("events", f"must be among {', '.join(trigger.events)}"))
    return wanted
