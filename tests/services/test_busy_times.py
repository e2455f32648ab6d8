"""When a user can't meet. Source: behaviours, section 9."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_organization, principal_of
from openslot.core.errors import Forbidden
from openslot.core.intervals import Interval
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
