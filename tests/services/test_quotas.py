"""How often one caller may take the time of others. Source: ADR 0029, 0030."""

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.core.rates import OwnCounts
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


async def test_a_user_gets_so_many_oauth_tokens_a_minute(organization: Organization, clock: Clock) -> None:
    rates = Rates(Settings(oauth_tokens_per_minute=8))
    for _ in range(8):
        rates.count_oauth_token(organization.member.id, now=clock.now)
    rates.count_oauth_token(organization.owner.id, now=clock.now)
    with pytest.raises(TooMany) as refused:
        rates.count_oauth_token(organization.member.id, now=clock.now)
    assert refused.value.retry_after_seconds == 60


def test_strangers_do_not_push_out_what_members_have_used(organization: Organization, clock: Clock) -> None:
    members, visitors = OwnCounts(keys=10), OwnCounts(keys=10)
    rates = Rates(Settings(api_calls_per_minute=1), members, visitors)
    rates.count_call(organization.member.id, now=clock.now)
    for number in range(100):
        rates.count_form(f"192.0.2.{number}", now=clock.now)
    refused = rates.count_call(organization.member.id, now=clock.now)

    assert refused is not None
    assert refused.wait_seconds == 60
