"""No double booking, proven on two web processes over one database: event types of every kind that share hosts.

Source: field, what none of them has (1); rules, sections 5, 7, 8, 10.
"""

import asyncio
import random
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import httpx
import pytest

from conftest import FAST
from factories import URIS, make_event_type, make_organization
from openslot.core.errors import Invalid
from openslot.core.ids import new_id
from openslot.db import embedded, meeting_limits
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn, Timeouts, connected
from openslot.security.form_tokens import FormTokens
from openslot.services import serving
from openslot.services.booking import holds
from openslot.services.booking.holds import Reason
from replaying import assert_replays
from running import IS_LONG, OPENSLOT, PATIENCE_SECONDS, PATIENT, clean_environment, free_port

SEED = 20271105
KEY = "made up for tests"
ONE_ADDRESS = {
    f"OPENSLOT_{name}": "0"
    for name in ("BOOKINGS_PER_ADDRESS", "BOOKINGS_PER_EMAIL", "FORMS_PER_ADDRESS", "HOLDS_PER_ADMIN",
                 "HOLDS_PER_ADDRESS", "HOLDS_PER_EMAIL")
}  # fmt: skip
"""Everybody in the storm comes from here, and most are Ada: no quota is to calm it."""
STORM_ACTS = 7_500 if IS_LONG else 600
"""How much of all that hosts and invitees do is mixed, in answers: a slow machine tests as much as a quick one."""
WAITING = Timeouts(lock=PATIENCE_SECONDS, statement=PATIENCE_SECONDS, idle=PATIENCE_SECONDS)
"""Of what the storm does without the API."""
LIMITED_DAY = 8
"""From here on, counted from the arena's day, nobody books before limits are set."""

STEPS = {
    "solo": 15, "long": 20, "group": 60, "collective": 30, "round_robin": 15, "equal": 25, "pools": 30, "limited": 15,
}  # fmt: skip
"""Minutes from one start to the next, by the kinds of the arena's event types."""
CAREFUL = {"careful": 30, "careful_group": 60}
"""The same of those that wait for a host's answer."""


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
            "event_type": URIS.event_type(self.types[kind]),
            "start_time": (self.day + timedelta(minutes=minutes)).isoformat(),
            "invitee": {"name": f"Taker of {kind}", "email": "ada@example.org", "timezone": "Europe/Rome"},
        }


@contextmanager
def web(conninfo: str, data_dir: Path) -> Iterator[str]:
    """A web process of its own; its base URL."""
    port = free_port()
    process = subprocess.Popen(
        [*OPENSLOT, "web", "--port", str(port), "--data-dir", str(data_dir)],
        env=clean_environment(OPENSLOT_DATABASE_URL=conninfo, OPENSLOT_SECRET_KEY=KEY, **ONE_ADDRESS, **PATIENT),
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
        "careful": await make_event_type(conn, b, now=now, pooling_type="round_robin", hosts=everybody,
                                         requires_approval=True),
        "careful_group": await make_event_type(conn, c, now=now, kind="group", seats=3, increment_minutes=60,
                                               requires_approval=True),
    }  # fmt: skip
    await meeting_limits.put(
        conn, organization.id, id=new_id(), period="day", maximum=3, event_type_id=types["limited"], now=now
    )
    return organization.id, organization.owner.token, types


