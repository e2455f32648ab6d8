"""Booking requests: the host's first answer counts. Source: rules, section 9; ADR 0012."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_event_type, principal_of
from openslot.core.errors import NotFound
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.services.booking import approvals, rescheduling
from openslot.services.booking.holds import Held
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)

Answer = Callable[[Conn, Principal, Held, Clock], Coroutine[None, None, object]]


async def request(conn: Conn, organization: Organization, event_type: UUID, clock: Clock) -> Held:
    async with conn.transaction():
        wanted = booking_of(organization, START, event_type_id=event_type)
        return await approvals.request(conn, wanted, uris=URIS, now=clock.now)


async def approve(conn: Conn, principal: Principal, made: Held, clock: Clock) -> object:
    async with conn.transaction():
        return await approvals.approve(conn, principal, made.hold.id, uris=URIS, now=clock.now)


async def refuse(conn: Conn, principal: Principal, made: Held, clock: Clock) -> None:
    async with conn.transaction():
        await approvals.refuse(conn, principal, made.hold.id, uris=URIS, now=clock.now)


@pytest.fixture(params=["solo", "round robin", "group"])
async def careful(conn: Conn, organization: Organization, clock: Clock, request: pytest.FixtureRequest) -> UUID:
    """An event type whose host answers first, of each kind."""
    kinds: dict[str, dict[str, Any]] = {
        "solo": {},
        "round robin": {"pooling_type": "round_robin", "hosts": [organization.owner.id, organization.admin.id]},
        "group": {"kind": "group", "seats": 3},
    }
    return await make_event_type(
        conn, organization.owner.user, now=clock.now, requires_approval=True, **kinds[request.param]
    )


@pytest.mark.parametrize(
    "answers",
    [
        (approve, approve, "invitee.created"),
        (approve, refuse, "invitee.created"),
        (refuse, approve, "booking_request.refused"),
        (refuse, refuse, "booking_request.refused"),
    ],
)
async def test_of_two_answers_at_once_the_first_one_counts(  # noqa: PLR0917 -- fixtures
    conn: Conn,
    organization: Organization,
    clock: Clock,
    pair: list[Conn],
    store: Store,
    careful: UUID,
    answers: tuple[Answer, Answer, str],
) -> None:
    first, second, recorded = answers
    made = await request(conn, organization, careful, clock)
    host = await principal_of(conn, organization.owner, now=clock.now)
    async with pair[0].transaction():
        await first(pair[0], host, made, clock)
        late = asyncio.create_task(second(pair[1], host, made, clock))
        await blocked(conn, pair[1])
    with pytest.raises(NotFound):
        await late

    happened = sorted(await store.rows("events"), key=lambda row: int(row["sequence"]))
    assert [row["name"] for row in happened] == ["booking_request.created", recorded]
    assert len(await store.rows("invitees")) == (recorded == "invitee.created")


async def test_a_move_keeps_the_host_s_yes(
    conn: Conn, organization: Organization, clock: Clock, store: Store, careful: UUID
) -> None:
    """By decision (ADR 0012): the host said yes to who comes and what for."""
    made = await request(conn, organization, careful, clock)
    host = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        booked = await approvals.approve(conn, host, made.hold.id, uris=URIS, now=clock.now)
    async with conn.transaction():
        later = START + timedelta(hours=2)
        moved = await rescheduling.reschedule(conn, booked.invitee.id, later, uris=URIS, now=clock.now)

    assert (moved.event.status, moved.event.start_time) == ("active", later)
    assert moved.event.hosts[0].user_id == booked.event.hosts[0].user_id
    assert await store.rows("holds") == []
