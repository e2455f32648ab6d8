"""When booking forms have to be solved. Source: ADR 0048."""

import pytest

from conftest import Clock
from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.core.ids import new_id
from openslot.core.rates import OwnCounts
from openslot.services.challenges import CODES_PER_EMAIL, TRIES_PER_FORM, Challenges


def test_a_challenge_is_on_while_more_forms_come_than_usual_and_for_that_event_type_alone(clock: Clock) -> None:
    challenges = Challenges(OwnCounts(), Settings(unchallenged_bookings=2))
    busy, quiet = new_id(), new_id()

    shown = [challenges.is_on(busy, now=clock.now) for _ in range(9)]
    sent = [challenges.count(busy, now=clock.now) for _ in range(4)]
    assert (any(shown), sent) == (False, [False, False, True, True])
    assert challenges.is_on(busy, now=clock.now)
    assert not challenges.is_on(quiet, now=clock.now)
    clock.advance(minutes=10)
    assert not challenges.is_on(busy, now=clock.now)


def test_zero_turns_challenges_off(clock: Clock) -> None:
    challenges = Challenges(OwnCounts(), Settings(unchallenged_bookings=0))
    event_type = new_id()
    assert not any(challenges.count(event_type, now=clock.now) for _ in range(200))
    assert not challenges.is_on(event_type, now=clock.now)


def test_so_many_codes_are_mailed_to_an_address_whoever_requests_them_and_however_it_is_spelled(clock: Clock) -> None:
    challenges = Challenges(OwnCounts(), Settings())
    for number in range(CODES_PER_EMAIL):
        challenges.count_mailed_code(f"192.0.2.{number}", "ada@example.org", now=clock.now)
    with pytest.raises(TooMany):
        challenges.count_mailed_code("192.0.2.9", "ADA@example.org", now=clock.now)
    challenges.count_mailed_code("192.0.2.9", "bob@example.org", now=clock.now)


def test_so_many_codes_are_tried_with_a_form(clock: Clock) -> None:
    challenges = Challenges(OwnCounts(), Settings())
    for _ in range(TRIES_PER_FORM):
        challenges.count_try(b"form", now=clock.now)
    with pytest.raises(TooMany):
        challenges.count_try(b"form", now=clock.now)
    challenges.count_try(b"another", now=clock.now)
