"""What the API has beyond Calendly's, all below ``/openslot`` (ADR 0009); docs/api-extensions.md lists it."""

from openslot.api.extensions import (
    availability_schedules,
    booking_requests,
    bookings,
    days_off,
    erasures,
    event_types,
    events,
    explanations,
    groups,
    holds,
    holidays,
    limits,
    preferences,
    scheduling_links,
    trips,
    webhook_audit,
)

HANDLERS = [
    *explanations.HANDLERS,
    *event_types.HANDLERS,
    *limits.HANDLERS,
    *days_off.HANDLERS,
    *trips.HANDLERS,
    *availability_schedules.HANDLERS,
    *preferences.HANDLERS,
    *holidays.HANDLERS,
    *bookings.HANDLERS,
    *holds.HANDLERS,
    *booking_requests.HANDLERS,
    *groups.HANDLERS,
    *scheduling_links.HANDLERS,
    *webhook_audit.HANDLERS,
    *erasures.HANDLERS,
    *events.HANDLERS,
]
