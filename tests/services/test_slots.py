"""What is listed, and what closes a start. Source: rules, sections 1 and 2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import (
    URIS,
    Organization,
    booking_of,
    make_booking,
    make_event_type,
)
from openslot.core.errors import SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db.pool import Conn
from openslot.services import serving, slots
from openslot.services.booking import booking

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def starts(conn: Conn, organization: Organization, clock: Clock) -> list[str]:
    served = await serving.serve(conn, organization.id, organization.event_type_id)
    day = Interval(datetime(2027, 1, 5, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC))
    return [f"{one.start_time:%H:%M}" for one in await slots.list_served(conn, served, day, now=clock.now)]


async def test_the_buffers_of_two_meetings_add_up_in_either_order(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    """First: 10 before, 20 after; second: 15 before, 40 after. So 35 minutes lie between, or 50 the other way round."""
    user = organization.owner.user
    grid: dict[str, Any] = {"now": clock.now, "increment_minutes": 5, "duration_minutes": 30}
    first = replace(
        organization,
        event_type_id=await make_event_type(conn, user, buffer_before_minutes=10, buffer_after_minutes=20, **grid),
    )
    second = replace(
        organization,
        event_type_id=await make_event_type(conn, user, buffer_before_minutes=15, buffer_after_minutes=40, **grid),
    )
    await make_booking(conn, first, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)

    found = await starts(conn, second, clock)

    assert max(start for start in found if start < "12:00") == "10:40"  # ends 11:10, 40 after, 10 before
    assert min(start for start in found if start > "12:00") == "13:05"  # from 12:30, 20 after, 15 before
    for start in (datetime(2027, 1, 5, 10, 45, tzinfo=UTC), datetime(2027, 1, 5, 13, tzinfo=UTC)):
        with pytest.raises(SlotUnavailable):
            await make_booking(conn, second, start, now=clock.now)
    for start in (datetime(2027, 1, 5, 10, 40, tzinfo=UTC), datetime(2027, 1, 5, 13, 5, tzinfo=UTC)):
        await make_booking(conn, second, start, now=clock.now)


async def test_a_buffer_stays_as_it_was_when_the_meeting_was_booked(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_after_minutes=30, increment_minutes=15
    )
    typed = replace(organization, event_type_id=made)
    await make_booking(conn, typed, START, now=clock.now)
    await conn.execute("UPDATE event_types SET buffer_after_minutes = 0 WHERE id = %s", (made,))

    found = await starts(conn, typed, clock)

    assert "10:45" not in found
    assert "11:00" in found


async def test_no_buffer_is_needed_against_the_edge_of_the_day(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_before_minutes=60, buffer_after_minutes=60
    )

    found = await starts(conn, replace(organization, event_type_id=made), clock)

    assert (found[0], found[-1]) == ("08:00", "15:30")


async def test_meetings_of_one_host_block_each_other_across_event_types_and_not_other_hosts(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    own = replace(organization, event_type_id=await make_event_type(conn, organization.owner.user, now=clock.now))
    theirs = replace(organization, event_type_id=await make_event_type(conn, organization.member.user, now=clock.now))
    await make_booking(conn, organization, START, now=clock.now)

    assert "10:00" not in await starts(conn, own, clock)
    assert "10:00" in await starts(conn, theirs, clock)


async def test_what_is_listed_is_what_can_be_booked(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Every quarter of an hour of a day, with a meeting in it: booked exactly where it was listed."""
    made = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        duration_minutes=20,
    )
    typed = replace(organization, event_type_id=made)
    await make_booking(conn, typed, START, now=clock.now)
    listed = set(await starts(conn, typed, clock))
    for quarter in range(24 * 4):
        start = datetime(2027, 1, 5, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        try:
            async with conn.transaction(force_rollback=True):
                await booking.book(conn, booking_of(typed, start), uris=URIS, now=clock.now)
        except SlotUnavailable:
            assert f"{start:%H:%M}" not in listed
        else:
            assert f"{start:%H:%M}" in listed
