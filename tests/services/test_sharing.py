"""Links that their makers set an end to, and shares. Source: rules, section 13; ADR 0011."""

from datetime import timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import Member, Organization, make_booking, make_event_type, principal_of
from openslot.core.errors import Invalid, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db.pool import Conn
from openslot.services import sharing
from openslot.wire.shares import CreateShare, ShareHours
from services.conftest import DAY, START, event_type_of, make_share, refusal_of, starts_through

LATER = START + timedelta(hours=1)


async def test_a_link_has_a_use_and_an_end_to_come(conn: Conn, organization: Organization, clock: Clock) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    event_type = await event_type_of(conn, organization)
    wanted: list[dict[str, Any]] = [
        {"max_uses": 0},
        {"expires_at": clock.now},
        {"max_uses": 1, "expires_at": clock.now + timedelta(seconds=1)},
        {"max_uses": None},
    ]

    refusals = [
        await refusal_of(sharing.create_link(conn, principal, event_type, now=clock.now, **values)) for values in wanted
    ]

    assert refusals == [
        "Invalid: max_uses must be 1 or more",
        "Invalid: expires_at must be in the future",
        None,
        None,
    ]


async def test_an_event_type_is_shared_by_its_owner_and_by_admins(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    callers = {
        "owner": organization.owner,
        "admin": organization.admin,
        "member": organization.member,
        "stranger": elsewhere.owner,
    }
    refusals = {
        name: await refusal_of(
            sharing.own_event_type(conn, await principal_of(conn, caller, now=clock.now), organization.event_type_id)
        )
        for name, caller in callers.items()
    }

    assert refusals == {
        "owner": None,
        "admin": None,
        "member": "Forbidden: You do not have permission to access this resource.",
        "stranger": "NotFound: no such event type",
    }


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
    tuesday = await starts_through(conn, organization, link, DAY, clock)
    next_week = Interval(DAY.start + timedelta(days=7), DAY.end + timedelta(days=7))
    elsewhere = await starts_through(conn, organization, link, next_week, clock)
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
