"""What one network address may do. Source: ADR 0036."""

from datetime import timedelta

import pytest

from conftest import Clock
from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.core.rates import OwnCounts, Refill
from openslot.services.address_limits import AddressLimit
from openslot.services.quotas import Rates

OFFICE, HOME = "192.0.2.1", "2001:db8::/64"


@pytest.fixture
def limit() -> AddressLimit:
    return AddressLimit(OwnCounts(), "tries", "Too many.", per_address=Refill(20, 600), per_account=Refill(3, 600))


def is_refused(limit: AddressLimit, client: str | None, account: str | None, clock: Clock) -> bool:
    try:
        limit.count(client, account, now=clock.now)
    except TooMany:
        return True
    return False


def test_who_guesses_at_an_account_locks_out_neither_the_office_nor_the_owner(
    limit: AddressLimit, clock: Clock
) -> None:
    guesses = [is_refused(limit, OFFICE, "ada@example.org", clock) for _ in range(50)]

    assert guesses == [False] * 3 + [True] * 47
    assert [is_refused(limit, OFFICE, f"{number}@example.org", clock) for number in range(17)] == [False] * 17
    assert is_refused(limit, HOME, "ada@example.org", clock) is False


def test_an_address_that_tries_many_accounts_is_bounded_too_and_learns_how_long(
    limit: AddressLimit, clock: Clock
) -> None:
    for number in range(20):
        limit.count(OFFICE, f"{number}@example.org", now=clock.now)
    with pytest.raises(TooMany) as refused:
        limit.count(OFFICE, "new@example.org", now=clock.now)
    assert (refused.value.message, refused.value.retry_after_seconds) == ("Too many.", 30)

    clock.now += timedelta(seconds=30)
    assert is_refused(limit, OFFICE, "new@example.org", clock) is False


def test_what_succeeds_is_forgotten(limit: AddressLimit, clock: Clock) -> None:
    for _ in range(100):
        limit.count(OFFICE, "ada@example.org", now=clock.now)
        limit.forget(OFFICE, "ada@example.org", now=clock.now)


def test_where_nobodys_address_is_known_the_account_alone_is_counted(limit: AddressLimit, clock: Clock) -> None:
    assert [is_refused(limit, None, "ada@example.org", clock) for _ in range(4)] == [False] * 3 + [True]
    assert [is_refused(limit, None, None, clock) for _ in range(50)] == [False] * 50


def test_without_an_account_the_address_alone_is_counted(limit: AddressLimit, clock: Clock) -> None:
    assert [is_refused(limit, OFFICE, None, clock) for _ in range(21)] == [False] * 20 + [True]


def test_tries_to_sign_in_and_requests_for_tokens_have_settings(clock: Clock) -> None:
    rates = Rates(Settings(sign_ins_per_account=2, token_requests_per_client=4, oauth_tokens_per_minute=1))
    off = Rates(Settings(sign_ins_per_account=0, sign_ins_per_address=0))

    assert [is_refused(rates.sign_ins, OFFICE, "ada", clock) for _ in range(3)] == [False, False, True]
    assert [is_refused(rates.token_requests, OFFICE, "an-app", clock) for _ in range(5)] == [False] * 4 + [True]
    assert [is_refused(off.sign_ins, OFFICE, "ada", clock) for _ in range(99)] == [False] * 99
