"""The connector: four actions and two triggers, for Calendly and for OpenSlot, as a library.

    with Connection(token, base_url) as connection:
        for event_type in Connector(connection).each_event_type(active=True):
            print(event_type.name)

``docs/connector.md`` shows the rest.

Names are imported when they are first used, so that a script that only calls the API does not wait for what runs flows.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the names as type checkers and editors see them; at run time, ``__getattr__`` gives them
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
        Receiver,
        RoutingFormSubmissionEvent,
        RoutingFormSubmissionTrigger,
        SignatureRefused,
        UnknownEvent,
        UnreadableEvent,
        event_id,
    )

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

_MODULES = {
    "actions": ("AsyncConnector", "Connector"),
    "asgi": ("serve",),
    "connection": ("Connection",),
    "flows": ("Backoff", "Flow", "GiveUp"),
    "flows.runner": ("Runner",),
    "flows.running": ("Running", "run_flow", "run_once", "run_until_stopped", "running"),
    "triggers": (
        "EVENTS",
        "Event",
        "InviteeEvent",
        "InviteeTrigger",
        "Receiver",
        "RoutingFormSubmissionEvent",
        "RoutingFormSubmissionTrigger",
        "SignatureRefused",
        "UnknownEvent",
        "UnreadableEvent",
        "event_id",
    ),
}
"""Where each name is."""
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
_PACKAGES = frozenset({"definition", "flows", "triggers"})
"""Those that are there after ``import openslot.connector``, too."""


if not TYPE_CHECKING:  # or else no type checker would find a misspelled name

    def __getattr__(name: str) -> Any:
        """Import a public name on its first use. Source: PEP 562.

        Raises:
            AttributeError: there is no such name.
        """
        if name in _PACKAGES:
            return import_module(f"{__name__}.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value  # so that the next use finds it without us
        return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
