"""What a pool's ledger says of holds, moves and choices. Source: rules, section 7; ADR 0010."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, booking_of, make_booking, make_event_type, make_member, principal_of
from openslot.core.errors import SlotUnavailable
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.services.booking import approvals, cancellation, holds, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.booking.holds import Held, Reason
from openslot.services.ledger import ChoiceReason
from replaying import assert_replays
from services.conftest import Store

START = datetime(2027, 1, 5, 8, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
EQUAL = {"pooling_type": "round_robin", "round_robin_mode": "equal_distribution"}
IN_TURN = {"pooling_type": "round_robin", "round_robin_mode": "maximize_availability"}
PAIRS = {"pooling_type": "multi_pool", "pool_sizes": [2, 1], "round_robin_mode": "equal_distribution"}


@pytest.fixture
async def members(conn: Conn, organization: Organization, clock: Clock) -> list[Member]:
    return [
        await make_member(conn, organization.id, role="user", now=clock.now, name=f"Host {letter}") for letter in "ABCD"
    ]


async def make_pool(conn: Conn, organization: Organization, members: list[Member], clock: Clock, **values: Any) -> UUID:
    """A pool of the members, by default in equal shares; those of two pools are three and one."""
    values = EQUAL | values
    several = values["pooling_type"] == "multi_pool"
    hosts = [NewHost(one.id, place, pool=place // 3 if several else 0) for place, one in enumerate(members)]
    return await make_event_type(conn, organization.owner.user, now=clock.now, hosts=hosts, **values)


async def hold(conn: Conn, organization: Organization, pool: UUID, start: datetime, clock: Clock) -> Held:
    async with conn.transaction():
        return await holds.place(conn, organization.id, pool, start, reason=Reason.FORM, now=clock.now)


async def move(conn: Conn, made: Booked, start: datetime, clock: Clock) -> Booked:
    async with conn.transaction():
        return await rescheduling.reschedule(conn, made.invitee.id, start, uris=URIS, now=clock.now)


async def assigned(conn: Conn, pool: UUID) -> list[int]:
    """How many events count for each host, by place."""
    cursor = await conn.execute(
        "SELECT assigned FROM event_type_hosts WHERE event_type_id = %s ORDER BY position", (pool,)
    )
    return [number for (number,) in await cursor.fetchall()]


@pytest.mark.parametrize("mode", [EQUAL, EQUAL | {"lead_threshold": None}, EQUAL | {"lead_threshold": 1}, IN_TURN])
async def test_requests_that_wait_go_to_the_hosts_in_turn(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member], mode: dict[str, Any]
) -> None:
    pair = members[:2]
    pool = await make_pool(conn, organization, pair, clock, requires_approval=True, **mode)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    requested = []
    for number in range(8):
        wanted = booking_of(organization, START + number * HALF_HOUR, event_type_id=pool)
        async with conn.transaction():
            requested.append(await approvals.request(conn, wanted, uris=URIS, now=clock.now))
    waiting = await assigned(conn, pool)
    made = []
    for one in requested:
        async with conn.transaction():
            made.append(await approvals.approve(conn, principal, one.hold.id, uris=URIS, now=clock.now))

    assert [one.event.hosts[0].user_name for one in made] == ["Host A", "Host B"] * 4
    assert waiting == await assigned(conn, pool) == [4, 4]
    assert await assert_replays(conn, organization.id, pool) == [ChoiceReason.RANKED] * 8


@pytest.mark.parametrize("ends", ["given up", "refused", "swept"])
async def test_a_hold_that_ends_unused_does_not_count(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member], store: Store, ends: str
) -> None:
    pool = await make_pool(conn, organization, members, clock)
    if ends == "refused":
        wanted = booking_of(organization, START, event_type_id=pool)
        async with conn.transaction():
            made = await approvals.request(conn, wanted, uris=URIS, now=clock.now)
    else:
        made = await hold(conn, organization, pool, START, clock)
    held = await assigned(conn, pool)
    match ends:
        case "given up":
            await holds.give_up(conn, made.token, now=clock.now)
        case "refused":
            principal = await principal_of(conn, organization.owner, now=clock.now)
            await approvals.refuse(conn, principal, made.hold.id, uris=URIS, now=clock.now)
        case _:
            await holds.sweep(conn, now=made.hold.expires_at)
    await holds.sweep(conn, now=clock.now + timedelta(days=2))

    assert (held, await assigned(conn, pool)) == ([1, 0, 0, 0], [0, 0, 0, 0])
    assert await store.rows("holds") == []
    await assert_replays(conn, organization.id, pool)


async def test_the_sweep_waits_for_nobody_who_has_the_pool_at_hand(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member], pair: list[Conn]
) -> None:
    pool = await make_pool(conn, organization, members, clock)
    made = await hold(conn, organization, pool, START, clock)
    async with pair[0].transaction():
        await hold(pair[0], organization, pool, START + HALF_HOUR, clock)
        await holds.sweep(conn, now=made.hold.expires_at)
        assert await assigned(conn, pool) == [1, 0, 0, 0]
    await holds.give_up(conn, made.token, now=clock.now)
    assert await assigned(conn, pool) == [0, 1, 0, 0]
    await assert_replays(conn, organization.id, pool)


async def test_who_holds_a_start_books_it_though_its_host_is_ahead_by_it(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member]
) -> None:
    pool = await make_pool(conn, organization, members[:1] + members[1:2], clock, lead_threshold=1)
    made = await hold(conn, organization, pool, START, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool, hold_token=made.token)

    assert [host.user_name for host in booked.event.hosts] == ["Host A"]
    assert await assigned(conn, pool) == [1, 0]


async def test_where_the_host_who_was_held_is_gone_another_one_is_given_it(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member]
) -> None:
    pool = await make_pool(conn, organization, members, clock)
    made = await hold(conn, organization, pool, START, clock)
    await conn.execute("UPDATE availability_schedules SET rules = '[]' WHERE user_id = %s", (made.hold.user_ids[0],))
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool, hold_token=made.token)

    assert [host.user_name for host in booked.event.hosts] == ["Host B"]
    assert booked.event.id == made.hold.scheduled_event_id
    assert await assigned(conn, pool) == [0, 1, 0, 0]
    assert await assert_replays(conn, organization.id, pool) == [ChoiceReason.RANKED, ChoiceReason.RANKED]


async def test_a_move_keeps_the_host_and_records_it_with_the_numbers_of_the_whole_pool(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member]
) -> None:
    pool = await make_pool(conn, organization, members[:2], clock)
    made = [
        await make_booking(conn, organization, START + number * HALF_HOUR, now=clock.now, event_type_id=pool)
        for number in range(3)
    ]
    await move(conn, made[2], START + 6 * HALF_HOUR, clock)

    assert await assert_replays(conn, organization.id, pool) == [ChoiceReason.RANKED] * 3 + [ChoiceReason.KEPT]


async def test_a_seat_that_is_held_when_the_last_invitee_goes_still_counts_for_its_host(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member]
) -> None:
    pool = await make_pool(conn, organization, members[:2], clock, kind="group", seats=3)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)
    made = await hold(conn, organization, pool, START, clock)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, booked.invitee.id, reason=None, uris=URIS, now=clock.now)

    assert await assigned(conn, pool) == [1, 0]
    assert await assert_replays(conn, organization.id, pool) == [ChoiceReason.RANKED, ChoiceReason.HELD]
    await holds.give_up(conn, made.token, now=clock.now)
    assert await assigned(conn, pool) == [0, 0]


@pytest.mark.parametrize("mode", [EQUAL, IN_TURN, PAIRS, EQUAL | {"kind": "group", "seats": 2}])
async def test_every_choice_follows_from_what_came_before_it(
    conn: Conn, organization: Organization, clock: Clock, members: list[Member], mode: dict[str, Any]
) -> None:
    """Bookings, holds, their uses and ends, cancellations and moves, in an order of chance."""
    pool = await make_pool(conn, organization, members, clock, **mode)
    chance = Random(7)
    held: list[tuple[datetime, str]] = []
    made: list[Booked] = []
    for _ in range(60):
        start = START + chance.randrange(14) * HALF_HOUR
        try:
            match chance.choice(["book", "book", "hold", "hold", "use", "use", "give up", "cancel", "move"]):
                case "book":
                    made.append(await make_booking(conn, organization, start, now=clock.now, event_type_id=pool))
                case "hold":
                    held.append((start, (await hold(conn, organization, pool, start, clock)).token))
                case "use" if held:
                    start, token = held.pop(chance.randrange(len(held)))
                    booked = await make_booking(
                        conn, organization, start, now=clock.now, event_type_id=pool, hold_token=token
                    )
                    made.append(booked)
                case "give up" if held:
                    _, token = held.pop(chance.randrange(len(held)))
                    await holds.give_up(conn, token, now=clock.now)
                case "cancel" if made:
                    gone = made.pop(chance.randrange(len(made)))
                    async with conn.transaction():
                        await cancellation.cancel_as_invitee(
                            conn, gone.invitee.id, reason=None, uris=URIS, now=clock.now
                        )
                case "move" if made:
                    place = chance.randrange(len(made))
                    made[place] = await move(conn, made[place], start + timedelta(days=2), clock)
        except SlotUnavailable:
            pass
    await holds.sweep(conn, now=clock.now + timedelta(days=1))

    found = Counter(await assert_replays(conn, organization.id, pool))
    assert found[ChoiceReason.RANKED] > 10
    assert found[ChoiceReason.KEPT] > 0
    cursor = await conn.execute(
        "SELECT count(*) FROM scheduled_event_hosts AS host JOIN scheduled_events AS event"
        " ON event.id = host.scheduled_event_id WHERE event.event_type_id = %s AND event.status = 'active'",
        (pool,),
    )
    assert await cursor.fetchone() == (sum(await assigned(conn, pool)),)
