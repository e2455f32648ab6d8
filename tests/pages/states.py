"""Pages of bookings and requests in each of their states, for the tests that look at every page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from conftest import SECRET_KEY
from factories import URIS, Organization, booking_of, make_booking, make_event_type, principal_of
from openslot.db.pool import Conn
from openslot.security.answer_links import Answerable, token
from openslot.services.booking import approvals
from openslot.services.booking.command import GivenAnswer

HALF = timedelta(minutes=30)


def answer_page(hold_id: UUID, user_id: UUID) -> str:
    """The page that a host's mail leads to."""
    return f"/booking_requests/{token(SECRET_KEY, Answerable(hold_id, user_id))}"


async def make_request(
    conn: Conn, organization: Organization, start: datetime, *, now: datetime, **values: Any
) -> UUID:
    """A request that waits for an answer; the id of its hold."""
    async with conn.transaction():
        made = await approvals.request(conn, booking_of(organization, start, **values), uris=URIS, now=now)
    return made.hold.id


async def pages_after_booking(
    conn: Conn,
    organization: Organization,
    start: datetime,
    *,
    now: datetime,
    name: str = "Ada Example",
    guests: Sequence[str] = ("guest@example.org",),
    answers: Sequence[GivenAnswer] = (),
    **values: Any,
) -> dict[str, str]:
    """The paths of pages that nothing but a link in a mail or on a page leads to, by name: one of each look.

    From ``start`` on, the owner is booked for two hours, through event types with ``values``.
    """
    owner = organization.owner.user
    plain, approved_first = [
        await make_event_type(conn, owner, now=now, requires_approval=requires, **values) for requires in (False, True)
    ]
    by = {"name": name, "guests": guests, "answers": answers}
    booked = await make_booking(conn, organization, start, now=now, event_type_id=plain, **by)
    waiting, approved, declined = [
        await make_request(conn, organization, start + half * HALF, now=now, event_type_id=approved_first, **by)
        for half in range(1, 4)
    ]
    principal = await principal_of(conn, organization.owner, now=now)
    async with conn.transaction():
        await approvals.approve(conn, principal, approved, uris=URIS, now=now)
        await approvals.refuse(conn, principal, declined, uris=URIS, now=now)
    await conn.execute(
        "UPDATE invitees SET reconfirmation = jsonb_build_object('created_at', '2027-01-04T08:00:00.000000Z',"
        " 'confirmed_at', NULL) WHERE id = %s",
        (booked.invitee.id,),
    )
    return {
        "guests": f"/guests/{booked.invitee.id}",
        "reminders": f"/reminders/{booked.invitee.id}",
        "reminders that are stopped": f"/reminders/{booked.invitee.id}?stopped=yes",
        "confirming again": f"/reconfirmations/{booked.invitee.id}",
        "request that waits": f"/requests/{waiting}",
        "request that was approved": f"/requests/{approved}",
        "request that was declined": f"/requests/{declined}",
        "answering a request": answer_page(waiting, owner.id),
        "answering one that can't be booked": f"{answer_page(waiting, owner.id)}?answer=gone",
        "approved": f"{answer_page(approved, owner.id)}?answer=approve",
        "declined": f"{answer_page(declined, owner.id)}?answer=decline",
    }
