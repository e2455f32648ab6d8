"""Until when invitees may cancel and move; hosts always. Source: field, what people ask for (18)."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, principal_of
from openslot.core.errors import Forbidden
from openslot.db.pool import Conn
from openslot.services.booking import cancellation, rescheduling

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
LATER = START + timedelta(hours=1)


@pytest.mark.parametrize(("before", "may"), [(timedelta(hours=24, seconds=1), True), (timedelta(hours=24), False)])
async def test_invitees_cancel_and_move_until_just_before_the_cutoff(
    conn: Conn, organization: Organization, clock: Clock, before: timedelta, *, may: bool
) -> None:
    strict = await make_event_type(
        conn, organization.owner.user, now=clock.now, cancel_cutoff_minutes=1440, reschedule_cutoff_minutes=1440
    )
    one = await make_booking(conn, organization, START, now=clock.now, event_type_id=strict)
    now = START - before

    async def move() -> None:
        async with conn.transaction():
            await rescheduling.reschedule(conn, one.invitee.id, LATER, uris=URIS, now=now)

    async def cancel() -> None:
        async with conn.transaction():
            await cancellation.cancel_as_invitee(conn, one.invitee.id, reason=None, uris=URIS, now=now)

    if may:
        await cancel()
        return
    for act, word in ((move, "reschedule"), (cancel, "cancel")):
        with pytest.raises(Forbidden, match=f"It is too late to {word} this event"):
            await act()
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        done = await cancellation.cancel_event(conn, principal, one.event.id, reason=None, uris=URIS, now=now)
    assert done.canceler_type == "host"


async def test_who_may_move_moves(conn: Conn, organization: Organization, clock: Clock) -> None:
    strict = await make_event_type(conn, organization.owner.user, now=clock.now, reschedule_cutoff_minutes=1440)
    one = await make_booking(conn, organization, START, now=clock.now, event_type_id=strict)
    async with conn.transaction():
        moved = await rescheduling.reschedule(
            conn, one.invitee.id, LATER, uris=URIS, now=START - timedelta(hours=24, seconds=1)
        )
    assert moved.event.start_time == LATER
