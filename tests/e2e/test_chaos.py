"""No event is ever lost: real processes are killed, receivers misbehave, PostgreSQL goes away, and everything arrives.

Bounded and seeded: so many acts, then so many troubles at set points of them. Source: rules, section 14; field, what
none of them has (2).
"""

import asyncio
import json
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from aiohttp import web

from factories import URIS, Organization, make_event_type, make_organization, make_subscription
from openslot.db import embedded
from openslot.db.pool import connected
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from running import IS_LONG, OPENSLOT, clean_environment, free_port

SEED = 20270217
ACTS = 640 if IS_LONG else 240
"""Bookings, moves, cancellations and marks that are done."""
HANDS = 8
"""How many act at once."""
HOSTS = 6
PATIENCE_SECONDS = 150
PATIENT = httpx.Timeout(20, connect=None)
"""Of clients. One that gives up just when it is connected leaves the connection open (anyio), and here nobody waits for
one: the kernel takes or refuses it at once."""
SECRET = "made up for tests, and long enough"
EVENTS = [
    "invitee.created", "invitee.canceled", "invitee.rescheduled", "invitee_no_show.created", "invitee_no_show.deleted",
]  # fmt: skip


@dataclass
class Receiver:
    """Takes deliveries on a port of its own; ``mood`` says how each is answered."""

    name: str
    mood: Callable[["Receiver"], str]
    port: int = field(default_factory=free_port)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    """Ids and bodies that were answered with 2xx, in order."""
    seen: dict[str, set[bytes]] = field(default_factory=dict)
    """Every body by its id, however it was answered."""
    _runner: web.AppRunner | None = None
    _server: asyncio.Server | None = None
    _accepted: list[web.RequestHandler] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.name}"

    async def open(self) -> None:
        if self._runner is not None:
            return
        app = web.Application()
        app.router.add_post("/{name}", self._handle)
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        make = self._runner.server
        assert make is not None  # it is set up

        def accept() -> asyncio.BaseProtocol:
            self._accepted.append(handler := make())
            return handler

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(accept, "127.0.0.1", self.port, reuse_address=True)

    async def close(self) -> None:
        """Workers connect meanwhile: whatever is accepted is closed, also what the library has not seen yet."""
        if self._runner is None or self._server is None:
            return
        self._server.close()
        await _let_go()
        runner, self._runner, self._server = self._runner, None, None
        await runner.cleanup()
        for one in self._accepted:
            if one.transport is not None:
                one.transport.close()
        self._accepted.clear()
        await _let_go()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body, delivery = await request.read(), request.headers["webhook-id"]
        self.seen.setdefault(delivery, set()).add(body)
        match self.mood(self):
            case "hang":
                await asyncio.sleep(60)
            case "close":
                assert request.transport is not None
                request.transport.abort()
            case "302":
                return web.Response(status=302, headers={"Location": self.url})
            case "410" | "500" as status:
                return web.Response(status=int(status))
            case _:
                self.taken.append((delivery, body))
        return web.Response(status=204)


async def _let_go() -> None:
    """Give the loop the turns in which a connection that was accepted gets its transport, or a closed one its end."""
    for _ in range(4):
        await asyncio.sleep(0)


@dataclass
class Cluster:
    """One organization, web processes and workers around one PostgreSQL; each can be killed and begun again."""

    place: Path
    server: embedded.EmbeddedPostgres
    environment: dict[str, str]
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def begin(self, name: str) -> None:
        kind, _, number = name.partition(" ")
        command = [*OPENSLOT, kind, "--data-dir", str(self.place)]
        command += ["--port", str(self.ports[int(number)])] if kind == "web" else []
        with (self.place / f"{kind}{number}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """As the kernel would: nothing is said, nothing is finished, and no child is left."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)

    async def supervise(self) -> None:
        """Begin again what ended by itself, as a process manager does: PostgreSQL was away at its start, say."""
        while True:
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    self.begin(name)
            await asyncio.sleep(0.2)

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.server.stop()

    async def ready(self, number: int) -> None:
        async with httpx.AsyncClient(timeout=PATIENT) as client, asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.ports[number]}/health/ready")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)


