"""Event types for one meeting, booked once through their own link. Source: behaviours, section 8; ADR 0011."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, make_booking, principal_of
from openslot.core.errors import Invalid, LinkEnded, NotFound
from openslot.core.intervals import Interval
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.services import explaining, one_offs, publishing, slots
from openslot.services.booking import rescheduling
from openslot.services.one_offs import OneOff
from openslot.wire.codec import Timestamp
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.one_off_event_types import DateRangeSetting, Spot, SpotsSetting
from services.conftest import DAY, START

LATER = START + timedelta(hours=1)
WEDNESDAY = Interval(DAY.start + timedelta(days=1), DAY.end + timedelta(days=1))


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
