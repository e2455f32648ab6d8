"""Availability schedules as our own API shows them."""

from openslot.db import availability_schedules
from openslot.presenters.uris import Uris
from openslot.wire.availability_schedules import Schedule
from openslot.wire.codec import Timestamp


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
