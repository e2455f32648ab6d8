"""Availability schedules as Calendly's calls and our own show them."""

from openslot.db import availability_schedules
from openslot.presenters.uris import Uris
from openslot.wire.availability_schedules import AvailabilitySchedule, Schedule
from openslot.wire.codec import Timestamp


def availability_schedule(row: availability_schedules.Schedule, uris: Uris) -> AvailabilitySchedule:
    """The shape of GET /user_availability_schedules/{uuid}."""
    return AvailabilitySchedule(
        uri=uris.availability_schedule(row.id),
        default=row.is_default,
        name=row.name,
        user=uris.user(row.user_id),
        timezone=row.timezone,
        rules=row.rules,
    )


def schedule(row: availability_schedules.Schedule, uris: Uris) -> Schedule:
    """The shape of GET /openslot/availability_schedules/{uuid}."""
    return Schedule(
        uri=uris.availability_schedule(row.id),
        user=uris.user(row.user_id),
        name=row.name,
        default=row.is_default,
        timezone=row.timezone,
        rules=row.rules,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
