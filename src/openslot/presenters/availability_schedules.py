"""Availability schedules as our own API shows them."""

from openslot.db import availability_schedules
from openslot.presenters.links import Links
from openslot.wire.availability_schedules import Schedule
from openslot.wire.codec import Timestamp


def schedule(row: availability_schedules.Schedule, links: Links) -> Schedule:
    """The shape of GET /openslot/availability_schedules/{uuid}."""
    return Schedule(
        uri=links.availability_schedule(row.id),
        user=links.user(row.user_id),
        name=row.name,
        default=row.is_default,
        timezone=row.timezone,
        rules=row.rules,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
