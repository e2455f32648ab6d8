"""Trips: days on which a host's hours are in another time zone. Ours."""

from datetime import date
from typing import Annotated

from msgspec import Struct

from openslot.wire.bounds import USER, ZONE
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class CreateTrip(Struct):
    """Body of POST /openslot/trips."""

    first_day: date
    timezone: Annotated[str, ZONE]
    """IANA name."""
    last_day: date | None = None
    """Included, not before ``first_day``; left out: until further notice."""
    user: Annotated[str, USER] | None = None
    """The caller where it is left out."""


class Trip(Open, kw_only=True):
    """Days on which a host's hours are read in another zone."""

    uri: str
    user: str
    first_day: date
    last_day: date | None
    timezone: str
    created_at: Timestamp
