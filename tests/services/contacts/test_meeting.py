"""Who books becomes known to the hosts."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking, make_event_type, principal_of
from openslot.core.errors import Conflict, SlotUnavailable
from openslot.db.pool import Conn
from openslot.services.booking import booking, rescheduling
from openslot.services.contacts import keeping
from openslot.wire.contacts import CreateContact, NewContactEmail
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def known(conn: Conn, organization: Organization) -> list[tuple[Any, ...]]:
    """Every contact: whose, the address, the name."""
    cursor = await conn.execute(
        """
        SELECT contact.user_id, address.email, contact.name
        FROM contacts AS contact JOIN contact_emails AS address ON address.contact_id = contact.id
        WHERE contact.organization_id = %s ORDER BY 1, 2
        """,
        (organization.id,),
    )
    return await cursor.fetchall()


async def test_an_invitee_becomes_a_contact_of_every_host_and_guests_do_not(
    conn: Conn, store: Store, organization: Organization, clock: Clock
) -> None:
    hosts = sorted([organization.owner.id, organization.member.id])
    event_type_id = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective", hosts=hosts
    )
    await make_booking(
        conn, organization, START, now=clock.now, event_type_id=event_type_id, guests=["guest@example.org"],
        text_reminder_number="+39 06 5550 0123",
    )  # fmt: skip

    assert await known(conn, organization) == [(host, "ada@example.org", "Ada Example") for host in hosts]
    rows = await store.rows("contacts")
    assert [(row["phone_numbers"], row["timezone"], row["creation_source"]) for row in rows] == [
        (["+390655500123"], "Europe/Rome", "booking")
    ] * 2


@pytest.mark.parametrize("email", ["ADA@example.org", "ada@Example.ORG"])
async def test_a_contact_that_is_known_stays_as_it_is(
    conn: Conn, organization: Organization, clock: Clock, email: str
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    body = CreateContact(
        name="Ada, from the fair",
        emails=[NewContactEmail("ada@home.example", is_primary=True), NewContactEmail(email, is_primary=False)],
    )
    async with conn.transaction():
        await keeping.create(conn, principal, await keeping.read(conn, principal, body), uris=URIS, now=clock.now)
    before = await known(conn, organization)

    await make_booking(conn, organization, START, now=clock.now)

    assert await known(conn, organization) == before


async def test_who_is_moved_becomes_known_again(conn: Conn, organization: Organization, clock: Clock) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    await conn.execute("DELETE FROM contacts WHERE organization_id = %s", (organization.id,))

    async with conn.transaction():
        await rescheduling.reschedule(conn, booked.invitee.id, START.replace(hour=12), uris=URIS, now=clock.now)

    assert await known(conn, organization) == [(organization.owner.id, "ada@example.org", "Ada Example")]


async def test_a_booking_that_is_refused_makes_nobody_known(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_booking(conn, organization, START, now=clock.now)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, email="bob@example.org")

    assert [email for _, email, _ in await known(conn, organization)] == ["ada@example.org"]


async def test_two_bookings_at_once_make_one_contact(
    pair: list[Conn], conn: Conn, organization: Organization, clock: Clock
) -> None:
    """At different hosts' times, so that nothing but the contact makes the second wait."""
    first, second = pair
    others = await make_event_type(conn, organization.member.user, now=clock.now)
    shared = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective",
        hosts=[organization.owner.id, organization.member.id],
    )  # fmt: skip

    async def book(one: Conn, event_type_id: Any, hour: int) -> None:
        wanted = booking_of(organization, START.replace(hour=hour), event_type_id=event_type_id)
        async with one.transaction():
            await booking.book(one, wanted, uris=URIS, now=clock.now)

    async with first.transaction():
        wanted = booking_of(organization, START, event_type_id=others)
        await booking.book(first, wanted, uris=URIS, now=clock.now)
        waiting = asyncio.create_task(book(second, shared, 12))
        await blocked(conn, second, waiting)
    await waiting

    hosts = sorted([organization.owner.id, organization.member.id])
    assert await known(conn, organization) == [(host, "ada@example.org", "Ada Example") for host in hosts]


async def test_two_users_of_the_api_can_t_both_have_one_address(
    pair: list[Conn], conn: Conn, organization: Organization, clock: Clock
) -> None:
    """Whatever the order in which they name their addresses: neither waits for the other in a circle."""
    principal = await principal_of(conn, organization.owner, now=clock.now)

    async def create(one: Conn, *emails: str) -> str:
        addresses = [NewContactEmail(email, is_primary=email == emails[0]) for email in emails]
        body = CreateContact(name="Ada", emails=addresses)
        try:
            async with one.transaction():
                await keeping.create(one, principal, await keeping.read(one, principal, body), uris=URIS, now=clock.now)
        except Conflict as exc:
            return exc.message
        return "created"

    first, second = pair
    outcomes = await asyncio.gather(
        create(first, "a@example.org", "b@example.org"), create(second, "b@example.org", "a@example.org")
    )

    assert sorted(outcomes) == [keeping.ADDRESS_TAKEN, "created"]
    assert len(await known(conn, organization)) == 2
