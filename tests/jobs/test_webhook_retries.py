"""When a delivery is tried again, in which order, and when it ends.

Source: webhooks, section 5; rules, section 14; ADR 0013.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from conftest import BASE_URL, Clock
from factories import Organization, make_booking, principal_of
from jobs.conftest import START, WAITS, Receiver, Works, book, cancel
from mailing import notes
from openslot.config import Settings
from openslot.db import webhook_subscription_states, webhook_subscriptions
from openslot.db.pool import Conn, connected
from openslot.jobs import webhooks
from openslot.jobs.webhooks import DeliveryWorker
from openslot.services.webhooks import subscriptions

KEY = "Zoë's signing key"


async def mails(conn: Conn) -> list[tuple[str, str]]:
    """Recipients and subjects of the mails that wait, by subject."""
    return [(one.to, one.subject) for one in await notes(conn)]


async def subscription_state(conn: Conn) -> str:
    cursor = await conn.execute("SELECT state FROM webhook_subscriptions")
    ((state,),) = await cursor.fetchall()
    return str(state)


async def test_waits_grow_as_configured_within_the_jitter_until_the_end(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500] * 10
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()
    waited = []
    for wait in WAITS:
        due = datetime.fromisoformat((await works.delivery())["next_attempt_at"])
        waited.append((due - clock.now).total_seconds() / wait)
        await works.run_later(seconds=wait * 1.2)
    await works.run_later(days=30)

    assert all(0.8 <= factor <= 1.2 for factor in waited)
    assert len(set(waited)) == 3
    assert [attempt.number for attempt in await works.attempts()] == [1, 2, 3, 4]
    assert len(receiver.received) == 4
    made = await works.delivery()
    assert (made["state"], made["attempts"]) == ("pending", 4)
    assert await subscription_state(conn) == "disabled"  # whose backlog it is now


async def test_before_its_time_a_retry_is_not_made(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()
    await works.run_later(seconds=WAITS[0] * 0.8 - 1)
    assert len(receiver.received) == 1

    await works.run_later(seconds=WAITS[0] * 0.4 + 1)

    assert len(receiver.received) == 2
    assert (await works.delivery())["state"] == "delivered"


async def test_the_subscription_shows_since_when_it_fails_until_it_succeeds(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    hook = await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    async def retry_started_at() -> datetime | None:
        row = await webhook_subscriptions.get(conn, organization.id, hook.id)
        assert row is not None
        return row.retry_started_at

    began = clock.now
    seen = [await retry_started_at()]
    await works.run()
    seen.append(await retry_started_at())
    await works.run_later(seconds=WAITS[0] * 1.2)
    seen.append(await retry_started_at())
    await works.run_later(seconds=WAITS[1] * 1.2)
    seen.append(await retry_started_at())

    assert seen == [None, began, began, None]


async def test_what_waits_for_a_subscription_that_is_deleted_is_discarded(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    hook = await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await subscriptions.unsubscribe(conn, principal, hook.id, now=clock.now)

    await works.run_later(seconds=WAITS[0] * 1.2)

    assert len(receiver.received) == 1
    made = await works.delivery()
    assert (made["state"], made["next_attempt_at"], made["attempts"]) == ("discarded", None, 1)


async def test_what_was_written_while_its_subscription_was_deleted_is_discarded(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    """A booking that began before the subscription was deleted, and committed after."""
    hook = await works.subscribe(receiver.url)
    async with connected(works.context.settings.database_url) as other, other.transaction():
        await make_booking(other, organization, START, now=clock.now)
        await webhook_subscription_states.delete(conn, organization.id, hook.id, now=clock.now)

    await works.run()

    assert (receiver.received, (await works.delivery())["state"]) == ([], "discarded")


async def test_what_waits_for_a_disabled_subscription_is_kept_and_delivered_in_order_once_it_is_enabled(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hook = await works.subscribe(receiver.url)
    await webhook_subscription_states.disable(conn, organization.id, hook.id, now=clock.now)
    made = await book(conn, organization, clock)
    await cancel(conn, organization, clock, made)
    await works.run_later(days=2)
    assert receiver.events == []

    await webhook_subscription_states.enable(conn, organization.id, hook.id, now=clock.now)
    await works.run()

    assert receiver.events == ["invitee.created", "invitee.canceled"]


async def test_within_a_chain_a_later_delivery_waits_for_a_failing_earlier_one(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    await works.subscribe(receiver.url)
    made = await book(conn, organization, clock)
    await cancel(conn, organization, clock, made)

    await works.run()
    after_first = receiver.events.copy()
    await works.run_later(seconds=WAITS[0] * 1.2)
    after_second = receiver.events.copy()
    await works.run_later(seconds=WAITS[1] * 1.2)

    assert after_first == ["invitee.created"]
    assert after_second == ["invitee.created"] * 2
    assert receiver.events == ["invitee.created"] * 3 + ["invitee.canceled"]


async def test_where_others_got_through_a_delivery_is_given_up_alone_and_lets_the_next_of_its_chain_go(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    refused = await book(conn, organization, clock)
    receiver.refuses = lambda got: got.event == "invitee.created" and str(refused.invitee.id).encode() in got.body
    await works.run()
    await cancel(conn, organization, clock, refused)
    await book(conn, organization, clock, START + timedelta(hours=1))

    for wait in WAITS:
        await works.run_later(seconds=wait * 1.2)
    await works.run()

    cursor = await conn.execute("SELECT state, attempts FROM deliveries ORDER BY sequence")
    assert await cursor.fetchall() == [("failed", 4), ("delivered", 1), ("delivered", 1)]
    assert await subscription_state(conn) == "active"
    assert [subject for _, subject in await mails(conn)] == [
        "A webhook delivery was given up", "A webhook receiver does not accept what happens",
    ]  # fmt: skip


async def test_after_an_outage_everything_that_waited_is_delivered_at_once_and_in_order(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.refuses = lambda _: True
    await works.subscribe(receiver.url)
    for hour in range(3):
        made = await book(conn, organization, clock, START + timedelta(hours=hour))
        await cancel(conn, organization, clock, made)
    await works.run()
    await works.run_later(seconds=WAITS[0] * 1.2)
    await works.run_later(seconds=WAITS[1] * 0.7)
    receiver.refuses = lambda _: False
    receiver.received.clear()
    await works.run()
    assert receiver.received == []  # nobody knows yet

    await book(conn, organization, clock, START + timedelta(hours=3))
    await works.run()

    assert sorted(receiver.events) == ["invitee.canceled"] * 3 + ["invitee.created"] * 4
    seen: dict[str, list[str]] = {}
    for got in receiver.received:
        seen.setdefault(json.loads(got.body)["payload"]["uri"], []).append(got.event)
    assert sorted(seen.values()) == [["invitee.created"]] + [["invitee.created", "invitee.canceled"]] * 3


async def test_one_refused_delivery_is_not_tried_with_every_other_s_success(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()
    for hour in range(1, 4):
        await book(conn, organization, clock, START + timedelta(hours=hour))
        await works.run()

    assert len(receiver.received) == 4


async def test_an_outage_of_thirty_hours_loses_nothing_and_the_owner_is_warned(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    """With the schedule as it is by default."""
    worker = DeliveryWorker(replace(works.context, settings=Settings(public_url=BASE_URL)))
    receiver.refuses = lambda _: True
    await works.subscribe(receiver.url)
    booked = []
    for hour in range(30):
        start = datetime(2090, 1, 9 + hour // 6, 10 + hour % 6, tzinfo=UTC)  # a working week of six hours a day
        made = await book(conn, organization, clock, start)
        booked.append(str(made.invitee.id))
        await worker.run_until_idle()
        clock.advance(hours=1)
    receiver.refuses = lambda _: False
    receiver.received.clear()
    last = await book(conn, organization, clock, datetime(2090, 1, 16, 10, tzinfo=UTC))
    await worker.run_until_idle()
    clock.advance(hours=11)  # the longest wait there is, and its jitter
    await worker.run_until_idle()

    arrived = [json.loads(got.body)["payload"]["uri"].rpartition("/")[2] for got in receiver.received]
    assert sorted(arrived) == sorted([*booked, str(last.invitee.id)])
    cursor = await conn.execute("SELECT name FROM events WHERE name LIKE 'webhook%' ORDER BY sequence")
    assert await cursor.fetchall() == [("webhook_subscription.failing",)]
    owner = organization.owner.user.email
    assert await mails(conn) == [(owner, "A webhook receiver does not accept what happens")]
    assert await subscription_state(conn) == "active"


async def test_a_subscription_that_fails_until_the_end_is_disabled_and_keeps_its_backlog_and_the_owner_is_warned(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.refuses = lambda _: True
    hook = await works.subscribe(receiver.url)
    made = await book(conn, organization, clock)
    await works.run()
    for wait in WAITS:
        await works.run_later(seconds=wait * 1.2)
    await cancel(conn, organization, clock, made)
    await works.run_later(days=2)
    assert await subscription_state(conn) == "disabled"
    cursor = await conn.execute("SELECT name FROM events WHERE name LIKE 'webhook%' ORDER BY sequence")
    assert await cursor.fetchall() == [("webhook_subscription.failing",), ("webhook_subscription.disabled",)]
    assert [subject for _, subject in await mails(conn)] == [
        "A webhook receiver does not accept what happens", "A webhook subscription was disabled",
    ]  # fmt: skip
    receiver.refuses = lambda _: False
    receiver.received.clear()

    await webhook_subscription_states.enable(conn, organization.id, hook.id, now=clock.now)
    await works.run()

    assert receiver.events == ["invitee.created", "invitee.canceled"]


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        (None, WAITS[0] * 0.8, WAITS[0] * 1.2),
        ("10", WAITS[0] * 0.8, WAITS[0] * 1.2),  # the schedule is longer
        ("7200", 7200, 7200),
        ("864000", 86400, 86400),  # a day at most
    ],
)
async def test_a_receiver_may_request_longer_waits_than_the_schedule_has(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *,
    retry_after: str | None, least: float, most: float,
) -> None:  # fmt: skip
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    receiver.answers = [lambda: web.Response(status=503, headers=headers)]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    due = datetime.fromisoformat((await works.delivery())["next_attempt_at"])
    assert least <= (due - clock.now).total_seconds() <= most


async def test_who_is_changed_while_the_last_attempt_is_under_way_is_tried_again(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hook = await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    receiver.refuses = lambda _: True
    await works.run()
    for wait in WAITS[:-1]:
        await works.run_later(seconds=wait * 1.2)
    clock.advance(seconds=WAITS[-1] * 1.2)
    began = clock.now
    await conn.execute(
        "UPDATE webhook_subscriptions SET updated_at = %s WHERE id = %s", (began + timedelta(seconds=1), hook.id)
    )

    await works.run()
    made = await works.delivery()
    receiver.refuses = lambda _: False
    await works.run_later(seconds=WAITS[0] * 1.2)

    assert (made["state"], made["attempts"], made["earlier_attempts"]) == ("pending", 5, 4)
    assert (await subscription_state(conn), (await works.delivery())["state"]) == ("active", "delivered")


async def test_owners_are_warned_in_time_even_if_no_attempt_is_due(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.refuses = lambda _: True
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()

    counts = [await webhooks.warn(works.context)]
    clock.advance(seconds=works.context.settings.webhook_warn_seconds)
    counts += [await webhooks.warn(works.context), await webhooks.warn(works.context)]

    assert counts == [0, 1, 0]
    (mail,) = await notes(conn)
    assert "HTTP 500" in mail.text
