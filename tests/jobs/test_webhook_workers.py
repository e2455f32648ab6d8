"""Who makes a delivery: shares of a worker, what it has in hand, and how it stops. Source: ADR 0013."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import Organization
from jobs.conftest import START, Receiver, Works, book, deliver_with
from openslot.core.ids import new_id
from openslot.db import delivery_queue, workers
from openslot.db.deliveries import Attempt
from openslot.db.delivery_queue import Claimed
from openslot.db.pool import Conn
from openslot.jobs import webhooks

KEY = "Zoë's signing key"


async def somebody(conn: Conn, clock: Clock) -> UUID:
    """Another worker, whose heart beats."""
    worker = new_id()
    await workers.beat(conn, worker, "other", started_at=clock.now, went_round=True, report={})
    return worker


async def claim(
    conn: Conn, worker: UUID, clock: Clock, *, in_hand: Collection[Claimed] = (), most: int = 10, failing: int = 10
) -> list[Claimed]:
    return await delivery_queue.claim(
        conn, worker, limit=100, most=most, failing_most=failing, in_hand=in_hand, now=clock.now
    )


async def test_one_destination_has_so_many_under_way(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    for hour in range(4):
        await book(conn, organization, clock, START + timedelta(hours=hour))
    worker = await somebody(conn, clock)

    first = await claim(conn, worker, clock, most=3)
    more = await claim(conn, worker, clock, most=3, in_hand=first)
    last = await claim(conn, worker, clock, most=3, in_hand=first[1:])

    assert [len(first), len(more)] == [3, 0]
    assert [one.id for one in last] == [first[0].id]  # it is not in hand any more, and was not recorded


async def test_a_failing_subscription_has_one_under_way_also_beside_a_busy_one_and_all_of_them_have_a_share(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hooks = [await works.subscribe(f"{receiver.url}/{number}") for number in range(4)]
    for hour in range(2):
        await book(conn, organization, clock, START + timedelta(hours=hour))
    failing = [hook.id for hook in hooks[1:]]
    await conn.execute("UPDATE webhook_subscriptions SET retry_started_at = now() WHERE id = ANY (%s)", (failing,))
    worker = await somebody(conn, clock)

    taken = await claim(conn, worker, clock, most=2, failing=2)
    more = await claim(conn, worker, clock, most=2, failing=3, in_hand=taken)

    assert sorted(one.subscription_id == hooks[0].id for one in taken) == [False, False, True, True]
    assert len({one.subscription_id for one in taken}) == 3
    assert [(one.is_failing, one.subscription_id in {one.subscription_id for one in taken}) for one in more] == [
        (True, False)
    ]


async def test_who_is_on_no_list_gets_nothing_and_a_claim_is_a_sign_of_life(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    stranger = await claim(conn, new_id(), clock)
    worker = await somebody(conn, clock)
    await conn.execute("UPDATE workers SET heartbeat_at = heartbeat_at - interval '1 hour'")

    taken = await claim(conn, worker, clock)
    await works.run()  # another one

    assert (stranger, len(taken), receiver.received) == ([], 1, [])


async def test_a_delivery_that_was_made_is_not_made_again(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()

    await works.run_later(days=30)

    assert len(receiver.received) == 1


async def test_what_a_living_worker_has_in_hand_no_other_takes_and_what_a_silent_one_had_the_next_does(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    other = await somebody(conn, clock)
    taken = await claim(conn, other, clock)
    await works.run()
    assert (len(taken), receiver.received) == (1, [])

    await conn.execute("UPDATE workers SET heartbeat_at = heartbeat_at - interval '9 seconds' WHERE id = %s", (other,))
    await works.run()

    assert receiver.events == ["invitee.created"]
    late = Attempt(
        number=1, started_at=clock.now, duration_ms=5, status_code=500, error=None, response_excerpt="too late"
    )
    lost = await delivery_queue.record_failure(
        conn, taken[0], late, worker_id=other, state="pending", next_attempt_at=clock.now, now=clock.now
    )
    in_vain = await delivery_queue.record_success(conn, taken[0], late, worker_id=other, now=clock.now)
    assert (lost, await in_vain.fetchone()) == (None, (0,))
    assert (await works.delivery())["state"] == "delivered"
    assert [attempt.status_code for attempt in await works.attempts()] == [200]


async def test_a_worker_that_leaves_takes_nothing_along(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    other = await somebody(conn, clock)
    await claim(conn, other, clock)

    await workers.leave(conn, other)
    await works.run()

    assert receiver.events == ["invitee.created"]


async def test_a_fault_on_our_side_is_logged_and_tried_again_and_is_no_attempt(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    works: Works,
    receiver: Receiver,
    *,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    class Broken:
        async def post(self, *_: object) -> Any:
            raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR):
        await deliver_with(works, Broken())

    assert await works.attempts() == []
    assert "could not be tried" in caplog.text
    await works.run_later(seconds=webhooks.FAULT_SECONDS)
    assert (await works.delivery())["state"] == "delivered"


async def test_a_courier_with_both_hands_full_is_not_stuck(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "IN_HAND", 0)

    assert await works.courier.go_round() == 0
    assert works.courier._went_round


async def test_a_worker_that_is_stopped_stays_alive_until_what_is_under_way_is_recorded(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(f"{receiver.url}/hang")
    await book(conn, organization, clock)
    stopping = asyncio.Event()
    working = asyncio.create_task(works.courier.run(stopping))
    async with asyncio.timeout(20):
        while not receiver.received:  # noqa: ASYNC110 -- a list, not an event
            await asyncio.sleep(0)
        stopping.set()
        before = await heartbeat(conn, works.courier.id)
        while await heartbeat(conn, works.courier.id) == before:  # noqa: ASYNC110 -- the database knows
            await asyncio.sleep(0)
        receiver.hanging.set()
        await working

    assert [attempt.status_code for attempt in await works.attempts()] == [200]
    assert await heartbeat(conn, works.courier.id) is None
    assert len(receiver.received) == 1


async def heartbeat(conn: Conn, worker: UUID) -> datetime | None:
    cursor = await conn.execute("SELECT heartbeat_at FROM workers WHERE id = %s", (worker,))
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def test_a_stop_that_comes_together_with_an_announcement_is_not_missed(works: Works) -> None:
    """Python 3.11's ``wait_for`` would miss it."""
    courier = works.courier
    looking = asyncio.create_task(courier._look())
    while not courier._went_round:  # noqa: ASYNC110 -- a flag, not an event
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)  # until it waits

    courier._wake.set()
    looking.cancel()

    _, pending = await asyncio.wait([looking], timeout=10)
    assert pending == set()
