"""The connector: four actions and two triggers, for Calendly and for OpenSlot, as a library.

    with Connection(token, base_url) as connection:
        for event_type in Connector(connection).each_event_type(active=True):
            print(event_type.name)

``docs/connector.md`` shows the rest.
"""

from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.asgi import serve
from openslot.connector.connection import Connection
from openslot.connector.flows import Backoff, Flow, GiveUp
from openslot.connector.flows.runner import Runner
from openslot.connector.flows.running import Running, run_flow, run_once, run_until_stopped, running
from openslot.connector.triggers import (
    EVENTS,
    Event,
    InviteeEvent,
    InviteeTrigger,
    RoutingFormSubmissionEvent,
    RoutingFormSubmissionTrigger,
    UnknownEvent,
    UnreadableEvent,
    event_id,
)
from openslot.connector.triggers.receiver import Receiver
from openslot.connector.triggers.signatures import SignatureRefused

__all__ = [
    "EVENTS",
    "AsyncConnector",
    "Backoff",
    "Connection",
    "Connector",
    "Event",
    "Flow",
    "GiveUp",
    "InviteeEvent",
    "InviteeTrigger",
    "Receiver",
    "RoutingFormSubmissionEvent",
    "RoutingFormSubmissionTrigger",
    "Runner",
    "Running",
    "SignatureRefused",
    "UnknownEvent",
    "UnreadableEvent",
    "event_id",
    "run_flow",
    "run_once",
    "run_until_stopped",
    "running",
    "serve",
]
