"""Who of a round robin is away holds nobody back, and is not flooded afterwards.

Source: rules, section 7; ADR 0021.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ledger import replay
from factories import (
    URIS,
    Member,
    Organization,
    booking_of,
    make_booking,
    make_event_type,
    make_member,
    make_organization,
)
from openslot.core.errors import SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.refusals import Code
from openslot.db import assignments, availability_schedules, days_off, event_type_hosts, meeting_limits
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn, connected
from openslot.services import explaining, serving, slots
from openslot.services.booking import booking, cancellation, holds, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.booking.holds import Reason
from replaying import assert_replays, ledger_of
from running import examples

NOW = datetime(2027, 1, 4, 6, tzinfo=UTC)
"""Monday; hosts work 9 to 17 in Rome on weekdays."""
NINE = datetime(2027, 1, 4, 8, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


@pytest.fixture
async def pair(conn: Conn, organization: Organization) -> list[Member]:
    return [await make_member(conn, organization.id, role="user", now=NOW, name=f"Host {one}") for one in "AB"]


async def make_pool(conn: Conn, organization: Organization, members: Sequence[Member], **values: Any) -> UUID:
    values = {"pooling_type": "round_robin", "round_robin_mode": "equal_distribution"} | values
    hosts = [NewHost(one.id, place) for place, one in enumerate(members)]
    return await make_event_type(conn, organization.owner.user, now=NOW, hosts=hosts, **values)


async def on_leave(
    conn: Conn, organization: Organization, member: Member, days: int, first: date | None = None
) -> None:
    first = first or NINE.date()
    await days_off.insert(
        conn, organization.id, id=new_id(), user_id=member.id, name="On leave", first_day=first,
        last_day=first + (days - 1) * DAY, now=NOW,
    )  # fmt: skip


async def no_schedule(conn: Conn, _: Organization, member: Member) -> None:
    await conn.execute("DELETE FROM availability_schedules WHERE user_id = %s", (member.id,))


async def no_hours(conn: Conn, organization: Organization, member: Member) -> None:
    await availability_schedules.set_default(
        conn, organization.id, member.id, timezone="Europe/Rome", rules=[], now=NOW
    )  # fmt: skip


async def over_a_limit(conn: Conn, organization: Organization, member: Member) -> None:
    await meeting_limits.put(
        conn, organization.id, id=new_id(), period="month", maximum=0, user_id=member.id, now=NOW
    )  # fmt: skip


async def busy(conn: Conn, organization: Organization, member: Member) -> None:
    """With other meetings, all of the first week."""
    other = await make_event_type(conn, member.user, now=NOW, duration_minutes=480)
    for number in range(5):
        await make_booking(conn, organization, NINE + number * DAY, now=NOW, event_type_id=other)


async def leave(conn: Conn, organization: Organization, member: Member) -> None:
    await on_leave(conn, organization, member, 30)


async def listed(conn: Conn, organization: Organization, pool: UUID, first: datetime, last: datetime) -> list[datetime]:
    served = await serving.serve(conn, organization.id, pool)
    return [one.start_time for one in await slots.list_served(conn, served, Interval(first, last), now=NOW)]


async def book(conn: Conn, organization: Organization, pool: UUID, start: datetime) -> Booked:
    return await make_booking(conn, organization, start, now=NOW, event_type_id=pool)


async def counts(conn: Conn, organization: Organization, pool: UUID) -> list[float]:
    served = await serving.serve(conn, organization.id, pool)
    return [float(one.count) for one in served.standings()]


def host_of(made: Booked) -> str:
    return made.event.hosts[0].user_name


@pytest.mark.parametrize("away", [leave, no_schedule, no_hours, over_a_limit, busy])
async def test_who_is_away_does_not_hold_the_others_back(
    conn: Conn, organization: Organization, pair: list[Member], away: Any
) -> None:
    pool = await make_pool(conn, organization, pair)
    await away(conn, organization, pair[1])
    made = [await book(conn, organization, pool, NINE + number * HALF_HOUR) for number in range(9)]
    monday = await listed(conn, organization, pool, NINE, NINE + DAY)
    hour = await listed(conn, organization, pool, NINE + 6 * HALF_HOUR * 2, NINE + 7 * HALF_HOUR * 2)

    assert {host_of(one) for one in made} == {"Host A"}
    assert monday == [NINE + number * HALF_HOUR for number in range(9, 16)]
    assert hour == [NINE + number * HALF_HOUR for number in (12, 13)]
    assert await counts(conn, organization, pool) == [9, 9]
    await assert_replays(conn, organization.id, pool)


async def test_who_comes_back_gets_an_equal_share_from_then_on(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair)
    await on_leave(conn, organization, pair[1], 4)
    for number in range(10):
        await book(conn, organization, pool, NINE + number * HALF_HOUR)
    back = NINE + 4 * DAY  # Friday
    free = await listed(conn, organization, pool, back, back + DAY)
    made = [await book(conn, organization, pool, back + number * HALF_HOUR) for number in range(8)]

    assert len(free) == 16
    assert Counter(host_of(one) for one in made) == {"Host A": 4, "Host B": 4}
    await assert_replays(conn, organization.id, pool)


async def test_what_was_handed_out_before_absences_were_credited_holds_nobody_back_either(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair)
    for number in range(3):  # as an older version recorded it
        reason: dict[UUID, dict[str, Any]] = {pair[0].id: {"because": "ranked"}}
        await assignments.assign(conn, organization.id, pool, new_id(), reason, now=NOW + number * DAY)
    await on_leave(conn, organization, pair[1], 2)
    tuesday, wednesday = [
        await listed(conn, organization, pool, NINE + number * DAY, NINE + (number + 1) * DAY) for number in (1, 2)
    ]
    why = await explaining.why_not(conn, organization.id, pool, NINE + DAY, now=NOW)
    made = [await book(conn, organization, pool, NINE + 2 * DAY + number * HALF_HOUR) for number in range(3)]

    assert (len(tuesday), len(wednesday)) == (16, 16)
    assert (why.refusals, [(one.code, one.host, one.numbers) for one in why.set_aside]) == (
        [], [(Code.FAIRNESS, pair[0].id, {"lead": 3.0, "threshold": 3})],
    )  # fmt: skip
    assert {host_of(one) for one in made} == {"Host B"}  # who is there catches up
    assert (await explaining.why_not(conn, organization.id, pool, NINE + 3 * DAY, now=NOW)).set_aside == []


async def test_who_is_there_and_behind_still_hides_who_is_ahead(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    """Of the two who are there one is ahead; the third is away."""
    third = await make_member(conn, organization.id, role="user", now=NOW, name="Host C")
    pool = await make_pool(conn, organization, [*pair, third], lead_threshold=1)
    await on_leave(conn, organization, third, 30)
    other = await make_event_type(conn, pair[1].user, now=NOW)
    await make_booking(conn, organization, NINE + HALF_HOUR, now=NOW, event_type_id=other)
    await book(conn, organization, pool, NINE)
    found = await listed(conn, organization, pool, NINE, NINE + DAY)
    why = await explaining.why_not(conn, organization.id, pool, NINE + HALF_HOUR, now=NOW)

    assert NINE in found  # the second host has it
    assert NINE + HALF_HOUR not in found
    assert [(one.code, one.host) for one in why.refusals] == [
        (Code.FAIRNESS, pair[0].id), (Code.BUSY, pair[1].id), (Code.HOLIDAY, third.id),
    ]  # fmt: skip
    assert await counts(conn, organization, pool) == [1, 0, 0.5]


async def test_what_is_canceled_moved_or_held_credits_only_while_it_stands(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair)
    await on_leave(conn, organization, pair[1], 2)
    made = [await book(conn, organization, pool, NINE + number * HALF_HOUR) for number in range(4)]
    held = await holds.place(conn, organization.id, pool, NINE + 8 * HALF_HOUR, reason=Reason.FORM, now=NOW)
    with_hold = await counts(conn, organization, pool)
    await holds.give_up(conn, held.token, now=NOW)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made[0].invitee.id, reason=None, uris=URIS, now=NOW)
    async with conn.transaction():
        await rescheduling.reschedule(conn, made[1].invitee.id, NINE + DAY, uris=URIS, now=NOW)
    moved_within = await counts(conn, organization, pool)
    async with conn.transaction():
        await rescheduling.reschedule(conn, made[2].invitee.id, NINE + 2 * DAY, uris=URIS, now=NOW)

    assert (with_hold, moved_within) == ([5, 5], [3, 3])
    assert await counts(conn, organization, pool) == [3, 2]  # on Wednesday both are there
    await assert_replays(conn, organization.id, pool)


async def test_who_left_and_came_back_loses_nothing_with_what_was_before(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair)
    await on_leave(conn, organization, pair[1], 2)
    made = await book(conn, organization, pool, NINE)
    await event_type_hosts.delete(conn, organization.id, pool, pair[1].id, now=NOW)
    await event_type_hosts.insert(conn, organization.id, pool, [NewHost(pair[1].id, 1)], now=NOW)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made.invitee.id, reason=None, uris=URIS, now=NOW)

    assert await counts(conn, organization, pool) == [0, 0]
    await assert_replays(conn, organization.id, pool)


async def test_a_seat_that_is_held_when_the_last_one_leaves_keeps_its_credit(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair, kind="group", seats=3)
    await on_leave(conn, organization, pair[1], 2)
    made = await book(conn, organization, pool, NINE)
    held = await holds.place(conn, organization.id, pool, NINE, reason=Reason.FORM, now=NOW)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made.invitee.id, reason=None, uris=URIS, now=NOW)
    kept = await counts(conn, organization, pool)
    await holds.give_up(conn, held.token, now=NOW)

    assert (kept, await counts(conn, organization, pool)) == ([1, 1], [0, 0])
    await assert_replays(conn, organization.id, pool)


async def test_in_turn_nobody_is_credited_since_nobody_is_hidden(
    conn: Conn, organization: Organization, pair: list[Member]
) -> None:
    pool = await make_pool(conn, organization, pair, round_robin_mode="maximize_availability")
    await on_leave(conn, organization, pair[1], 2)
    for number in range(4):
        await book(conn, organization, pool, NINE + number * HALF_HOUR)
    assert await counts(conn, organization, pool) == [4, 0]


# For any pattern of absences


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    absences=st.lists(st.sets(st.integers(0, 4)), min_size=2, max_size=4),
    threshold=st.sampled_from([1, 2, 3]),
    wanted=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 15)), max_size=24),
)
def test_where_somebody_has_time_on_a_day_there_are_times_and_all_of_them_can_be_booked(
    database_url: str, absences: list[set[int]], threshold: int, wanted: list[tuple[int, int]]
) -> None:
    """Days of a week on which each host is off; then bookings wherever they are wanted and offered."""

    async def undone() -> None:
        async with connected(database_url) as conn, conn.transaction(force_rollback=True):
            organization = await make_organization(conn, now=NOW)
            members = [await make_member(conn, organization.id, role="user", now=NOW) for _ in absences]
            pool = await make_pool(conn, organization, members, lead_threshold=threshold)
            for member, off in zip(members, absences, strict=True):
                for number in off:
                    await on_leave(conn, organization, member, 1, NINE.date() + number * DAY)
            for day, number in wanted:
                start = NINE + day * DAY + number * HALF_HOUR
                offered = start in await listed(conn, organization, pool, NINE, NINE + 5 * DAY)
                assert offered == (await listed(conn, organization, pool, start, start + HALF_HOUR) == [start])
                why = await explaining.why_not(conn, organization.id, pool, start, now=NOW)
                assert offered is why.is_offered
                try:
                    async with conn.transaction():
                        command = booking_of(organization, start, event_type_id=pool)
                        await booking.book(conn, command, uris=URIS, now=NOW)
                except SlotUnavailable:
                    assert not offered
                else:
                    assert offered
            for day in range(5):
                first = datetime.combine(NINE.date() + day * DAY, time(), UTC)
                times = await listed(conn, organization, pool, first, first + DAY)
                taken = Counter(
                    user for (user,) in await (
                        await conn.execute(
                            "SELECT user_id FROM scheduled_event_hosts WHERE organization_id = %s"
                            " AND start_time >= %s AND start_time < %s", (organization.id, first, first + DAY),
                        )
                    ).fetchall()
                )  # fmt: skip
                has_time = [
                    member for member, off in zip(members, absences, strict=True)
                    if day not in off and taken[member.id] < 16
                ]  # fmt: skip
                assert bool(times) is bool(has_time), (day, len(has_time))
            served = await serving.serve(conn, organization.id, pool)
            assert replay(await ledger_of(conn, organization.id, pool)) == served.standings()
            await assert_replays(conn, organization.id, pool)

    asyncio.run(undone())
