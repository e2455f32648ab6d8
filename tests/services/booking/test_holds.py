"""Holds: nobody else can take what is held, and none lasts for good. Source: rules, section 9; ADR 0010."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking, make_event_type
from openslot.core.errors import Invalid, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import days_off, meeting_limits
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.services import explaining, serving, slots
from openslot.services.booking import booking, cancellation, holds, placing, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.booking.holds import Held, Reason
from openslot.services.booking.placing import Placement
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
Going = Callable[[Conn, Booked, Clock], Awaitable[None]]
DAY = Interval(START.replace(hour=0), START.replace(hour=23))


async def hold(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    event_type: UUID | None = None,
    reason: Reason = Reason.FORM,
    lasts: timedelta | None = None,
) -> Held:
    async with conn.transaction():
        return await holds.place(
            conn, organization.id, event_type or organization.event_type_id, START, reason=reason, lasts=lasts,
            now=clock.now,
        )  # fmt: skip


async def is_offered(conn: Conn, organization: Organization, clock: Clock, event_type: UUID | None = None) -> bool:
    """Whether the start is listed, which it is exactly when nothing refuses it."""
    served = await serving.serve(conn, organization.id, event_type or organization.event_type_id)
    listed = START in [slot.start_time for slot in await slots.list_served(conn, served, DAY, now=clock.now)]
    explained = await explaining.why_not(conn, organization.id, served.id, START, now=clock.now)
    assert explained.is_offered == listed
    return listed


async def test_nobody_else_can_take_what_is_held(conn: Conn, organization: Organization, clock: Clock) -> None:
    other = await make_event_type(conn, organization.owner.user, now=clock.now)
    together = await make_event_type(
        conn, organization.admin.user, now=clock.now, pooling_type="collective",
        hosts=[organization.admin.id, organization.owner.id],
    )  # fmt: skip
    made = await hold(conn, organization, clock)

    for event_type in (organization.event_type_id, other, together):
        assert not await is_offered(conn, organization, clock, event_type)
        with pytest.raises(SlotUnavailable):
            await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type)
    with pytest.raises(SlotUnavailable):
        await hold(conn, organization, clock)
    why = await explaining.why_not(conn, organization.id, other, START, now=clock.now)
    assert [(one.code, one.source_id) for one in why.refusals] == [("HOLD", made.hold.scheduled_event_id)]


async def test_its_owner_books_what_it_keeps_and_the_event_has_its_id(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await hold(conn, organization, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, hold_token=made.token)

    assert booked.event.id == made.hold.scheduled_event_id
    assert await store.rows("holds") == []
    assert [(row["scheduled_event_id"], row["expires_at"]) for row in await store.rows("occupancy")] == [
        (str(booked.event.id), None)
    ]


@pytest.mark.parametrize("swept", [True, False])
async def test_once_it_has_ended_the_slot_is_free_swept_or_not(
    conn: Conn, organization: Organization, clock: Clock, store: Store, *, swept: bool
) -> None:
    made = await hold(conn, organization, clock)
    clock.advance(minutes=9, seconds=59)
    assert not await is_offered(conn, organization, clock)
    clock.advance(seconds=1)
    assert await is_offered(conn, organization, clock)
    if swept:
        await holds.sweep(conn, now=clock.now)
        assert (await store.rows("holds"), await store.rows("occupancy")) == ([], [])
    late = await make_booking(conn, organization, START, now=clock.now, hold_token=made.token)
    assert late.event.start_time == START


async def test_an_ended_hold_is_of_no_use_once_somebody_has_booked(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await hold(conn, organization, clock)
    clock.advance(minutes=10)
    await make_booking(conn, organization, START, now=clock.now)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, hold_token=made.token)


async def test_a_hold_that_is_given_up_frees_its_time_and_may_be_given_up_again(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await hold(conn, organization, clock)
    for _ in range(2):
        await holds.give_up(conn, made.token, now=clock.now)

    assert await is_offered(conn, organization, clock)
    assert await store.rows("occupancy") == []


async def test_a_hold_of_a_seat_counts_as_a_seat_and_each_of_them_keeps_the_event_s_time(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    group = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=2)
    first = await hold(conn, organization, clock, group)
    second = await hold(conn, organization, clock, group, lasts=timedelta(minutes=30))
    assert not await is_offered(conn, organization, clock, group)
    assert not await is_offered(conn, organization, clock)
    await holds.give_up(conn, first.token, now=clock.now)
    assert await is_offered(conn, organization, clock, group)
    assert not await is_offered(conn, organization, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    assert booked.event.id == first.hold.scheduled_event_id == second.hold.scheduled_event_id
    assert not await is_offered(conn, organization, clock, group)
    joined = await make_booking(conn, organization, START, now=clock.now, event_type_id=group, hold_token=second.token)
    assert (joined.event.id, joined.event.invitees_active) == (booked.event.id, 2)
    assert await store.rows("holds") == []


async def test_the_last_seat_is_held_or_booked_but_not_both(
    organization: Organization, clock: Clock, pair: list[Conn], conn: Conn
) -> None:
    group = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=2)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    outcomes = await asyncio.gather(
        hold(pair[0], organization, clock, group),
        make_booking(pair[1], organization, START, now=clock.now, event_type_id=group),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Held | Booked) for one in outcomes) == [False, True]


async def test_a_hold_counts_towards_limits(conn: Conn, organization: Organization, clock: Clock) -> None:
    await meeting_limits.put(
        conn, organization.id, id=new_id(), period="day", maximum=1, user_id=organization.owner.id, now=clock.now
    )
    made = await hold(conn, organization, clock)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START + timedelta(hours=2), now=clock.now)
    await make_booking(conn, organization, START, now=clock.now, hold_token=made.token)


async def test_no_hold_is_without_an_end(conn: Conn, organization: Organization, clock: Clock) -> None:
    with pytest.raises(Invalid):
        await hold(conn, organization, clock, lasts=timedelta())
    for reason in Reason:
        made = await hold(conn, organization, clock, reason=reason)
        assert made.hold.expires_at - clock.now == holds.LASTS[reason]
        await holds.give_up(conn, made.token, now=clock.now)
    await hold(conn, organization, clock)
    with pytest.raises(psycopg.errors.NotNullViolation):
        await conn.execute("UPDATE holds SET expires_at = NULL WHERE organization_id = %s", (organization.id,))


async def test_the_token_is_in_no_repr_and_stored_as_a_digest(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await hold(conn, organization, clock)

    assert made.token not in repr(made)
    assert made.token not in str(await store.rows("holds"))


async def test_a_sweep_leaves_the_time_that_somebody_is_about_to_share(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    pair: list[Conn],
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A seat is held while the time is that of a hold which ends, and is swept, before the second one is stored."""
    group = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=3)
    first = await hold(conn, organization, clock, group, lasts=timedelta(minutes=1))
    clock.advance(seconds=59)
    place = placing.place

    async def swept(*args: Any, **options: Any) -> Placement:
        placed = await place(*args, **options)
        await holds.sweep(pair[1], now=clock.now + timedelta(seconds=1))
        return placed

    monkeypatch.setattr(placing, "place", swept)
    second = await hold(pair[0], organization, clock, group, lasts=timedelta(minutes=30))
    monkeypatch.undo()
    assert len(await store.rows("holds")) == 2
    await holds.sweep(conn, now=clock.now + timedelta(seconds=1))
    assert len(await store.rows("holds")) == 1
    clock.advance(minutes=1)

    assert second.hold.scheduled_event_id == first.hold.scheduled_event_id
    assert [row["scheduled_event_id"] for row in await store.rows("occupancy")] == [str(second.hold.scheduled_event_id)]
    assert not await is_offered(conn, organization, clock)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=group, hold_token=second.token)
    assert booked.event.id == second.hold.scheduled_event_id


