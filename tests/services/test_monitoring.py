"""When deliveries stand still, and whose fault it is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_organization, make_subscription, principal_of
from openslot.core.ids import new_id
from openslot.db import backlog, jobs, workers
from openslot.db.backlog import ConditionBacklog, Troubled
from openslot.db.jobs import Queue
from openslot.db.pool import Conn, connected
from openslot.providers.mail import Message
from openslot.queue import NewJob, defer
from openslot.security.vault import Vault
from openslot.services import monitoring, notifications
from openslot.services.booking import cancellation


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn, clock: Clock) -> Organization:
    return await make_organization(conn, now=clock.now)


@pytest.fixture
async def subscription(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> UUID:
    made = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    return made.id


@pytest.fixture
async def waiting(conn: Conn, organization: Organization, clock: Clock, subscription: UUID) -> UUID:
    """The subscription that a delivery has been due to for a minute."""
    await make_booking(conn, organization, clock.now + timedelta(days=1, hours=2), now=clock.now)
    clock.advance(seconds=60)
    return subscription


async def work(conn: Conn, *, silent: float = 0, idle: float = 0) -> None:
    """A worker that was last heard of, and last went round, so many seconds ago."""
    worker = new_id()
    await workers.beat(
        conn, worker, "kiln/7", started_at=datetime.fromtimestamp(0).astimezone(), has_polled=True, report={}
    )
    await conn.execute(
        "UPDATE workers SET heartbeat_at = heartbeat_at - make_interval(secs => %s),"
        " went_round_at = went_round_at - make_interval(secs => %s) WHERE id = %s",
        (silent, idle, worker),
    )


WORKERS: dict[str, tuple[list[dict[str, float]], str | None]] = {
    "none": ([], "missing"),
    "a silent one": ([{"silent": 20}], "missing"),
    "one at work": ([{}], None),
    "one that does not go round": ([{"idle": 20}], "stuck"),
    "one that hangs and one that is dead": ([{"idle": 20}, {"silent": 20}], "stuck"),
    "one that hangs and one at work": ([{"idle": 20}, {}], None),
}


@pytest.mark.parametrize("which", WORKERS)
@pytest.mark.usefixtures("waiting")
async def test_an_overdue_delivery_shows_what_is_wrong_with_the_workers(conn: Conn, clock: Clock, which: str) -> None:
    found, trouble = WORKERS[which]
    for one in found:
        await work(conn, **one)

    assert await monitoring.standstill(conn, now=clock.now) == trouble


@pytest.mark.usefixtures("subscription")
async def test_nothing_stands_still_where_nothing_is_to_be_delivered(conn: Conn, clock: Clock) -> None:
    assert await monitoring.standstill(conn, now=clock.now) is None


@pytest.mark.usefixtures("waiting")
async def test_a_delivery_has_half_a_minute(conn: Conn, clock: Clock) -> None:
    clock.advance(seconds=-30)

    assert await monitoring.standstill(conn, now=clock.now) is None


STATES = {
    "failing": "retry_started_at = created_at",
    "disabled": "state = 'disabled', disabled_at = created_at",
    "deleted": "deleted_at = created_at",
}


@pytest.mark.parametrize("state", STATES)
async def test_a_delivery_that_waits_for_its_receiver_is_not_overdue(
    conn: Conn, clock: Clock, waiting: UUID, state: str
) -> None:
    await conn.execute(f"UPDATE webhook_subscriptions SET {STATES[state]} WHERE id = %s", (waiting,))

    assert await monitoring.standstill(conn, now=clock.now) is None


@pytest.mark.usefixtures("subscription")
async def test_a_delivery_that_waits_for_another_of_its_chain_is_not_overdue(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, clock.now + timedelta(days=1, hours=2), now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)
    await conn.execute(
        "UPDATE deliveries SET next_attempt_at = next_attempt_at + interval '1 hour'"
        " WHERE sequence = (SELECT min(sequence) FROM deliveries)"
    )
    clock.advance(seconds=60)

    assert await monitoring.standstill(conn, now=clock.now) is None
    assert await backlog.totals(conn, now=clock.now) == [ConditionBacklog("active", 1, 2, None)]


async def test_the_backlog_is_reported_by_the_condition_of_its_subscriptions(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault
) -> None:
    began = clock.now
    subscriptions = [
        await make_subscription(
            conn, organization.owner, vault=vault, now=began, url=f"https://hooks.example/{number}", events=events
        )
        for number, events in enumerate(
            [["invitee.created"], ["invitee.created"], ["invitee.created"], ["invitee.canceled"]]
        )
    ]
    ids = [one.id for one in subscriptions]
    for hour in (2, 3):
        await make_booking(conn, organization, began + timedelta(days=1, hours=hour), now=clock.now)
        clock.advance(seconds=60)
    await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %s WHERE id = %s", (clock.now, ids[1])
    )
    await conn.execute("UPDATE webhook_subscriptions SET retry_started_at = %s WHERE id = %s", (began, ids[2]))

    assert await backlog.totals(conn, now=clock.now) == [
        ConditionBacklog("active", 2, 2, began),
        ConditionBacklog("disabled", 1, 2, None),
        ConditionBacklog("failing", 1, 2, began),
    ]
    failing = Troubled(id=ids[2], callback_url="https://hooks.example/2", condition="failing", since=began, pending=2)
    disabled = Troubled(
        id=ids[1], callback_url="https://hooks.example/1", condition="disabled", since=clock.now, pending=2
    )
    assert await backlog.list_troubled(conn, limit=5) == [failing, disabled]
    assert await backlog.list_troubled(conn, limit=1) == [failing]


async def test_jobs_are_reported_by_queue(conn: Conn) -> None:
    await defer(
        conn, [NewJob("mail.send", {}), NewJob("mail.send", {}), NewJob("mail.send", {}), NewJob("flows.run", {})]
    )
    await conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE id = 1")
    await conn.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = 2")

    assert await jobs.list_queues(conn) == [Queue("flows", 1, 0), Queue("mail", 1, 1)]


async def test_mails_that_wait_or_failed_lately_count_as_the_queue_of_mail(
    conn: Conn, organization: Organization
) -> None:
    before = await jobs.list_queues(conn)
    notice = Message(id=new_id(), to="ada@example.org", subject="Notice", text="See.")
    lost = Message(id=new_id(), to="ada@example.org", subject="Lost", text="See.")
    now = datetime.now(UTC) - timedelta(minutes=1)
    await notifications.defer_mail(conn, notice, lost, organization_id=organization.id, now=now)
    await conn.execute("UPDATE mails SET state = 'failed', finished_at = %s WHERE id = %s", (now, lost.id))

    assert before == []
    assert await jobs.list_queues(conn) == [Queue("mail", 1, 1)]
    await conn.execute("UPDATE mails SET finished_at = %s", (now - timedelta(days=8),))
    await conn.execute("DELETE FROM mails WHERE state = 'waiting'")
    assert await jobs.list_queues(conn) == []
