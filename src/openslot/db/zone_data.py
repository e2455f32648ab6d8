"""The zone data that scheduled events were booked with."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class HostClock(Struct, frozen=True):
    """The start of an event by a host's wall clock, as computed at booking."""

    name: str
    """Of the host, at booking."""
    wall_start: datetime
    """Naive."""
    wall_zone: str


class BookedWith(Struct, frozen=True):
    """An event with its hosts' wall clock times and the zone data they were computed with."""

    id: UUID
    name: str
    start_time: datetime
    tzdata_version: str
    hosts: list[HostClock]
    """By name."""


async def list_booked_with_other(conn: Conn, tzdata_version: str, *, now: datetime) -> list[BookedWith]:
    """The future active events of all organizations that were booked with other zone data, by start."""
    query: LiteralString = """
        SELECT event.id, event.name, event.start_time, event.tzdata_version,
               (SELECT coalesce(jsonb_agg(jsonb_build_object(
                           'name', host.user_name, 'wall_start', host.wall_start, 'wall_zone', host.wall_zone
                       ) ORDER BY host.user_name, host.user_id), '[]')
                FROM scheduled_event_hosts AS host
                WHERE host.organization_id = event.organization_id AND host.scheduled_event_id = event.id) AS hosts
        FROM scheduled_events AS event
        WHERE event.status = 'active' AND event.start_time >= %(now)s AND event.tzdata_version <> %(version)s
        ORDER BY event.start_time, event.id
    """
    return await fetch_all(conn, BookedWith, query, {"now": now, "version": tzdata_version})
