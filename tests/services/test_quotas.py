"""How often one caller may take the time of others. Source: ADR 0029, 0030."""

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.db.pool import Conn
from openslot.services.quotas import Rates


async def test_a_member_takes_so_much_time_of_others_and_any_of_the_own(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    rates = Rates(Settings(database_url="postgresql://", bookings_per_member=2))
    member = await principal_of(conn, organization.member, now=clock.now)
    admin = await principal_of(conn, organization.admin, now=clock.now)
    others, own = [organization.owner.id], [organization.member.id, organization.owner.id]

    for _ in range(5):
        rates.count_taking(admin, others, now=clock.now)
        rates.count_taking(member, own, now=clock.now)
    for _ in range(2):
        rates.count_taking(member, others, now=clock.now)
    with pytest.raises(TooMany):
        rates.count_taking(member, others, now=clock.now)


def test_a_booking_that_came_to_nothing_is_not_counted(clock: Clock) -> None:
    rates = Rates(Settings(database_url="postgresql://", bookings_per_address=1, bookings_per_email=9))
    for _ in range(3):
        rates.count_booking("192.0.2.1", "ada@example.org", now=clock.now)
        rates.forget_booking("192.0.2.1", "ADA@example.org", now=clock.now)
    rates.count_booking("192.0.2.1", "ada@example.org", now=clock.now)
    with pytest.raises(TooMany):
        rates.count_booking("192.0.2.1", "bob@example.org", now=clock.now)
