"""One delivery, from the booking to the receiver, and what is recorded of it.

Source: webhooks, sections 3 to 5; ADR 0005.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from aiohttp import web

from conftest import Clock
from factories import URIS, Organization
from jobs.conftest import WAITS, Receiver, Works, book, deliver_with
from openslot.db.pool import Conn
from openslot.providers import webhook_http
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.webhooks import WebhookPayload

KEY = "Zoë's signing key"


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
    cursor = await conn.execute("SELECT name, occurred_at, payload FROM events WHERE name LIKE 'invitee%'")
    ((name, occurred_at, payload),) = await cursor.fetchall()
    assert got.body == codec.encode(
        WebhookPayload(name, Timestamp.of(occurred_at), URIS.user(organization.owner.id), msgspec.Raw(payload.encode()))
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


async def test_no_log_of_a_delivery_shows_its_key_or_its_payload(
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


async def test_no_error_shows_the_path_of_a_callback(
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