@pytest.fixture
async def group(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    """A group event type with three seats."""
    return await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=3)


async def leave(conn: Conn, made: Booked, clock: Clock) -> None:
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made.invitee.id, reason=None, uris=URIS, now=clock.now)


async def move_away(conn: Conn, made: Booked, clock: Clock) -> None:
    async with conn.transaction():
        later = START + timedelta(hours=3)
        await rescheduling.reschedule(conn, made.invitee.id, later, uris=URIS, now=clock.now)


@pytest.mark.parametrize("goes", [leave, move_away])
async def test_a_seat_that_is_held_keeps_its_time_when_the_last_invitee_goes(
    conn: Conn, organization: Organization, clock: Clock, store: Store, group: UUID, goes: Going
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    made = await hold(conn, organization, clock, group)
    longer = await hold(conn, organization, clock, group, lasts=timedelta(minutes=30))
    offered = await rescheduling.available_times(conn, booked.invitee.id, DAY, now=clock.now)
    await goes(conn, booked, clock)
    kept = {row["scheduled_event_id"] for row in await store.rows("holds")}
    (time,) = [row for row in await store.rows("occupancy") if row["expires_at"] is not None]

    assert START not in [slot.start_time for slot in offered]
    assert (kept, datetime.fromisoformat(time["expires_at"])) == (
        {time["scheduled_event_id"]}, longer.hold.expires_at,
    )  # fmt: skip
    assert kept != {str(booked.event.id)}
    assert not await is_offered(conn, organization, clock)
    again = await make_booking(conn, organization, START, now=clock.now, event_type_id=group, hold_token=made.token)
    assert kept == {str(again.event.id)}
    await holds.give_up(conn, longer.token, now=clock.now)
    await leave(conn, again, clock)
    assert await is_offered(conn, organization, clock)


async def test_a_seat_is_not_held_while_the_last_invitee_leaves(
    conn: Conn, organization: Organization, clock: Clock, store: Store, group: UUID, pair: list[Conn]
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=group)
    async with pair[0].transaction():
        made = await hold(pair[0], organization, clock, group)
        leaving = asyncio.create_task(leave(pair[1], booked, clock))
        await blocked(conn, pair[1])
    await leaving

    (time,) = await store.rows("occupancy")
    assert datetime.fromisoformat(time["expires_at"]) == made.hold.expires_at
    assert not await is_offered(conn, organization, clock)


async def test_a_hold_that_shares_the_time_of_another_has_it_with_every_host(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    """One host's row of the other hold was cleared away by whoever locked that host with a later clock."""
    group = await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=3, pooling_type="collective",
        hosts=[organization.owner.id, organization.admin.id],
    )  # fmt: skip
    await hold(conn, organization, clock, group)
    await conn.execute("DELETE FROM occupancy WHERE user_id = %s", (organization.admin.id,))
    await hold(conn, organization, clock, group)

    assert {row["user_id"] for row in await store.rows("occupancy")} == {
        str(organization.owner.id), str(organization.admin.id),
    }  # fmt: skip


@pytest.mark.parametrize("is_booked", [True, False])
async def test_where_a_host_who_is_held_can_t_come_any_more_the_event_has_another_one(
    conn: Conn, organization: Organization, clock: Clock, store: Store, *, is_booked: bool
) -> None:
    members = [organization.owner, organization.admin, organization.member]
    pair_of_three = await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=3, pooling_type="multi_pool", pool_sizes=[2],
        hosts=[NewHost(one.id, place) for place, one in enumerate(members)],
    )  # fmt: skip
    first = await hold(conn, organization, clock, pair_of_three)
    gone, stays = first.hold.user_ids
    await days_off.insert(
        conn, organization.id, id=new_id(), user_id=gone, name="Fair", first_day=START.date(), last_day=START.date(),
        now=clock.now,
    )  # fmt: skip
    then = {str(one.id) for one in members} - {str(gone)}
    if is_booked:
        made = await make_booking(conn, organization, START, now=clock.now, event_type_id=pair_of_three)
        assert {str(host.user_id) for host in made.event.hosts} == then
    else:
        await hold(conn, organization, clock, pair_of_three)

    assert {row["user_id"] for row in await store.rows("occupancy")} == then
    assert [set(row["user_ids"]) for row in await store.rows("holds")] == [then] * (1 if is_booked else 2)
    own = await make_booking(
        conn, organization, START, now=clock.now, event_type_id=pair_of_three, hold_token=first.token
    )
    assert own.event.id == first.hold.scheduled_event_id
    assert str(stays) in {str(host.user_id) for host in own.event.hosts}
    assert {str(host.user_id) for host in own.event.hosts} == then


@pytest.mark.parametrize("kind", [{}, {"kind": "group", "seats": 3}])
async def test_a_hold_is_used_once_however_often_its_form_is_sent(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], kind: dict[str, Any]
) -> None:
    """Both have read the hold before either has the locks."""
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, **kind)
    made = await hold(conn, organization, clock, event_type)
    async with pair[0].transaction():
        command = booking_of(organization, START, event_type_id=event_type, hold_token=made.token)
        first = await booking.book(pair[0], command, uris=URIS, now=clock.now)
        waiting = asyncio.create_task(
            make_booking(pair[1], organization, START, now=clock.now, event_type_id=event_type, hold_token=made.token)
        )
        await blocked(conn, pair[1])
    second = (await asyncio.gather(waiting, return_exceptions=True))[0]

    assert first.event.id == made.hold.scheduled_event_id
    if kind:  # there are further seats, so whoever comes without a hold has one
        assert isinstance(second, Booked)
        assert second.event.id == first.event.id
    else:
        assert isinstance(second, SlotUnavailable)
