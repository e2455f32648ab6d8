"""Payments that came too late. Source: rules, section 9."""

import json
from typing import Any

import pytest
from msgspec import structs

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking
from openslot.db.pool import Conn
from openslot.services import serving
from openslot.services.booking import refunds
from openslot.wire.invitees import Payment
from services.conftest import START, Store

PAYMENT = Payment(external_id="ch_1", provider="till", amount=20.0, currency="EUR", terms=None, successful=True)


async def owe(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> bool:
    served = await serving.serve(conn, organization.id, organization.event_type_id)
    refused = booking_of(organization, START, **values)
    return await refunds.owe(conn, served, refused, uris=URIS, now=clock.now)


async def owed(store: Store) -> list[dict[str, Any]]:
    return [row for row in await store.rows("events") if row["name"] == "payment.to_refund"]


async def test_a_payment_without_an_invitee_is_owed(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    is_owed = await owe(conn, organization, clock, payment=PAYMENT, email=" ada@example.org")

    (row,) = await owed(store)
    assert is_owed
    assert (row["user_ids"], row["event_type_id"]) == ([str(organization.owner.id)], str(organization.event_type_id))
    assert json.loads(row["payload"]) == {
        "event_type": URIS.event_type(organization.event_type_id),
        "start_time": "2027-01-05T10:00:00.000000Z",
        "email": "ada@example.org",
        "payment": {
            "external_id": "ch_1",
            "provider": "till",
            "amount": 20.0,
            "currency": "EUR",
            "terms": None,
            "successful": True,
        },
    }


@pytest.mark.parametrize("payment", [None, structs.replace(PAYMENT, successful=False)])
async def test_nothing_is_owed_where_nothing_was_paid(
    conn: Conn, organization: Organization, clock: Clock, store: Store, payment: Payment | None
) -> None:
    assert not await owe(conn, organization, clock, payment=payment)
    assert await owed(store) == []


async def test_nothing_is_owed_for_a_booking_that_is_sent_again(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    await make_booking(conn, organization, START, now=clock.now, payment=PAYMENT)

    again = await owe(conn, organization, clock, payment=PAYMENT)
    another = await owe(conn, organization, clock, payment=structs.replace(PAYMENT, external_id="ch_2"))

    assert (again, another) == (False, True)
    assert [json.loads(row["payload"])["payment"]["external_id"] for row in await owed(store)] == ["ch_2"]
