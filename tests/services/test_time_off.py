"""Days off and trips. Source: rules, section 6."""

from datetime import date

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import FieldError, Forbidden, Invalid
from openslot.db.pool import Conn
from openslot.services import time_off

FIRST, LAST = date(2027, 1, 5), date(2027, 1, 8)


async def test_days_off_of_everybody_are_for_admins(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    admin = await principal_of(conn, organization.admin, now=clock.now)

    own = await time_off.close_days(conn, member, member.user.id, " Skiing\n", FIRST, LAST, now=clock.now)
    with pytest.raises(Forbidden):
        await time_off.close_days(conn, member, None, "Holidays", FIRST, LAST, now=clock.now)
    everybody_s = await time_off.close_days(conn, admin, None, "Holidays", FIRST, LAST, now=clock.now)

    assert (own.name, own.user_id, everybody_s.user_id) == ("Skiing", member.user.id, None)


async def test_days_off_end_after_they_begin_and_a_trip_has_a_zone(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    with pytest.raises(Invalid) as backwards:
        await time_off.close_days(conn, member, member.user.id, "Skiing", LAST, FIRST, now=clock.now)
    with pytest.raises(Invalid) as nowhere:
        await time_off.travel(conn, member, member.user.id, FIRST, LAST, "Europe/Nowhere", now=clock.now)

    assert backwards.value.details == (FieldError("last_day", "must not be before first_day"),)
    assert nowhere.value.details == (FieldError("timezone", "is not an IANA time zone, such as Europe/Rome"),)
