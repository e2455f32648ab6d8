"""One-off event types: made for one meeting, outside a host's regular offers."""

from datetime import date
from typing import Annotated

from msgspec import Struct

from openslot.wire.bounds import NAME, USER, ZONE, named_uri, schema
from openslot.wire.codec import Timestamp
from openslot.wire.event_types import LocationConfiguration


class Spot(Struct):
    """A time from which to which the meeting may take place."""

    start_time: Timestamp
    """A whole minute in the future; no spot overlaps another."""
    end_time: Timestamp
    """A whole minute: leaves room for the duration, and is within a day of the start."""


class DateRangeSetting(Struct, tag="date_range"):
    """The hosts' own hours on these days, both included."""

    start_date: date
    end_date: date
    """In the future, not before ``start_date``, and within 365 days of it."""


class DaysSetting(Struct, tag="days_in_future"):
    """The hosts' own hours from today on, for so many days."""

    days: Annotated[int, schema(minimum=0, maximum=365)]
    only_weekdays: bool


class SpotsSetting(Struct, tag="spots"):
    """These times and no others."""

    spots: Annotated[list[Spot], schema(minItems=1, maxItems=100)]


class CreateOneOffEventType(Struct):
    """Body of POST /one_off_event_types."""

    name: Annotated[str, NAME]
    host: Annotated[str, named_uri("users")]
    duration: Annotated[float, schema(minimum=1, maximum=720, multipleOf=1)]
    """Whole minutes."""
    date_setting: DateRangeSetting | DaysSetting | SpotsSetting
    co_hosts: Annotated[list[Annotated[str, USER]], schema(maxItems=49)] = []
    timezone: Annotated[str, ZONE] | None = None
    """IANA name: in which spots are meant; left out: each host's own."""
    location: LocationConfiguration | None = None
