"""Links that die with their use: single-use ones, shares, one-off event types. Source: rules, section 13."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, make_booking, make_event_type, make_member, principal_of
from openslot.core.errors import Invalid, LinkEnded, NotFound, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import event_types
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.services import explaining, one_offs, publishing, sharing, slots
from openslot.services.booking import cancellation, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.one_offs import OneOff
from openslot.services.scheduling_links import NewLink
from openslot.wire.codec import Timestamp
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.one_off_event_types import DateRangeSetting, Spot, SpotsSetting
from openslot.wire.shares import CreateShare, ShareHours

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
LATER = START + timedelta(hours=1)
DAY = Interval(START.replace(hour=0), START.replace(hour=23))
WEDNESDAY = Interval(DAY.start + timedelta(days=1), DAY.end + timedelta(days=1))


async def event_type_of(conn: Conn, organization: Organization, event_type_id: UUID | None = None) -> EventType:
    found = await event_types.get(conn, organization.id, event_type_id or organization.event_type_id)
    assert found is not None
    return found


async def make_link(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> NewLink:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    event_type = await event_type_of(conn, organization)
    return await sharing.create_link(conn, principal, event_type, now=clock.now, **values)


async def make_share(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> NewLink:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    event_type = await event_type_of(conn, organization)
    wanted = CreateShare(event_type="", **values)
    return await sharing.create_share(conn, principal, event_type, wanted, now=clock.now)


async def offered(conn: Conn, organization: Organization, link: NewLink, window: Interval, clock: Clock) -> list[str]:
    """The starts that a link leads to, as its page lists them; none where it has ended."""
    slug = (await event_type_of(conn, organization)).slug
    found = await publishing.linked(conn, link.token, slug, now=clock.now)
    listed = await slots.available_times(conn, found.event_type, window, link=found.link, now=clock.now)
    return [f"{slot.start_time:%H:%M}" for slot in listed]


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
        await offered(conn, organization, link, DAY, clock)

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


@pytest.fixture
async def hosts(conn: Conn, organization: Organization, clock: Clock) -> list[Member]:
    return [await make_member(conn, organization.id, role="user", now=clock.now) for _ in range(2)]


async def test_a_link_leads_to_its_event_type_alone(conn: Conn, organization: Organization, clock: Clock) -> None:
    link = await make_link(conn, organization, clock)
    other = await make_event_type(conn, organization.owner.user, now=clock.now)
    with pytest.raises(NotFound):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=other, link_token=link.token)
    with pytest.raises(NotFound):
        await publishing.linked(conn, link.token, (await event_type_of(conn, organization, other)).slug, now=clock.now)


async def test_a_share_changes_name_duration_days_and_hours_for_who_comes_through_it(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    hours = ShareHours(
        "Europe/Rome", [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "19:00", "to": "21:00"}]}]
    )
    link = await make_share(
        conn,
        organization,
        clock,
        name="An evening at the kiln",
        duration=60,
        duration_options=[60],
        period_type="fixed",
        start_date=START.date(),
        end_date=START.date(),
        availability_rule=hours,
    )
    tuesday = await offered(conn, organization, link, DAY, clock)
    next_week = Interval(DAY.start + timedelta(days=7), DAY.end + timedelta(days=7))
    elsewhere = await offered(conn, organization, link, next_week, clock)
    booked = await make_booking(
        conn, organization, START.replace(hour=19, minute=0), now=clock.now, link_token=link.token
    )

    assert tuesday == ["18:00", "18:30", "19:00"]
    assert elsewhere == []
    assert (booked.event.name, booked.event.end_time - booked.event.start_time) == (
        "An evening at the kiln",
        timedelta(hours=1),
    )
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START.replace(hour=20), now=clock.now)


async def test_a_share_keeps_its_hours_in_a_round_robin_too(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    """Standings are read again under the locks; hours must not be."""
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", hosts=[host.id for host in hosts]
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    hours = ShareHours("UTC", [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "20:00", "to": "21:00"}]}])
    wanted = CreateShare(event_type="", availability_rule=hours)
    link = await sharing.create_share(
        conn, principal, await event_type_of(conn, organization, pool), wanted, now=clock.now
    )
    evening = START.replace(hour=20)

    booked = await make_booking(conn, organization, evening, now=clock.now, event_type_id=pool, link_token=link.token)

    assert booked.event.start_time == evening


async def test_what_a_share_leaves_out_is_as_the_event_type_was_when_it_was_made(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    link = await make_share(conn, organization, clock)
    await conn.execute(
        "UPDATE event_types SET name = 'Another', duration_minutes = 60 WHERE id = %s", (organization.event_type_id,)
    )

    booked = await make_booking(conn, organization, START, now=clock.now, link_token=link.token)

    assert (booked.event.name, booked.event.end_time - booked.event.start_time) == (
        event_type.name,
        timedelta(minutes=30),
    )


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 56}, ["name"]),
        ({"duration": 60}, []),
        ({"duration": 0}, ["duration"]),
        ({"duration_options": [15, 15]}, ["duration_options"]),
        ({"duration": 20, "duration_options": [15, 30]}, ["duration_options"]),
        ({"duration": 10, "duration_options": [10, 20, 30, 40, 50]}, ["duration_options"]),
        ({"period_type": "fixed"}, ["start_date", "end_date"]),
        (
            {"period_type": "fixed", "start_date": LATER.date(), "end_date": LATER.date() - timedelta(days=1)},
            ["end_date"],
        ),
        ({"period_type": "moving"}, ["max_booking_time"]),
        ({"period_type": "moving", "max_booking_time": -1}, ["max_booking_time"]),
        ({"hide_location": True}, ["hide_location"]),
        ({"availability_rule": ShareHours("Mars/Base", [])}, ["availability_rule"]),
        ({"availability_rule": ShareHours("UTC", [{"type": "moon"}])}, ["availability_rule"]),
    ],
)
async def test_a_share_that_can_not_hold_is_refused_by_name(
    conn: Conn, organization: Organization, clock: Clock, values: dict[str, Any], parameters: list[str]
) -> None:
    if not parameters:
        await make_share(conn, organization, clock, **values)
        return
    with pytest.raises(Invalid) as refused:
        await make_share(conn, organization, clock, **values)

    assert [error.parameter for error in refused.value.details] == parameters


# One-off event types


async def make_one_off(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> EventType:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    defaults: dict[str, Any] = {
        "name": "Kiln repair",
        "host_ids": [organization.owner.id],
        "duration": 30,
        "date_setting": DateRangeSetting(START.date(), START.date()),
        "timezone": None,
        "location": LocationConfiguration("physical", "The yard"),
    }
    return await one_offs.create(conn, principal, OneOff(**(defaults | values)), uris=URIS, now=clock.now)


def spots(*pairs: tuple[datetime, datetime]) -> SpotsSetting:
    return SpotsSetting([Spot(Timestamp.of(start), Timestamp.of(end)) for start, end in pairs])


async def one_off_starts(conn: Conn, event_type: EventType, window: Interval, clock: Clock) -> list[str]:
    found = await slots.available_times(conn, event_type, window, now=clock.now)
    return [f"{slot.start_time:%d %H:%M}" for slot in found]


async def test_a_one_off_is_booked_once_by_whatever_road(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_one_off(conn, organization, clock)
    before = await one_off_starts(conn, made, DAY, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=made.id)
    after = await one_off_starts(conn, made, DAY, clock)
    why = await explaining.why_not(conn, organization.id, made.id, LATER, now=clock.now)
    for token in (None, made.link_token):
        with pytest.raises(LinkEnded):
            await make_booking(conn, organization, LATER, now=clock.now, event_type_id=made.id, link_token=token)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, booked.invitee.id, LATER, uris=URIS, now=clock.now)

    assert "05 10:00" in before
    assert after == []
    assert [refusal.code for refusal in why.refusals] == ["INACTIVE"]
    assert moved.event.start_time == LATER


async def test_spots_are_offered_and_nothing_else(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Outside the host's hours as well, over midnight, and touching ones each from their own start."""
    late = START.replace(hour=23, minute=40)
    made = await make_one_off(
        conn,
        organization,
        clock,
        date_setting=spots(
            (START, START + timedelta(minutes=45)),
            (START + timedelta(minutes=45), START + timedelta(minutes=75)),
            (late, late + timedelta(minutes=60)),
        ),
    )
    two_days = Interval(DAY.start, WEDNESDAY.end)

    assert await one_off_starts(conn, made, two_days, clock) == [
        "05 10:00",
        "05 10:30",
        "05 10:45",
        "05 23:40",
        "06 00:10",
    ]


