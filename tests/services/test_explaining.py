"""Why a start is not offered, and who may know. Source: ADR 0029."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_event_type, make_member, principal_of
from openslot.core.refusals import Code, Refusal
from openslot.db.pool import Conn
from openslot.services import explaining
from openslot.services.booking import holds
from openslot.services.booking.holds import Reason
from openslot.services.explaining import Explanation
from services.conftest import START, refusal_of

MEETING = {"from": "2027-01-05T10:00:00Z", "until": "2027-01-05T10:30:00Z"}


async def why(conn: Conn, organization: Organization, clock: Clock, start: datetime = START) -> Explanation:
    return await explaining.why_not(conn, organization.id, organization.event_type_id, start, now=clock.now)


async def test_nothing_stands_against_a_start_that_is_offered(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    free = await why(conn, organization, clock)
    made = await make_booking(conn, organization, START, now=clock.now)
    taken = await why(conn, organization, clock)

    assert (free.is_offered, free.refusals) == (True, [])
    assert taken.refusals == [
        Refusal(Code.BUSY, organization.owner.id, "scheduled_event", made.event.id, dict(MEETING))
    ]
    assert not taken.is_offered


async def test_an_event_type_that_takes_no_bookings_is_named_beside_what_else_stands_against_a_start(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    await conn.execute("UPDATE event_types SET active = false WHERE id = %s", (organization.event_type_id,))

    inactive = await why(conn, organization, clock)
    never = await why(conn, organization, clock, datetime(9000, 1, 1, tzinfo=UTC))

    assert inactive.refusals == [Refusal(Code.INACTIVE, source="event_type")]
    assert never.refusals == [
        Refusal(Code.INACTIVE, source="event_type"),
        Refusal(Code.OUT_OF_REACH, source="event_type"),
    ]


@pytest.fixture
async def pool(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    """An event type of the owner's, whom the member joins; the owner has a meeting at ``START``."""
    await make_booking(conn, organization, START, now=clock.now)
    hosts = [organization.owner.id, organization.member.id]
    return await make_event_type(conn, organization.owner.user, now=clock.now, hosts=hosts, pooling_type="collective")


async def test_a_host_learns_that_another_has_no_time_and_not_why(
    conn: Conn, organization: Organization, clock: Clock, pool: UUID
) -> None:
    found = await explaining.why_not(conn, organization.id, pool, START, now=clock.now)
    admin, host, nobody = [
        await principal_of(conn, one, now=clock.now)
        for one in (
            organization.admin,
            organization.member,
            await make_member(conn, organization.id, role="user", now=clock.now),
        )
    ]

    for_admin = await explaining.seen_by(conn, admin, found, now=clock.now)
    for_host = await explaining.seen_by(conn, host, found, now=clock.now)
    refusal = await refusal_of(explaining.seen_by(conn, nobody, found, now=clock.now))

    assert [(one.code, one.host) for one in for_admin.refusals] == [
        (Code.BUSY, organization.owner.id),
        (Code.NOT_ENOUGH_HOSTS, None),
    ]
    assert for_host.refusals == [Refusal(Code.UNAVAILABLE, organization.owner.id), found.refusals[1]]
    assert refusal == "Forbidden: You do not have permission to access this resource."
    assert await explaining.seen_by(conn, None, found, now=clock.now) == found


async def test_a_hold_that_stands_there_is_shown_with_the_reason(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    async with conn.transaction():
        held = await holds.place(
            conn, organization.id, organization.event_type_id, START, reason=Reason.FORM, now=clock.now
        )
        await holds.place(
            conn,
            organization.id,
            organization.event_type_id,
            START + timedelta(hours=1),
            reason=Reason.FORM,
            now=clock.now,
        )

    found = await explaining.seen_by(conn, None, await why(conn, organization, clock), now=clock.now)

    event_id = held.hold.scheduled_event_id
    assert found.refusals == [Refusal(Code.HOLD, organization.owner.id, "hold", event_id, dict(MEETING))]
    assert found.holds == {event_id: [held.hold]}
