"""Scheduled events with hosts and guests; ``scheduled_event_lists`` lists them, ``seats`` counts their invitees."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import UNSET, Struct
from psycopg.types.json import Jsonb

from openslot.core.intervals import Interval
from openslot.db.occupancy import span
from openslot.db.pool import Conn
from openslot.db.rows import fetch_one
from openslot.wire.scheduled_events import Cancellation, Location


class EventHost(Struct, frozen=True):
    """A host of an event, with name and address as they were at booking."""

    user_id: UUID
    user_email: str
    user_name: str
    buffered_start_time: datetime
    buffered_end_time: datetime


class EventGuest(Struct, frozen=True):
    email: str
    created_at: datetime
    updated_at: datetime


class ScheduledEvent(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    event_type_id: UUID
    name: str
    status: str
    start_time: datetime
    end_time: datetime
    location: Location | None
    invitees_total: int
    invitees_active: int
    invitees_limit: int
    """More than one: a group event, whose invitees may each have a location of their own."""
    cancellation: Cancellation | None
    created_at: datetime
    updated_at: datetime
    hosts: list[EventHost]
    guests: list[EventGuest]


class WallClock(Struct, frozen=True):
    """The start of an event by a host's wall clock."""

    start: datetime
    """Naive: wall time in ``zone``."""
    zone: str


COLUMNS: LiteralString = """
    scheduled_events.id, scheduled_events.organization_id, scheduled_events.event_type_id, scheduled_events.name,
    scheduled_events.status, scheduled_events.start_time, scheduled_events.end_time, scheduled_events.location,
    scheduled_events.invitees_total, scheduled_events.invitees_active, scheduled_events.invitees_limit,
    scheduled_events.cancellation, scheduled_events.created_at, scheduled_events.updated_at,
    (SELECT coalesce(jsonb_agg(to_jsonb(host) ORDER BY host.user_id), '[]')
     FROM (SELECT user_id, user_email, user_name, buffered_start_time, buffered_end_time
           FROM scheduled_event_hosts
           WHERE organization_id = scheduled_events.organization_id AND scheduled_event_id = scheduled_events.id
          ) AS host) AS hosts,
    (SELECT coalesce(jsonb_agg(to_jsonb(guest) ORDER BY guest.created_at, guest.email), '[]')
     FROM (SELECT guests.email, guests.created_at, guests.updated_at
           FROM guests
           JOIN invitees ON invitees.organization_id = guests.organization_id AND invitees.id = guests.invitee_id
           WHERE guests.organization_id = scheduled_events.organization_id
             AND guests.scheduled_event_id = scheduled_events.id
          ) AS guest) AS guests
"""


async def get(conn: Conn, organization_id: UUID, event_id: UUID, *, lock: bool = False) -> ScheduledEvent | None:
    """One scheduled event; with ``lock`` its row is locked until commit."""
    query: LiteralString = f"""
        SELECT {COLUMNS} FROM scheduled_events WHERE organization_id = %(organization_id)s AND id = %(id)s
    """
    if lock:
        # Lock first, then read: one statement for both would return hosts and guests as they were before the wait.
        await conn.execute(
            "SELECT 1 FROM scheduled_events WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
            (organization_id, event_id),
        )
    return await fetch_one(conn, ScheduledEvent, query, {"organization_id": organization_id, "id": event_id})


async def find_planned(
    conn: Conn, organization_id: UUID, event_type_id: UUID, start_time: datetime
) -> ScheduledEvent | None:
    """The active event of an event type at a start, even if it is full; the oldest if there are several."""
    query: LiteralString = f"""
        SELECT {COLUMNS} FROM scheduled_events
        WHERE organization_id = %(organization_id)s AND start_time = %(start_time)s
          AND event_type_id = %(event_type_id)s AND status = 'active'
        ORDER BY created_at, id LIMIT 1
    """
    params = {"organization_id": organization_id, "event_type_id": event_type_id, "start_time": start_time}
    return await fetch_one(conn, ScheduledEvent, query, params)


