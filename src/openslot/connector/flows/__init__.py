"""Flows: functions, the events they run on, what is stored of them, and what brings them their events.

``flow`` declares them, ``runner`` runs them, ``running`` connects them to a service, ``store`` is what they remember.
"""

from openslot.connector.flows.flow import (
    CANCELED,
    AnyHandler,
    Attempt,
    Delay,
    Flow,
    GiveUp,
    Handler,
    InviteeEventName,
    InviteeHandler,
    Moment,
    Performer,
    RoutingFormSubmissionEventName,
    RoutingFormSubmissionHandler,
)
from openslot.connector.flows.retries import Backoff

__all__ = [
    "CANCELED",
    "AnyHandler",
    "Attempt",
    "Backoff",
    "Delay",
    "Flow",
    "GiveUp",
    "Handler",
    "InviteeEventName",
    "InviteeHandler",
    "Moment",
    "Performer",
    "RoutingFormSubmissionEventName",
    "RoutingFormSubmissionHandler",
]
