"""Setting limits per day, week and month. Source: rules, section 5."""

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import Forbidden, Invalid
from openslot.db.pool import Conn
from openslot.services import limits, serving


async def test_a_limit_replaces_that_of_the_same_period(conn: Conn, organization: Organization, clock: Clock) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    for maximum in (3, 2):
        await limits.put(conn, owner, "day", maximum, event_type_id=organization.event_type_id, now=clock.now)

    stored = (await serving.find(conn, organization.id, organization.event_type_id)).limits
    assert [(one.period, one.maximum) for one in stored] == [("day", 2)]


async def test_members_set_limits_of_what_is_their_own(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    own = await limits.put(conn, member, "week", 5, user_id=member.user.id, now=clock.now)
    with pytest.raises(Forbidden):
        await limits.put(conn, member, "week", 5, event_type_id=organization.event_type_id, now=clock.now)
    with pytest.raises(Invalid):
        await limits.put(
            conn, member, "week", 5, event_type_id=organization.event_type_id, user_id=member.user.id, now=clock.now
        )
    await limits.lift(conn, member, own.id)
