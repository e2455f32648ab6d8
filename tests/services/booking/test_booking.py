"""Booking. Source: design, sections 5 and 6; rules, sections 1 and 2."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import errors as db_errors

from conftest import Clock, Service, Statements
from factories import (
    API,
    LINKS,
    Organization,
    booking_body,
    booking_of,
    make_booking,
    make_event_type,
    make_subscription,
    principal_of,
)
from openslot.core.errors import SlotTaken, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import occupancy, scheduled_events
from openslot.db.occupancy import span
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import serving, slots
from openslot.services.booking import booking, cancellation
from openslot.services.booking.command import Booked
from openslot.wire.common import Tracking
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def http(service: Service, clock: Clock) -> httpx.AsyncClient:
    service.clock = clock
    return service.client


def instant(moment: datetime) -> str:
    """As PostgreSQL writes it in JSON."""
    return moment.astimezone(UTC).isoformat()


async def test_a_booking_writes_all_its_rows(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    buffered = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_before_minutes=10, buffer_after_minutes=20
    )

    made = await make_booking(
        conn,
        replace(organization, event_type_id=buffered),
        START,
        now=clock.now,
        guests=["zoe@example.org"],
        tracking=Tracking(utm_source="flyer"),
    )

    now, host = instant(clock.now), organization.owner.user
    (event,) = await store.rows("scheduled_events")
    assert event | {"name": "", "tzdata_version": ""} == {
        "organization_id": str(organization.id),
        "id": str(made.event.id),
        "event_type_id": str(buffered),
        "name": "",
        "status": "active",
        "start_time": instant(START),
        "end_time": instant(START + timedelta(minutes=30)),
        "tzdata_version": "",
        "location": None,
        "invitees_total": 1,
        "invitees_active": 1,
        "invitees_limit": 1,
        "cancellation": None,
        "notice_minutes": 0,
        "overrides": [],
        "created_at": now,
        "updated_at": now,
    }
    ids = {"organization_id": str(organization.id), "scheduled_event_id": str(made.event.id)}
    before, after = START - timedelta(minutes=10), START + timedelta(minutes=50)
    assert await store.rows("scheduled_event_hosts") == [
        ids
        | {
            "user_id": str(host.id),
            "user_email": host.email,
            "user_name": host.name,
            "buffered_start_time": instant(before),
            "buffered_end_time": instant(after),
            "start_time": instant(START),
            "wall_start": "2027-01-05T11:00:00",
            "wall_zone": "Europe/Rome",
        }
    ]
    lower, upper = span(host.number, Interval(before, after))
    start_second, end_second = span(0, Interval(START, START + timedelta(minutes=30)))
    assert await store.rows("occupancy") == [
        ids
        | {
            "user_id": str(host.id),
            "span": f"[{lower},{upper})",
            "event_type_id": str(buffered),
            "start_second": start_second,
            "end_second": end_second,
            "expires_at": None,
        }
    ]
    assert await store.rows("guests") == [
        ids | {"invitee_id": str(made.invitee.id), "email": "zoe@example.org", "created_at": now, "updated_at": now}
    ]
    (invitee,) = await store.rows("invitees")
    assert (invitee["id"], invitee["chain_id"]) == (str(made.invitee.id), str(made.invitee.id))
    (happened,) = await store.rows("events")
    assert (happened["name"], happened["chain_id"], happened["user_ids"], happened["occurred_at"]) == (
        "invitee.created",
        str(made.invitee.id),
        [str(host.id)],
        now,
    )
    (delivery,) = await store.rows("deliveries")
    keys = ("event_id", "subscription_id", "chain_id", "state", "attempts", "claimed_by")
    assert {key: delivery[key] for key in keys} == {
        "event_id": happened["id"],
        "chain_id": str(made.invitee.id),
        "claimed_by": None,
        "subscription_id": str(hook.id),
        "state": "pending",
        "attempts": 0,
    }


async def test_a_booking_that_fails_at_any_statement_leaves_nothing(
    conn: Conn,
    http: httpx.AsyncClient,
    organization: Organization,
    clock: Clock,
    vault: Vault,
    *,
    store: Store,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    body = booking_body(
        LINKS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z", event_guests=["zoe@example.org"]
    )
    nothing = await store.everything()
    whole = psycopg.AsyncCursor.execute

    for failing in range(1, 8):
        seen = 0

        async def execute(self: Any, *args: Any, failing: int = failing, **keywords: Any) -> Any:
            nonlocal seen
            seen += 1
            done = await whole(self, *args, **keywords)
            if seen == failing:
                raise psycopg.OperationalError("the connection is gone")
            return done

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.AsyncCursor, "execute", execute)
            answer = await http.post(f"{API}/invitees", json=body, headers=organization.headers)
        assert (failing, answer.status_code) == (failing, 503)
        assert await store.everything() == nothing

    with statements.counting() as sent:
        answer = await http.post(f"{API}/invitees", json=body, headers=organization.headers)
    assert (answer.status_code, len(sent)) == (201, 7)


async def test_fifty_at_once_for_one_slot_are_one_booking(
    http: httpx.AsyncClient, organization: Organization, store: Store
) -> None:
    body = booking_body(LINKS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z")

    answers = await asyncio.gather(
        *(http.post(f"{API}/invitees", json=body, headers=organization.headers) for _ in range(50))
    )

    refused = [answer.json() for answer in answers if answer.status_code != 201]
    assert len(refused) == 49
    assert {json["details"][0]["code"] for json in refused} == {"already_filled"}
    assert {
        table: len(await store.rows(table)) for table in ("scheduled_events", "invitees", "occupancy", "events")
    } == {
        "scheduled_events": 1,
        "invitees": 1,
        "occupancy": 1,
        "events": 1,
    }


async def test_of_two_who_both_saw_the_slot_free_one_is_refused(
    organization: Organization, clock: Clock, pair: list[Conn], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the host's lock: the constraint alone must hold."""
    insert, both = scheduled_events.insert, asyncio.Barrier(2)

    async def unlocked(*_: object, now: datetime) -> None:  # noqa: ARG001
        return None

    async def together(*args: Any, **options: Any) -> None:
        await both.wait()
        await insert(*args, **options)

    monkeypatch.setattr(occupancy, "lock_hosts", unlocked)
    monkeypatch.setattr(scheduled_events, "insert", together)

    outcomes = await asyncio.gather(
        *(make_booking(conn, organization, START, now=clock.now) for conn in pair), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [SlotTaken]
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, Booked)]
    assert [row["id"] for row in await store.rows("scheduled_events")] == [str(made.event.id)]