async def test_several_hosts_of_a_one_off_meet_together(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    made = await make_one_off(conn, organization, clock, host_ids=[organization.owner.id, hosts[0].id])

    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=made.id)

    assert (made.pooling_type, len(booked.event.hosts)) == ("collective", 2)


async def test_a_one_off_is_on_no_profile(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_one_off(conn, organization, clock)
    profile = await publishing.profile(conn, made.owner_slug)
    with pytest.raises(NotFound):
        await publishing.event_type(conn, made.owner_slug, made.slug)

    assert made.id not in {one.id for one in profile.event_types}


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({"name": ""}, ["name"]),
        ({"duration": 12.5}, ["duration"]),
        ({"duration": 721}, ["duration"]),
        ({"timezone": "Mars/Base"}, ["timezone"]),
        ({"location": LocationConfiguration("inbound_call")}, ["location.phone_number"]),
        ({"location": LocationConfiguration("moon")}, ["location.kind"]),
        ({"date_setting": DateRangeSetting(START.date(), START.date() - timedelta(1))}, ["date_setting.end_date"]),
        ({"date_setting": DateRangeSetting(START.date(), START.date() + timedelta(365))}, ["date_setting.end_date"]),
        (
            {"date_setting": DateRangeSetting(START.date() - timedelta(9), START.date() - timedelta(8))},
            ["date_setting.end_date"],
        ),
        ({"date_setting": spots()}, ["date_setting.spots"]),
        ({"date_setting": spots((START, START + timedelta(minutes=29)))}, ["date_setting.spots[0].end_time"]),
        ({"date_setting": spots((START, START + timedelta(minutes=1441)))}, ["date_setting.spots[0].end_time"]),
        (
            {"date_setting": spots((START - timedelta(days=9), START - timedelta(days=8)))},
            ["date_setting.spots[0].start_time"],
        ),
        (
            {"date_setting": spots((START + timedelta(seconds=1), START + timedelta(hours=1)))},
            ["date_setting.spots[0].start_time"],
        ),
        (
            {"date_setting": spots(
                (START + timedelta(minutes=75), LATER + timedelta(hours=1)),
                (START, LATER + timedelta(hours=1)),
                (START + timedelta(minutes=30), LATER),
                (LATER + timedelta(hours=1), LATER + timedelta(hours=2)),
            )},
            ["date_setting.spots[2].start_time", "date_setting.spots[0].start_time"],
        ),
    ],
)  # fmt: skip
async def test_a_one_off_that_can_not_be_is_refused_by_name(
    conn: Conn, organization: Organization, clock: Clock, values: dict[str, Any], parameters: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await make_one_off(conn, organization, clock, **values)

    assert [error.parameter for error in refused.value.details] == parameters
