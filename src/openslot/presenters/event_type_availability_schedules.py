"""The hours of an event type's hosts as the API shows them."""

from msgspec import UNSET

from openslot.db.served_event_types import Host, ServedEventType
from openslot.presenters.uris import Uris
from openslot.wire.event_type_availability_schedules import EventTypeAvailabilitySchedule, HostHours


def host_hours(row: ServedEventType, host: Host, uris: Uris) -> EventTypeAvailabilitySchedule:
    """One item of GET /event_type_availability_schedules."""
    return EventTypeAvailabilitySchedule(
        event_type=uris.event_type(row.id),
        availability_rule=HostHours(
            timezone=host.timezone,
            uri=UNSET if host.schedule_id is None else uris.availability_schedule(host.schedule_id),
            name=host.schedule_name,
            user=uris.user(host.user_id),
            rules=host.rules or [],
        ),
    )
