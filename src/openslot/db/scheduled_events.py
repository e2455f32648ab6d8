"""Scheduled events with their hosts and guests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import UNSET, Struct
from psycopg.types.json import Jsonb

from openslot.core.intervals import Interval
from openslot.db import invitees
from openslot.db.occupancy import span
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageOf, PageRequest, fetch_all, fetch_one, fetch_page
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


class Filters(Struct, frozen=True, kw_only=True):
    """Filters of a list of scheduled events; None: no restriction."""

    organization_id: UUID | None
    host_id: UUID | None = None
    group_id: UUID | None = None
    """Events with a host who is in this group now; needs ``organization_id``."""
    invitee_email: str | None = None
    status: str | None = None
    min_start_time: datetime | None = None
    """Included."""
    max_start_time: datetime | None = None
    """Included."""


async def list_page(conn: Conn, filters: Filters, page: PageRequest) -> PageOf[ScheduledEvent]:
    """One page of scheduled events of an organization, or of one host over all organizations."""
    conditions: list[LiteralString] = ["true"]
    if filters.organization_id is not None:
        conditions.append("scheduled_events.organization_id = %(organization_id)s")
    tables = "scheduled_events"
    if filters.host_id is not None:
        # The host's rows contain the start as well, so that an index gives one host's events in order.
        tables = """scheduled_event_hosts AS serving
            JOIN scheduled_events ON scheduled_events.organization_id = serving.organization_id
             AND scheduled_events.id = serving.scheduled_event_id"""
        conditions.append("serving.user_id = %(host_id)s")
        page = page._replace(keys=tuple(_of_host(key) for key in page.keys))
    if filters.group_id is not None:
        conditions.append("""EXISTS (
            SELECT 1
            FROM scheduled_event_hosts AS hosting JOIN group_members
              ON group_members.organization_id = hosting.organization_id AND group_members.user_id = hosting.user_id
            WHERE hosting.organization_id = scheduled_events.organization_id
              AND hosting.scheduled_event_id = scheduled_events.id AND group_members.group_id = %(group_id)s)""")
    emails = None
    if filters.invitee_email is not None:
        emails = await invitees.list_spellings(conn, filters.organization_id, filters.invitee_email)
        conditions.append(f"""EXISTS (
            SELECT 1 FROM invitees
            WHERE invitees.organization_id = scheduled_events.organization_id
              AND invitees.scheduled_event_id = scheduled_events.id AND {invitees.WITH_ADDRESS})""")
    if filters.status is not None:
        conditions.append("scheduled_events.status = %(status)s")
    if filters.min_start_time is not None:
        conditions.append("scheduled_events.start_time >= %(min_start_time)s")
    if filters.max_start_time is not None:
        conditions.append("scheduled_events.start_time <= %(max_start_time)s")
    params = {name: getattr(filters, name) for name in Filters.__struct_fields__} | {"emails": emails}
    return await fetch_page(conn, ScheduledEvent, f"SELECT {COLUMNS} FROM {tables}", conditions, params, page)


def _of_host(key: Key) -> Key:
    return Key("serving.start_time", key.descending) if key.column == "scheduled_events.start_time" else key


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


async def take_seat(
    conn: Conn, organization_id: UUID, event_id: UUID, *, except_hold_id: UUID | None = None, now: datetime
) -> bool:
    """Add an invitee to an active event; False: every seat is taken or held.

    The statement itself checks, so two invitees can't take the last seat. ``except_hold_id`` is the hold being used.
    """
    cursor = await conn.execute(
        """
        UPDATE scheduled_events
        SET invitees_active = invitees_active + 1, invitees_total = invitees_total + 1, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'active'
          AND invitees_limit > invitees_active + (
              SELECT count(*) FROM holds
              WHERE holds.organization_id = %(organization_id)s AND holds.scheduled_event_id = %(id)s
                AND holds.expires_at > %(now)s AND holds.id IS DISTINCT FROM %(except_hold_id)s)
        """,
        {"organization_id": organization_id, "id": event_id, "except_hold_id": except_hold_id, "now": now},
    )
    return cursor.rowcount == 1


async def set_seats(conn: Conn, organization_id: UUID, event_id: UUID, seats: int, *, now: datetime) -> None:
    """Set the number of seats; the caller has checked, under its locks, that no more are taken."""
    await conn.execute(
        """
        UPDATE scheduled_events SET invitees_limit = %(seats)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": organization_id, "id": event_id, "seats": seats, "now": now},
    )


async def give_back_seat(conn: Conn, organization_id: UUID, event_id: UUID, *, now: datetime) -> None:
    """Remove an invitee from the counts of an event that stays active."""
    await conn.execute(
        """
        UPDATE scheduled_events SET invitees_active = invitees_active - 1, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": organization_id, "id": event_id, "now": now},
    )


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
