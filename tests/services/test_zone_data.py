"""What a change of zone data moves. Source: design, section 5; field, what none of them has (6)."""

from datetime import UTC, datetime, timedelta

from conftest import Clock
from factories import Organization, make_booking
from openslot.db.pool import Conn
from openslot.services import zone_data
from openslot.services.zone_data import Moved

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def test_exactly_the_events_to_come_that_the_clock_has_left_are_listed(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    """As if Rome had been an hour behind when they were booked, and another zone data had it."""
    made = [
        await make_booking(conn, organization, START + number * timedelta(minutes=30), now=clock.now)
        for number in range(4)
    ]
    moved, same, present, past = (one.event.id for one in made)
    await conn.execute(
        "UPDATE scheduled_events SET tzdata_version = '2020a', wall_start = wall_start - interval '1 hour'"
        " WHERE id = ANY(%s)",
        ([moved, past],),
    )
    await conn.execute("UPDATE scheduled_events SET tzdata_version = '2020a' WHERE id = %s", (same,))
    await conn.execute("UPDATE scheduled_events SET start_time = %s WHERE id = %s", (clock.now, past))
    found = await zone_data.moved_events(conn, now=clock.now + timedelta(seconds=1))

    assert present not in [one.event_id for one in found]
    assert [one for one in found if one.event_id in {moved, same, present, past}] == [
        Moved(
            event_id=moved,
            name=made[0].event.name,
            hosts=[organization.owner.user.name],
            zone="Europe/Rome",
            wall_start=datetime(2027, 1, 5, 10),  # noqa: DTZ001 -- what a clock shows
            shows=datetime(2027, 1, 5, 11),  # noqa: DTZ001 -- same
            start_time=START,
            would_be=START - timedelta(hours=1),
            tzdata_version="2020a",
        )
    ]


async def test_an_event_in_a_zone_that_is_gone_is_listed(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    await conn.execute(
        "UPDATE scheduled_events SET tzdata_version = '2020a', wall_zone = 'Mars/Olympus' WHERE id = %s",
        (made.event.id,),
    )
    found = await zone_data.moved_events(conn, now=clock.now)

    assert [one.zone for one in found if one.event_id == made.event.id] == ["Mars/Olympus"]
