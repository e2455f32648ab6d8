"""The events of triggers: their names and types, and how they are read from the body of a delivery."""

from typing import Any

import msgspec
from msgspec import Struct

from openslot.client import ClientError, answers
from openslot.connector import definition
from openslot.wire import codec
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.webhooks import WebhookPayload

InviteeEvent = WebhookPayload[InviteePayload]
RoutingFormSubmissionEvent = WebhookPayload[RoutingFormSubmission]
Event = InviteeEvent | RoutingFormSubmissionEvent
EVENTS = tuple(event for trigger in definition.TRIGGERS for event in trigger.events)
"""All events that a connector can listen to."""


class UnknownEvent(ClientError):
    """A well-signed delivery of an event that this trigger has no shape for. Answer 2xx: sending again won't help."""

    def __init__(self, event: str) -> None:
        self.event = event
        super().__init__(event)

    def __str__(self) -> str:
        return f"this trigger does not know the event {self.event!r}"


class UnreadableEvent(ClientError):
    """A well-signed delivery that is no event at all: no JSON, no payload, no subject.

    Whatever else a body lacks is read, see ``client.lenient``. Answer 2xx and keep it: sending it again won't help, and
    senders end subscriptions that go on refusing.
    """

    def __init__(self, reason: str, body: bytes, event: str | None = None) -> None:
        self.reason = reason
        self.body = body
        """As it came."""
        self.event = event
        """Its name, where that can be read."""
        super().__init__(reason)

    def __str__(self) -> str:
        return f"{self.event or 'a delivery'} can't be read: {self.reason}"


class _Envelope(Struct):
    event: str


def read_event(body: bytes) -> Event:
    """The event in the body of a delivery that needs no proof: one that was kept, or made up.

    Raises:
        UnknownEvent: no trigger has a shape for it.
        UnreadableEvent: not what the API documents.
    """
    event = _name(body)
    for trigger in definition.TRIGGERS:
        if event in trigger.events:
            known: Event = read_as(body, trigger)
            return known
    raise UnknownEvent(event)


def event_id(event: Event) -> str:
    """Return the same text for every delivery of one event, as deliveries have no id. Source: webhooks, section 3."""
    return f"{event.event} {event.payload.uri} {event.created_at}"


def read_as(body: bytes, trigger: definition.TriggerDefinition) -> Any:
    """Return the event in a body that is a delivery of ``trigger``, with the fields that this version has no name for.

    Raises:
        UnknownEvent: it is none of the trigger's events.
        UnreadableEvent: it is not what the API documents.
    """
    event = _name(body)
    if event not in trigger.events:
        raise UnknownEvent(event)
    try:
        return answers.decode(body, trigger.answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UnreadableEvent(str(exc), body, event) from exc


def _name(body: bytes) -> str:
    try:
        return codec.convert(answers.parse(body), _Envelope).event
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UnreadableEvent(str(exc), body) from exc