@pytest.fixture(scope="module")
def arena(new_data_dir: Callable[[str], Path]) -> Iterator[Arena]:
    now = datetime.now(UTC)
    day = (now + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
    day += timedelta(days=-day.weekday() % 7)
    place = new_data_dir("arena")
    with ExitStack() as stack:
        server = embedded.start(place, options=FAST)
        stack.callback(server.stop)

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


async def count(conn: Conn, query: LiteralString, params: Mapping[str, object]) -> list[Any]:
    cursor = await conn.execute(query, params)
    return await cursor.fetchall()


FLAWS: dict[str, LiteralString] = {
    "hosts who meet twice at once": """
        SELECT one.scheduled_event_id FROM scheduled_event_hosts AS one
        JOIN scheduled_event_hosts AS other
          ON other.user_id = one.user_id AND other.scheduled_event_id <> one.scheduled_event_id
         AND tstzrange(other.buffered_start_time, other.buffered_end_time)
          && tstzrange(one.buffered_start_time, one.buffered_end_time)
        JOIN scheduled_events AS first ON first.id = one.scheduled_event_id AND first.status = 'active'
        JOIN scheduled_events AS second ON second.id = other.scheduled_event_id AND second.status = 'active'
    """,
    "events whose counts or time are not those of their invitees": """
        SELECT event.id FROM scheduled_events AS event
        LEFT JOIN LATERAL (
            SELECT count(*) AS total, count(*) FILTER (WHERE status = 'active') AS active
            FROM invitees WHERE scheduled_event_id = event.id) AS counted ON true
        WHERE (invitees_total, invitees_active) IS DISTINCT FROM (counted.total, counted.active)
           OR invitees_active > invitees_limit OR (status = 'active') <> (invitees_active > 0)
           OR (status = 'active') <> EXISTS (
               SELECT FROM occupancy WHERE scheduled_event_id = event.id AND expires_at IS NULL)
    """,
    "standing holds that lost their time": """
        SELECT hold.id, hold.reason, event.status FROM holds AS hold
        LEFT JOIN scheduled_events AS event ON event.id = hold.scheduled_event_id
        WHERE hold.expires_at > now() AND cardinality(hold.user_ids) > (
            SELECT count(*) FROM occupancy
            WHERE occupancy.scheduled_event_id = hold.scheduled_event_id AND occupancy.user_id = ANY(hold.user_ids)
              AND (occupancy.expires_at IS NULL OR occupancy.expires_at >= hold.expires_at))
    """,
    "time that neither an event nor a hold has": """
        SELECT occupancy.scheduled_event_id, occupancy.expires_at FROM occupancy
        WHERE expires_at IS NULL AND NOT EXISTS (
                SELECT FROM scheduled_events WHERE id = scheduled_event_id AND status = 'active')
           OR expires_at > now() AND NOT EXISTS (
                SELECT FROM holds
                WHERE holds.scheduled_event_id = occupancy.scheduled_event_id AND holds.expires_at > now())
    """,
    "links whose uses are not the bookings made through them": """
        SELECT link.id, link.uses, link.max_uses, made.bookings FROM scheduling_links AS link
        LEFT JOIN LATERAL (
            SELECT count(*) AS bookings FROM invitees
            WHERE invitees.scheduling_link_id = link.id AND invitees.old_invitee_id IS NULL) AS made ON true
        WHERE link.uses <> made.bookings OR link.uses > link.max_uses
    """,
    "limits that are passed": """
        SELECT limits.id, event.start_time::date, count(DISTINCT event.id) FROM meeting_limits AS limits
        JOIN scheduled_events AS event
          ON event.status = 'active'
         AND event.event_type_id = coalesce(limits.event_type_id, event.event_type_id)
        JOIN scheduled_event_hosts AS host
          ON host.scheduled_event_id = event.id AND host.user_id = coalesce(limits.user_id, host.user_id)
        WHERE event.start_time >= %(limited_from)s OR limits.event_type_id IS NOT NULL
        GROUP BY limits.id, limits.maximum, event.start_time::date
        HAVING count(DISTINCT event.id) > limits.maximum
    """,
    "deadlocks": "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0",
}
"""What must never be found, whatever happens at once."""


async def flaws(conn: Conn, arena: Arena) -> dict[str, Any]:
    """What is wrong in the database."""
    params = {"limited_from": arena.day + timedelta(days=LIMITED_DAY)}
    found: dict[str, Any] = {name: await count(conn, query, params) for name, query in FLAWS.items()}
    needed = {"collective": 3, "pools": 2}
    for kind, event_type in arena.types.items():
        hosts = await count(
            conn,
            """
            SELECT DISTINCT count(*) FROM scheduled_event_hosts AS host
            JOIN scheduled_events AS event ON event.id = host.scheduled_event_id
            WHERE event.event_type_id = %(event_type)s GROUP BY event.id
            """,
            {"event_type": event_type},
        )
        found[f"numbers of hosts of {kind}"] = [number for (number,) in hosts if number != needed.get(kind, 1)]
        served = await serving.serve(conn, arena.organization, event_type)
        if served.row.pooling_type in {"round_robin", "multi_pool"}:
            await assert_replays(conn, arena.organization, event_type)
    return {name: rows for name, rows in found.items() if rows}


async def test_two_hundred_at_once_over_two_processes_take_exactly_what_there_is(arena: Arena, database: Conn) -> None:
    """Overlapping, not only equal: every kind of event type between nine and eleven in Rome, in random order."""
    chance = random.Random(SEED)
    kinds = [kind for kind in STEPS for _ in range(25)]
    bodies = [arena.body(kind, 8 * 60 + STEPS[kind] * chance.randrange(120 // STEPS[kind])) for kind in kinds]
    chance.shuffle(bodies)
    clients = arena.clients()
    ((before,),) = await count(database, "SELECT count(*) FROM invitees", {})
    answers = await asyncio.gather(
        *(clients[number % 2].post("/api/v2/invitees", json=body) for number, body in enumerate(bodies))
    )
    for client in clients:
        await client.aclose()

    statuses = Counter(answer.status_code for answer in answers)
    ((after,),) = await count(database, "SELECT count(*) FROM invitees", {})
    assert set(statuses) == {201, 400}
    assert sum(statuses.values()) == 200
    assert after - before == statuses[201]
    assert await flaws(database, arena) == {}
    # Whatever is still listed can be had, so nothing was refused for good.
    client = arena.clients()[0]
    window = {"start_time": f"{arena.day:%Y-%m-%dT08:00:00Z}", "end_time": f"{arena.day:%Y-%m-%dT10:00:00Z}"}
    for kind, event_type in arena.types.items():
        query = {"event_type": URIS.event_type(event_type)} | window
        listed = (await client.get("/api/v2/event_type_available_times", params=query)).json()["collection"]
        if listed:
            minutes = datetime.fromisoformat(listed[0]["start_time"]) - arena.day
            answer = await client.post("/api/v2/invitees", json=arena.body(kind, int(minutes.total_seconds()) // 60))
            assert answer.status_code == 201, (kind, answer.text)
    await client.aclose()
    assert await flaws(database, arena) == {}


@dataclass
class Storm:
    """Random acts of hosts and invitees, one after the other by each of many."""

    arena: Arena
    chance: random.Random
    clients: list[httpx.AsyncClient]
    hosts: list[str]
    """URIs."""
    first_day: int
    """Days after the arena's day; the storm is on this one and the next three."""
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    booked: list[tuple[str, str]] = field(default_factory=list)
    """Event and invitee ids."""
    held: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """Bookings, and the tokens of the holds that keep their starts."""
    links: list[str] = field(default_factory=list)
    """Paths of single-use links to the solo event type."""
    one_offs: list[str] = field(default_factory=list)
    """URIs."""
    answered: dict[str, list[str]] = field(default_factory=dict)
    """The answers to each booking request that were accepted: there can be one."""

    def start(self, kind: str) -> timedelta:
        """A start of one of four days, from the midnight before the arena's day."""
        step = (STEPS | CAREFUL)[kind]
        within_day = 8 * 60 + step * self.chance.randrange(480 // step)
        return timedelta(days=self.first_day + self.chance.randrange(4), minutes=within_day)

    def request_body(self, *kinds: str) -> dict[str, Any]:
        """A booking of an event type of one of these kinds, or of any that needs no answer."""
        kind = self.chance.choice(kinds or list(STEPS))
        return self.arena.body(kind, int(self.start(kind).total_seconds()) // 60)

    def someone(self) -> tuple[str, str]:
        """Of the last who booked, since most of the others are gone."""
        return self.chance.choice(self.booked[-40:])

    def note(self, act: str, answer: httpx.Response) -> bool:
        """Count the answer; whether it is a yes."""
        self.statuses[act, answer.status_code] += 1
        return answer.status_code < 400

    def note_invitee(self, act: str, answer: httpx.Response) -> bool:
        """The same for an answer that shows a new invitee."""
        if self.note(act, answer):
            uri = answer.json()["resource"]["uri"].split("/")
            self.booked.append((uri[-3], uri[-1]))
            return True
        return False

    async def book(self, client: httpx.AsyncClient) -> None:
        self.note_invitee("book", await client.post("/api/v2/invitees", json=self.request_body()))

    async def cancel(self, client: httpx.AsyncClient) -> None:
        """The host, over the API."""
        event, _ = self.someone()
        self.note("cancel", await client.post(f"/api/v2/scheduled_events/{event}/cancellation", json={}))

    async def leave(self, client: httpx.AsyncClient) -> None:
        """An invitee, by the form of the page."""
        _, invitee = self.someone()
        await self._post(client, "leave", f"/cancellations/{invitee}")

    async def move(self, client: httpx.AsyncClient) -> None:
        """An invitee, by the form of the page."""
        _, invitee = self.someone()
        start = self.arena.day + self.start("round_robin")
        await self._post(client, "move", f"/reschedulings/{invitee}/{start:%Y-%m-%dT%H:%M:%SZ}")

    async def give(self, client: httpx.AsyncClient) -> None:
        """The host moves an invitee to whoever has time."""
        _, invitee = self.someone()
        wanted = {"start_time": self.request_body("round_robin", "equal")["start_time"], "any_host": True}
        answer = await client.post(f"/api/v2/openslot/invitees/{invitee}/rescheduling", json=wanted)
        self.note_invitee("give", answer)

    async def hold(self, client: httpx.AsyncClient) -> None:
        request_body = self.request_body(*STEPS, "group", "group")  # whose holds share an event with others
        wanted = {name: request_body[name] for name in ("event_type", "start_time")} | {"reason": "payment"}
        answer = await client.post("/api/v2/openslot/holds", json=wanted)
        if self.note("hold", answer):
            self.held.append((request_body, answer.json()["resource"]["token"]))

    async def hold_for_a_moment(self, _: httpx.AsyncClient) -> None:
        """One that ends while the storm goes on, which no call of the API makes; it may be used before and after."""
        kind = self.chance.choice([*STEPS, "group", "group"])
        request_body, lasts = self.request_body(kind), timedelta(seconds=self.chance.uniform(0.1, 2))
        start = datetime.fromisoformat(request_body["start_time"])
        try:
            async with connected(self.arena.conninfo, WAITING) as conn, conn.transaction():
                made = await holds.place(
                    conn, self.arena.organization, self.arena.types[kind], start, reason=Reason.FORM, lasts=lasts,
                    now=datetime.now(UTC),
                )  # fmt: skip
        except Invalid:
            self.statuses["hold for a moment", 400] += 1
            return
        self.statuses["hold for a moment", 201] += 1
        self.held.append((request_body, made.token))

    async def use_hold(self, client: httpx.AsyncClient) -> None:
        """Sometimes a second time, or when somebody has given it up."""
        if self.held:
            request_body, token = self.chance.choice(self.held)
            answer = await client.post("/api/v2/openslot/bookings", json=request_body | {"hold": token})
            self.note_invitee("use hold", answer)

    async def give_up_hold(self, client: httpx.AsyncClient) -> None:
        if self.held:
            _, token = self.chance.choice(self.held)
            answer = await client.request("DELETE", "/api/v2/openslot/holds", json={"token": token})
            self.note("give up hold", answer)

    async def sweep(self, _: httpx.AsyncClient) -> None:
        """As the worker does."""
        async with connected(self.arena.conninfo, WAITING) as conn:
            await holds.sweep(conn, now=datetime.now(UTC))
        self.statuses["sweep", 200] += 1

    async def request_approval(self, client: httpx.AsyncClient) -> None:
        """An invitee of an event type whose hosts answer first, by the form of the page."""
        kind = self.chance.choice(list(CAREFUL))
        shown = await client.get(f"/api/v2/event_types/{self.arena.types[kind]}")
        await self._fill_in(client, "ask", shown.json()["resource"]["scheduling_url"], kind)

    async def answer(self, client: httpx.AsyncClient) -> None:
        """A host, or two at once."""
        waiting = (await client.get("/api/v2/openslot/booking_requests")).json()["collection"]
        if not waiting:
            return
        path = f"/api/v2/openslot/booking_requests/{self.chance.choice(waiting)['uri'].rpartition('/')[2]}"
        replies = self.chance.choice([("approval",), ("refusal",), ("approval", "approval"), ("refusal", "approval")])
        answers = await asyncio.gather(
            *(other.post(f"{path}/{word}") for other, word in zip(self.clients, replies, strict=False))
        )
        for word, answer in zip(replies, answers, strict=True):
            noted = self.note_invitee if word == "approval" else self.note
            if noted(word, answer):
                self.answered.setdefault(path, []).append(word)

    async def make_link(self, client: httpx.AsyncClient) -> None:
        owner = URIS.event_type(self.arena.types["solo"])
        body = {"max_event_count": 1, "owner": owner, "owner_type": "EventType"}
        answer = await client.post("/api/v2/scheduling_links", json=body)
        if self.note("make link", answer):
            self.links.append(answer.json()["resource"]["booking_url"])

    async def take_link(self, client: httpx.AsyncClient) -> None:
        """By the form of the page; several come for each."""
        if self.links:
            await self._fill_in(client, "take link", self.chance.choice(self.links[-3:]), "solo")

    async def make_one_off(self, client: httpx.AsyncClient) -> None:
        days = [f"{self.arena.day + timedelta(days=self.first_day + ahead):%Y-%m-%d}" for ahead in (0, 3)]
        body = {
            "name": "Once", "host": self.hosts[0], "co_hosts": self.hosts[1 : self.chance.randrange(1, 3)],
            "duration": 30, "date_setting": {"type": "date_range", "start_date": days[0], "end_date": days[1]},
        }  # fmt: skip
        answer = await client.post("/api/v2/one_off_event_types", json=body)
        if self.note("make one-off", answer):
            self.one_offs.append(answer.json()["resource"]["uri"])

    async def take_one_off(self, client: httpx.AsyncClient) -> None:
        """Several come for each."""
        if self.one_offs:
            request_body = self.request_body("careful") | {"event_type": self.chance.choice(self.one_offs[-3:])}
            self.note_invitee("take one-off", await client.post("/api/v2/invitees", json=request_body))

    async def change_hosts(self, client: httpx.AsyncClient) -> None:
        """Who serves a round robin, in what order, with which weights."""
        kind = self.chance.choice(["round_robin", "equal"])
        serving = self.chance.sample(self.hosts, self.chance.choice([2, 3]))
        wanted = [{"user": host, "weight": self.chance.choice([50, 100, 300])} for host in serving]
        path = f"/api/v2/openslot/event_types/{self.arena.types[kind]}"
        self.note("change hosts", await client.patch(path, json={"hosts": wanted}))

    async def list_times(self, client: httpx.AsyncClient) -> None:
        kind = self.chance.choice(list(STEPS))
        first = self.arena.day + timedelta(days=self.first_day)
        query = {
            "event_type": URIS.event_type(self.arena.types[kind]), "start_time": first.isoformat(),
            "end_time": (first + timedelta(days=4)).isoformat(),
        }  # fmt: skip
        self.note("list times", await client.get("/api/v2/event_type_available_times", params=query))

    async def _fill_in(self, client: httpx.AsyncClient, act: str, address: str, kind: str) -> None:
        start = self.arena.day + self.start(kind)
        path = f"{httpx.URL(address).path}/{start:%Y-%m-%dT%H:%M:%SZ}"
        await self._post(client, act, path, name="Ada", email="ada@example.org")

    async def _post(self, client: httpx.AsyncClient, act: str, path: str, **values: str) -> None:
        form = {"reason": "storm", "_csrf_token": FormTokens(KEY).new(datetime.now(UTC))} | values
        self.note(act, await client.post(path, data=form))

    def succeeded(self) -> set[str]:
        """The kinds of acts that were accepted at least once."""
        return {act for act, status in self.statuses if status < 400}

    def is_over(self, least: int, kinds: AbstractSet[str]) -> bool:
        """Whether there were ``least`` acts and success with each of ``kinds``, or far more acts without it."""
        return self.statuses.total() >= (least if kinds <= self.succeeded() else 5 * least)

    async def blow(self, client: httpx.AsyncClient, least: int, kinds: AbstractSet[str]) -> None:
        acts = [
            *[self.book] * 4, self.cancel, self.cancel, self.leave, self.move, self.move, self.give, self.give,
            self.hold, self.hold, self.hold_for_a_moment, self.hold_for_a_moment, self.use_hold,
            self.use_hold, self.give_up_hold, self.sweep,
            self.request_approval, self.request_approval, self.answer, self.answer, self.make_link,
            *[self.take_link] * 4, self.make_one_off, *[self.take_one_off] * 4, self.change_hosts, self.list_times,
        ]  # fmt: skip
        while not self.is_over(least, kinds):
            await (self.chance.choice(acts) if self.booked else self.book)(client)


ACTS = {
    "book", "cancel", "leave", "move", "give", "hold", "hold for a moment", "use hold", "give up hold", "sweep", "ask",
    "approval", "refusal", "make link", "take link", "make one-off", "take one-off", "change hosts", "list times",
}  # fmt: skip


async def blow(arena: Arena, conn: Conn, *, first_day: int, acts: int, kinds: AbstractSet[str] = frozenset()) -> Storm:
    """A storm of two dozen who act at once, and what must hold of every one.

    It lasts for so many ``acts``, and until each of ``kinds`` has succeeded.
    """
    serving = await count(
        conn,
        "SELECT user_id FROM event_type_hosts WHERE event_type_id = %(collective)s ORDER BY position",
        arena.types,
    )
    clients = arena.clients()
    storm = Storm(arena, random.Random(SEED + first_day), clients, [URIS.user(user) for (user,) in serving], first_day)
    await asyncio.gather(*(storm.blow(clients[number % 2], acts, kinds) for number in range(24)))
    for client in clients:
        await client.aclose()

    assert [key for key in storm.statuses if key[1] >= 500] == []
    twice = {path: replies for path, replies in storm.answered.items() if len(replies) > 1}
    found = await flaws(conn, arena)
    assert found | ({"requests that were answered twice": twice} if twice else {}) == {}
    return storm


async def test_all_that_hosts_and_invitees_do_at_once_leaves_everything_sound(arena: Arena, database: Conn) -> None:
    storm = await blow(arena, database, first_day=1, acts=STORM_ACTS * 2 // 3, kinds=ACTS)

    assert storm.succeeded() == ACTS


async def test_the_same_under_limits_of_a_host_and_of_the_organization(arena: Arena, database: Conn) -> None:
    """They make every booking wait for the organization's row, so this is a storm of its own."""
    now, organization = datetime.now(UTC), arena.organization
    host = (await serving.find(database, organization, arena.types["solo"])).hosts[0].user_id
    await meeting_limits.put(database, organization, id=new_id(), period="day", maximum=14, now=now)
    await meeting_limits.put(database, organization, id=new_id(), period="day", maximum=6, user_id=host, now=now)

    await blow(arena, database, first_day=LIMITED_DAY, acts=STORM_ACTS // 3)
