"""A receiver on a real socket, and a real worker on a database of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from conftest import BASE_URL, SECRET_KEY, Clock
from factories import URIS, Organization, make_booking, make_organization, make_subscription, principal_of
from openslot.config import Settings
from openslot.db import deliveries
from openslot.db.deliveries import Attempt
from openslot.db.pool import Conn, connected, make_pool
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.jobs.webhooks import DeliveryWorker, WorkerContext
from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services.booking import cancellation
from openslot.services.booking.command import Booked

WAITS = (60, 600, 3600)
START = datetime(2090, 1, 3, 10, tzinfo=UTC)
LOOPBACK = ["127.0.0.0/8", "::1/128"]


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return str(json.loads(self.body)["event"])


@dataclass
class Receiver:
    """The receiver of webhooks. It gives ``answers`` in turn, and 200 after that."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[Callable[[], web.StreamResponse] | int] = field(default_factory=list)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    """Requests to ``/hang`` are answered when it is set."""
    refuses: Callable[[Received], bool] = lambda _: False
    """Which requests are answered with 500 whatever ``answers`` says."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        got = Received(request.method, request.path_qs, dict(request.headers), await request.read())
        self.received.append(got)
        if self.refuses(got):
            return web.Response(status=500)
        if request.path == "/hang":
            await self.hanging.wait()
        answer = self.answers.pop(0) if self.answers else 200
        return web.Response(status=answer, text=f"answer {answer}") if isinstance(answer, int) else answer()

    @property
    def events(self) -> list[str]:
        return [one.event for one in self.received]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    made.hanging.set()
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    """Monday, 2 January 2090, 08:00 UTC."""
    return Clock(datetime(2090, 1, 2, 8, tzinfo=UTC))


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn, clock: Clock) -> Organization:
    return await make_organization(conn, now=clock.now)


@dataclass(frozen=True)
class Works:
    """A worker that makes what is due and stops, and what has become of deliveries."""

    worker: DeliveryWorker
    conn: Conn
    clock: Clock
    organization: Organization

    @property
    def context(self) -> WorkerContext:
        return self.worker.context

    @property
    def outbound(self) -> OutboundPolicy:
        """Receivers of tests are on loopback."""
        return OutboundPolicy(LOOPBACK)

    async def run(self) -> None:
        """Make everything that is due, also what waited for others of its chain."""
        await self.worker.run_until_idle()

    async def run_later(self, **time: float) -> None:
        """Move the clock and make what is due by it."""
        self.clock.advance(**time)
        await self.run()

    async def subscribe(self, url: str, **more: Any) -> WebhookSubscription:
        return await make_subscription(
            self.conn,
            self.organization.owner,
            vault=self.context.vault,
            now=self.clock.now,
            url=url,
            outbound=self.outbound,
            **more,
        )

    async def delivery(self) -> dict[str, Any]:
        """The only delivery there is."""
        cursor = await self.conn.execute(
            "SELECT to_jsonb(d) FROM deliveries AS d WHERE organization_id = %s", (self.organization.id,)
        )
        ((row,),) = await cursor.fetchall()
        return dict(row)

    async def attempts(self) -> list[Attempt]:
        """Every attempt at the only delivery there is."""
        made = await self.delivery()
        return await deliveries.list_attempts(self.conn, self.organization.id, UUID(made["id"]))


@pytest.fixture
async def works(own_database_url: str, conn: Conn, clock: Clock, organization: Organization) -> AsyncIterator[Works]:
    settings = Settings(
        database_url=own_database_url,
        public_url=BASE_URL,
        secret_key=SECRET_KEY,
        webhook_retry_seconds=WAITS,
    )
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(make_pool(own_database_url, size=4))
        sender = await stack.enter_async_context(AiohttpSender(OutboundPolicy(LOOPBACK)))
        context = WorkerContext(
            pool=pool, sender=sender, vault=Vault(SECRET_KEY), uris=URIS, settings=settings, clock=clock
        )
        yield Works(DeliveryWorker(context), conn, clock, organization)


async def book(conn: Conn, organization: Organization, clock: Clock, start: datetime = START) -> Booked:
    return await make_booking(conn, organization, start, now=clock.now)


async def cancel(conn: Conn, organization: Organization, clock: Clock, made: Booked) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)


async def deliver_with(works: Works, sender: Any) -> None:
    """What is due, by another sender."""
    await DeliveryWorker(replace(works.context, sender=sender)).run_until_idle()
