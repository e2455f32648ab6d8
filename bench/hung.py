"""``python -m bench.hung``: the calls of one organization while a session keeps a host of another one locked.

Forty bookings of that host are under way all the time. Everything runs on loopback and ends by itself.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from bench.processes import free_port, process
from bench.world import populate
from openslot.db import embedded, migrate
from openslot.db.pool import Conn, connected, transaction
from openslot.presenters.uris import Uris
from openslot.services import access_tokens, accounts
from openslot.services.accounts import NewMember

SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
STORM = 40


async def another(conn: Conn, now: datetime) -> tuple[str, str]:
    """A second organization: its token, and its owner's page."""
    organization = await accounts.create_organization(conn, "Elsewhere", now=now)
    member = NewMember(name="Else Where", email="else@bench.example", timezone="Europe/Rome", role="owner")
    owner = await accounts.add_member(conn, organization, member, now=now)
    await accounts.add_first_event_type(conn, owner, uris=Uris("", ""), now=now)
    row = await (await conn.execute("SELECT slug FROM event_types WHERE owner_id = %s", (owner.id,))).fetchone()
    assert row is not None
    return await access_tokens.issue(conn, owner, name="bench", now=now), f"/{owner.slug}/{row[0]}"


async def calls(client: httpx.AsyncClient, token: str, page: str, seconds: float) -> dict[str, list[float]]:
    """Milliseconds of each kind of call, made one after the other."""
    took: dict[str, list[float]] = {"/api/v2/users/me": [], page: [], "/health/ready": []}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for path, times in took.items():
            began = time.perf_counter()
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"}, timeout=60)
            times.append((time.perf_counter() - began) * 1000)
            if not answer.is_success:
                times[-1] = float("inf")
    return took


async def measure(conninfo: str, base: str, now: datetime) -> None:
    async with transaction(conninfo) as conn:
        world = await populate(conn, now)
        token, page = await another(conn, now)
        row = await (
            await conn.execute("SELECT owner_id FROM event_types WHERE id = %s", (world.bookable[0],))
        ).fetchone()
    assert row is not None
    async with httpx.AsyncClient(base_url=base, limits=httpx.Limits(max_connections=200)) as client:
        await calls(client, token, page, 1)
        quiet = await calls(client, token, page, SECONDS / 2)
        storm = Storm(client, base, world.token, world.bookable[0])
        async with connected(conninfo) as other, other.transaction():
            await other.execute("SELECT FROM users WHERE id = %s FOR UPDATE", row)
            until = time.perf_counter() + SECONDS
            going = [asyncio.create_task(storm.repeat(number, until)) for number in range(STORM)]
            await asyncio.sleep(0.5)
            beside = await calls(client, token, page, SECONDS - 1)
            await asyncio.gather(*going)
        began = time.perf_counter()
        last = await storm.book(STORM)
        after = time.perf_counter() - began
    for path, times in quiet.items():
        first, second = sorted(times), sorted(beside[path])
        print(f"{path:<40} quiet {first[len(first) // 2]:7.1f} ms   beside {second[len(second) // 2]:7.1f} ms "
              f"(99 %: {first[len(first) * 99 // 100]:.1f}, {second[len(second) * 99 // 100]:.1f})")  # fmt: skip
    print(f"bookings of the locked host: {dict(storm.answers)}, the longest wait {storm.longest:.1f} s")
    print(f"after the lock was released: {last} in {after * 1000:.0f} ms")


@dataclass
class Storm:
    """Concurrent bookings of one host."""

    client: httpx.AsyncClient
    base: str
    token: str
    event_type: UUID
    answers: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    async def book(self, number: int) -> int:
        """Book once, and return the status."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1, hours=number)
        body = {
            "event_type": f"{self.base}/api/v2/event_types/{self.event_type}",
            "start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
        }
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.client.post("/api/v2/invitees", json=body, headers=headers, timeout=120)
        return answer.status_code

    async def repeat(self, number: int, until: float) -> None:
        """Book again and again until then."""
        while time.perf_counter() < until:
            began = time.perf_counter()
            self.answers[await self.book(number)] += 1
            self.longest = max(self.longest, time.perf_counter() - began)
            await asyncio.sleep(1)


def main() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = Path(name)
        place.chmod(0o755)
        database = embedded.start(place / "data")
        stack.callback(database.stop)
        migrate.migrate(database.conninfo)
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        environment = {
            "OPENSLOT_DATABASE_URL": database.conninfo, "OPENSLOT_DATA_DIR": str(place), "OPENSLOT_PUBLIC_URL": base,
        }  # fmt: skip
        web = ["-m", "openslot.cli", "web", "--port", str(port)]
        stack.enter_context(process(web, environment, f"{base}/health/ready"))
        asyncio.run(measure(database.conninfo, base, now))


if __name__ == "__main__":
    main()
