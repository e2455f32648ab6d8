"""The law of the engine, over random organizations in a real database.

A start is listed exactly when nothing refuses it, and exactly then it can be booked; by as many as it says.

Source: rules, all sections.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from factories import URIS, Organization, booking_of, make_event_type, make_member, make_organization
from openslot.core.errors import SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import availability_schedules, days_off, event_types, meeting_limits, trips
from openslot.db.event_type_hosts import NewHost
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn, connected
from openslot.db.trips import Trip
from openslot.services import explaining, serving, slots
from openslot.services.booking import booking, holds
from openslot.services.booking.holds import Reason
from openslot.services.terms import Terms
from running import examples

NOW = datetime(2027, 3, 12, 8, tzinfo=UTC)
"""Friday; clocks go forward on Sunday in New York."""
WINDOW = Interval(NOW, NOW + timedelta(days=4))
ZONES = ("Europe/Rome", "America/New_York", "Asia/Kathmandu")
DAYS = ("monday", "tuesday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class World:
    """What is drawn before there is a database: plain values, so that a failing case can be read."""

    zones: list[str]
    hours: list[list[tuple[str, int, int]]]
    overrides: list[list[tuple[int, int, int]]]
    closed: list[tuple[int | None, int]]
    trips: list[tuple[int, int, str]]
    event_type: dict[str, Any]
    pools: list[int]
    limits: list[tuple[str, str, int]]
    taken: list[int]
    held: list[int]
    wanted: list[int]
    duration: int | None
    buffer_later: int
    """Minutes: what the event type's buffers become once there are events."""
    later: dict[str, Any]
    """What else of the event type changes then."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    quarter = st.integers(0, 95).map(lambda number: number * 15)
    pooling = draw(st.sampled_from([None, "round_robin", "round_robin", "collective", "multi_pool"]))
    group = draw(st.booleans())
    values: dict[str, Any] = {
        "pooling_type": pooling,
        "kind": "group" if group else "solo",
        "seats": draw(st.integers(2, 3)) if group else 1,
        "duration_minutes": draw(st.sampled_from([15, 45, 120])),
        "duration_options": [15, 45, 120],
        "increment_minutes": draw(st.sampled_from([15, 20, 60])),
        "buffer_before_minutes": draw(st.sampled_from([0, 10])),
        "buffer_after_minutes": draw(st.sampled_from([0, 25])),
        "notice_minutes": draw(st.sampled_from([0, 90, 1500])),
        "round_robin_mode": draw(st.sampled_from(["maximize_availability", "equal_distribution"])),
        "lead_threshold": draw(st.sampled_from([None, 1, 1, 3])),
    }
    match draw(st.sampled_from(["indefinite", "rolling", "business", "fixed"])):
        case "rolling" | "business" as kind:
            values |= {"range_kind": "rolling", "range_days": 2, "range_business_days": kind == "business"}
        case "fixed":
            values |= {"range_kind": "fixed", "range_first": date(2027, 3, 13), "range_last": date(2027, 3, 15)}
    pools = [0, 0, 0]
    if pooling == "multi_pool":
        pools, values["pool_sizes"] = draw(
            st.sampled_from([([0, 0, 1], [1, 1]), ([0, 0, 0], [2]), ([0, 1, 1], [1, 2])])
        )
    span = st.tuples(quarter, quarter)
    return World(
        zones=draw(st.lists(st.sampled_from(ZONES), min_size=3, max_size=3)),
        hours=[
            [(day, *draw(span)) for day in draw(st.lists(st.sampled_from(DAYS), unique=True, min_size=2))]
            for _ in range(3)
        ],
        overrides=[draw(st.lists(st.tuples(st.integers(12, 16), quarter, quarter), max_size=1)) for _ in range(3)],
        closed=draw(st.lists(st.tuples(st.none() | st.integers(0, 2), st.integers(12, 16)), max_size=1)),
        trips=draw(st.lists(st.tuples(st.integers(0, 2), st.integers(12, 16), st.sampled_from(ZONES)), max_size=1)),
        event_type=values,
        pools=pools,
        limits=draw(
            st.lists(
                st.tuples(
                    st.sampled_from(["event_type", "host", "organization"]),
                    st.sampled_from(["day", "week", "month"]),
                    st.integers(0, 2),
                ),
                max_size=2,
                unique_by=lambda one: one[:2],
            )
        ),
        taken=draw(st.lists(st.integers(0, 24), max_size=5)),
        held=draw(st.lists(st.integers(0, 24), max_size=2)),
        wanted=draw(st.lists(st.integers(0, 4 * 96 * 3 - 1), min_size=8, max_size=8)),
        duration=draw(st.sampled_from([None, 15, 45])),
        buffer_later=draw(st.sampled_from([0, 10, 60])),
        later=draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "duration_minutes": st.sampled_from([15, 45, 120]),
                    "increment_minutes": st.sampled_from([25, 60]),
                    "notice_minutes": st.sampled_from([0, 1500]),
                    "seats": st.integers(2, 4) if group else st.just(1),
                },
            )
        ),
    )


async def build(conn: Conn, world: World) -> Organization:
    """The world as rows."""
    organization = await make_organization(conn, now=NOW)
    members = [organization.owner, *[await make_member(conn, organization.id, role="user", now=NOW) for _ in range(2)]]
    for member, zone, hours, overrides in zip(members, world.zones, world.hours, world.overrides, strict=True):
        rules: list[dict[str, Any]] = [
            {"type": "wday", "wday": day, "intervals": [{"from": clock(start), "to": clock(end)}]}
            for day, start, end in hours
        ]
        rules += [
            {"type": "date", "date": f"2027-03-{day}", "intervals": [{"from": clock(start), "to": clock(end)}]}
            for day, start, end in overrides
        ]
        await availability_schedules.set_default(conn, organization.id, member.id, timezone=zone, rules=rules, now=NOW)
    for whose, day in world.closed:
        closed = date(2027, 3, day)
        user = None if whose is None else members[whose].id
        await days_off.insert(
            conn, organization.id, id=new_id(), user_id=user, name="Fair", first_day=closed, last_day=closed, now=NOW
        )
    for traveler, day, zone in world.trips:
        trip = Trip(new_id(), members[traveler].id, date(2027, 3, day), None, zone, NOW)
        await trips.insert(conn, organization.id, trip)
    serving = members if world.event_type["pooling_type"] else members[:1]
    hosts = [
        NewHost(member.id, place, pool)
        for place, (member, pool) in enumerate(zip(serving, world.pools[: len(serving)], strict=True))
    ]
    event_type = await make_event_type(conn, members[0].user, now=NOW, hosts=hosts, **world.event_type)
    for scope, period, maximum in world.limits:
        whose_limit = {"event_type": {"event_type_id": event_type}, "host": {"user_id": members[0].id}}.get(scope, {})
        await meeting_limits.put(
            conn, organization.id, id=new_id(), period=period, maximum=maximum, now=NOW, **whose_limit
        )
    return replace(organization, event_type_id=event_type)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


async def listed(conn: Conn, organization: Organization, duration: int | None) -> dict[datetime, int]:
    """The starts with the invitees that remain."""
    served = await serving.serve(conn, organization.id, organization.event_type_id, Terms(duration_minutes=duration))
    found = await slots.list_served(conn, served, WINDOW, now=NOW)
    return {slot.start_time: slot.invitees_remaining for slot in found}


async def room(conn: Conn, organization: Organization, start: datetime, duration: int | None) -> int | None:
    """How many seats the event has that a booking joins or makes; None: none goes through. Nothing of it stays."""
    try:
        async with conn.transaction(force_rollback=True):
            command = booking_of(organization, start, duration_minutes=duration)
            made = (await booking.book(conn, command, uris=URIS, now=NOW)).event
            held = await conn.execute("SELECT FROM holds WHERE scheduled_event_id = %s", (made.id,))
            return made.invitees_limit - made.invitees_active - held.rowcount + 1
    except SlotUnavailable:
        return None


async def check(conn: Conn, world: World) -> None:
    organization = await build(conn, world)
    for number in world.taken:
        if starts := list(await listed(conn, organization, None)):
            command = booking_of(organization, starts[number % len(starts)])
            await booking.book(conn, command, uris=URIS, now=NOW)
    for number in world.held:
        if starts := list(await listed(conn, organization, world.duration)):
            await holds.place(
                conn, organization.id, organization.event_type_id, starts[number % len(starts)],
                reason=Reason.FORM, duration_minutes=world.duration, now=NOW,
            )  # fmt: skip
    later = {"buffer_before_minutes": world.buffer_later, "buffer_after_minutes": world.buffer_later} | world.later
    await event_types.update(conn, organization.id, organization.event_type_id, ColumnChanges(**later), now=NOW)
    found = await listed(conn, organization, world.duration)
    event(f"{'some' if found else 'none'} listed, {world.event_type['pooling_type']}, {world.event_type['kind']}")
    wanted = {WINDOW.start + timedelta(minutes=5 * number) for number in world.wanted} | set(list(found)[:16])
    for start in sorted(wanted):
        why = await explaining.why_not(
            conn, organization.id, organization.event_type_id, start, duration_minutes=world.duration, now=NOW
        )
        left = await room(conn, organization, start, world.duration)
        assert (found.get(start), why.is_offered) == (left, left is not None), (start, why.refusals)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_a_start_is_listed_exactly_when_nothing_refuses_it_and_exactly_then_it_can_be_booked(
    database_url: str, world: World
) -> None:
    async def undone() -> None:
        async with connected(database_url) as conn, conn.transaction(force_rollback=True):
            await check(conn, world)

    asyncio.run(undone())
