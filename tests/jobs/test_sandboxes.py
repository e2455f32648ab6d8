"""What workers do for sandboxes: each by its own clock, and nothing that leaves unless it may. Source: ADR 0041."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, make_organization, principal_of
from jobs.conftest import WAITS, Receiver, Works, book
from openslot.db import backlog, holds, sandboxes
from openslot.db.pool import Conn
from openslot.db.sandboxes import Changes
from openslot.jobs import cleanup, reconfirmations
from openslot.jobs import sandboxes as rounds
from openslot.services import sandbox_clock
from openslot.services.booking import holds as holding
from openslot.services.booking.holds import Reason
from openslot.services.booking.invitees import find

HOUR = timedelta(hours=1)


@pytest.fixture
async def sandbox(conn: Conn, organization: Organization, clock: Clock) -> Organization:
    """The organization as a sandbox that sends webhooks, with a clock that is 60 years behind the real one."""
    await sandboxes.insert(conn, organization.id, now=clock.now)
    await sandboxes.change(conn, organization.id, Changes(sends_webhooks=True), now=clock.now)
    await move(conn, organization, clock, datetime(2030, 1, 2, 8, tzinfo=UTC))
    return organization


async def move(conn: Conn, organization: Organization, clock: Clock, to: datetime) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await sandbox_clock.move(conn, principal, to, uris=URIS, warn_after=HOUR, now=clock.now)


async def own_time(conn: Conn, organization: Organization, clock: Clock) -> datetime:
    found = await sandboxes.get(conn, organization.id)
    assert found is not None
    return clock.now + found.clock_ahead


async def book_on_its_clock(conn: Conn, organization: Organization, clock: Clock) -> None:
    now = await own_time(conn, organization, clock)
    await make_booking(conn, organization, datetime(2030, 1, 3, 10, tzinfo=UTC), now=now)


async def test_a_webhook_is_tried_again_when_the_clock_of_the_sandbox_has_come_so_far(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    await works.subscribe(receiver.url)
    await book_on_its_clock(conn, sandbox, clock)
    await works.run()
    first = (await works.delivery())["next_attempt_at"]
    await works.run()
    assert len(receiver.received) == 1
    await move(conn, sandbox, clock, datetime(2030, 1, 2, 8, 0, 30, tzinfo=UTC))
    await works.run()
    assert len(receiver.received) == 1
    await move(conn, sandbox, clock, datetime(2030, 1, 2, 8, 2, tzinfo=UTC))
    await works.run()
    await move(conn, sandbox, clock, datetime(2030, 1, 2, 9, tzinfo=UTC))
    await works.run()

    assert first.startswith(("2030-01-02T08:00", "2030-01-02T08:01"))
    made = await works.delivery()
    assert (made["state"], made["attempts"]) == ("delivered", 3)
    assert [one.started_at for one in await works.attempts()] == [
        datetime(2030, 1, 2, 8, tzinfo=UTC),
        datetime(2030, 1, 2, 8, 2, tzinfo=UTC),
        datetime(2030, 1, 2, 9, tzinfo=UTC),
    ]


async def test_signatures_are_of_the_real_time(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url, signing_key="a key of a test")
    await book_on_its_clock(conn, sandbox, clock)
    await works.run()

    (got,) = receiver.received
    assert got.headers["Calendly-Webhook-Signature"].startswith(f"t={int(clock.now.timestamp())},")
    assert b'"created_at":"2030-01-02T08:00:00.000000Z"' in got.body


async def test_a_sandbox_that_keeps_its_webhooks_sends_none_and_has_none_waiting(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await sandboxes.change(conn, sandbox.id, Changes(sends_webhooks=False), now=clock.now)
    await works.subscribe(receiver.url)
    await book_on_its_clock(conn, sandbox, clock)
    await works.run()

    made = await works.delivery()
    assert (made["state"], made["attempts"]) == ("discarded", 0)
    assert made["finished_at"].startswith("2030-01-02T08:00:00")
    assert receiver.received == []


async def test_others_deliver_by_the_real_time_as_ever(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    del sandbox
    other = await make_organization(conn, now=clock.now)
    theirs = Works(works.worker, conn, clock, other)
    receiver.answers = [500]
    await theirs.subscribe(receiver.url)
    await book(conn, other, clock)
    await theirs.run()
    await theirs.run_later(seconds=WAITS[0] * 1.2)

    assert len(receiver.received) == 2
    assert (await theirs.delivery())["state"] == "delivered"


async def test_monitoring_knows_nothing_of_what_fails_in_a_sandbox(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    await works.subscribe(receiver.url)
    await book_on_its_clock(conn, sandbox, clock)
    await works.run()
    await move(conn, sandbox, clock, datetime(2030, 1, 2, 9, tzinfo=UTC))

    assert await backlog.due_since(conn, now=clock.now) is None
    assert await backlog.totals(conn, now=clock.now) == []
    assert await backlog.list_troubled(conn, limit=9) == []


async def test_rounds_of_others_leave_a_sandbox_alone_and_its_own_goes_by_its_clock(
    conn: Conn, sandbox: Organization, clock: Clock, works: Works
) -> None:
    now = await own_time(conn, sandbox, clock)
    event_type = await make_event_type(
        conn, sandbox.owner.user, now=now, reconfirm_minutes=1440, reconfirm_by_minutes=60, reconfirm_action="cancel"
    )
    start = datetime(2030, 1, 4, 10, tzinfo=UTC)
    booked = await make_booking(conn, sandbox, start, now=now, event_type_id=event_type)
    async with conn.transaction():
        held = await holding.place(conn, sandbox.id, event_type, start + HOUR, reason=Reason.FORM, now=now)
    pool = works.context.pool

    assert await cleanup.sweep(pool, clock.now) == 0
    assert await reconfirmations.run_once(pool, URIS, clock.now) == (0, 0)
    await rounds.run_once(pool, URIS, clock.now, warn_after=HOUR)
    assert await holds.get(conn, sandbox.id, held.hold.id) is not None

    clock.advance(minutes=10)
    await rounds.run_once(pool, URIS, clock.now, warn_after=HOUR)
    assert await holds.get(conn, sandbox.id, held.hold.id) is None
    clock.advance(days=1, hours=2)
    await rounds.run_once(pool, URIS, clock.now, warn_after=HOUR)
    assert (await find(conn, booked.invitee.id)).invitee.reconfirmation is not None
    clock.advance(hours=23)
    await rounds.run_once(pool, URIS, clock.now, warn_after=HOUR)
    assert (await find(conn, booked.invitee.id)).invitee.status == "canceled"
