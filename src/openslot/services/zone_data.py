"""Which time zone data we reckon with, and what a change of it moves.

It is the tzdata package's, so that its version is known wherever we run.
"""

import zoneinfo
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzdata
from msgspec import Struct

from openslot.core.availability import wall_seconds
from openslot.core.epoch import instant
from openslot.db import zone_data
from openslot.db.pool import Conn
from openslot.db.zone_data import HostClock

VERSION: str = tzdata.IANA_VERSION


def use_packaged() -> None:
    """Leave the operating system's zone files aside; call once at the start of a process."""
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def wall_time(instant: datetime, zone: str) -> datetime:
    """What a clock in ``zone`` shows at ``instant``; naive."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class MovedClock(Struct, frozen=True):
    """A host's clock that will show another time than the event was booked for."""

    host: str
    zone: str
    wall_start: datetime
    """What it was to show; naive."""
    shows: datetime
    """What it will show at the stored instant; naive."""
    would_be: datetime
    """The instant at which it will show ``wall_start``, UTC."""


class Moved(Struct, frozen=True):
    """An event to come that the clock of one of its hosts has left."""

    event_id: UUID
    name: str
    start_time: datetime
    """The stored instant, UTC."""
    tzdata_version: str
    """The zone data it was booked with."""
    clocks: list[MovedClock]
    """Those that have left it; the other hosts' still show what they were to."""


async def moved_events(conn: Conn, *, now: datetime) -> list[Moved]:
    """The active events from ``now`` on that the present zone data would move, by start.

    Events booked with the present data can't be among them, so only the others are read.
    """
    found = []
    for event in await zone_data.list_booked_with_other(conn, VERSION, now=now):
        clocks = [clock for host in event.hosts if (clock := _moved(host, event.start_time)) is not None]
        if clocks:
            found.append(Moved(event.id, event.name, event.start_time, event.tzdata_version, clocks))
    return found


def _moved(host: HostClock, start: datetime) -> MovedClock | None:
    wall = host.wall_start
    try:
        zone = ZoneInfo(host.wall_zone)
    except ZoneInfoNotFoundError:  # the present data lacks it, so nobody knows: read as UTC, and reported in any case
        return MovedClock(host.name, host.wall_zone, wall, start.replace(tzinfo=None), wall.replace(tzinfo=UTC))
    shows = wall_time(start, host.wall_zone)
    if shows == wall:
        return None
    would_be = instant(wall_seconds(zone, wall.date(), wall.hour * 60 + wall.minute))
    return MovedClock(host.name, host.wall_zone, wall, shows, would_be)
