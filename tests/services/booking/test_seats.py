"""The seats of a planned group event. Source: rules, section 10."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Member, Organization, booking_of, make_booking, make_event_type, principal_of
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db.pool import Conn, connected
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services import serving, slots
from openslot.services.booking import booking, cancellation, holds, seats
from openslot.services.booking.command import Booked
from openslot.services.booking.holds import Reason
from services.conftest import blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
async def class_(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    return await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=3)


@pytest.fixture
async def planned(conn: Conn, organization: Organization, clock: Clock, class_: UUID) -> Booked:
    return await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)


async def set_seats(conn: Conn, member: Member, event_id: UUID, number: int, now: datetime) -> ScheduledEvent:
    async with conn.transaction():
        return await seats.set_seats(conn, await principal_of(conn, member, now=now), event_id, number, now=now)


async def left(conn: Conn, organization: Organization, class_: UUID, now: datetime) -> int | None:
    served = await serving.serve(conn, organization.id, class_)
    window = Interval(START, START + timedelta(minutes=1))
    return next((one.invitees_remaining for one in await slots.list_served(conn, served, window, now=now)), None)


async def test_a_planned_class_gets_more_seats_and_gives_back_those_that_are_free(
    conn: Conn, organization: Organization, clock: Clock, class_: UUID, planned: Booked
) -> None:
    clock.advance(minutes=1)
    more = await set_seats(conn, organization.owner, planned.event.id, 4, clock.now)
    room = await left(conn, organization, class_, clock.now)
    for _ in range(2):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)
    fewer = await set_seats(conn, organization.admin, planned.event.id, 3, clock.now)

    assert (more.invitees_limit, more.invitees_active, more.updated_at, room) == (4, 1, clock.now, 3)
    assert (fewer.invitees_limit, fewer.invitees_active) == (3, 3)
    assert await left(conn, organization, class_, clock.now) is None
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)
    another = await make_booking(conn, organization, START + timedelta(hours=1), now=clock.now, event_type_id=class_)
    assert another.event.invitees_limit == 3  # as the event type has it


async def test_seats_that_are_taken_or_held_stay(
    conn: Conn, organization: Organization, clock: Clock, class_: UUID, planned: Booked
) -> None:
    await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)
    await holds.place(conn, organization.id, class_, START, reason=Reason.FORM, now=clock.now)
    for number, message in [
        (2, "must be at least the 3 that are taken"),
        (1, "must be from 2 to 9999"),
        (10_000, "must be from 2 to 9999"),
    ]:
        with pytest.raises(Invalid) as refused:
            await set_seats(conn, organization.owner, planned.event.id, number, clock.now)
        assert refused.value.details == (FieldError("seats", message),)
    clock.advance(minutes=10)  # the hold ends
    assert (await set_seats(conn, organization.owner, planned.event.id, 2, clock.now)).invitees_limit == 2


async def test_only_a_class_that_is_to_come_and_one_s_own_changes(
    conn: Conn, organization: Organization, clock: Clock, planned: Booked
) -> None:
    alone = await make_booking(conn, organization, START + timedelta(hours=2), now=clock.now)
    with pytest.raises(Invalid) as refused:
        await set_seats(conn, organization.owner, alone.event.id, 5, clock.now)
    assert refused.value.details == (FieldError("seats", "is only for groups"),)
    with pytest.raises(NotFound):
        await set_seats(conn, organization.owner, new_id(), 5, clock.now)
    with pytest.raises(Forbidden):
        await set_seats(conn, organization.member, planned.event.id, 5, clock.now)
    with pytest.raises(Forbidden, match="past"):
        await set_seats(conn, organization.owner, planned.event.id, 5, START)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, planned.invitee.id, reason=None, uris=URIS, now=clock.now)
    with pytest.raises(Forbidden, match="canceled"):
        await set_seats(conn, organization.owner, planned.event.id, 5, clock.now)


@pytest.fixture
async def trio(database_url: str) -> AsyncIterator[list[Conn]]:
    """One that looks on, and two that race."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(database_url)) for _ in range(3)]


@pytest.mark.parametrize("first", ["the booking", "the lowering", "the hold"])
async def test_of_a_last_seat_that_is_taken_and_taken_away_at_once_only_one_comes_true(
    organization: Organization, clock: Clock, class_: UUID, planned: Booked, trio: list[Conn], first: str
) -> None:
    observer, one, other = trio
    await make_booking(observer, organization, START, now=clock.now, event_type_id=class_)

    async def take(by: Conn) -> str:
        try:
            async with by.transaction():
                wanted = booking_of(organization, START, event_type_id=class_)
                await booking.book(by, wanted, uris=URIS, now=clock.now)
        except SlotUnavailable:
            return "refused"
        return "taken"

    async def keep(by: Conn) -> str:
        async with by.transaction():
            await holds.place(by, organization.id, class_, START, reason=Reason.FORM, now=clock.now)
        return "held"

    async def lower(by: Conn) -> str:
        try:
            await set_seats(by, organization.owner, planned.event.id, 2, clock.now)
        except Invalid:
            return "refused"
        return "lowered"

    acts = {"the booking": (take, lower), "the lowering": (lower, take), "the hold": (keep, lower)}[first]
    async with one.transaction():
        earlier = await acts[0](one)
        waiting = asyncio.create_task(acts[1](other))
        await blocked(observer, other)
    later = await waiting

    assert [earlier, later] == {
        "the booking": ["taken", "refused"], "the lowering": ["lowered", "refused"], "the hold": ["held", "refused"],
    }[first]  # fmt: skip
