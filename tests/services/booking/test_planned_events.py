"""What is planned takes place as it was planned: settings that change afterwards take no seat away.

Source: rules, section 10; ADR 0020.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from factories import (
    URIS,
    Member,
    Organization,
    booking_of,
    make_booking,
    make_event_type,
    make_member,
    make_organization,
    principal_of,
)
from openslot.core.errors import NotFound, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.refusals import Code
from openslot.db import availability_schedules, days_off, event_type_hosts, event_types, meeting_limits, trips
from openslot.db.event_type_hosts import NewHost
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn, connected
from openslot.db.trips import Trip
from openslot.services import explaining, serving, slots
from openslot.services.booking import approvals, booking, cancellation, holds, rescheduling
from openslot.services.booking.command import GivenAnswer
from openslot.services.booking.holds import Reason
from openslot.services.terms import Terms
from openslot.wire.event_types import CustomQuestion
from running import examples

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
START = datetime(2027, 1, 5, 10, tzinfo=UTC)
DAY = Interval(START.replace(hour=0), START.replace(hour=23))
MINUTE = timedelta(minutes=1)
QUESTION = CustomQuestion("Which wheel?", "string", 0, True, True, [], False)

Change = Callable[[Conn, Organization, UUID], Awaitable[None]]


def setting(**values: Any) -> Change:
    async def change(conn: Conn, organization: Organization, class_: UUID) -> None:
        await event_types.update(conn, organization.id, class_, ColumnChanges(**values), now=NOW)

    return change


def hours(zone: str, *rules: dict[str, Any]) -> Change:
    async def change(conn: Conn, organization: Organization, _class: UUID) -> None:
        await availability_schedules.set_default(
            conn, organization.id, organization.owner.id, timezone=zone, rules=list(rules), now=NOW
        )

    return change


async def day_off(conn: Conn, organization: Organization, _class: UUID) -> None:
    await days_off.insert(
        conn, organization.id, id=new_id(), user_id=organization.owner.id, name="Ill", first_day=START.date(),
        last_day=START.date(), now=NOW,
    )  # fmt: skip


async def trip(conn: Conn, organization: Organization, _class: UUID) -> None:
    away = Trip(new_id(), organization.owner.id, START.date(), None, "Asia/Tokyo", NOW)
    await trips.insert(conn, organization.id, away)


async def limit(conn: Conn, organization: Organization, _class: UUID) -> None:
    await meeting_limits.put(conn, organization.id, id=new_id(), period="day", maximum=0, now=NOW)


CHANGES: dict[str, Change] = {
    "longer": setting(duration_minutes=60),
    "shorter": setting(duration_minutes=15),
    "longer than the day": setting(duration_minutes=600),
    "other durations": setting(duration_minutes=45, duration_options=[45, 90]),
    "fewer seats than are taken": setting(seats=2),
    "more seats": setting(seats=50),
    "wider buffers": setting(buffer_before_minutes=120, buffer_after_minutes=120),
    "another increment": setting(increment_minutes=55),
    "days that have to pass": setting(notice_minutes=3 * 24 * 60),
    "a range that is over": setting(range_kind="fixed", range_first=date(2026, 1, 1), range_last=date(2026, 1, 31)),
    "a range of no day ahead": setting(range_kind="rolling", range_days=0),
    "no hours": hours("Europe/Rome"),
    "hours on another day": hours(
        "Asia/Tokyo", {"type": "wday", "wday": "friday", "intervals": [{"from": "09:00", "to": "10:00"}]}
    ),
    "hours that end within it": hours(
        "UTC", {"type": "date", "date": "2027-01-05", "intervals": [{"from": "09:00", "to": "10:10"}]}
    ),
    "a day off": day_off,
    "a trip": trip,
    "a limit": limit,
    "another place": setting(locations=[]),
    "approval": setting(requires_approval=True),
}  # fmt: skip


@pytest.fixture
async def class_(conn: Conn, organization: Organization) -> UUID:
    """Of five seats one is taken."""
    made = await make_event_type(conn, organization.owner.user, now=NOW, kind="group", seats=5)
    await make_booking(conn, organization, START, now=NOW, event_type_id=made, email="first@example.org")
    return made


async def listed(
    conn: Conn, organization: Organization, class_: UUID, *, duration: int | None = None, now: datetime = NOW
) -> dict[str, tuple[int, int | None]]:
    """The day's starts with the seats that remain, and how long what is planned there lasts."""
    served = await serving.serve(conn, organization.id, class_, Terms(duration_minutes=duration))
    found = await slots.list_served(conn, served, DAY, now=now)
    return {f"{one.start_time:%H:%M}": (one.invitees_remaining, one.planned and one.planned.minutes) for one in found}


