"""Placing events of every kind, booked for real. Source: rules, sections 5, 7, 8, 10, 11."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from core.ledger import replay
from factories import URIS, Member, Organization, make_booking, make_event_type
from openslot.core import pooling
from openslot.core.errors import SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import event_type_hosts, event_types, occupancy, scheduled_events
from openslot.db.event_type_hosts import NewHost
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn
from openslot.services import serving
from openslot.services.booking import cancellation, rescheduling
from openslot.services.booking.command import Booked
from replaying import ledger_of
from services.conftest import DAY, HALF_HOUR, START, Store, offered


def names(made: Booked) -> set[str]:
    return {host.user_name for host in made.event.hosts}


async def test_invitees_of_one_start_share_an_event_until_it_is_full(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    first, second = [
        await make_booking(conn, organization, START, now=clock.now, event_type_id=group) for _ in range(2)
    ]
    left = (await offered(conn, organization, group, clock))["10:00"]
    third = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)

    assert first.event.id == second.event.id == third.event.id
    assert left == 1
    assert (third.event.invitees_total, third.event.invitees_active, third.event.invitees_limit) == (3, 3, 3)
    assert "10:00" not in await offered(conn, organization, group, clock)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=group)


async def test_an_event_with_seats_left_blocks_what_is_not_its_own_start(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    await make_booking(conn, organization, START, now=clock.now, event_type_id=group)

    assert (await offered(conn, organization, group, clock))["10:00"] == 2
    assert "10:00" not in await offered(conn, organization, organization.event_type_id, clock)


async def test_one_invitee_of_a_group_moves_alone_and_joins_the_event_that_is_there(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    later = START + HALF_HOUR
    mover, stays = [
        await make_booking(conn, organization, START, now=clock.now, event_type_id=group, guests=guests)
        for guests in ((), ("zoe@example.org",))
    ]
    there = await make_booking(conn, organization, later, now=clock.now, event_type_id=group)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, mover.invitee.id, later, uris=URIS, now=clock.now)

    left_behind = await scheduled_events.get(conn, organization.id, stays.event.id)
    assert left_behind is not None
    assert moved.event.id == there.event.id
    assert (moved.event.invitees_active, left_behind.invitees_active, left_behind.status) == (2, 1, "active")
    assert [guest.email for guest in moved.event.guests] == []


async def test_of_many_who_want_the_last_seats_exactly_so_many_get_one(
    organization: Organization, clock: Clock, group: UUID, pair: list[Conn]
) -> None:
    async def several(conn: Conn) -> list[object]:
        outcomes: list[object] = []
        for _ in range(4):
            try:
                outcomes.append(await make_booking(conn, organization, START, now=clock.now, event_type_id=group))
            except SlotUnavailable as exc:
                outcomes.append(exc)
        return outcomes

    first, second = await asyncio.gather(*(several(conn) for conn in pair))
    booked = [one for one in first + second if isinstance(one, Booked)]
    assert len(booked) == 3
    assert len({one.event.id for one in booked}) == 1


async def test_a_host_who_is_ahead_still_has_the_seats_of_an_event_that_is_there(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=5, pooling_type="round_robin",
        round_robin_mode="equal_distribution", lead_threshold=1, hosts=[host.id for host in hosts[:2]],
    )  # fmt: skip
    first = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)
    left = await offered(conn, organization, pool, clock)
    alone = await make_event_type(conn, hosts[1].user, now=clock.now)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=alone)
    only_ahead = await offered(conn, organization, pool, clock)
    second = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)

    assert (left["10:00"], left["10:30"], only_ahead["10:00"]) == (4, 5, 4)
    assert second.event.id == first.event.id


async def test_later_buffers_do_not_close_the_seats_of_an_event_that_is_there(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    first = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    await make_booking(conn, organization, START + HALF_HOUR, now=clock.now)
    buffers = ColumnChanges(buffer_before_minutes=15, buffer_after_minutes=15)
    await event_types.update(conn, organization.id, group, buffers, now=clock.now)
    left = await offered(conn, organization, group, clock)
    second = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)

    assert (left.get("09:30"), left.get("10:00"), left.get("11:00")) == (None, 2, None)
    assert second.event.id == first.event.id


# Collective


async def test_a_collective_takes_all_of_its_hosts_or_none(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member], store: Store
) -> None:
    ids = [host.id for host in hosts[:3]]
    together = await make_event_type(conn, organization.owner.user, now=clock.now, pooling_type="collective", hosts=ids)
    alone = await make_event_type(conn, hosts[1].user, now=clock.now)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=alone)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=together)
    made = await make_booking(conn, organization, START + HALF_HOUR, now=clock.now, event_type_id=together)

    assert names(made) == {"Host A", "Host B", "Host C"}
    assert len(await store.rows("occupancy")) == 1 + 3
    assert "10:00" not in await offered(conn, organization, together, clock)


# Round robin


async def make_round_robin(
    conn: Conn, organization: Organization, hosts: list[NewHost], clock: Clock, **values: Any
) -> UUID:
    return await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", hosts=hosts, **values
    )


async def test_a_round_robin_offers_a_start_while_one_host_is_free_and_takes_turns(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    pool = await make_round_robin(conn, organization, [NewHost(one.id, i) for i, one in enumerate(hosts[:3])], clock)
    turns = [
        await make_booking(conn, organization, START + number // 3 * HALF_HOUR, now=clock.now, event_type_id=pool)
        for number in range(6)
    ]

    assert [names(one) for one in turns] == [{"Host A"}, {"Host B"}, {"Host C"}] * 2
    assert not {"10:00", "10:30"} & set(await offered(conn, organization, pool, clock))
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)


async def test_more_stars_come_first(conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]) -> None:
    stars = [NewHost(one.id, position, priority=priority) for position, (one, priority) in
             enumerate(zip(hosts[:3], (2, 4, 3), strict=True))]  # fmt: skip
    pool = await make_round_robin(conn, organization, stars, clock)
    made = [await make_booking(conn, organization, START, now=clock.now, event_type_id=pool) for _ in range(3)]

    assert [names(one) for one in made] == [{"Host B"}, {"Host C"}, {"Host A"}]


async def test_who_is_three_ahead_is_hidden_until_the_others_catch_up(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    pair = [NewHost(one.id, position) for position, one in enumerate(hosts[:2])]
    pool = await make_round_robin(conn, organization, pair, clock, round_robin_mode="equal_distribution")
    alone = await make_event_type(conn, hosts[1].user, now=clock.now)
    for number in range(4):  # the second host is busy whenever the pool is asked
        at = START + number * HALF_HOUR
        await make_booking(conn, organization, at, now=clock.now, event_type_id=alone)
    for number in range(3):
        await make_booking(conn, organization, START + number * HALF_HOUR, now=clock.now, event_type_id=pool)

    assert "11:30" not in await offered(conn, organization, pool, clock)  # only the first host, 3 to 0 ahead
    caught_up = await make_booking(conn, organization, START + 4 * HALF_HOUR, now=clock.now, event_type_id=pool)
    assert names(caught_up) == {"Host B"}
    assert "11:30" in await offered(conn, organization, pool, clock)  # 3 to 1


async def test_the_stored_ledger_replays_to_the_stored_standings(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    weighted = [NewHost(one.id, number, weight=100 * (number + 1)) for number, one in enumerate(hosts[:3])]
    pool = await make_round_robin(conn, organization, weighted, clock, round_robin_mode="equal_distribution")
    made = [
        await make_booking(conn, organization, START + number * HALF_HOUR, now=clock.now, event_type_id=pool)
        for number in range(8)
    ]
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made[2].invitee.id, reason=None, uris=URIS, now=clock.now)
    served = await serving.serve(conn, organization.id, pool)
    credit = pooling.joining_credit(served.standings(), 100)
    joiner = NewHost(hosts[3].id, 3, credit_millionths=int(credit * 1_000_000))
    await event_type_hosts.insert(conn, organization.id, pool, [joiner], now=clock.now)
    await event_type_hosts.delete(conn, organization.id, pool, hosts[0].id, now=clock.now)
    for number in range(4):
        await make_booking(
            conn, organization, START + timedelta(days=1) + number * HALF_HOUR, now=clock.now, event_type_id=pool
        )

    served = await serving.serve(conn, organization.id, pool)
    entries = await ledger_of(conn, organization.id, pool)
    assert replay(entries) == served.standings()
    assert len(entries) == 3 + 8 + 1 + 2 + 4
    assert [one.assigned for one in served.standings()] != [0, 0, 0]


async def test_when_the_constraint_refuses_a_host_the_next_one_is_tried(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the first host's time without the locks, after it was seen to be free."""
    pool = await make_round_robin(conn, organization, [NewHost(one.id, i) for i, one in enumerate(hosts[:2])], clock)
    insert = scheduled_events.insert

    async def late(inner: Conn, event: Any, *args: Any, **options: Any) -> None:
        if not taken:
            taken.append(event.id)
            user = hosts[0].user
            busy = Interval(START + timedelta(minutes=10), START + timedelta(minutes=20))
            await occupancy.hold(
                beyond, organization.id, new_id(), pool, busy,
                spans=[(user.id, user.number, busy)], expires_at=clock.now + timedelta(days=365),
            )  # fmt: skip
        await insert(inner, event, *args, **options)

    taken: list[UUID] = []
    beyond = conn
    monkeypatch.setattr(scheduled_events, "insert", late)
    made = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)

    assert names(made) == {"Host B"}


