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
from openslot.db import scheduled_events
from openslot.db.pool import Conn

VERSION: str = tzdata.IANA_VERSION


def use_packaged() -> None:
    """Leave the operating system's zone files aside; call once at the start of a process."""
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def wall_time(instant: datetime, zone: str) -> datetime:
    """What a clock in ``zone`` shows at ``instant``; naive."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class Moved(Struct, frozen=True):
    """An event to come whose host's clock will show another time than it was booked for."""

    event_id: UUID
    name: str
    hosts: list[str]
    zone: str
    wall_start: datetime
    """What the clock was to show; naive."""
    shows: datetime
    """What it will show at the stored instant; naive."""
    start_time: datetime
    """The stored instant, UTC."""
    would_be: datetime
    """The instant at which the clock will show ``wall_start``, UTC."""
    tzdata_version: str
    """The zone data it was booked with."""


async def moved_events(conn: Conn, *, now: datetime) -> list[Moved]:
    """The active events from ``now`` on that the present zone data would move, by start.

    Events booked with the present data can't be among them, so only the others are read.
    """
    found = []
    for event in await scheduled_events.list_booked_with_other(conn, VERSION, now=now):
        try:
            shows = wall_time(event.start_time, event.wall_zone)
        except ZoneInfoNotFoundError:  # a name that the present data has not got: whoever it is, he must be told
            shows = event.start_time.replace(tzinfo=None)
        if shows == event.wall_start:
            continue
        found.append(
            Moved(
                event_id=event.id,
                name=event.name,
                hosts=event.hosts,
                zone=event.wall_zone,
                wall_start=event.wall_start,
                shows=shows,
                start_time=event.start_time,
                would_be=_instant_of(event.wall_start, event.wall_zone),
                tzdata_version=event.tzdata_version,
            )
        )
    return found


def _instant_of(wall: datetime, zone: str) -> datetime:
    try:
        return instant(wall_seconds(ZoneInfo(zone), wall.date(), wall.hour * 60 + wall.minute))
    except ZoneInfoNotFoundError:
        return wall.replace(tzinfo=UTC)