async def refused(conn: Conn, organization: Organization, class_: UUID, *, now: datetime = NOW) -> list[Code]:
    why = await explaining.why_not(conn, organization.id, class_, START, now=now)
    return [one.code for one in why.refusals]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_the_seats_of_a_planned_class_stay_whatever_is_set_afterwards(
    conn: Conn, organization: Organization, class_: UUID, change: Change
) -> None:
    await change(conn, organization, class_)
    seats = await listed(conn, organization, class_)
    why = await refused(conn, organization, class_)
    joined = await make_booking(conn, organization, START, now=NOW, event_type_id=class_)

    assert (seats["10:00"], why) == ((4, 30), [])
    assert joined.event.end_time - joined.event.start_time == 30 * MINUTE
    assert (joined.event.invitees_active, joined.event.invitees_limit) == (2, 5)
    assert (await listed(conn, organization, class_))["10:00"] == (3, 30)


async def test_a_class_lasts_as_planned_under_every_duration_and_new_ones_as_is_set_now(
    conn: Conn, organization: Organization, class_: UUID
) -> None:
    await setting(duration_minutes=60, duration_options=[30, 60])(conn, organization, class_)
    for duration in (None, 30, 60):
        assert (await listed(conn, organization, class_, duration=duration))["10:00"] == (4, 30)
    joined = await make_booking(conn, organization, START, now=NOW, event_type_id=class_, duration_minutes=60)
    new = await make_booking(conn, organization, START + 60 * MINUTE, now=NOW, event_type_id=class_)

    assert [one.event.end_time - one.event.start_time for one in (joined, new)] == [30 * MINUTE, 60 * MINUTE]


async def test_a_request_to_join_that_waits_is_booked_as_it_is_planned(
    conn: Conn, organization: Organization, class_: UUID
) -> None:
    requested = booking_of(organization, START, event_type_id=class_, duration_minutes=30)
    async with conn.transaction():
        waiting = await approvals.request(conn, requested, uris=URIS, now=NOW)
    await setting(duration_minutes=60)(conn, organization, class_)
    principal = await principal_of(conn, organization.owner, now=NOW)
    async with conn.transaction():
        joined = await approvals.approve(conn, principal, waiting.hold.id, uris=URIS, now=NOW)
    assert joined.event.end_time - joined.event.start_time == 30 * MINUTE


async def test_the_questions_are_those_of_today(conn: Conn, organization: Organization, class_: UUID) -> None:
    await setting(custom_questions=[QUESTION])(conn, organization, class_)
    joined = await make_booking(
        conn, organization, START, now=NOW, event_type_id=class_, answers=[GivenAnswer("Which wheel?", "The left one")]
    )
    assert [one.answer for one in joined.invitee.questions_and_answers] == ["The left one"]


@pytest.mark.parametrize("how", ["off", "deleted", "canceled"])
async def test_a_class_of_an_event_type_that_is_off_or_deleted_and_one_that_is_canceled_take_nobody(
    conn: Conn, organization: Organization, class_: UUID, how: str
) -> None:
    if how == "off":
        await setting(active=False)(conn, organization, class_)
    elif how == "deleted":
        await event_types.delete(conn, organization.id, class_, now=NOW)
    else:
        await setting(duration_minutes=60, increment_minutes=45)(conn, organization, class_)
        cursor = await conn.execute("SELECT id FROM invitees WHERE organization_id = %s", (organization.id,))
        (invitee,) = await cursor.fetchone() or ()
        async with conn.transaction():
            await cancellation.cancel_as_invitee(conn, invitee, reason=None, uris=URIS, now=NOW)

    assert "10:00" not in await listed(conn, organization, class_)
    assert await refused(conn, organization, class_) != []
    with pytest.raises((NotFound, SlotUnavailable)):
        await make_booking(conn, organization, START, now=NOW, event_type_id=class_)