async def test_a_move_keeps_the_host_of_a_round_robin(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    pool = await make_round_robin(conn, organization, [NewHost(one.id, i) for i, one in enumerate(hosts[:3])], clock)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)
    second = await make_booking(conn, organization, START, now=clock.now, event_type_id=pool)
    alone = await make_event_type(conn, hosts[1].user, now=clock.now)
    await make_booking(conn, organization, START + 2 * HALF_HOUR, now=clock.now, event_type_id=alone)
    may_go_to = await rescheduling.available_times(conn, second.invitee.id, DAY, now=clock.now)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, second.invitee.id, START + HALF_HOUR, uris=URIS, now=clock.now)

    assert names(second) == names(moved) == {"Host B"}
    assert START + 2 * HALF_HOUR not in [slot.start_time for slot in may_go_to]


async def test_some_of_each_pool_meet(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member], store: Store
) -> None:
    mixed = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="multi_pool", pool_sizes=[2, 1],
        hosts=[NewHost(one.id, i, pool=i // 3) for i, one in enumerate(hosts)],
    )  # fmt: skip
    first = await make_booking(conn, organization, START, now=clock.now, event_type_id=mixed)
    with pytest.raises(SlotUnavailable):  # the one of the second pool is taken
        await make_booking(conn, organization, START, now=clock.now, event_type_id=mixed)
    second = await make_booking(conn, organization, START + HALF_HOUR, now=clock.now, event_type_id=mixed)

    assert names(first) == {"Host A", "Host B", "Host D"}
    assert names(second) == {"Host C", "Host A", "Host D"}
    assert len(await store.rows("occupancy")) == 6
