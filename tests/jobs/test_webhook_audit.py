"""Redelivering, replaying, enabling and testing, to the receiver. Source: rules, section 14; docs/webhooks.md."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, principal_of
from jobs.conftest import START, WAITS, Received, Receiver, Works, cancel
from openslot.config import Settings
from openslot.db import deliveries, partitions
from openslot.db.deliveries import InspectedDelivery
from openslot.db.pool import Conn, transaction
from openslot.presenters import samples
from openslot.presenters import webhook_audit as present
from openslot.services.booking import rescheduling
from openslot.services.webhooks import audit, subscriptions
from openslot.services.webhooks.subscriptions import Change
from openslot.wire import codec
from openslot.wire.webhooks import ALL_EVENT_SCOPES

KEY = "Zoë's signing key"
DOCS = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


async def book_and_cancel(conn: Conn, organization: Organization, clock: Clock, *, hour: int) -> None:
    made = await make_booking(conn, organization, START + timedelta(hours=hour), now=clock.now)
    clock.advance(minutes=1)
    await cancel(conn, organization, clock, made)


async def listed(works: Works) -> list[InspectedDelivery]:
    """Every delivery, in order."""
    cursor = await works.conn.execute("SELECT id FROM deliveries ORDER BY sequence, id")
    found = [await deliveries.find(works.conn, one, users_uri=URIS.user_prefix) for (one,) in await cursor.fetchall()]
    return [one for one in found if one is not None]


def by_invitee(received: list[Received]) -> list[list[str]]:
    """What came for each invitee, in the order in which it came."""
    seen: dict[str, list[str]] = {}
    for got in received:
        seen.setdefault(json.loads(got.body)["payload"]["uri"], []).append(got.event)
    return sorted(seen.values())


async def test_a_subscription_that_is_deleted_and_made_again_gets_what_it_missed_in_order_and_once_each(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await partitions.ensure(conn, clock.now)
    old = await works.subscribe(receiver.url)
    await book_and_cancel(conn, organization, clock, hour=0)
    await works.run()
    principal = await principal_of(conn, organization.owner, now=clock.now)
    clock.advance(minutes=1)
    missing_since = clock.now
    await subscriptions.unsubscribe(conn, principal, old.id, now=clock.now)
    for hour in range(1, 4):
        await book_and_cancel(conn, organization, clock, hour=hour)
    await works.run()
    receiver.received.clear()

    new = await works.subscribe(receiver.url)
    counts = [await audit.replay(conn, new, since=missing_since, states=(), uris=URIS, now=clock.now) for _ in range(2)]
    await works.run()
    await works.run_later(days=1)

    assert counts == [6, 0]
    assert by_invitee(receiver.received) == [["invitee.created", "invitee.canceled"]] * 3
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 6


async def test_a_replay_touches_no_month_before_its_own(
    conn: Conn, organization: Organization, clock: Clock, works: Works, own_database_url: str
) -> None:
    await partitions.ensure(conn, clock.now - timedelta(days=31), ahead=1)
    hook = await works.subscribe("https://hooks.example/")
    await make_booking(conn, organization, START, now=clock.now)
    await conn.execute("SET lock_timeout = '1s'")

    async with transaction(own_database_url) as other:
        await other.execute("LOCK TABLE events_y2089m12, deliveries_y2089m12 IN ACCESS EXCLUSIVE MODE")
        count = await audit.replay(conn, hook, since=clock.now, states=["pending"], uris=URIS, now=clock.now)

    assert count == 1


async def test_a_redelivery_has_the_same_id_and_bytes_and_a_fresh_signature(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url, signing_key=KEY)
    await make_booking(conn, organization, START, now=clock.now)
    await works.run()
    await conn.execute("UPDATE invitees SET name = 'Somebody else'")
    clock.advance(days=3)
    (found,) = await listed(works)

    await audit.redeliver(conn, found, uris=URIS, now=clock.now)
    await works.run()

    first, second = receiver.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    (after,) = await listed(works)
    assert (after.state, after.attempts) == ("delivered", 2)
    assert [one.number for one in await deliveries.list_attempts(conn, organization.id, after.id)] == [1, 2]


async def test_a_redelivery_that_fails_has_its_whole_schedule_again(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [200, *[500] * 4]
    await works.subscribe(receiver.url)
    await make_booking(conn, organization, START, now=clock.now)
    await works.run()
    (found,) = await listed(works)

    await audit.redeliver(conn, found, uris=URIS, now=clock.now)
    for wait in (0, *WAITS):
        await works.run_later(seconds=wait * 1.2)
        (found,) = await listed(works)

    assert (found.attempts, len(receiver.received)) == (5, 5)


async def test_what_is_shown_of_a_request_is_what_was_sent(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(f"{receiver.url}/hooks?a=b", signing_key=KEY)
    await make_booking(conn, organization, START, now=clock.now)
    await works.run()

    (found,) = await listed(works)
    inspected = await audit.inspect(conn, found)
    shown = present.details(inspected.delivery, inspected.attempts, URIS)

    (got,) = receiver.received
    of_the_library = {"Host", "Accept", "Accept-Encoding", "Content-Length"}
    sent = {name: value for name, value in got.headers.items() if name not in of_the_library}
    fresh = {"webhook-timestamp", "webhook-signature", "Calendly-Webhook-Signature"}
    assert shown.request.headers == sent | dict.fromkeys(fresh)
    assert (shown.request.method, shown.request.url) == ("POST", f"{receiver.url}{got.path}")
    assert shown.request.body.encode() == got.body
    (attempt,) = shown.attempts
    assert (attempt.status_code, attempt.response_excerpt, attempt) == (200, "answer 200", shown.last_attempt)


async def test_enabling_delivers_the_backlog_in_order(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hook = await works.subscribe(receiver.url)
    await audit.disable(conn, hook, by=None, uris=URIS, now=clock.now)
    for hour in range(3):
        await book_and_cancel(conn, organization, clock, hour=hour)
    await works.run_later(days=2)
    assert receiver.received == []

    row = await audit.enable(conn, hook, by=None, uris=URIS, now=clock.now)
    await works.run()

    assert row.state == "active"
    assert by_invitee(receiver.received) == [["invitee.created", "invitee.canceled"]] * 3


async def test_enabling_one_that_is_given_up_delivers_what_it_was_given_up_for(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.refuses = lambda _: True
    hook = await works.subscribe(receiver.url)
    await book_and_cancel(conn, organization, clock, hour=0)
    await works.run()
    for wait in WAITS:
        await works.run_later(seconds=wait * 1.2)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    assert (await subscriptions.get(conn, principal, hook.id)).state == "disabled"
    receiver.refuses = lambda _: False
    receiver.received.clear()

    row = await audit.enable(conn, hook, by=organization.owner.id, uris=URIS, now=clock.now)
    await works.run()

    assert (row.state, row.retry_started_at, row.warned_at, row.disabled_at) == ("active", None, None, None)
    assert receiver.events == ["invitee.created", "invitee.canceled"]


async def test_enabling_one_that_only_fails_does_not_wait_for_the_next_attempt(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    hook = await works.subscribe(receiver.url)
    await book_and_cancel(conn, organization, clock, hour=0)
    await works.run()
    await works.run_later(seconds=WAITS[0] * 1.2)

    await audit.enable(conn, hook, by=None, uris=URIS, now=clock.now)
    await works.run()

    assert receiver.events == ["invitee.created"] * 3 + ["invitee.canceled"]


async def test_at_another_url_the_backlog_is_due_at_once_and_goes_there(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    hook = await works.subscribe(f"{receiver.url}/wrong")
    await book_and_cancel(conn, organization, clock, hour=0)
    await works.run()
    principal = await principal_of(conn, organization.owner, now=clock.now)

    changed = await subscriptions.change(
        conn,
        principal,
        hook.id,
        Change(url=f"{receiver.url}/right"),
        vault=works.context.vault,
        outbound=works.outbound,
        uris=URIS,
        now=clock.now,
    )
    await works.run()

    assert (changed.id, changed.retry_started_at) == (hook.id, None)
    assert [(got.path, got.event) for got in receiver.received] == [
        ("/wrong", "invitee.created"), ("/right", "invitee.created"), ("/right", "invitee.canceled"),
    ]  # fmt: skip


async def test_a_test_event_reaches_only_its_subscription_and_is_what_the_sample_is(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    tested = await works.subscribe(f"{receiver.url}/tested")
    events = [event for event, scopes in ALL_EVENT_SCOPES.items() if "organization" in scopes]
    await works.subscribe(f"{receiver.url}/other", events=events)
    await works.subscribe(f"{receiver.url}/user", scope="user")

    for event in events:
        await audit.send_test(conn, tested, event, uris=URIS, now=clock.now)
    await works.run()

    assert {got.path for got in receiver.received} == {"/tested"}
    assert sorted(got.body for got in receiver.received) == sorted(
        codec.encode(samples.envelope(event, organization.owner.user, URIS, now=clock.now)) for event in events
    )
    assert {(one.is_test, one.state) for one in await listed(works)} == {(True, "delivered")}


async def test_a_reschedule_also_arrives_as_one_event_where_that_is_subscribed(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    """As docs/webhooks.md has it; the sample has the same members."""
    await works.subscribe(receiver.url, events=["invitee.rescheduled"])
    made = await make_booking(conn, organization, START, now=clock.now)
    async with conn.transaction():
        await rescheduling.reschedule(conn, made.invitee.id, START + timedelta(hours=2), uris=URIS, now=clock.now)
    await works.run()

    (got,) = receiver.received
    real = json.loads(got.body)["payload"]
    made_up = samples.payload("invitee.rescheduled", organization.owner.user, URIS, now=START)
    sample = json.loads(codec.encode(made_up))
    for payload in (real, sample):
        assert payload["old"]["new_invitee"] == payload["new"]["uri"] != payload["old"]["uri"]
        assert payload["new"]["old_invitee"] == payload["old"]["uri"]
        assert (payload["old"]["rescheduled"], payload["old"]["status"], payload["new"]["status"]) == (
            True, "canceled", "active",
        )  # fmt: skip
    assert {side: set(real[side]) for side in real} == {side: set(sample[side]) for side in sample}


def documented_code() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(DOCS.partition("```python\n")[2].partition("```")[0], "docs/webhooks.md", "exec"), names)
    return names


@pytest.mark.parametrize("key", [KEY, "whsec_YXMgaXRzIGxpYnJhcmllcyBoYXZlIGl0"])
async def test_the_documented_check_takes_what_is_sent_and_refuses_anything_else(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *, key: str
) -> None:
    await works.subscribe(receiver.url, signing_key=key)
    await make_booking(conn, organization, START, now=clock.now)
    await works.run()
    (got,) = receiver.received
    now = clock.now.timestamp()

    for name in ("signed_as_calendly", "signed_as_standard_webhooks"):
        check = documented_code()[name]
        assert check(key, got.headers, got.body, now)
        assert not check(key, got.headers, got.body + b" ", now)
        assert not check("another", got.headers, got.body, now)
        assert not check(key, got.headers, got.body, now + 181)
        assert not check(key, got.headers, got.body)  # years from now


def test_the_documented_retries_are_the_setting_s() -> None:
    seconds = {"s": 1, "min": 60, "h": 3600}
    table = re.findall(r"^\| (\d+)(?: to (\d+))? \| (\d+) (s|min|h) \|$", DOCS, re.MULTILINE)
    waits = {
        number: int(wait) * seconds[unit]
        for first, last, wait, unit in table
        for number in range(int(first), int(last or first) + 1)
    }

    assert waits == dict(enumerate(Settings().webhook_retry_seconds, start=2))