async def test_with_the_lock_the_second_waits_and_finds_the_slot_gone(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn]
) -> None:
    first, second = pair
    async with first.transaction():
        await booking.book(first, booking_of(organization, START), links=LINKS, now=clock.now)
        waiting = asyncio.create_task(make_booking(second, organization, START, now=clock.now))
        await blocked(conn, second)
    with pytest.raises(SlotUnavailable) as refused:
        await waiting
    assert not isinstance(refused.value, SlotTaken)


@pytest.mark.parametrize("left", ["hashjoin", "mergejoin", "nestloop"])
async def test_hosts_are_locked_whatever_plan_the_database_takes(
    organization: Organization, clock: Clock, pair: list[Conn], left: str
) -> None:
    """A ``WITH`` that a plan finds it can do without is never run, and a lock in it never taken."""
    first, second = pair
    host = organization.owner.user.id
    async with first.transaction():
        for join in {"hashjoin", "mergejoin", "nestloop"} - {left}:
            await first.execute(f"SET LOCAL enable_{join} = off")
        await first.execute("SET LOCAL enable_seqscan = off")
        await occupancy.lock_hosts(first, [host], now=clock.now)
        with pytest.raises(db_errors.LockNotAvailable):
            await second.execute("SELECT FROM users WHERE id = %s FOR NO KEY UPDATE NOWAIT", (host,))


