"""Deliveries, from the booking to the receiver. Source: webhooks, sections 3 to 5; ADR 0005."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web

from conftest import BASE_URL, Clock
from factories import LINKS, Organization, make_booking, principal_of
from jobs.conftest import WAITS, Receiver, Works
from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db import delivery_queue, webhook_subscriptions, workers
from openslot.db.deliveries import Attempt
from openslot.db.delivery_queue import Claimed
from openslot.db.pool import Conn, connected
from openslot.jobs import webhooks
from openslot.jobs.webhooks import Courier
from openslot.providers import webhook_http
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import cancellation
from openslot.services import webhook_subscriptions as subscriptions
from openslot.services.booking import Booked
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.webhooks import WebhookPayload

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
    await works.subscribe(f"{receiver.url}/hooks?a=b&c=%20d", signing_key=KEY)
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
    assert got.body == codec.encode(
        WebhookPayload(
            name, Timestamp.of(occurred_at), LINKS.user(organization.owner.id), msgspec.Raw(payload.encode())
        )
    )
    assert json.loads(got.body)["created_at"] == "2090-01-02T08:00:00.000000Z"
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


async def test_a_delivery_has_the_headers_of_standard_webhooks_too(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(f"{receiver.url}/plain", signing_key=KEY)
    secret = "whsec_" + base64.b64encode(b"as its libraries have it").decode()
    await works.subscribe(f"{receiver.url}/secret", signing_key=secret)
    await book(conn, organization, clock)

    await works.run()

    for got in receiver.received:
        key = KEY.encode() if got.path == "/plain" else b"as its libraries have it"
        stamp, message_id = got.headers["webhook-timestamp"], got.headers["webhook-id"]
        signed = f"{message_id}.{stamp}.".encode() + got.body
        mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert stamp == str(int(clock.now.timestamp()))
        assert got.headers["webhook-signature"] == f"v1,{mac}"
    cursor = await conn.execute("SELECT id::text FROM deliveries ORDER BY 1")
    assert sorted(got.headers["webhook-id"] for got in receiver.received) == [one for (one,) in await cursor.fetchall()]


async def test_without_a_signing_key_nothing_is_signed(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)

    await works.run()

    assert not {"Calendly-Webhook-Signature", "webhook-signature"} & set(receiver.received[0].headers)


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


async def subscription_state(conn: Conn) -> str:
    cursor = await conn.execute("SELECT state FROM webhook_subscriptions")
    ((state,),) = await cursor.fetchall()
    return str(state)


async def mails(conn: Conn) -> list[tuple[str, str]]:
    """Recipients and subjects of the mails on the queue."""
    cursor = await conn.execute(
        "SELECT args ->> 'to', args ->> 'subject' FROM procrastinate_jobs WHERE task_name = 'mail.send' ORDER BY id"
    )
    return [(str(to), str(subject)) for to, subject in await cursor.fetchall()]


async def deliver_with(works: Works, sender: Any) -> None:
    """What is due, by another sender."""
    await Courier(replace(works.workshop, sender=sender)).work_off()


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
    async with connected(works.workshop.settings.database_url) as other, other.transaction():
        await make_booking(other, organization, START, now=clock.now)
        await webhook_subscriptions.delete(conn, organization.id, hook.id, now=clock.now)

    await works.run()

    assert (receiver.received, (await works.delivery())["state"]) == ([], "discarded")


async def test_what_waits_for_a_disabled_subscription_is_kept_and_delivered_in_order_once_it_is_enabled(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    hook = await works.subscribe(receiver.url)
    await webhook_subscriptions.disable(conn, organization.id, hook.id, now=clock.now)
    made = await book(conn, organization, clock)
    await cancel(conn, organization, clock, made)
    await works.run_later(days=2)
    assert receiver.events == []

    await webhook_subscriptions.enable(conn, organization.id, hook.id, now=clock.now)
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
        "A webhook receiver does not accept what happens", "A webhook delivery was given up",
    ]  # fmt: skip


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


async def test_an_event_nobody_subscribed_to_makes_no_delivery(
    conn: Conn, organization: Organization, clock: Clock, works: Works
) -> None:
    await book(conn, organization, clock)

    await works.run()

    cursor = await conn.execute("SELECT count(*) FROM deliveries")
    assert await cursor.fetchall() == [(0,)]


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


async def test_thirty_hours_down_lose_nothing_and_the_owner_is_told(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    """With the schedule as it is by default."""
    courier = Courier(replace(works.workshop, settings=Settings(public_url=BASE_URL)))
    receiver.refuses = lambda _: True
    await works.subscribe(receiver.url)
    booked = []
    for hour in range(30):
        start = datetime(2090, 1, 9 + hour // 6, 10 + hour % 6, tzinfo=UTC)  # a working week of six hours a day
        made = await book(conn, organization, clock, start)
        booked.append(str(made.invitee.id))
        await courier.work_off()
        clock.advance(hours=1)
    receiver.refuses = lambda _: False
    receiver.received.clear()
    last = await book(conn, organization, clock, datetime(2090, 1, 16, 10, tzinfo=UTC))
    await courier.work_off()
    clock.advance(hours=11)  # the longest wait there is, and its jitter
    await courier.work_off()

    arrived = [json.loads(got.body)["payload"]["uri"].rpartition("/")[2] for got in receiver.received]
    assert sorted(arrived) == sorted([*booked, str(last.invitee.id)])
    cursor = await conn.execute("SELECT name FROM events WHERE name NOT LIKE 'invitee.%' ORDER BY sequence")
    assert await cursor.fetchall() == [("webhook_subscription.failing",)]
    owner = organization.owner.user.email
    assert await mails(conn) == [(owner, "A webhook receiver does not accept what happens")]
    assert await subscription_state(conn) == "active"


async def test_who_gets_nothing_through_until_the_end_is_told_and_disabled_and_keeps_the_backlog(
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
    cursor = await conn.execute("SELECT name FROM events WHERE name NOT LIKE 'invitee.%' ORDER BY sequence")
    assert await cursor.fetchall() == [("webhook_subscription.failing",), ("webhook_subscription.disabled",)]
    assert [subject for _, subject in await mails(conn)] == [
        "A webhook receiver does not accept what happens", "A webhook subscription was disabled",
    ]  # fmt: skip
    receiver.refuses = lambda _: False
    receiver.received.clear()

    await webhook_subscriptions.enable(conn, organization.id, hook.id, now=clock.now)
    await works.run()

    assert receiver.events == ["invitee.created", "invitee.canceled"]


async def test_a_courier_with_both_hands_full_is_not_stuck(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "IN_HAND", 0)

    assert await works.courier.go_round() == 0
    assert works.courier._went_round


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (None, WAITS[0] * 0.8, WAITS[0] * 1.2),
        ("10", WAITS[0] * 0.8, WAITS[0] * 1.2),  # the schedule is longer
        ("7200", 7200, 7200),
        ("864000", 86400, 86400),  # a day at most
    ],
)
async def test_a_receiver_may_ask_for_more_patience_than_the_schedule_has(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver, *,
    asked: str | None, least: float, most: float,
) -> None:  # fmt: skip
    headers = {} if asked is None else {"Retry-After": asked}
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


async def test_owners_are_told_after_the_time_also_where_no_attempt_is_due(
    conn: Conn, organization: Organization, clock: Clock, works: Works, receiver: Receiver
) -> None:
    receiver.refuses = lambda _: True
    await works.subscribe(receiver.url)
    await book(conn, organization, clock)
    await works.run()

    counts = [await webhooks.warn(works.workshop)]
    clock.advance(seconds=works.workshop.settings.webhook_warn_seconds)
    counts += [await webhooks.warn(works.workshop), await webhooks.warn(works.workshop)]

    assert counts == [0, 1, 0]
    cursor = await conn.execute("SELECT args ->> 'text' FROM procrastinate_jobs WHERE task_name = 'mail.send'")
    ((text,),) = await cursor.fetchall()
    assert "HTTP 500" in str(text)


async def test_no_error_tells_the_path_of_a_callback(
    conn: Conn, organization: Organization, clock: Clock, works: Works
) -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"this is no HTTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        await works.subscribe(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/T0KEN/x?key=HUNTER3")
        await book(conn, organization, clock)
        await works.run()

    (attempt,) = await works.attempts()
    assert attempt.error is not None
    assert "HUNTER3" not in attempt.error
    assert "T0KEN" not in attempt.error


async def test_a_worker_told_to_stop_stays_alive_until_what_is_under_way_is_recorded(
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
