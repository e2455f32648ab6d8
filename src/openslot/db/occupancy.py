"""The occupied time of hosts, one row per host and interval; the database refuses overlaps (ADR 0003).

A row belongs to a scheduled event, or to a hold of an event to be; then it expires (ADR 0010).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg import Error

from openslot.core.epoch import MINUTE
from openslot.core.intervals import Interval
from openslot.core.offers import Planned
from openslot.core.slots import BusyTime
from openslot.db.pool import Conn

SECONDS_BITS = 34
"""The low bits of a span are epoch seconds, enough until the year 2514; the high bits are the host's number."""
REACH = Interval(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(1 << SECONDS_BITS, UTC))
"""The times that spans can hold; beyond, one host's spans would reach into the next host's."""


def span(host_number: int, interval: Interval) -> tuple[int, int]:
    """Lower (included) and upper (excluded) bound of a host's interval, widened to whole seconds."""
    base = host_number << SECONDS_BITS
    return base + int(interval.start.timestamp()), base - int(-interval.end.timestamp() // 1)


async def lock_hosts(conn: Conn, host_ids: Sequence[UUID], *, now: datetime) -> None:
    """Lock the rows of hosts until commit, in sorted order, so that no two bookings deadlock.

    ``NO KEY`` does not block inserts that only refer to the user. Ended holds are deleted, since the exclusion
    constraint can't look at the clock.
    """
    # The locks must be the main query. A locking SELECT in the WITH of a DELETE may never run: PostgreSQL evaluates it
    # only as far as the main query reads it.
    await conn.execute(
        """
        WITH ended AS (DELETE FROM occupancy WHERE user_id = ANY(%(hosts)s) AND expires_at <= %(now)s)
        SELECT FROM users WHERE id = ANY(%(hosts)s) ORDER BY id FOR NO KEY UPDATE
        """,
        {"hosts": sorted(host_ids), "now": now},
    )


async def lock_hosts_of_seats(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> None:
    """``lock_hosts`` for the hosts of a scheduled group event, whose seats others may take or hold."""
    await conn.execute(
        """
        SELECT FROM users WHERE id IN (
            SELECT host.user_id FROM scheduled_events AS event
            JOIN scheduled_event_hosts AS host
              ON host.organization_id = event.organization_id AND host.scheduled_event_id = event.id
            WHERE event.organization_id = %(organization_id)s AND event.id = %(id)s AND event.invitees_limit > 1)
        ORDER BY id FOR NO KEY UPDATE
        """,
        {"organization_id": organization_id, "id": scheduled_event_id},
    )


async def lock_hosts_now(conn: Conn, host_ids: Sequence[UUID]) -> set[UUID]:
    """Lock the hosts that nobody else has locked, until commit; return their ids."""
    cursor = await conn.execute(
        "SELECT id FROM users WHERE id = ANY(%(hosts)s) FOR NO KEY UPDATE SKIP LOCKED", {"hosts": list(host_ids)}
    )
    return {host for (host,) in await cursor.fetchall()}


class Joining(NamedTuple):
    """A group event type, to find events with seats to join."""

    organization_id: UUID
    event_type_id: UUID
    seats: int
    duration_seconds: int
    """Of a new event. A held event can be joined only if it has this length."""
    window: Interval
    """The requested starts."""


class BusyTimes(NamedTuple):
    """The busy times of hosts, and the events of one event type that others may join."""

    busy: dict[int, list[BusyTime]]
    """By host number."""
    planned: list[Planned]
    """By start and id, full ones included."""


_BASE: LiteralString = f"(host.number << {SECONDS_BITS})"
_HOSTS: LiteralString = f"""
    FROM unnest(%(numbers)s::int8[]) AS host (number)
    JOIN occupancy ON occupancy.span && int8range({_BASE} + %(first)s, {_BASE} + %(last)s)
"""
_STANDING: LiteralString = """
    WHERE (occupancy.expires_at IS NULL OR occupancy.expires_at > %(now)s)
      AND occupancy.scheduled_event_id <> ALL (%(except)s::uuid[])
"""
_COLUMNS: LiteralString = f"""
    host.number, lower(occupancy.span) - {_BASE}, upper(occupancy.span) - {_BASE},
    occupancy.start_second, occupancy.end_second, occupancy.scheduled_event_id, occupancy.expires_at IS NOT NULL
"""


async def busy_times(
    conn: Conn,
    host_numbers: Sequence[int],
    window: Interval,
    *,
    now: datetime,
    joining: Joining | None = None,
    except_ids: Sequence[UUID] = (),
    except_hold_id: UUID | None = None,
) -> BusyTimes:
    """The busy times of each host in ``window``, buffers included, and the events to join, in one statement.

    ``except_ids`` are events and holds that do not count, ``except_hold_id`` a held seat that does not count.
    """
    first, last = span(0, window)
    params = {
        "numbers": list(host_numbers), "first": first, "last": last, "now": now, "except": list(except_ids),
    }  # fmt: skip
    taken = BusyTimes({number: [] for number in host_numbers}, [])
    if joining is None:
        query: LiteralString = f"SELECT {_COLUMNS} {_HOSTS} {_STANDING}"
    else:
        query = f"""
            WITH seats AS (
                SELECT event.id, event.invitees_limit - event.invitees_active - (
                    SELECT count(*) FROM holds
                    WHERE holds.organization_id = event.organization_id AND holds.scheduled_event_id = event.id
                      AND holds.expires_at > %(now)s AND holds.id IS DISTINCT FROM %(except_hold_id)s) AS remaining,
                    one.start_second, one.end_second, event.notice_minutes, one.users
                FROM (SELECT scheduled_event_id, start_second, end_second, array_agg(user_id ORDER BY user_id) AS users
                      FROM occupancy
                      WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s
                        AND expires_at IS NULL AND start_second >= %(from)s AND start_second < %(until)s
                        AND scheduled_event_id <> ALL (%(except)s::uuid[])
                      GROUP BY 1, 2, 3) AS one
                JOIN scheduled_events AS event
                  ON event.organization_id = %(organization_id)s AND event.id = one.scheduled_event_id
            )
            SELECT {_COLUMNS}, CASE
                WHEN occupancy.event_type_id <> %(event_type_id)s THEN NULL
                WHEN occupancy.expires_at IS NULL THEN (
                    SELECT 0 FROM seats WHERE seats.id = occupancy.scheduled_event_id AND seats.remaining <= 0)
                WHEN occupancy.end_second - occupancy.start_second = %(duration)s THEN greatest(%(seats)s - (
                    SELECT count(*) FROM holds
                    WHERE holds.organization_id = occupancy.organization_id
                      AND holds.scheduled_event_id = occupancy.scheduled_event_id AND holds.expires_at > %(now)s
                      AND holds.id IS DISTINCT FROM %(except_hold_id)s), (
                    SELECT count(*) FROM holds  -- a held seat exists, even if the event type has fewer seats by now
                    WHERE holds.organization_id = occupancy.organization_id AND holds.id = %(except_hold_id)s
                      AND holds.scheduled_event_id = occupancy.scheduled_event_id), 0)
                END, NULL, NULL::uuid[]
            {_HOSTS} {_STANDING}
            UNION ALL
            SELECT NULL, NULL, NULL, start_second, end_second, id, false, remaining, notice_minutes, users FROM seats
            ORDER BY 4, 6
        """
        begins, ends = span(0, joining.window)
        params |= {
            "organization_id": joining.organization_id, "event_type_id": joining.event_type_id,
            "seats": joining.seats, "duration": joining.duration_seconds, "except_hold_id": except_hold_id,
            "from": begins, "until": ends,
        }  # fmt: skip
    cursor = conn.cursor(binary=True)  # hundreds of rows of numbers and ids: a fifth faster than in text format
    await cursor.execute(query, params)
    for row in await cursor.fetchall():
        if row[0] is not None:
            taken.busy[row[0]].append(BusyTime(*row[1:8]))
            continue
        _, _, _, start, end, event_id, _, seats_left, notice_minutes, users = row
        notice = None if notice_minutes is None else notice_minutes * MINUTE
        taken.planned.append(Planned(event_id, start, end, seats_left, notice, tuple(users)))
    return taken


def refused_number(error: Error) -> int | None:
    """The number of the host whose time is taken, read from an exclusion violation; None: the error has no detail."""
    found = re.search(r"\(span\)=\(\[(\d+),", error.diag.message_detail or "")
    return None if found is None else int(found[1]) >> SECONDS_BITS


async def release(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> None:
    """Free the time of a scheduled event, or of the holds of one to be."""
    await conn.execute(
        "DELETE FROM occupancy WHERE organization_id = %s AND scheduled_event_id = %s",
        (organization_id, scheduled_event_id),
    )


async def hold(
    conn: Conn,
    organization_id: UUID,
    scheduled_event_id: UUID,
    event_type_id: UUID,
    meeting: Interval,
    *,
    spans: Sequence[tuple[UUID, int, Interval]],
    expires_at: datetime,
) -> None:
    """Take hosts' time until ``expires_at``; ``spans`` are user, host number and interval with buffers.

    Holds of the same event share their time, which is kept until the last of them expires. The time of hosts that are
    not among ``spans`` is freed.

    Raises:
        psycopg.errors.ExclusionViolation: another event or hold has taken the time of one of the hosts.
        psycopg.errors.DeadlockDetected: another transaction is just taking it as well, and PostgreSQL ended this one.
    """
    bounds = [span(number, interval) for _, number, interval in spans]
    start_second, end_second = span(0, meeting)
    await conn.execute(
        """
        WITH freed AS (
            DELETE FROM occupancy
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(id)s
              AND user_id <> ALL (%(users)s::uuid[])
        )
        INSERT INTO occupancy
            (organization_id, scheduled_event_id, user_id, span, event_type_id, start_second, end_second, expires_at)
        SELECT %(organization_id)s, %(id)s, host.id, int8range(host.lower, host.upper), %(event_type_id)s,
               %(start)s, %(end)s, %(expires_at)s
        FROM unnest(%(users)s::uuid[], %(lowers)s::int8[], %(uppers)s::int8[]) AS host (id, lower, upper)
        ON CONFLICT (organization_id, scheduled_event_id, user_id)
        DO UPDATE SET expires_at = greatest(occupancy.expires_at, EXCLUDED.expires_at)
        """,
        {
            "organization_id": organization_id, "id": scheduled_event_id, "event_type_id": event_type_id,
            "start": start_second, "end": end_second, "expires_at": expires_at,
            "users": [user for user, _, _ in spans], "lowers": [lower for lower, _ in bounds],
            "uppers": [upper for _, upper in bounds],
        },
    )  # fmt: skip
