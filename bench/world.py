"""The data of the measurements: a busy month of one host, hosts to book, a pool, and a long history."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from openslot.core.ids import new_id
from openslot.core.intervals import Interval, merge
from openslot.core.kinds import Pooling
from openslot.db import availability_schedules, event_types, occupancy
from openslot.db.event_types import NewEventType
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.services import access_tokens, accounts
from openslot.services.accounts import NewMember

HOSTS = 40
EVENT_TYPES = 100
POOL = 50
BUSY_TIMES = 200
ALL_WEEK = [
    {"type": "wday", "wday": day, "intervals": [{"from": "00:00", "to": "24:00"}]}
    for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
]


@dataclass(frozen=True)
class World:
    """The ids and the token for the requests."""

    organization: UUID
    token: str
    user: UUID
    listed: UUID
    """An event type of the owner: office hours, 30 minutes on a 15-minute grid, 200 busy times in the month."""
    pooled: UUID
    """A round robin of 50 hosts with office hours."""
    bookable: list[UUID]
    """Event types of hosts who are available day and night."""


async def populate(conn: Conn, now: datetime) -> World:
    """Create the data."""
    organization = await accounts.create_organization(conn, "Bench", now=now)
    owner_details = NewMember(name="Owner", email="owner@bench.example", timezone="Europe/Rome", role="owner")
    owner = await accounts.add_member(conn, organization, owner_details, now=now)
    token = await access_tokens.issue(conn, owner, name="bench", now=now)
    listed: UUID | None = None
    for number in range(EVENT_TYPES):
        new = NewEventType(
            id=new_id(), organization_id=organization, owner_id=owner.id, name=f"Type {number:03}",
            slug=f"type-{number}", duration_minutes=30, increment_minutes=15, notice_minutes=0,
        )  # fmt: skip
        await event_types.insert(conn, new, hosts=[owner.id], now=now)
        listed = listed or new.id
    assert listed is not None
    bookable = []
    hosts = []
    for number in range(max(HOSTS, POOL)):
        details = NewMember(name=f"Host {number}", email=f"host{number}@bench.example", timezone="UTC")
        host = await accounts.add_member(conn, organization, details, now=now)
        hosts.append(host)
        if number < HOSTS:
            bookable.append(await _always_open(conn, host, number, now))
    pool = NewEventType(
        id=new_id(), organization_id=organization, owner_id=owner.id, name="Pool", slug="pool", duration_minutes=30,
        increment_minutes=15, notice_minutes=0, pooling_type=Pooling.ROUND_ROBIN,
    )  # fmt: skip
    await event_types.insert(conn, pool, hosts=[host.id for host in hosts[:POOL]], now=now)
    await _make_busy(conn, owner, listed, now)
    return World(organization, token, owner.id, listed, pool.id, bookable)


async def _always_open(conn: Conn, host: User, number: int, now: datetime) -> UUID:
    schedule = new_id()
    await availability_schedules.insert(
        conn, id=schedule, organization_id=host.organization_id, user_id=host.id, name="Always", timezone="UTC",
        is_default=False, rules=ALL_WEEK, now=now,
    )  # fmt: skip
    new = NewEventType(
        id=new_id(), organization_id=host.organization_id, owner_id=host.id, name=f"Bookable {number}",
        slug="bookable", duration_minutes=15, increment_minutes=15, notice_minutes=0, range_days=4000,
        availability_schedule_id=schedule,
    )  # fmt: skip
    await event_types.insert(conn, new, hosts=[host.id], now=now)
    return new.id


async def _make_busy(conn: Conn, owner: User, event_type: UUID, now: datetime) -> None:
    """Busy times of 15 to 60 minutes, spread over a month like those of the test data; the same in every run."""
    chance = random.Random(7)
    first = now.replace(minute=0, second=0, microsecond=0)
    busy_times = []
    for _ in range(BUSY_TIMES):
        start = first + timedelta(minutes=15 * chance.randrange(31 * 96))
        busy_times.append(Interval(start, start + timedelta(minutes=chance.choice((15, 30, 45, 60)))))
    for interval in merge(busy_times):
        await occupancy.hold(
            conn, owner.organization_id, new_id(), event_type, interval,
            spans=[(owner.id, owner.number, interval)], expires_at=now + timedelta(days=365),
        )  # fmt: skip


async def add_history(conn: Conn, world: World, events: int, until: datetime) -> None:
    """Insert past events of the listed event type's host, 15 minutes each; the last one ends at ``until``."""
    params = {
        "organization": world.organization, "type": world.listed, "user": world.user, "events": events,
        "until": until.astimezone(UTC),
    }  # fmt: skip
    await conn.execute(
        """
        CREATE TEMPORARY TABLE past ON COMMIT DROP AS
        SELECT gen_random_uuid() AS id, %(until)s - number * interval '15 minutes' AS start_time
        FROM generate_series(1, %(events)s) AS number
        """,
        params,
    )
    await conn.execute(
        """
        INSERT INTO scheduled_events
            (organization_id, id, event_type_id, name, start_time, end_time, tzdata_version, invitees_total,
             invitees_active, invitees_limit, created_at, updated_at)
        SELECT %(organization)s, id, %(type)s, 'Past', start_time, start_time + interval '15 minutes',
               '2026a', 1, 1, 1, start_time, start_time FROM past
        """,
        params,
    )
    await conn.execute(
        """
        INSERT INTO scheduled_event_hosts
            (organization_id, scheduled_event_id, user_id, user_email, user_name, buffered_start_time,
             buffered_end_time, start_time, wall_start, wall_zone)
        SELECT %(organization)s, id, %(user)s, 'owner@bench.example', 'Owner', start_time,
               start_time + interval '15 minutes', start_time, start_time AT TIME ZONE 'UTC', 'UTC' FROM past
        """,
        params,
    )
    await conn.execute(
        """
        INSERT INTO occupancy
            (organization_id, scheduled_event_id, user_id, span, event_type_id, start_second, end_second)
        SELECT %(organization)s, past.id, users.id,
               int8range((users.number::int8 << 34) + extract(epoch FROM start_time)::int8,
                         (users.number::int8 << 34) + extract(epoch FROM start_time)::int8 + 900),
               %(type)s, extract(epoch FROM start_time)::int8, extract(epoch FROM start_time)::int8 + 900
        FROM past JOIN users ON users.id = %(user)s
        """,
        params,
    )
