"""Triggers: subscribe to events, receive their deliveries, check their signatures.

What to do about an event is left to ``flows`` or to the caller.
"""

from openslot.connector.triggers.events import (
    EVENTS,
    Event,
    InviteeEvent,
    RoutingFormSubmissionEvent,
    UnknownEvent,
    UnreadableEvent,
    event_id,
    read_event,
)
from openslot.connector.triggers.receiver import Receiver
from openslot.connector.triggers.signatures import SignatureRefused
from openslot.connector.triggers.subscriptions import Scope
from openslot.connector.triggers.trigger import (
    TRIGGERS,
    AnyTrigger,
    InviteeTrigger,
    RoutingFormSubmissionTrigger,
)

__all__ = [
    "EVENTS",
    "TRIGGERS",
    "AnyTrigger",
    "Event",
    "InviteeEvent",
    "InviteeTrigger",
    "Receiver",
    "RoutingFormSubmissionEvent",
    "RoutingFormSubmissionTrigger",
    "Scope",
    "SignatureRefused",
    "UnknownEvent",
    "UnreadableEvent",
    "event_id",
    "read_event",
]
