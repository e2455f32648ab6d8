"""The Calendly-compatible JSON API: every handler, listed."""

from litestar import Router
from litestar.di import Provide

from openslot.api import (
    erasures,
    event_types,
    extensions,
    groups,
    invitees,
    no_shows,
    openapi,
    routing_forms,
    scheduled_events,
    scheduling_links,
    users,
    webhook_subscriptions,
)
from openslot.api.calls import provide_call

PATH = "/api/v2"
LARGEST_BODY = 1024 * 1024
"""Bytes."""

ROUTES = [
    *users.HANDLERS,
    *event_types.HANDLERS,
    *extensions.HANDLERS,
    *groups.HANDLERS,
    *scheduled_events.HANDLERS,
    *invitees.HANDLERS,
    *no_shows.HANDLERS,
    *scheduling_links.HANDLERS,
    *routing_forms.HANDLERS,
    *webhook_subscriptions.HANDLERS,
    *erasures.HANDLERS,
]
"""All that takes a token."""


def make_router() -> Router:
    """The API below its path."""
    return Router(
        PATH,
        route_handlers=[*ROUTES, openapi.get_openapi],
        dependencies={"call": Provide(provide_call)},
        request_max_body_size=LARGEST_BODY,
        include_in_schema=False,
    )
