"""When a user can't meet. Source: behaviours, section 9."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_event_type, make_organization, principal_of
from openslot.core.errors import Forbidden
from openslot.core.intervals import Interval
from openslot.db import occupancy
from openslot.db.pool import Conn
from openslot.services import busy_times

DAY = Interval(datetime(2027, 1, 5, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC))


async def test_members_see_the_busy_times_of_colleagues_and_of_nobody_else(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)
    member = await principal_of(conn, organization.member, now=clock.now)
    found = await busy_times.of_user(conn, member, organization.owner.id, DAY, now=clock.now)
    assert [one.id for one in found] == [made.event.id]
    with pytest.raises(Forbidden, match="not in your organization"):
        await busy_times.of_user(conn, member, elsewhere.owner.id, DAY, now=clock.now)


async def test_beyond_the_times_that_can_be_kept_nobody_is_busy(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    """There the spans of one host are those of the host with the next number."""
    numbers = {one.user.number: one for one in (organization.owner, organization.admin, organization.member)}
    first = next(one for number, one in numbers.items() if number + 1 in numbers)
    following = numbers[first.user.number + 1]
    made = await make_event_type(conn, following.user, now=clock.now)
    start = datetime(2027, 1, 5, 12, tzinfo=UTC)
    await make_booking(conn, replace(organization, event_type_id=made), start, now=clock.now)
    beyond = start + (occupancy.REACH.end - occupancy.REACH.start)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    window = Interval(beyond - timedelta(hours=1), beyond + timedelta(hours=1))
    assert await busy_times.of_user(conn, owner, first.id, window, now=clock.now) == []
