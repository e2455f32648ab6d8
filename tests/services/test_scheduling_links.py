"""Links that die with their use: single-use ones and shares. Source: rules, section 13."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, make_booking, make_event_type, principal_of
from openslot.core.errors import LinkEnded, NotFound, SlotUnavailable
from openslot.db.pool import Conn
from openslot.services import publishing, sharing
from openslot.services.booking import cancellation, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.scheduling_links import NewLink
from services.conftest import DAY, START, event_type_of, make_share, starts_through

LATER = START + timedelta(hours=1)


async def make_link(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> NewLink:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    event_type = await event_type_of(conn, organization)
    return await sharing.create_link(conn, principal, event_type, now=clock.now, **values)


async def cancel(conn: Conn, booked: Booked, clock: Clock) -> None:
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, booked.invitee.id, reason=None, uris=URIS, now=clock.now)


async def test_a_single_use_link_dies_with_its_first_booking_and_a_cancel_does_not_revive_it(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    link = await make_link(conn, organization, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, link_token=link.token)
    with pytest.raises(LinkEnded):
        await make_booking(conn, organization, LATER, now=clock.now, link_token=link.token)
    await cancel(conn, booked, clock)
    with pytest.raises(LinkEnded):
        await make_booking(conn, organization, LATER, now=clock.now, link_token=link.token)
    with pytest.raises(LinkEnded):
        await starts_through(conn, organization, link, DAY, clock)

    assert booked.invitee.scheduling_link_id == link.link.id


async def test_a_cancel_gives_the_use_back_where_the_link_allows_it(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    link = await make_link(conn, organization, clock, returns_on_cancel=True)
    booked = await make_booking(conn, organization, START, now=clock.now, link_token=link.token)
    await cancel(conn, booked, clock)

    again = await make_booking(conn, organization, START, now=clock.now, link_token=link.token)

    assert again.event.status == "active"


async def test_number_of_uses_and_end_count_together(conn: Conn, organization: Organization, clock: Clock) -> None:
    both = [
        await make_link(conn, organization, clock, max_uses=2, expires_at=clock.now + timedelta(days=1))
        for _ in range(2)
    ]
    for minutes in (0, 30):
        start = START + timedelta(minutes=minutes)
        await make_booking(conn, organization, start, now=clock.now, link_token=both[0].token)
    with pytest.raises(LinkEnded):
        await make_booking(conn, organization, LATER, now=clock.now, link_token=both[0].token)
    clock.advance(days=1)
    with pytest.raises(LinkEnded):
        await make_booking(conn, organization, LATER + timedelta(days=1), now=clock.now, link_token=both[1].token)


async def test_a_reschedule_uses_none_up_and_goes_on_after_the_link_has_ended(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    link = await make_share(conn, organization, clock, duration=45, duration_options=[45])
    booked = await make_booking(conn, organization, START, now=clock.now, link_token=link.token)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, booked.invitee.id, LATER, uris=URIS, now=clock.now)

    assert moved.event.end_time - moved.event.start_time == timedelta(minutes=45)
    assert moved.invitee.scheduling_link_id == link.link.id


async def test_a_refused_booking_uses_nothing_up(conn: Conn, organization: Organization, clock: Clock) -> None:
    link = await make_link(conn, organization, clock)
    await make_booking(conn, organization, START, now=clock.now)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, link_token=link.token)

    await make_booking(conn, organization, LATER, now=clock.now, link_token=link.token)


async def test_of_many_who_use_the_same_link_at_once_one_gets_it(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], hosts: list[Member]
) -> None:
    """On two starts of two hosts, so that nothing but the link stands between them."""
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective", hosts=[host.id for host in hosts]
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    link = await sharing.create_link(conn, principal, await event_type_of(conn, organization, pool), now=clock.now)
    outcomes = await asyncio.gather(
        *(
            make_booking(one, organization, start, now=clock.now, event_type_id=pool, link_token=link.token)
            for one, start in zip(pair, (START, LATER), strict=True)
        ),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Booked", "LinkEnded"]


async def test_a_link_leads_to_its_event_type_alone(conn: Conn, organization: Organization, clock: Clock) -> None:
    link = await make_link(conn, organization, clock)
    other = await make_event_type(conn, organization.owner.user, now=clock.now)
    with pytest.raises(NotFound):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=other, link_token=link.token)
    with pytest.raises(NotFound):
        await publishing.linked(conn, link.token, (await event_type_of(conn, organization, other)).slug, now=clock.now)
