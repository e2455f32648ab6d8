"""Limits per day, week and month. Source: rules, section 5."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, make_booking, make_event_type
from openslot.core.errors import SlotUnavailable
from openslot.core.ids import new_id
from openslot.db import meeting_limits
from openslot.db.pool import Conn
from openslot.services.booking import cancellation, rescheduling
from services.conftest import DAY, HALF_HOUR, START, offered


@pytest.mark.parametrize("scope", ["event_type", "host", "organization"])
async def test_a_limit_closes_its_period_once_it_is_reached(
    conn: Conn, organization: Organization, clock: Clock, scope: str
) -> None:
    whose: dict[str, Any] = {
        "event_type": {"event_type_id": organization.event_type_id},
        "host": {"user_id": organization.owner.id},
        "organization": {},
    }
    await meeting_limits.put(conn, organization.id, id=new_id(), period="day", maximum=2, **whose[scope], now=clock.now)
    made = [await make_booking(conn, organization, START + number * HALF_HOUR, now=clock.now) for number in range(2)]
    assert await offered(conn, organization, organization.event_type_id, clock) == {}
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START + 4 * HALF_HOUR, now=clock.now)
    moves_to = await rescheduling.available_times(conn, made[0].invitee.id, DAY, now=clock.now)
    assert START + 4 * HALF_HOUR in [slot.start_time for slot in moves_to]  # what moves does not count
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made[0].invitee.id, reason=None, uris=URIS, now=clock.now)
    assert await offered(conn, organization, organization.event_type_id, clock) != {}


async def test_a_limit_over_hosts_holds_when_two_book_at_once(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member], pair: list[Conn]
) -> None:
    await meeting_limits.put(conn, organization.id, id=new_id(), period="day", maximum=1, now=clock.now)
    types = [await make_event_type(conn, host.user, now=clock.now) for host in hosts[:2]]
    outcomes = await asyncio.gather(
        *(
            make_booking(one, organization, START, now=clock.now, event_type_id=event_type)
            for one, event_type in zip(pair, types, strict=True)
        ),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["Booked", "SlotUnavailable"]


async def test_a_full_day_still_lets_invitees_join_an_event_that_is_there(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    await meeting_limits.put(
        conn, organization.id, id=new_id(), period="day", maximum=1, event_type_id=group, now=clock.now
    )
    await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    assert await offered(conn, organization, group, clock) == {"10:00": 2}
