"""What a change of zone data moves. Source: design, section 5; field, what none of them has (6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, principal_of
from openslot.core.ids import new_id
from openslot.db import migrate, trips
from openslot.db.pool import Conn
from openslot.db.trips import Trip
from openslot.services import one_offs, zone_data
from openslot.services.booking.command import Booked
from openslot.services.one_offs import OneOff
from openslot.services.zone_data import Moved, MovedClock
from openslot.wire.codec import Timestamp
from openslot.wire.one_off_event_types import Spot, SpotsSetting

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


def shown(clock: str) -> datetime:
    """What a clock shows on the day, naive."""
    return datetime.fromisoformat(f"2027-01-05T{clock}")


async def clocks(conn: Conn, booked: Booked) -> dict[Any, tuple[datetime, str]]:
    cursor = await conn.execute(
        "SELECT user_id, wall_start, wall_zone FROM scheduled_event_hosts WHERE scheduled_event_id = %s",
        (booked.event.id,),
    )
    return {user: (start, zone) for user, start, zone in await cursor.fetchall()}


async def set_back(conn: Conn, booked: Booked, *, user: Any = None) -> None:
    """As if, when it was booked, zone data had been older and the hosts' (or one's) zone an hour behind."""
    await conn.execute("UPDATE scheduled_events SET tzdata_version = '2020a' WHERE id = %s", (booked.event.id,))
    await conn.execute(
        "UPDATE scheduled_event_hosts SET wall_start = wall_start - interval '1 hour'"
        " WHERE scheduled_event_id = %s AND user_id = coalesce(%s, user_id)",
        (booked.event.id, user),
    )


async def moved(conn: Conn, *booked: Booked, now: datetime) -> list[Moved]:
    ours = {one.event.id for one in booked}
    return [one for one in await zone_data.moved_events(conn, now=now) if one.event_id in ours]


async def test_exactly_the_events_to_come_that_the_clock_has_left_are_listed(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = [
        await make_booking(conn, organization, START + number * timedelta(minutes=30), now=clock.now)
        for number in range(4)
    ]
    left, same, _, past = made
    await set_back(conn, left)
    await set_back(conn, past)
    await conn.execute("UPDATE scheduled_events SET tzdata_version = '2020a' WHERE id = %s", (same.event.id,))
    await conn.execute("UPDATE scheduled_events SET start_time = %s WHERE id = %s", (clock.now, past.event.id))

    assert await moved(conn, *made, now=clock.now + timedelta(seconds=1)) == [
        Moved(
            event_id=left.event.id,
            name=left.event.name,
            start_time=START,
            tzdata_version="2020a",
            clocks=[
                MovedClock(
                    host=organization.owner.user.name,
                    zone="Europe/Rome",
                    wall_start=shown("10:00"),
                    shows=shown("11:00"),
                    would_be=START - timedelta(hours=1),
                )
            ],
        )
    ]


async def test_an_event_in_a_zone_that_is_gone_is_listed(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    await set_back(conn, made)
    await conn.execute(
        "UPDATE scheduled_event_hosts SET wall_zone = 'Mars/Olympus' WHERE scheduled_event_id = %s", (made.event.id,)
    )

    assert [one.clocks[0].zone for one in await moved(conn, made, now=clock.now)] == ["Mars/Olympus"]


async def test_on_a_trip_the_clock_is_that_of_the_place(conn: Conn, organization: Organization, clock: Clock) -> None:
    day = START.date()
    await trips.insert(
        conn, organization.id, Trip(new_id(), organization.owner.id, day, day, "America/New_York", clock.now)
    )
    away = await make_booking(conn, organization, START.replace(hour=15), now=clock.now)
    home = await make_booking(conn, organization, START + timedelta(days=1), now=clock.now)

    assert await clocks(conn, away) == {organization.owner.id: (shown("10:00"), "America/New_York")}
    assert [zone for _, zone in (await clocks(conn, home)).values()] == ["Europe/Rome"]


@pytest.mark.parametrize(
    ("timezone", "expected"), [("Asia/Bangkok", ("17:00", "Asia/Bangkok")), (None, ("11:00", "Europe/Rome"))]
)
async def test_spots_are_meant_in_the_zone_they_were_given_with_or_the_host_s(
    conn: Conn, organization: Organization, clock: Clock, timezone: str | None, expected: tuple[str, str]
) -> None:
    wanted = OneOff(
        name="Kiln repair",
        host_ids=[organization.owner.id],
        duration=30,
        date_setting=SpotsSetting([Spot(Timestamp.of(START), Timestamp.of(START + timedelta(minutes=30)))]),
        timezone=timezone,
        location=None,
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    one_off = await one_offs.create(conn, principal, wanted, uris=URIS, now=clock.now)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=one_off.id)

    assert await clocks(conn, booked) == {organization.owner.id: (shown(expected[0]), expected[1])}


async def test_of_hosts_who_meet_each_has_a_clock_and_one_that_has_left_is_enough(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner, admin = organization.owner.id, organization.admin.id
    await conn.execute(
        "UPDATE availability_schedules SET timezone = 'America/New_York', rules = %s WHERE user_id = %s",
        (Jsonb([{"type": "wday", "wday": "tuesday", "intervals": [{"from": "05:00", "to": "12:00"}]}]),
         admin),
    )  # fmt: skip
    together = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective", hosts=[owner, admin]
    )
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=together)
    kept = await clocks(conn, booked)
    await set_back(conn, booked, user=admin)

    assert kept == {owner: (shown("11:00"), "Europe/Rome"), admin: (shown("05:00"), "America/New_York")}
    (found,) = await moved(conn, booked, now=clock.now)
    assert [(one.host, one.zone, one.wall_start, one.shows) for one in found.clocks] == [
        (organization.admin.user.name, "America/New_York", shown("04:00"), shown("05:00"))
    ]


def test_clocks_of_events_that_were_booked_before_come_from_the_event(empty_database_url: str) -> None:
    before, after = ("0001.initial", "0003.engine"), "0009.host_clocks"
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        for name in before:
            conn.execute((migrate.MIGRATIONS / f"{name}.sql").read_bytes())
        conn.execute("SET session_replication_role = replica")  # rows alone, without what they refer to
        conn.execute("""
            INSERT INTO scheduled_events
                (organization_id, id, event_type_id, name, start_time, end_time, wall_start, wall_zone, tzdata_version,
                 invitees_total, invitees_active, invitees_limit, created_at, updated_at)
            SELECT id, id, id, '', now(), now() + interval '1 hour', '2027-01-05 11:00', 'Europe/Rome', '2026a', 1, 1,
                   1, now(), now() FROM gen_random_uuid() AS id
        """)
        conn.execute("""
            INSERT INTO scheduled_event_hosts
                (organization_id, scheduled_event_id, user_id, user_email, user_name, buffered_start_time,
                 buffered_end_time, start_time)
            SELECT organization_id, id, gen_random_uuid(), '', '', now(), now(), now() FROM scheduled_events
        """)
        conn.execute((migrate.MIGRATIONS / f"{after}.sql").read_bytes())
        found = conn.execute("SELECT wall_start, wall_zone FROM scheduled_event_hosts").fetchall()

    assert found == [(shown("11:00"), "Europe/Rome")]
