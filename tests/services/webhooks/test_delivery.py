"""One attempt to make a delivery, and what follows from it. Source: webhooks, sections 3 to 5; rules, section 14."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from conftest import Clock
from factories import URIS, Organization, make_booking, make_subscription
from openslot.core.ids import new_id
from openslot.db.deliveries import Attempt
from openslot.db.delivery_queue import Claimed
from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.providers.webhook_http import WebhookResponse
from openslot.security import signatures
from openslot.security.vault import Vault
from openslot.services.webhooks import delivery
from openslot.services.webhooks.delivery import MAX_RETRY_AFTER, Outcome, RetryPolicy, Tried
from services.conftest import START, Store

PERSISTENCE = RetryPolicy(waits=(60, 600), warn_after=timedelta(hours=24))
WORKER = UUID("0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c12")


class Sender:
    """Records what is sent, and answers with ``response``."""

    def __init__(self, response: WebhookResponse) -> None:
        self.response = response
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> WebhookResponse:
        self.sent.append((url, body, headers))
        return self.response


def claimed(clock: Clock, **values: Any) -> Claimed:
    """A delivery as a worker has it."""
    defaults: dict[str, Any] = {
        "id": new_id(),
        "organization_id": new_id(),
        "subscription_id": new_id(),
        "event_id": new_id(),
        "event_name": "invitee.created",
        "correlation_id": new_id(),
        "head": '{"event":"invitee.created","payload":',
        "payload": '{"name":"Ada"}',
        "attempts": 2,
        "earlier_attempts": 0,
        "first_failed_at": None,
        "created_at": clock.now,
        "callback_url": "https://hooks.example/receiver",
        "destination": "https://hooks.example",
        "sealed_signing_key": None,
        "is_failing": False,
    }
    return Claimed(**(defaults | values))


async def test_an_attempt_sends_what_is_stored_under_fresh_signatures(clock: Clock, vault: Vault) -> None:
    sender = Sender(WebhookResponse(12, 503, "Later", retry_after_seconds=90))
    one = claimed(clock, sealed_signing_key=vault.seal("key"))

    tried = await delivery.attempt(sender, one, vault=vault, now=clock.now)

    body = b'{"event":"invitee.created","payload":{"name":"Ada"}}'
    assert sender.sent == [
        (
            "https://hooks.example/receiver",
            body,
            {
                "Content-Type": "application/json",
                "User-Agent": "OpenSlot",
                "openslot-correlation-id": str(one.correlation_id),
                "webhook-id": str(one.id),
                "webhook-timestamp": "1799049600",
                signatures.HEADER: signatures.signature_header("key", body, clock.now),
                signatures.STANDARD_HEADER: signatures.standard_signature("key", str(one.id), body, clock.now),
            },
        )
    ]
    assert tried == Tried(
        Attempt(number=3, started_at=clock.now, duration_ms=12, status_code=503, error=None, response_excerpt="Later"),
        timedelta(seconds=90),
    )


async def test_nothing_goes_unsigned_where_the_key_can_not_be_read(clock: Clock, vault: Vault) -> None:
    sender = Sender(WebhookResponse(12, 200))
    one = claimed(clock, sealed_signing_key=Vault("another key, of another database").seal("key"))

    tried = await delivery.attempt(sender, one, vault=vault, now=clock.now)

    assert sender.sent == []
    assert not tried.got_through
    assert (tried.attempt.error or "").startswith("the signing key can't be read: ")


async def test_only_2xx_gets_through_and_no_receiver_requests_more_than_a_day(clock: Clock, vault: Vault) -> None:
    through = {}
    for status in (199, 200, 204, 299, 300, 302, 404, 500, None):
        sender = Sender(WebhookResponse(1, status, retry_after_seconds=30 * 86400))
        tried = await delivery.attempt(sender, claimed(clock), vault=vault, now=clock.now)
        through[status] = tried.got_through
        assert tried.retry_after == MAX_RETRY_AFTER == timedelta(days=1)

    assert [status for status, got_through in through.items() if got_through] == [200, 204, 299]


@pytest.fixture
async def hook(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> WebhookSubscription:
    return await make_subscription(conn, organization.owner, vault=vault, now=clock.now, events=["invitee.created"])


@pytest.fixture
async def due(conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription) -> Claimed:
    """The delivery of a booking, as ``WORKER`` has it."""
    await make_booking(conn, organization, START, now=clock.now)
    cursor = await conn.execute(
        "UPDATE deliveries SET claimed_by = %s WHERE subscription_id = %s RETURNING id, event_id", (WORKER, hook.id)
    )
    ((delivery_id, event_id),) = await cursor.fetchall()
    return claimed(
        clock,
        id=delivery_id,
        event_id=event_id,
        organization_id=organization.id,
        subscription_id=hook.id,
        attempts=0,
    )


async def conclude(conn: Conn, one: Claimed, number: int, clock: Clock, **values: Any) -> Outcome:
    """What follows from a failure of this number."""
    made = Attempt(
        number=number, started_at=clock.now, duration_ms=1, status_code=503, error=None, response_excerpt=None
    )
    await conn.execute("UPDATE deliveries SET claimed_by = %s WHERE id = %s", (WORKER, one.id))
    defaults: dict[str, Any] = {"persistence": PERSISTENCE, "worker_id": WORKER, "uris": URIS, "now": clock.now}
    retry_after = values.pop("retry_after", None)
    async with conn.transaction():
        return await delivery.conclude(conn, one, Tried(made, retry_after), **(defaults | values))


async def waits(conn: Conn, one: Claimed, clock: Clock) -> timedelta:
    """How long the delivery waits from now on."""
    cursor = await conn.execute("SELECT next_attempt_at - %s FROM deliveries WHERE id = %s", (clock.now, one.id))
    ((wait,),) = await cursor.fetchall()
    assert isinstance(wait, timedelta)
    return wait


async def events(store: Store) -> Sequence[str]:
    return sorted(row["name"] for row in await store.rows("events"))


async def test_a_failure_waits_as_configured_or_longer_where_the_receiver_requests_that(
    conn: Conn, clock: Clock, due: Claimed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openslot.services.webhooks.delivery.random.uniform", lambda _, longest: longest)

    outcomes, waited = [], []
    for number, retry_after in ((1, None), (2, timedelta(seconds=5)), (2, timedelta(hours=1))):
        outcomes.append(await conclude(conn, due, number, clock, retry_after=retry_after))
        waited.append(await waits(conn, due, clock))

    assert outcomes == [Outcome.RETRY] * 3
    assert waited == [timedelta(seconds=72), timedelta(seconds=720), timedelta(hours=1)]


async def test_after_the_last_wait_a_subscription_without_any_success_is_disabled_and_keeps_its_backlog(
    conn: Conn, clock: Clock, due: Claimed, hook: WebhookSubscription, store: Store
) -> None:
    clock.advance(hours=1)
    outcome = await conclude(conn, due, 3, clock)

    cursor = await conn.execute("SELECT state, disabled_at FROM webhook_subscriptions WHERE id = %s", (hook.id,))
    assert outcome is Outcome.DISABLED
    assert await cursor.fetchall() == [("disabled", clock.now)]
    assert [row["state"] for row in await store.rows("deliveries")] == ["pending"]
    assert await events(store) == [
        "invitee.created",
        "webhook_subscription.disabled",
        "webhook_subscription.failing",
    ]


async def test_where_others_got_through_one_delivery_alone_is_given_up(
    conn: Conn, clock: Clock, due: Claimed, store: Store
) -> None:
    first_failed_at = clock.now
    clock.advance(hours=1)
    outcome = await conclude(conn, structs.replace(due, first_failed_at=first_failed_at), 3, clock)

    assert outcome is Outcome.FAILED
    assert [row["state"] for row in await store.rows("deliveries")] == ["failed"]
    assert await events(store) == ["invitee.created", "webhook_subscription.delivery_failed"]
    given_up = next(row for row in await store.rows("events") if row["name"] == "webhook_subscription.delivery_failed")
    assert json.loads(given_up["payload"])["last_answer"] == "HTTP 503"


async def test_a_delivery_that_another_worker_has_taken_is_left_alone(
    conn: Conn, clock: Clock, due: Claimed, store: Store
) -> None:
    before = await store.everything()

    assert await conclude(conn, due, 3, clock, worker_id=new_id()) is Outcome.LOST
    assert await store.everything() == before
