"""A user's meetings per day, week and month. Source: since-september, section 1."""

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.limits import Period
from openslot.db.pool import Conn
from openslot.services import limits, user_limits
from openslot.wire.limits import ChangeUserMeetingLimits


async def test_they_are_the_limits_of_the_user_that_our_own_calls_set(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    await limits.put(conn, member, "week", 5, user_id=member.user.id, now=clock.now)
    async with conn.transaction():
        changed = await user_limits.change(conn, member, ChangeUserMeetingLimits(daily=2), now=clock.now)
    assert changed == {Period.DAY: 2, Period.WEEK: 5}


async def test_limits_of_others_and_of_event_types_are_not_among_them(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await limits.put(conn, owner, "day", 1, event_type_id=organization.event_type_id, now=clock.now)
    await limits.put(conn, owner, "day", 1, now=clock.now)
    await limits.put(conn, owner, "day", 3, user_id=organization.member.id, now=clock.now)
    assert await user_limits.get(conn, organization.id, owner.user.id) == {}
