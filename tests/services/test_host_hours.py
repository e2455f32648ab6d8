"""Days off, holidays and trips. Source: rules, section 6."""

from datetime import timedelta

from conftest import Clock
from factories import Organization
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import days_off
from openslot.db.pool import Conn
from openslot.services import serving, slots
from services.conftest import DAY, START, offered


async def test_days_off_holidays_and_trips_change_what_is_offered(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner = organization.owner.user
    usual = await offered(conn, organization, organization.event_type_id, clock)
    await conn.execute("UPDATE users SET holiday_region = 'IT' WHERE id = %s", (owner.id,))
    epiphany = Interval(DAY.start + timedelta(days=1), DAY.end + timedelta(days=1))
    served = await serving.serve(conn, organization.id, organization.event_type_id)
    assert await slots.list_served(conn, served, epiphany, now=clock.now) == []
    await conn.execute(
        "INSERT INTO trips (organization_id, id, user_id, first_day, last_day, timezone, created_at)"
        " VALUES (%s, %s, %s, '2027-01-04', '2027-01-05', 'America/New_York', %s)",
        (organization.id, new_id(), owner.id, clock.now),
    )
    assert next(iter(usual)) == "08:00"  # nine in Rome
    assert next(iter(await offered(conn, organization, organization.event_type_id, clock))) == "14:00"  # in New York
    await days_off.insert(
        conn, organization.id, id=new_id(), user_id=None, name="Stocktaking", first_day=START.date(),
        last_day=START.date(), now=clock.now,
    )  # fmt: skip
    assert await offered(conn, organization, organization.event_type_id, clock) == {}