async def test_notice_is_a_term_for_signing_up_the_kinder_of_then_and_now(
    conn: Conn, organization: Organization
) -> None:
    class_ = await make_event_type(conn, organization.owner.user, now=NOW, kind="group", seats=5, notice_minutes=120)
    await make_booking(conn, organization, START, now=NOW, event_type_id=class_)

    async def joinable(before: timedelta) -> bool:
        now = START - before
        offered = (await listed(conn, organization, class_, now=now)).get("10:00") == (4, 30)
        assert (await refused(conn, organization, class_, now=now) == []) is offered
        return offered

    assert [await joinable(MINUTE * minutes) for minutes in (120, 119)] == [True, False]
    await setting(notice_minutes=240)(conn, organization, class_)
    assert [await joinable(MINUTE * minutes) for minutes in (120, 119)] == [True, False]
    await setting(notice_minutes=60)(conn, organization, class_)
    assert [await joinable(MINUTE * minutes) for minutes in (60, 59)] == [True, False]
    late = await explaining.why_not(conn, organization.id, class_, START, now=START - 59 * MINUTE)
    assert [one.code for one in late.refusals] == [Code.NOTICE]


async def test_a_host_who_sets_notice_aside_sets_it_aside_for_that_booking_alone(
    conn: Conn, organization: Organization
) -> None:
    class_ = await make_event_type(
        conn, organization.owner.user, now=NOW, kind="group", seats=5, notice_minutes=5 * 24 * 60
    )  # fmt: skip
    await make_booking(
        conn, organization, START, now=NOW, event_type_id=class_, set_aside=frozenset({"NOTICE"})
    )  # fmt: skip
    assert await listed(conn, organization, class_) == {}
    assert await refused(conn, organization, class_) == [Code.NOTICE]


async def pool_of(conn: Conn, organization: Organization, hosts: Sequence[Member], **values: Any) -> UUID:
    return await make_event_type(
        conn, organization.owner.user, now=NOW, kind="group", seats=3, hosts=[host.id for host in hosts],
        **({"pooling_type": "round_robin"} | values),
    )  # fmt: skip


@pytest.mark.parametrize("pooling", ["round_robin", "collective"])
async def test_a_class_keeps_the_host_who_serves_the_event_type_no_more(
    conn: Conn, organization: Organization, pooling: str
) -> None:
    ann, ben, cid = [
        await make_member(conn, organization.id, role="user", now=NOW, name=name) for name in ("Ann", "Ben", "Cid")
    ]
    pool = await pool_of(conn, organization, [ann, ben], pooling_type=pooling)
    first = await make_booking(conn, organization, START, now=NOW, event_type_id=pool)
    await event_type_hosts.delete(conn, organization.id, pool, ann.id, now=NOW)
    await event_type_hosts.insert(conn, organization.id, pool, [NewHost(cid.id, 2)], now=NOW)
    seats = (await listed(conn, organization, pool))["10:00"]
    held = await holds.place(conn, organization.id, pool, START, reason=Reason.FORM, now=NOW)
    by_hold = await make_booking(conn, organization, START, now=NOW, event_type_id=pool, hold_token=held.token)
    last = await make_booking(conn, organization, START, now=NOW, event_type_id=pool)

    assert seats == (2, 30)
    assert first.event.id == by_hold.event.id == last.event.id
    assert held.hold.user_ids == [host.user_id for host in first.event.hosts]
    # those who serve it now have the time for a class of their own, where they are others
    now_free = pooling == "round_robin"
    assert ((await listed(conn, organization, pool)).get("10:00") == (3, None)) is now_free


async def test_a_move_finds_the_class_as_it_was_planned(conn: Conn, organization: Organization, class_: UUID) -> None:
    later = await make_booking(conn, organization, START + 60 * MINUTE, now=NOW, event_type_id=class_)
    await setting(duration_minutes=45, increment_minutes=45)(conn, organization, class_)
    found = await rescheduling.available_times(conn, later.invitee.id, DAY, now=NOW)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, later.invitee.id, START, uris=URIS, now=NOW)

    assert [(one.planned and one.planned.minutes) for one in found if one.start_time == START] == [30]
    assert (moved.event.end_time - moved.event.start_time, moved.event.invitees_active) == (30 * MINUTE, 2)


