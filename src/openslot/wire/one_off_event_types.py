"""One-off event types: made for one meeting, outside a host's regular offers."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from openslot.wire.codec import Timestamp
from openslot.wire.common import URI_OF
from openslot.wire.event_types import LocationConfiguration


class Spot(Struct):
    """A time from which to which the meeting may take place."""

    start_time: Timestamp
    end_time: Timestamp


class DateRangeSetting(Struct, tag="date_range"):
    """The hosts' own hours on these days, both included."""

    start_date: date
    end_date: date


class DaysSetting(Struct, tag="days_in_future"):
    """The hosts' own hours from today on, for so many days."""

    days: int
    only_weekdays: bool


class SpotsSetting(Struct, tag="spots"):
    """These times and no others."""

    spots: list[Spot]


class CreateOneOffEventType(Struct):
    """Body of POST /one_off_event_types."""

    name: str
    host: Annotated[str, Meta(extra={URI_OF: "users"})]
    duration: float
    """Whole minutes."""
    date_setting: DateRangeSetting | DaysSetting | SpotsSetting
    co_hosts: list[str] = []
    timezone: str | None = None
    location: LocationConfiguration | None = None
