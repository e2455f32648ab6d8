"""Hours of a host for one event type alone. Source: behaviours, section 9."""

import pytest
from msgspec import UNSET

from conftest import Clock
from factories import URIS, Organization, make_event_type, principal_of
from openslot.core.errors import NotFound
from openslot.db.pool import Conn
from openslot.services import event_type_availability_schedules as own_hours
from openslot.services import serving

RULES = [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "20:00", "to": "21:00"}]}]


async def test_hosts_have_hours_of_their_own_for_one_event_type_and_go_back_to_their_schedule(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    other = await make_event_type(conn, organization.member.user, now=clock.now)
    made = await make_event_type(conn, organization.member.user, now=clock.now)
    usual = (await serving.find(conn, organization.id, made)).hosts[0].rules

    await own_hours.change(conn, member, made, None, timezone="Europe/Rome", rules=RULES, uris=URIS, now=clock.now)
    hours = [(await serving.find(conn, organization.id, one)).hosts[0].rules for one in (made, other)]
    await own_hours.change(conn, member, made, None, timezone="Asia/Tokyo", rules=UNSET, uris=URIS, now=clock.now)
    moved = (await serving.find(conn, organization.id, made)).hosts[0]
    await own_hours.delete(conn, member, made, member.user.id, uris=URIS, now=clock.now)

    assert hours == [RULES, usual]
    assert (moved.rules, moved.timezone) == (RULES, "Asia/Tokyo")
    assert (await serving.find(conn, organization.id, made)).hosts[0].rules == usual
    with pytest.raises(NotFound):
        await own_hours.delete(conn, member, made, member.user.id, uris=URIS, now=clock.now)