@dataclass
class Acts:
    """Random acts of hosts and invitees; what a killed process leaves unanswered may or may not have happened."""

    cluster: Cluster
    token: str
    types: list[UUID]
    day: datetime
    chance: random.Random
    booked: list[tuple[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    done: int = 0
    more_done: asyncio.Condition = field(default_factory=asyncio.Condition)

    def start(self) -> str:
        minutes = 30 * self.chance.randrange(16)
        day = self.day + timedelta(weeks=self.chance.randrange(5), days=self.chance.randrange(5))
        return f"{day + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"

    async def reach(self, number: float) -> None:
        """Return once so many are done."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.more_done:
            await self.more_done.wait_for(lambda: self.done >= number)

    async def act(self, client: httpx.AsyncClient) -> None:
        """Raises: httpx.HTTPError: the process went away."""
        kind = self.chance.choice(["book", "book", "book", "move", "cancel", "mark"]) if self.booked else "book"
        if kind == "book":
            answer = await self._book(client)
        else:
            event, invitee = self.chance.choice(self.booked)
            answer = await self._act_on(client, kind, event, invitee)
        self.answers.append(answer.status_code)
        if answer.is_success:
            async with self.more_done:
                self.done += 1
                self.more_done.notify_all()

    async def _book(self, client: httpx.AsyncClient) -> httpx.Response:
        body = {
            "event_type": URIS.event_type(self.chance.choice(self.types)), "start_time": self.start(),
            "invitee": {"name": f"Person {self.done}", "email": "ada@example.org", "timezone": "Europe/Rome"},
        }  # fmt: skip
        answer = await client.post("/api/v2/invitees", json=body)
        if answer.status_code == 201:
            uri = answer.json()["resource"]["uri"].split("/")
            self.booked.append((uri[-3], uri[-1]))
        return answer

    async def _act_on(self, client: httpx.AsyncClient, kind: str, event: str, invitee: str) -> httpx.Response:
        if kind == "cancel":
            return await client.post(f"/api/v2/scheduled_events/{event}/cancellation", json={"reason": "chaos"})
        if kind == "mark":
            uri = f"{URIS.api}/scheduled_events/{event}/invitees/{invitee}"
            return await client.post("/api/v2/invitee_no_shows", json={"invitee": uri})
        path = f"/api/v2/openslot/invitees/{invitee}/rescheduling"
        return await client.post(path, json={"start_time": self.start()})

    async def hand(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        base = f"http://127.0.0.1:{self.cluster.ports[number % 2]}"
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=PATIENT) as client:
            while self.done < ACTS:
                try:
                    await self.act(client)
                except httpx.HTTPError:
                    await self.cluster.ready(number % 2)


@pytest.fixture
def cluster(new_data_dir: Callable[[str], Path]) -> Iterator[Cluster]:
    place = new_data_dir("chaos")
    with ExitStack() as stack:
        server = embedded.start(place)
        environment = clean_environment(
            OPENSLOT_NO_SHOW_BEFORE_START="accept",
            OPENSLOT_DATABASE_URL=server.conninfo,
            OPENSLOT_SECRET_KEY=SECRET,
            OPENSLOT_OUTBOUND_ALLOW="127.0.0.0/8",
            OPENSLOT_WEBHOOK_RETRY_SECONDS=",".join(["1"] * 300),
            OPENSLOT_PUBLIC_URL=URIS.pages,
        )
        made = Cluster(place, server, environment)
        stack.callback(made.stop)
        yield made


@pytest.fixture
async def receivers() -> AsyncIterator[dict[str, Receiver]]:
    chance = random.Random(SEED)
    hangs = iter(["hang"] * 2)

    def moody(_: Receiver) -> str:
        mood = chance.choice(["200", "200", "500", "302", "410", "close", "hang"])
        return next(hangs, "500") if mood == "hang" else mood

    made = [Receiver("steady", lambda _: "200"), Receiver("moody", moody), Receiver("wanderer", lambda _: "200"),
            Receiver("dead", lambda _: "500"), Receiver("leaver", lambda _: "200")]  # fmt: skip
    for one in made:
        await one.open()
    yield {one.name: one for one in made}
    for one in made:
        await one.close()


async def furnish(
    cluster: Cluster, receivers: dict[str, Receiver], now: datetime
) -> tuple[Organization, list[UUID], Any]:
    async with connected(cluster.server.conninfo) as conn:
        organization = await make_organization(conn, now=now)
        hosts = (organization.owner.user, organization.admin.user, organization.member.user)
        types = [await make_event_type(conn, hosts[number % 3], now=now) for number in range(HOSTS)]
        hooks = {}
        for name, receiver in receivers.items():
            hooks[name] = await make_subscription(
                conn, organization.owner, vault=Vault(SECRET), now=now, events=EVENTS, url=receiver.url,
                signing_key="a key of the test", outbound=OutboundPolicy(["127.0.0.0/8"]),
            )  # fmt: skip
        return organization, types, hooks


async def trouble(cluster: Cluster, receivers: dict[str, Receiver], acts: Acts, leaver: str) -> None:
    """What goes wrong, each at its point of the whole."""

    async def at(part: float) -> None:
        await acts.reach(ACTS * part)

    await at(0.1)
    cluster.kill("worker 0")
    await receivers["wanderer"].close()
    await at(0.2)
    cluster.kill("web 0")
    cluster.begin("worker 0")
    await at(0.3)
    cluster.begin("web 0")
    await receivers["wanderer"].open()
    await at(0.4)
    cluster.server.stop()
    cluster.server = await asyncio.to_thread(embedded.start, cluster.place)
    await at(0.5)
    cluster.kill("worker 1")
    cluster.kill("worker 0")
    await receivers["wanderer"].close()
    await at(0.6)
    cluster.begin("worker 1")
    cluster.kill("web 1")
    cluster.begin("web 1")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {acts.token}"}, timeout=PATIENT) as client:
        await cluster.ready(0)
        gone = await client.delete(f"http://127.0.0.1:{cluster.ports[0]}/api/v2/webhook_subscriptions/{leaver}")
        assert gone.status_code == 204
    await at(0.8)
    postmaster = int((cluster.place / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert cluster.server.process is not None
    cluster.server.process.wait(20)
    cluster.server = await asyncio.to_thread(embedded.start, cluster.place)
    cluster.begin("worker 0")
    await receivers["wanderer"].open()


async def everything_delivered(conninfo: str) -> None:
    """Return once nothing is pending; what becomes of the last attempts is told by PostgreSQL alone."""
    async with asyncio.timeout(PATIENCE_SECONDS), connected(conninfo) as conn:
        query = "SELECT count(*) FROM deliveries WHERE state = 'pending'"
        while await (await conn.execute(query)).fetchone() != (0,):  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.25)


async def test_whatever_dies_every_committed_event_reaches_every_living_subscription_in_order(
    cluster: Cluster, receivers: dict[str, Receiver]
) -> None:
    now = datetime.now(UTC)
    organization, types, hooks = await furnish(cluster, receivers, now)
    for name in ("web 0", "web 1", "worker 0", "worker 1"):
        cluster.begin(name)
    await cluster.ready(0)
    await cluster.ready(1)
    monday = now + timedelta(days=14 - now.weekday())
    day = monday.replace(hour=8, minute=0, second=0, microsecond=0)
    acts = Acts(cluster, organization.owner.token, types, day, random.Random(SEED))

    supervising = asyncio.create_task(cluster.supervise())
    try:
        await asyncio.gather(trouble(cluster, receivers, acts, str(hooks["leaver"].id)), *map(acts.hand, range(HANDS)))
        for one in receivers.values():
            one.mood = lambda _: "200"
        await everything_delivered(cluster.server.conninfo)
    finally:  # or it would begin again what the end of the test stops
        supervising.cancel()
        await asyncio.wait([supervising])

    with psycopg.connect(cluster.server.conninfo) as conn:
        events = conn.execute(
            "SELECT event.id, event.name, event.chain_id, event.sequence, event.payload, delivery.id::text,"
            " delivery.subscription_id FROM events AS event JOIN deliveries AS delivery ON delivery.event_id = event.id"
            " WHERE event.name = ANY (%s) ORDER BY event.sequence", (EVENTS,)
        ).fetchall()  # fmt: skip
        counts = conn.execute(
            "SELECT name, count(*) FROM events WHERE name = ANY (%s) GROUP BY name", (EVENTS,)
        ).fetchall()
        invitees = conn.execute(
            "SELECT count(*), count(*) FILTER (WHERE status = 'canceled'), count(*) FILTER (WHERE rescheduled)"
            " FROM invitees"
        ).fetchone()
        no_shows = conn.execute("SELECT count(*) FROM invitee_no_shows").fetchone()
    happened: dict[str, int] = dict(counts)

    # What is in the tables was told, and nothing else was.
    assert invitees == (happened["invitee.created"], happened["invitee.canceled"], happened["invitee.rescheduled"])
    assert no_shows == (happened["invitee_no_show.created"],)
    assert sum(happened.values()) >= ACTS
    assert min(happened["invitee.created"], happened["invitee.canceled"], happened["invitee.rescheduled"]) > 10
    assert {500, 502} & set(acts.answers) == set()
    for name, receiver in receivers.items():
        expected = {row[5]: row for row in events if row[6] == hooks[name].id}
        assert set(receiver.seen) <= set(expected), name  # nothing that rolled back was ever sent
        assert all(len(bodies) == 1 for bodies in receiver.seen.values()), name  # the same bytes at every attempt
        for delivery, (body,) in receiver.seen.items():
            assert json.dumps(json.loads(body)["payload"]) == json.dumps(json.loads(expected[delivery][4]))
        if name == "leaver":
            continue
        first = list(dict.fromkeys(delivery for delivery, _ in receiver.taken))
        assert len(expected) == sum(happened.values()), name
        assert set(first) == set(expected), name
        chains: dict[UUID, list[int]] = {}
        for delivery in first:
            chains.setdefault(expected[delivery][2], []).append(expected[delivery][3])
        assert all(sequences == sorted(sequences) for sequences in chains.values()), name
