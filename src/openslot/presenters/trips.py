"""Trips as our own API shows them."""

from openslot.db import trips
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.trips import Trip


def trip(row: trips.Trip, uris: Uris) -> Trip:
    """The shape of POST /openslot/trips."""
    return Trip(
        uri=uris.extension("trips", row.id),
        user=uris.user(row.user_id),
        first_day=row.first_day,
        last_day=row.last_day,
        timezone=row.timezone,
        created_at=Timestamp.of(row.created_at),
    )