async def test_seats_that_are_held_are_never_fewer_than_none(conn: Conn, organization: Organization) -> None:
    class_ = await make_event_type(conn, organization.owner.user, now=NOW, kind="group", seats=3)
    tokens = [
        (await holds.place(conn, organization.id, class_, START, reason=Reason.FORM, now=NOW)).token for _ in range(3)
    ]
    await setting(seats=2)(conn, organization, class_)
    assert "10:00" not in await listed(conn, organization, class_)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=NOW, event_type_id=class_)
    made = [
        await make_booking(conn, organization, START, now=NOW, event_type_id=class_, hold_token=token)
        for token in tokens
    ]
    assert [(one.event.invitees_active, one.event.invitees_limit) for one in made] == [(1, 3), (2, 3), (3, 3)]


# For any changes


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, Any] = {
        "duration_minutes": draw(st.sampled_from([5, 30, 45, 700])),
        "increment_minutes": draw(st.sampled_from([7, 30, 240])),
        "buffer_before_minutes": draw(st.sampled_from([0, 25, 600])),
        "buffer_after_minutes": draw(st.sampled_from([0, 25, 600])),
        "notice_minutes": draw(st.sampled_from([0, 60, 20_000])),
        "seats": draw(st.integers(2, 9)),
    }
    match draw(st.sampled_from(["indefinite", "rolling", "fixed"])):
        case "rolling":
            values |= {"range_kind": "rolling", "range_days": draw(st.integers(0, 5))}
        case "fixed":
            values |= {"range_kind": "fixed", "range_first": date(2027, 1, 6), "range_last": date(2027, 1, 7)}
    return values


RULES = [
    [],
    [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "09:00", "to": "17:00"}]}],
    [{"type": "date", "date": "2027-01-05", "intervals": [{"from": "11:07", "to": "12:00"}]}],
]


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pooling=st.sampled_from([None, "round_robin", "collective"]),
    planned=st.lists(st.integers(0, 13), min_size=1, max_size=4, unique=True),
    rounds=st.lists(st.tuples(changes(), st.sampled_from(RULES), st.booleans()), min_size=1, max_size=2),
)
def test_whatever_is_set_afterwards_every_planned_class_is_listed_explained_and_joined_as_it_was(
    database_url: str,
    pooling: str | None,
    planned: list[int],
    rounds: list[tuple[dict[str, Any], list[dict[str, Any]], bool]],
) -> None:
    async def undone() -> None:
        async with connected(database_url) as conn, conn.transaction(force_rollback=True):
            organization = await make_organization(conn, now=NOW)
            others = [await make_member(conn, organization.id, role="user", now=NOW) for _ in range(2)]
            hosts = [organization.owner.id, others[0].id] if pooling else [organization.owner.id]
            class_ = await make_event_type(
                conn, organization.owner.user, now=NOW, kind="group", seats=4, pooling_type=pooling, hosts=hosts
            )
            first = datetime.combine(START.date(), time(8, tzinfo=UTC))
            made = [
                await booking.book(
                    conn, booking_of(organization, first + 30 * MINUTE * number, event_type_id=class_), uris=URIS,
                    now=NOW,
                )
                for number in planned
            ]  # fmt: skip
            for values, rules, leaves in rounds:
                await event_types.update(conn, organization.id, class_, ColumnChanges(**values), now=NOW)
                await hours("Europe/Rome", *rules)(conn, organization, class_)
                if pooling and leaves:
                    await event_type_hosts.delete(conn, organization.id, class_, hosts[1], now=NOW)
                event("hosts left" if pooling and leaves else "hosts stay")
                for one in made:
                    was = one.event
                    served = await serving.serve(conn, organization.id, class_)
                    found = {slot.start_time: slot for slot in await slots.list_served(conn, served, DAY, now=NOW)}
                    slot = found[was.start_time]
                    wanted = booking_of(organization, was.start_time, event_type_id=class_)
                    why = await explaining.why_not(conn, organization.id, class_, was.start_time, now=NOW)
                    assert slot.planned is not None
                    assert why.refusals == []
                    joined = (await booking.book(conn, wanted, uris=URIS, now=NOW)).event
                    assert (joined.id, joined.start_time, joined.end_time) == (was.id, was.start_time, was.end_time)
                    assert (joined.invitees_limit, joined.hosts) == (4, was.hosts)
                    assert 4 - joined.invitees_active == slot.invitees_remaining - 1

    asyncio.run(undone())
