"""No double booking, proven on two web processes over one database: event types of every kind that share hosts.

Source: field, what none of them has (1); rules, sections 5, 7, 8, 10.
"""

import asyncio
import os
import random
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from factories import LINKS, make_event_type, make_organization
from openslot.core.ids import new_id
from openslot.db import embedded, meeting_limits, migrate
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn, connected
from replaying import assert_replays
from running import OPENSLOT, PATIENCE_SECONDS, clean_environment, free_port

SEED = 20271105
BUSY_SECONDS = float(os.environ.get("OPENSLOT_TEST_STORM_SECONDS", "15"))
"""How long bookings, cancels and reschedules are mixed; a minute where somebody asks for it."""


STEPS = {
    "solo": 15, "long": 20, "group": 60, "collective": 30, "round_robin": 15, "equal": 25, "pools": 30, "limited": 15,
}  # fmt: skip
"""Minutes from one start to the next, by the kinds of the arena's event types."""


@dataclass(frozen=True)
class Arena:
    """An organization whose event types share three hosts, behind two web processes."""

    conninfo: str
    organization: UUID
    token: str
    bases: list[str]
    types: dict[str, UUID]
    day: datetime
    """Midnight UTC of a working day to come."""

    def clients(self) -> list[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self.token}"}
        limits = httpx.Limits(max_connections=100)
        return [httpx.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=60) for base in self.bases]

    def body(self, kind: str, minutes: int) -> dict[str, Any]:
        return {
            "event_type": LINKS.event_type(self.types[kind]),
            "start_time": (self.day + timedelta(minutes=minutes)).isoformat(),
            "invitee": {"name": f"Taker of {kind}", "email": "ada@example.org", "timezone": "Europe/Rome"},
        }


@contextmanager
def web(conninfo: str, data_dir: Path) -> Iterator[str]:
    """A web process of its own; its base URL."""
    port = free_port()
    process = subprocess.Popen(
        [*OPENSLOT, "web", "--port", str(port), "--data-dir", str(data_dir)],
        env=clean_environment(OPENSLOT_DATABASE_URL=conninfo, OPENSLOT_SECRET_KEY="made up for tests"),
    )
    try:
        for _ in range(PATIENCE_SECONDS * 10):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            process.poll()
            assert process.returncode is None
            asyncio.run(asyncio.sleep(0.1))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


async def furnish(conn: Conn, now: datetime) -> tuple[UUID, str, dict[str, UUID]]:
    """Hosts A, B and C, who each take part in several event types with different buffers and durations."""
    organization = await make_organization(conn, now=now)
    a, b, c = (member.user for member in (organization.owner, organization.admin, organization.member))
    everybody = [NewHost(host.id, position) for position, host in enumerate((a, b, c))]
    types = {
        "solo": await make_event_type(conn, a, now=now, increment_minutes=15, buffer_after_minutes=10),
        "long": await make_event_type(conn, a, now=now, increment_minutes=20, duration_minutes=50),
        "group": await make_event_type(conn, b, now=now, kind="group", seats=7, increment_minutes=60),
        "collective": await make_event_type(
            conn, a, now=now, pooling_type="collective", hosts=everybody, buffer_before_minutes=5, increment_minutes=30
        ),
        "round_robin": await make_event_type(conn, a, now=now, pooling_type="round_robin", hosts=everybody,
                                             increment_minutes=15),
        "equal": await make_event_type(conn, a, now=now, pooling_type="round_robin", hosts=everybody,
                                       round_robin_mode="equal_distribution", increment_minutes=25),
        "pools": await make_event_type(
            conn, a, now=now, pooling_type="multi_pool", pool_sizes=[1, 1],
            hosts=[NewHost(a.id, 0), NewHost(b.id, 1), NewHost(c.id, 2, pool=1)], increment_minutes=30,
        ),
        "limited": await make_event_type(conn, c, now=now, increment_minutes=15, duration_minutes=15),
    }  # fmt: skip
    await meeting_limits.put(
        conn, organization.id, id=new_id(), period="day", maximum=3, event_type_id=types["limited"], now=now
    )
    return organization.id, organization.owner.token, types


