"""The Calendly-compatible JSON API: every handler, listed."""

from litestar import Router
from litestar.di import Provide

from openslot.api import (
    activity_log,
    availability,
    contact_fields,
    contact_lists,
    contacts,
    docs_page,
    erasures,
    event_type_availability_schedules,
    event_types,
    extensions,
    groups,
    invitations,
    invitees,
    locations,
    meeting_recaps,
    no_shows,
    notes,
    openapi,
    organizations,
    outgoing_communications,
    routing_forms,
    scheduled_events,
    scheduling_links,
    teams,
    users,
    webhook_subscriptions,
)
from openslot.api.answering_once import answering_once
from openslot.api.calls import provide_call
from openslot.api.decoding import OURS

PATH = "/api/v2"
MAX_BODY = 1024 * 1024
"""Bytes."""

_ROUTES = [
    *users.HANDLERS,
    *organizations.HANDLERS,
    *teams.HANDLERS,
    *invitations.HANDLERS,
    *availability.HANDLERS,
    *event_types.HANDLERS,
    *event_type_availability_schedules.HANDLERS,
    *extensions.HANDLERS,
    *groups.HANDLERS,
    *scheduled_events.HANDLERS,
    *invitees.HANDLERS,
    *locations.HANDLERS,
    *no_shows.HANDLERS,
    *scheduling_links.HANDLERS,
    *routing_forms.HANDLERS,
    *webhook_subscriptions.HANDLERS,
    *contact_fields.HANDLERS,
    *contacts.HANDLERS,
    *contact_lists.HANDLERS,
    *notes.HANDLERS,
    *meeting_recaps.HANDLERS,
    *activity_log.HANDLERS,
    *outgoing_communications.HANDLERS,
    *erasures.HANDLERS,
]
ROUTES = [answering_once(one) for one in _ROUTES]
"""All that takes a token."""


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
"""Those of Calendly's operations, and HEAD."""


def hides_methods(path: str, method: str) -> bool:
    """Whether a method that a path does not take is answered as a path that is not there: so it is with Calendly's.

    Not with those that its API has nowhere, nor where the path is ours. Source: behaviours, section 1.
    """
    is_ours = path.startswith((PATH + OURS, PATH + docs_page.PATH)) or path == PATH + openapi.PATH
    return path.startswith(PATH + "/") and not is_ours and method in METHODS


def make_router() -> Router:
    """The API below its path."""
    return Router(
        PATH,
        route_handlers=[*ROUTES, openapi.get_openapi, *docs_page.HANDLERS],
        dependencies={"call": Provide(provide_call)},
        request_max_body_size=MAX_BODY,
        include_in_schema=False,
    )
