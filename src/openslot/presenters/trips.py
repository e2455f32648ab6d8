"""Trips as our own API shows them."""

from openslot.db import trips
from openslot.presenters.links import Links
from openslot.wire.codec import Timestamp
from openslot.wire.trips import Trip


def trip(row: trips.Trip, links: Links) -> Trip:
    """The shape of POST /openslot/trips."""
    return Trip(
        uri=links.extension("trips", row.id),
        user=links.user(row.user_id),
        first_day=row.first_day,
        last_day=row.last_day,
        timezone=row.timezone,
        created_at=Timestamp.of(row.created_at),
    )