async def starts(conn: Conn, organization: Organization, clock: Clock) -> list[str]:
    served = await serving.serve(conn, organization.id, organization.event_type_id)
    day = Interval(datetime(2027, 1, 5, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC))
    return [f"{one.start_time:%H:%M}" for one in await slots.list_served(conn, served, day, now=clock.now)]


async def test_the_buffers_of_two_meetings_add_up_in_either_order(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    """First: 10 before, 20 after; second: 15 before, 40 after. So 35 minutes lie between, or 50 the other way round."""
    user = organization.owner.user
    grid: dict[str, Any] = {"now": clock.now, "increment_minutes": 5, "duration_minutes": 30}
    first = replace(
        organization,
        event_type_id=await make_event_type(conn, user, buffer_before_minutes=10, buffer_after_minutes=20, **grid),
    )
    second = replace(
        organization,
        event_type_id=await make_event_type(conn, user, buffer_before_minutes=15, buffer_after_minutes=40, **grid),
    )
    await make_booking(conn, first, datetime(2027, 1, 5, 12, tzinfo=UTC), now=clock.now)

    found = await starts(conn, second, clock)

    assert max(start for start in found if start < "12:00") == "10:40"  # ends 11:10, 40 after, 10 before
    assert min(start for start in found if start > "12:00") == "13:05"  # from 12:30, 20 after, 15 before
    for start in (datetime(2027, 1, 5, 10, 45, tzinfo=UTC), datetime(2027, 1, 5, 13, tzinfo=UTC)):
        with pytest.raises(SlotUnavailable):
            await make_booking(conn, second, start, now=clock.now)
    for start in (datetime(2027, 1, 5, 10, 40, tzinfo=UTC), datetime(2027, 1, 5, 13, 5, tzinfo=UTC)):
        await make_booking(conn, second, start, now=clock.now)


async def test_a_buffer_stays_as_it_was_when_the_meeting_was_booked(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_after_minutes=30, increment_minutes=15
    )
    typed = replace(organization, event_type_id=made)
    await make_booking(conn, typed, START, now=clock.now)
    await conn.execute("UPDATE event_types SET buffer_after_minutes = 0 WHERE id = %s", (made,))

    found = await starts(conn, typed, clock)

    assert "10:45" not in found
    assert "11:00" in found


async def test_no_buffer_is_needed_against_the_edge_of_the_day(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_before_minutes=60, buffer_after_minutes=60
    )

    found = await starts(conn, replace(organization, event_type_id=made), clock)

    assert (found[0], found[-1]) == ("08:00", "15:30")


async def test_meetings_of_one_host_block_each_other_across_event_types_and_not_other_hosts(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    own = replace(organization, event_type_id=await make_event_type(conn, organization.owner.user, now=clock.now))
    theirs = replace(organization, event_type_id=await make_event_type(conn, organization.member.user, now=clock.now))
    await make_booking(conn, organization, START, now=clock.now)

    assert "10:00" not in await starts(conn, own, clock)
    assert "10:00" in await starts(conn, theirs, clock)


async def test_a_canceled_meeting_gives_its_time_back(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    before = await starts(conn, organization, clock)
    principal = await principal_of(conn, organization.owner, now=clock.now)

    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, links=LINKS, now=clock.now)

    assert "10:00" not in before
    assert "10:00" in await starts(conn, organization, clock)
    assert await store.rows("occupancy") == []


async def test_what_is_listed_is_what_can_be_booked(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Every quarter of an hour of a day, with a meeting in it: booked exactly where it was listed."""
    made = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        duration_minutes=20,
    )
    typed = replace(organization, event_type_id=made)
    await make_booking(conn, typed, START, now=clock.now)
    listed = set(await starts(conn, typed, clock))
    for quarter in range(24 * 4):
        start = datetime(2027, 1, 5, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        try:
            async with conn.transaction(force_rollback=True):
                await booking.book(conn, booking_of(typed, start), links=LINKS, now=clock.now)
        except SlotUnavailable:
            assert f"{start:%H:%M}" not in listed
        else:
            assert f"{start:%H:%M}" in listed