@pytest.fixture(scope="module")
def arena(open_tmp: Path) -> Iterator[Arena]:
    now = datetime.now(UTC)
    day = (now + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
    day += timedelta(days=-day.weekday() % 7)
    place = open_tmp / "arena"
    with ExitStack() as stack:
        server = embedded.start(place)
        stack.callback(server.stop)
        migrate.migrate(server.conninfo)

        async def prepare() -> tuple[UUID, str, dict[str, UUID]]:
            async with connected(server.conninfo) as conn:
                return await furnish(conn, now)

        organization, token, types = asyncio.run(prepare())
        bases = [stack.enter_context(web(server.conninfo, place)) for _ in range(2)]
        yield Arena(server.conninfo, organization, token, bases, types, day)


@pytest.fixture
async def database(arena: Arena) -> AsyncIterator[Conn]:
    async with connected(arena.conninfo) as conn:
        yield conn


async def count(conn: Conn, query: Any, *params: Any) -> Any:
    cursor = await conn.execute(query, params)
    return await cursor.fetchall()


async def assert_sound(conn: Conn, arena: Arena) -> None:
    """What must be true of the database at any moment."""
    overlaps = await count(
        conn,
        """
        SELECT one.scheduled_event_id FROM scheduled_event_hosts AS one
        JOIN scheduled_event_hosts AS other
          ON other.user_id = one.user_id AND other.scheduled_event_id <> one.scheduled_event_id
         AND tstzrange(other.buffered_start_time, other.buffered_end_time)
          && tstzrange(one.buffered_start_time, one.buffered_end_time)
        JOIN scheduled_events AS first ON first.id = one.scheduled_event_id AND first.status = 'active'
        JOIN scheduled_events AS second ON second.id = other.scheduled_event_id AND second.status = 'active'
        """,
    )
    assert overlaps == []
    crooked = await count(
        conn,
        """
        SELECT event.id FROM scheduled_events AS event
        LEFT JOIN LATERAL (
            SELECT count(*) AS total, count(*) FILTER (WHERE status = 'active') AS active
            FROM invitees WHERE scheduled_event_id = event.id) AS counted ON true
        WHERE (invitees_total, invitees_active) IS DISTINCT FROM (counted.total, counted.active)
           OR invitees_active > invitees_limit OR (status = 'active') <> (invitees_active > 0)
           OR (status = 'active') <> EXISTS (SELECT 1 FROM occupancy WHERE scheduled_event_id = event.id)
        """,
    )
    assert crooked == []
    needed = {"collective": 3, "pools": 2}
    for kind, event_type in arena.types.items():
        hosts = await count(
            conn,
            """
            SELECT DISTINCT count(*) FROM scheduled_event_hosts AS host
            JOIN scheduled_events AS event ON event.id = host.scheduled_event_id
            WHERE event.event_type_id = %s GROUP BY event.id
            """,
            event_type,
        )
        assert hosts in ([], [(needed.get(kind, 1),)]), kind
        if kind in {"round_robin", "equal", "pools"}:
            await assert_replays(conn, arena.organization, event_type)
    untimely = await count(
        conn,
        """
        SELECT holds.id FROM holds CROSS JOIN unnest(user_ids) AS host (id)
        WHERE expires_at > now() AND NOT EXISTS (
            SELECT FROM occupancy WHERE scheduled_event_id = holds.scheduled_event_id AND user_id = host.id)
        """,
    )
    assert untimely == []
    limited = await count(
        conn,
        """
        SELECT count(*) FROM scheduled_events WHERE event_type_id = %s AND status = 'active' GROUP BY start_time::date
        """,
        arena.types["limited"],
    )
    assert all(number <= 3 for (number,) in limited)
    deadlocks = await count(conn, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == [(0,)]


async def test_two_hundred_at_once_over_two_processes_take_exactly_what_there_is(arena: Arena, database: Conn) -> None:
    """Overlapping, not only equal: every kind of event type between nine and eleven in Rome, in random order."""
    chance = random.Random(SEED)
    kinds = [kind for kind in STEPS for _ in range(25)]
    bodies = [arena.body(kind, 8 * 60 + STEPS[kind] * chance.randrange(120 // STEPS[kind])) for kind in kinds]
    chance.shuffle(bodies)
    clients = arena.clients()
    answers = await asyncio.gather(
        *(clients[number % 2].post("/api/v2/invitees", json=body) for number, body in enumerate(bodies))
    )
    for client in clients:
        await client.aclose()

    statuses = Counter(answer.status_code for answer in answers)
    stored = await count(database, "SELECT count(*) FROM invitees WHERE organization_id = %s", arena.organization)
    assert set(statuses) == {201, 400}
    assert sum(statuses.values()) == 200
    assert stored == [(statuses[201],)]
    await assert_sound(database, arena)
    # Whatever is still listed can be had, so nothing was refused for good.
    client = arena.clients()[0]
    window = {"start_time": f"{arena.day:%Y-%m-%dT08:00:00Z}", "end_time": f"{arena.day:%Y-%m-%dT10:00:00Z}"}
    for kind, event_type in arena.types.items():
        query = {"event_type": LINKS.event_type(event_type)} | window
        listed = (await client.get("/api/v2/event_type_available_times", params=query)).json()["collection"]
        if listed:
            minutes = datetime.fromisoformat(listed[0]["start_time"]) - arena.day
            answer = await client.post("/api/v2/invitees", json=arena.body(kind, int(minutes.total_seconds()) // 60))
            assert answer.status_code == 201, (kind, answer.text)
    await client.aclose()
    await assert_sound(database, arena)


@dataclass
class Storm:
    """Random acts of hosts and invitees, one after the other by each of many."""

    arena: Arena
    chance: random.Random
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    booked: list[tuple[str, str]] = field(default_factory=list)
    """Event and invitee ids."""
    held: list[dict[str, Any]] = field(default_factory=list)
    """Bodies that book what is held."""

    def start(self, kind: str) -> timedelta:
        """A start of one of three days, from the midnight before the first."""
        within_day = 8 * 60 + STEPS[kind] * self.chance.randrange(480 // STEPS[kind])
        return timedelta(days=self.chance.randrange(1, 4), minutes=within_day)

    async def book(self, client: httpx.AsyncClient) -> None:
        kind = self.chance.choice([kind for kind in STEPS if kind != "limited"])
        body = self.arena.body(kind, int(self.start(kind).total_seconds()) // 60)
        answer = await client.post("/api/v2/invitees", json=body)
        self.statuses["book", answer.status_code] += 1
        if answer.status_code == 201:
            uri = answer.json()["resource"]["uri"].split("/")
            self.booked.append((uri[-3], uri[-1]))

    async def hold(self, client: httpx.AsyncClient) -> None:
        kind = self.chance.choice([kind for kind in STEPS if kind != "limited"])
        body = self.arena.body(kind, int(self.start(kind).total_seconds()) // 60)
        wanted = {name: body[name] for name in ("event_type", "start_time")}
        answer = await client.post("/api/v2/openslot/holds", json=wanted)
        self.statuses["hold", answer.status_code] += 1
        if answer.status_code == 201:
            self.held.append(body | {"hold": answer.json()["resource"]["token"]})

    async def use(self, client: httpx.AsyncClient) -> None:
        """Book what is held, or give it up; others may do so at the same time."""
        if not self.held:
            return
        body = self.chance.choice(self.held)
        if self.chance.random() < 0.3:
            answer = await client.request("DELETE", "/api/v2/openslot/holds", json={"token": body["hold"]})
        else:
            answer = await client.post("/api/v2/openslot/bookings", json=body)
        self.statuses["use", answer.status_code] += 1
        if answer.status_code == 201:
            uri = answer.json()["resource"]["uri"].split("/")
            self.booked.append((uri[-3], uri[-1]))

    async def cancel(self, client: httpx.AsyncClient) -> None:
        """The host, over the API."""
        event, _ = self.chance.choice(self.booked)
        answer = await client.post(f"/api/v2/scheduled_events/{event}/cancellation", json={})
        self.statuses["cancel", answer.status_code] += 1

    async def leave(self, client: httpx.AsyncClient) -> None:
        """An invitee, by the form of the page."""
        _, invitee = self.chance.choice(self.booked)
        await self._post(client, "leave", f"/cancellations/{invitee}")

    async def move(self, client: httpx.AsyncClient) -> None:
        """An invitee, by the form of the page."""
        _, invitee = self.chance.choice(self.booked)
        start = self.arena.day + self.start("round_robin")
        await self._post(client, "move", f"/reschedulings/{invitee}/{start:%Y-%m-%dT%H:%M:%SZ}")

    async def _post(self, client: httpx.AsyncClient, act: str, path: str) -> None:
        form = {"reason": "storm", "_csrf_token": next(iter(client.cookies.values()))}
        answer = await client.post(path, data=form)
        self.statuses[act, answer.status_code] += 1

    async def blow(self, client: httpx.AsyncClient, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            acts = [self.book, self.book, self.cancel, self.leave, self.move, self.move, self.hold, self.use, self.use]
            await (self.chance.choice(acts) if self.booked else self.book)(client)


async def test_bookings_cancels_and_reschedules_in_a_storm_leave_everything_sound(arena: Arena, database: Conn) -> None:
    storm = Storm(arena, random.Random(SEED + 1))
    clients = arena.clients()
    for client in clients:
        await client.get("/nobody")  # any page gives the token for forms
    until = asyncio.get_running_loop().time() + BUSY_SECONDS
    await asyncio.gather(*(storm.blow(clients[number % 2], until) for number in range(24)))
    for client in clients:
        await client.aclose()

    assert [key for key in storm.statuses if key[1] >= 500] == []
    assert {act for act, status in storm.statuses if status < 400} == {
        "book", "cancel", "hold", "leave", "move", "use",
    }  # fmt: skip
    await assert_sound(database, arena)
