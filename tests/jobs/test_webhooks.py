"""Deliveries, from the booking to the receiver. Source: webhooks, sections 3 to 5; ADR 0005."""

import asyncio
import hashlib
import hmac
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from procrastinate import App

from conftest import Clock
from factories import LINKS, Organization, make_booking, principal_of
from jobs.conftest import WAITS, Receiver, Works
from openslot.core.ids import new_id
from openslot.db import events, webhook_subscriptions
from openslot.db.pool import Conn
from openslot.jobs import webhooks
from openslot.presenters import webhooks as present
from openslot.providers import webhook_http
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import cancellation
from openslot.services.booking import Booked

START = datetime(2090, 1, 3, 10, tzinfo=UTC)
KEY = "Zoë's signing key"


async def book(conn: Conn, organization: Organization, clock: Clock, start: datetime = START) -> Booked:
    return await make_booking(conn, organization, start, now=clock.now)


async def cancel(conn: Conn, organization: Organization, clock: Clock, made: Booked) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await cancellation.cancel_event(conn, principal, made.event.id, reason=None, links=LINKS, now=clock.now)


def expected_signature(key: str, header: str, body: bytes) -> bool:
    """Whether a header signs a body, reckoned from the words of the reference alone."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    mac = hmac.new(key.encode("utf-8"), digestmod=hashlib.sha256)
    mac.update(parts["t"].encode() + b"." + body)
    return sorted(parts) == ["t", "v1"] and parts["v1"] == mac.hexdigest()


async def test_a_delivery_is_one_signed_post_of_the_stored_event(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hook = await works.subscribe(f"{receiver.url}/hooks?a=b&c=%20d", signing_key=KEY)
    await book(conn, organization, clock)
    clock.advance(seconds=7)

    await works.run()

    (got,) = receiver.received
    assert (got.method, got.path) == ("POST", "/hooks?a=b&c=%20d")
    assert {name: got.headers[name] for name in ("Content-Type", "User-Agent", "Content-Length")} == {
        "Content-Type": "application/json",
        "User-Agent": "OpenSlot",
        "Content-Length": str(len(got.body)),
    }
    signature = got.headers["Calendly-Webhook-Signature"]
    assert signature.startswith(f"t={int(clock.now.timestamp())},v1=")
    assert expected_signature(KEY, signature, got.body)
    cursor = await conn.execute("SELECT name, occurred_at, payload FROM events")
    ((name, occurred_at, payload),) = await cursor.fetchall()
    assert got.body == present.body(name, occurred_at, hook.creator_id, payload, LINKS)
    assert json.loads(got.body)["created_at"] == "2090-01-02T08:00:00.000000Z"
    assert await works.statuses() == ["succeeded"]
    assert {key: (await works.delivery())[key] for key in ("state", "attempts", "next_attempt_at")} == {
        "state": "delivered",
        "attempts": 1,
        "next_attempt_at": None,
    }
    (attempt,) = await works.attempts()
    assert (attempt.number, attempt.status_code, attempt.error, attempt.response_excerpt, attempt.started_at) == (
        1,
        200,
        None,
        "answer 200",
        clock.now,
    )


async def test_without_a_signing_key_nothing_is_signed(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    assert "Calendly-Webhook-Signature" not in receiver.received[0].headers


async def test_every_attempt_has_the_same_bytes_and_a_fresh_signature(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    await works.subscribe(receiver.url, signing_key=KEY)
    await book(conn, organization, clock)
    await works.run()
    await conn.execute("UPDATE invitees SET name = 'Somebody else'")
    await works.run_later(seconds=WAITS[0] * 1.2)
    await works.run_later(seconds=WAITS[1] * 1.2)

    bodies = {got.body for got in receiver.received}
    signatures = [got.headers["Calendly-Webhook-Signature"] for got in receiver.received]

    assert (len(receiver.received), len(bodies), len(set(signatures))) == (3, 1, 3)
    assert all(expected_signature(KEY, signature, bodies.copy().pop()) for signature in signatures)
    times = [int(signature[2:].partition(",")[0]) for signature in signatures]
    assert [later - earlier for earlier, later in pairwise(times)] == [72, 720]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_2xx_is_success(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *, status: int
) -> None:
    receiver.answers = [status]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    assert (await works.delivery())["state"] == "delivered"


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308, 400, 401, 404, 410, 429, 500, 503])
async def test_anything_else_is_a_failure_and_is_recorded(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *, status: int
) -> None:
    receiver.answers = [lambda: web.Response(status=status, headers={"Location": f"{receiver.url}/elsewhere"})]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    assert [got.path for got in receiver.received] == ["/"]  # no redirect is followed
    assert (await works.delivery())["state"] == "pending"
    (attempt,) = await works.attempts()
    assert (attempt.status_code, attempt.error) == (status, None)


async def test_a_receiver_that_does_not_answer_in_time_has_failed(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *, monkeypatch: Any
) -> None:
    monkeypatch.setattr(webhook_http, "READ_TIMEOUT_SECONDS", 0.05)
    await works.subscribe(f"{receiver.url}/hang")
    await book(conn, organization, clock)

    async with AiohttpSender(OutboundPolicy(["127.0.0.0/8"])) as impatient:
        await deliver_with(works, impatient)

    (attempt,) = await works.attempts()
    assert (attempt.status_code, attempt.error) == (None, "127.0.0.1 did not answer in time")
    assert (await works.delivery())["state"] == "pending"


async def deliver_with(works: Works, sender: Any) -> None:
    """One attempt by another sender."""
    made = await works.delivery()
    with pytest.raises(webhooks.DeliveryRefused):
        await webhooks.run(replace(works.workshop, sender=sender), works.organization.id, made["id"])


async def test_a_receiver_that_hangs_up_has_failed(
    conn: Conn, organization: Organization, clock: Clock, works: Works
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await works.subscribe(f"http://127.0.0.1:{port}/")
        await book(conn, organization, clock)
        await works.run()

    (attempt,) = await works.attempts()
    assert attempt.status_code is None
    assert attempt.error is not None
    assert attempt.error.startswith(("ServerDisconnectedError", "ClientOSError"))


async def test_nobody_at_the_port_is_a_failure(
    conn: Conn, organization: Organization, clock: Clock, works: Works
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    await works.subscribe(f"http://127.0.0.1:{port}/")
    await book(conn, organization, clock)

    await works.run()

    (attempt,) = await works.attempts()
    assert attempt.error is not None
    assert attempt.error.startswith("ClientConnectorError")


async def test_an_answer_of_any_kind_is_kept_in_part(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [lambda: web.Response(status=500, body=b"\x00\xff" + "ü".encode() * 5000)]
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    (attempt,) = await works.attempts()
    assert attempt.response_excerpt is not None
    assert attempt.response_excerpt.startswith("\ufffd\ufffdüüü")
    assert len(attempt.response_excerpt) <= webhook_http.EXCERPT_BYTES


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
        cursor = await conn.execute("SELECT scheduled_at FROM procrastinate_jobs")
        ((scheduled_at,),) = await cursor.fetchall()
        assert abs(scheduled_at - due) < timedelta(seconds=1)
        await works.run_later(seconds=wait * 1.2)
    await works.run_later(days=30)

    assert all(0.8 <= factor <= 1.2 for factor in waited)
    assert len(set(waited)) == 3
    assert [attempt.number for attempt in await works.attempts()] == [1, 2, 3, 4]
    assert len(receiver.received) == 4
    made = await works.delivery()
    assert (made["state"], made["attempts"], made["next_attempt_at"]) == ("failed", 4, None)
    assert await works.statuses() == ["succeeded"]


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


async def test_the_subscription_says_since_when_it_fails_until_it_succeeds(
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


@pytest.mark.parametrize("ended", ["deleted", "disabled"])
async def test_what_waits_for_a_subscription_that_ends_is_discarded(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *, ended: str
) -> None:
    receiver.answers = [500]
    hook = await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()
    if ended == "deleted":
        await webhook_subscriptions.delete(conn, organization.id, hook.id, now=clock.now)
    else:
        await conn.execute("UPDATE webhook_subscriptions SET state = 'disabled'")

    await works.run_later(seconds=WAITS[0] * 1.2)

    assert len(receiver.received) == 1
    made = await works.delivery()
    assert (made["state"], made["next_attempt_at"], made["attempts"]) == ("discarded", None, 1)
    assert await works.statuses() == ["succeeded"]


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


async def test_a_delivery_that_failed_for_good_lets_the_next_go(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500] * (len(WAITS) + 1)
    await works.subscribe(receiver.url)
    made = await book(conn, organization, clock)
    await cancel(conn, organization, clock, made)
    await works.run()

    for wait in WAITS:
        await works.run_later(seconds=wait * 1.2)

    assert receiver.events == ["invitee.created"] * 4 + ["invitee.canceled"]


async def test_other_chains_and_other_subscriptions_go_on(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.answers = [500]
    await works.subscribe(f"{receiver.url}/one")
    await book(conn, organization, clock)
    await works.run()
    await works.subscribe(f"{receiver.url}/two")
    await book(conn, organization, clock, START + timedelta(hours=1))

    await works.run()

    assert sorted(got.path for got in receiver.received) == ["/one", "/one", "/two"]
    assert sorted(await works.statuses()) == ["succeeded", "succeeded", "todo"]


async def test_a_delivery_that_was_made_is_not_made_again(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()

    made = await works.delivery()
    await webhooks.run(works.workshop, organization.id, made["id"])
    await webhooks.run(works.workshop, organization.id, new_id())

    assert len(receiver.received) == 1


async def test_a_job_whose_worker_was_killed_runs_again(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await conn.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 1")
    await works.run()
    assert receiver.received == []

    for job in await works.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=0):
        await works.app.job_manager.retry_job(job)
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

    app = App(connector=works.app.connector)
    webhooks.register(app, replace(works.workshop, sender=Broken()))
    with caplog.at_level(logging.ERROR):
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    assert await works.attempts() == []
    assert await works.statuses() == ["todo"]
    assert "could not be tried" in caplog.text
    await conn.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    await works.run()
    assert (await works.delivery())["state"] == "delivered"


async def test_a_signing_key_that_can_t_be_read_is_a_failed_attempt_and_nothing_goes_unsigned(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    """After the secret key was changed, say."""
    hook = await works.subscribe(receiver.url, signing_key=KEY)
    await conn.execute(
        "UPDATE webhook_subscriptions SET sealed_signing_key = %s WHERE id = %s", (Vault("another").seal(KEY), hook.id)
    )
    await book(conn, organization, clock)

    await works.run()

    assert receiver.received == []
    (attempt,) = await works.attempts()
    assert attempt.error == "the signing key can't be read: sealed with another secret key"
    assert KEY not in (attempt.error or "")


async def test_no_log_of_a_delivery_shows_its_key_or_what_it_says(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    works: Works,
    receiver: Receiver,
    *,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers = [500]
    await works.subscribe(f"{receiver.url}/hook", signing_key=KEY)
    await book(conn, organization, clock)
    await works.run()
    await works.run_later(seconds=WAITS[0] * 1.2)

    assert len(receiver.received) == 2
    assert KEY not in caplog.text
    assert "ada@example.org" not in caplog.text
    assert "v1=" not in caplog.text


async def test_an_event_nobody_subscribed_to_makes_no_job(
    conn: Conn, organization: Organization, clock: Clock, works: Works
) -> None:
    await book(conn, organization, clock)

    assert await works.statuses() == []


async def test_a_delivery_belongs_to_one_event_and_one_subscription(conn: Conn, works: Works, clock: Clock) -> None:
    await works.subscribe("https://hooks.example/one", events=["invitee.created"])
    event = events.Event(
        id=new_id(),
        organization_id=works.organization.id,
        name="invitee.created",
        occurred_at=clock.now,
        correlation_id=new_id(),
        chain_id=new_id(),
        user_ids=[],
        payload="{}",
    )

    made = await events.insert(conn, event)

    assert [(str(one.id), str(one.subscription_id)) for one in made] == [
        ((await works.delivery())["id"], (await works.delivery())["subscription_id"])
    ]