async def list_location_types(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The location types of scheduled events by event id; events without a location are left out."""
    cursor = await conn.execute(
        """
        SELECT id, location ->> 'type' FROM scheduled_events
        WHERE organization_id = %s AND id = ANY (%s) AND location IS NOT NULL
        """,
        (organization_id, list(event_ids)),
    )
    return dict(await cursor.fetchall())


async def insert(
    conn: Conn,
    event: ScheduledEvent,
    clocks: Mapping[UUID, WallClock],
    host_numbers: Mapping[UUID, int],
    *,
    tzdata_version: str,
    notice_minutes: int | None = None,
    overrides: Sequence[str] = (),
) -> None:
    """Store an event, its hosts and their occupancy in one statement. Guests are stored with their invitee.

    ``clocks`` are the hosts' wall clock times by the zone data of ``tzdata_version``; ``notice_minutes`` applies to
    invitees who join; ``overrides`` names the rules that a host waived for this booking.

    Raises:
        psycopg.errors.ExclusionViolation: another event or hold has taken the time of one of the hosts.
        psycopg.errors.DeadlockDetected: another transaction is just taking it as well, and PostgreSQL ended this one.
    """
    spans = [
        span(host_numbers[host.user_id], Interval(host.buffered_start_time, host.buffered_end_time))
        for host in event.hosts
    ]
    start_second, end_second = span(0, Interval(event.start_time, event.end_time))
    await conn.execute(
        """
        WITH event AS (
            INSERT INTO scheduled_events
                (id, organization_id, event_type_id, name, start_time, end_time, tzdata_version, location,
                 invitees_total, invitees_active, invitees_limit, notice_minutes, overrides, created_at, updated_at)
            VALUES
                (%(id)s, %(organization_id)s, %(event_type_id)s, %(name)s, %(start_time)s, %(end_time)s,
                 %(tzdata_version)s, %(location)s, %(total)s, %(active)s, %(limit)s, %(notice)s, %(overrides)s,
                 %(created_at)s, %(created_at)s)
        ), host AS (
            SELECT * FROM unnest(%(users)s::uuid[], %(emails)s::text[], %(names)s::text[], %(starts)s::timestamptz[],
                                 %(ends)s::timestamptz[], %(wall_starts)s::timestamp[], %(wall_zones)s::text[],
                                 %(lowers)s::int8[], %(uppers)s::int8[])
                AS host (user_id, email, name, buffered_start, buffered_end, wall_start, wall_zone, lower, upper)
        ), membership AS (
            INSERT INTO scheduled_event_hosts
                (organization_id, scheduled_event_id, user_id, user_email, user_name, buffered_start_time,
                 buffered_end_time, start_time, wall_start, wall_zone)
            SELECT %(organization_id)s, %(id)s, user_id, email, name, buffered_start, buffered_end, %(start_time)s,
                   wall_start, wall_zone
            FROM host
        )
        INSERT INTO occupancy
            (organization_id, scheduled_event_id, user_id, span, event_type_id, start_second, end_second)
        SELECT %(organization_id)s, %(id)s, user_id, int8range(lower, upper), %(event_type_id)s, %(start_second)s,
               %(end_second)s
        FROM host
        """,
        {
            "id": event.id, "organization_id": event.organization_id, "event_type_id": event.event_type_id,
            "name": event.name, "start_time": event.start_time, "end_time": event.end_time,
            "tzdata_version": tzdata_version, "location": None if event.location is None else Jsonb(event.location),
            "total": event.invitees_total, "active": event.invitees_active, "limit": event.invitees_limit,
            "created_at": event.created_at, "notice": notice_minutes, "overrides": list(overrides),
            "start_second": start_second, "end_second": end_second,
            "users": [host.user_id for host in event.hosts], "emails": [host.user_email for host in event.hosts],
            "names": [host.user_name for host in event.hosts],
            "starts": [host.buffered_start_time for host in event.hosts],
            "ends": [host.buffered_end_time for host in event.hosts],
            "wall_starts": [clocks[host.user_id].start for host in event.hosts],
            "wall_zones": [clocks[host.user_id].zone for host in event.hosts],
            "lowers": [lower for lower, _ in spans], "uppers": [upper for _, upper in spans],
        },
    )  # fmt: skip


async def cancel(
    conn: Conn, organization_id: UUID, event_id: UUID, cancellation: Cancellation, *, now: datetime
) -> None:
    """Mark an event canceled; it has no active invitees then."""
    assert cancellation.created_at is not UNSET
    await conn.execute(
        """
        UPDATE scheduled_events
        SET status = 'canceled', cancellation = %(cancellation)s, invitees_active = 0, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": organization_id, "id": event_id, "cancellation": Jsonb(cancellation), "now": now},
    )
