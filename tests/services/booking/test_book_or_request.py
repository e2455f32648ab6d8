"""Whether a slot is booked or requested, and what is owed where it is gone. Source: ADR 0012."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from conftest import Clock
from factories import URIS, Member, Organization, booking_of, make_booking, make_event_type, principal_of
from openslot.core.errors import Forbidden, SlotUnavailable
from openslot.db.pool import Conn
from openslot.services.booking import book_or_request
from openslot.services.booking.book_or_request import Refused, Requested
from openslot.services.booking.command import Booked
from openslot.wire.invitees import Payment
from services.conftest import HALF_HOUR, START, Store

PAYMENT = Payment(external_id="ch_1", provider="till", amount=20.0, currency="EUR", terms=None, successful=True)


async def as_visitor(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> object:
    async with conn.transaction():
        wanted = booking_of(organization, **({"start_time": START} | values))
        return await book_or_request.as_visitor(conn, wanted, uris=URIS, now=clock.now)


async def as_member(conn: Conn, organization: Organization, member: Member, clock: Clock, **values: Any) -> object:
    principal = await principal_of(conn, member, now=clock.now)
    async with conn.transaction():
        wanted = booking_of(organization, **({"start_time": START} | values))
        return await book_or_request.as_member(conn, principal, wanted, uris=URIS, now=clock.now)


@pytest.fixture
async def careful(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    """An event type whose host answers first."""
    return await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)


async def test_a_visitor_requests_where_approval_is_required(
    conn: Conn, organization: Organization, clock: Clock, careful: UUID, store: Store
) -> None:
    requested = await as_visitor(conn, organization, clock, event_type_id=careful)

    assert isinstance(requested, Requested)
    assert requested.held.hold.event_type_id == careful
    assert await store.rows("invitees") == []
    assert isinstance(await as_visitor(conn, organization, clock, start_time=START + HALF_HOUR), Booked)


async def test_a_member_books_without_approval(
    conn: Conn, organization: Organization, clock: Clock, careful: UUID
) -> None:
    booked = await as_member(conn, organization, organization.member, clock, event_type_id=careful)
    assert isinstance(booked, Booked)


async def test_rules_are_set_aside_by_hosts_and_admins_alone(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    late = await make_event_type(conn, organization.owner.user, now=clock.now, notice_minutes=60 * 24 * 365)
    values: dict[str, Any] = {"event_type_id": late, "set_aside": frozenset({"NOTICE"})}
    with pytest.raises(SlotUnavailable):
        await as_member(conn, organization, organization.admin, clock, event_type_id=late)
    with pytest.raises(Forbidden):
        await as_member(conn, organization, organization.member, clock, **values)
    assert isinstance(await as_member(conn, organization, organization.admin, clock, **values), Booked)


async def test_a_payment_of_a_slot_that_is_gone_is_owed(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    await make_booking(conn, organization, START, now=clock.now)

    refused = await as_member(conn, organization, organization.admin, clock, payment=PAYMENT)

    assert isinstance(refused, Refused)
    assert [row["name"] for row in await store.rows("events")].count("payment.to_refund") == 1
    assert len(await store.rows("invitees")) == 1


async def test_without_a_payment_a_refusal_is_raised_and_nothing_is_owed(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    await make_booking(conn, organization, START, now=clock.now)
    failed = msgspec.structs.replace(PAYMENT, successful=False)
    for payment in (None, failed):
        with pytest.raises(SlotUnavailable):
            await as_member(conn, organization, organization.admin, clock, payment=payment)
    assert [row["name"] for row in await store.rows("events")] == ["invitee.created"]
