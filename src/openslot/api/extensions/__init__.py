"""What the API has beyond Calendly's, all below ``/openslot`` (ADR 0009); docs/api-extensions.md lists it."""

from openslot.api.extensions import (
    availability,
    bookings,
    erasures,
    event_types,
    events,
    explanations,
    groups,
    holds,
    scheduling_links,
    webhooks,
)

HANDLERS = [
    *explanations.HANDLERS,
    *event_types.HANDLERS,
    *availability.HANDLERS,
    *bookings.HANDLERS,
    *holds.HANDLERS,
    *groups.HANDLERS,
    *scheduling_links.HANDLERS,
    *webhooks.HANDLERS,
    *erasures.HANDLERS,
    *events.HANDLERS,
]
