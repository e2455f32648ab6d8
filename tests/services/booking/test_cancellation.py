"""Cancellation of an event, and of one invitee. Source: behaviours, section 11."""

from uuid import UUID

from conftest import Clock
from factories import URIS, Organization, make_booking, principal_of
from openslot.db import scheduled_events
from openslot.db.pool import Conn
from openslot.services.booking import cancellation
from services.conftest import START, Store, offered


async def test_who_leaves_gives_back_one_seat_and_the_last_one_ends_the_event(
    conn: Conn, organization: Organization, clock: Clock, group: UUID, store: Store
) -> None:
    one, other = [await make_booking(conn, organization, START, now=clock.now, event_type_id=group) for _ in range(2)]
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, one.invitee.id, reason=None, uris=URIS, now=clock.now)
    after_one = await scheduled_events.get(conn, organization.id, one.event.id)
    seats = (await offered(conn, organization, group, clock))["10:00"]
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, other.invitee.id, reason=None, uris=URIS, now=clock.now)
    after_both = await scheduled_events.get(conn, organization.id, one.event.id)

    assert after_one is not None
    assert after_both is not None
    assert (after_one.status, after_one.invitees_total, after_one.invitees_active, seats) == ("active", 2, 1, 2)
    assert (after_both.status, after_both.invitees_total, after_both.invitees_active) == ("canceled", 2, 0)
    assert await store.rows("occupancy") == []


async def test_an_admin_cancels_one_invitee_of_a_group(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    one, other = [await make_booking(conn, organization, START, now=clock.now, event_type_id=group) for _ in range(2)]
    principal = await principal_of(conn, organization.admin, now=clock.now)
    async with conn.transaction():
        canceled = await cancellation.cancel_invitee(
            conn, principal, one.invitee.id, reason="No room", uris=URIS, now=clock.now
        )
    event = await scheduled_events.get(conn, organization.id, other.event.id)

    assert (canceled.canceler_type, canceled.reason) == ("host", "No room")
    assert event is not None
    assert (event.status, event.invitees_active) == ("active", 1)


async def test_a_canceled_meeting_gives_its_time_back(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    before = await offered(conn, organization, organization.event_type_id, clock)
    principal = await principal_of(conn, organization.owner, now=clock.now)

    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)

    assert "10:00" not in before
    assert "10:00" in await offered(conn, organization, organization.event_type_id, clock)
    assert await store.rows("occupancy") == []
