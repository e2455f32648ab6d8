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
    URIS,
    Organization,
    booking_body,
    booking_of,
    make_booking,
    make_event_type,
    make_subscription,
)
from openslot.core.errors import SlotTaken, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import occupancy, scheduled_events
from openslot.db.occupancy import span
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import booking
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
        URIS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z", event_guests=["zoe@example.org"]
    )
    nothing = await store.everything()
    whole = psycopg.AsyncCursor.execute

    for failing in range(1, 10):
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
    assert (answer.status_code, len(sent)) == (201, 10)


async def test_fifty_at_once_for_one_slot_are_one_booking(
    http: httpx.AsyncClient, organization: Organization, store: Store
) -> None:
    body = booking_body(URIS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z")

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
        await booking.book(first, booking_of(organization, START), uris=URIS, now=clock.now)
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
