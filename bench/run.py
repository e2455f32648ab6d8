"""``make bench``: requests per second of the service, each beside a bare handler's in the same run.

Absolute figures drift with the machine; quote the ratios. Everything stays on loopback and ends by itself.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openslot.core.ids import new_id
from openslot.db import availability_schedules, embedded, event_types, migrate
from openslot.db.event_types import NewEventType
from openslot.db.pool import Conn, transaction
from openslot.services import accounts
from openslot.services.accounts import NewMember

ROOT = Path(__file__).parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = (1, 16)
HOSTS = 40
EVENT_TYPES = 100
BOOKED_DAYS = 20
ALL_WEEK = [
    {"type": "wday", "wday": day, "intervals": [{"from": "00:00", "to": "24:00"}]}
    for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
]


@dataclass(frozen=True)
class World:
    """What the requests are made of."""

    token: str
    user: str
    listed: str
    """An event type of the owner: office hours, 30 minutes on a 15-minute grid, nothing booked."""
    bookable: list[str]
    """Event types of hosts who are available day and night."""


async def populate(conn: Conn, api: str, now: datetime) -> World:
    organization = await accounts.create_organization(conn, "Bench", now=now)
    owner_details = NewMember(name="Owner", email="owner@bench.example", timezone="Europe/Rome", role="owner")
    owner = await accounts.add_member(conn, organization, owner_details, now=now)
    token = await accounts.issue_token(conn, owner, name="bench", now=now)
    listed = None
    for number in range(EVENT_TYPES):
        new = NewEventType(
            id=new_id(), organization_id=organization, owner_id=owner.id, name=f"Type {number:03}",
            slug=f"type-{number}", duration_minutes=30, increment_minutes=15, notice_minutes=0,
        )  # fmt: skip
        await event_types.insert(conn, new, hosts=[owner.id], now=now)
        listed = listed or new.id
    bookable = []
    for number in range(HOSTS):
        details = NewMember(name=f"Host {number}", email=f"host{number}@bench.example", timezone="UTC")
        host = await accounts.add_member(conn, organization, details, now=now)
        schedule = new_id()
        await availability_schedules.insert(
            conn, id=schedule, organization_id=organization, user_id=host.id, name="Always", timezone="UTC",
            is_default=False, rules=ALL_WEEK, now=now,
        )  # fmt: skip
        new = NewEventType(
            id=new_id(), organization_id=organization, owner_id=host.id, name=f"Bookable {number}", slug="bookable",
            duration_minutes=15, increment_minutes=15, notice_minutes=0, availability_schedule_id=schedule,
        )  # fmt: skip
        await event_types.insert(conn, new, hosts=[host.id], now=now)
        bookable.append(f"{api}/event_types/{new.id}")
    return World(token, f"{api}/users/{owner.id}", f"{api}/event_types/{listed}", bookable)


def request(world: World, method: str, path: str, body: object = None) -> str:
    payload = "" if body is None else json.dumps(body)
    lines = [
        f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {world.token}",
        "Content-Type: application/json", f"Content-Length: {len(payload)}", "", payload,
    ]  # fmt: skip
    return "\r\n".join(lines)


def booking_requests(world: World, now: datetime) -> Iterator[str]:
    """Each a different slot, neighbours on different hosts."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for slot in range(BOOKED_DAYS * 96):
        start = first + timedelta(minutes=15 * slot)
        for event_type in world.bookable:
            body = {
                "event_type": event_type, "start_time": start.isoformat(),
                "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
            }  # fmt: skip
            yield request(world, "POST", "/api/v2/invitees", body)


def measure(port: int, connections: int, requests: list[str], place: Path, *, skip: int = 0) -> dict[str, Any]:
    file = place / "requests"
    file.write_text("\n".join(json.dumps(one) for one in requests[skip:]))
    command = [sys.executable, str(ROOT / "bench/load.py"), "127.0.0.1", str(port), str(connections), str(SECONDS)]
    done = subprocess.run([*command, str(file)], check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(arguments: list[str], environment: dict[str, str], url: str) -> Iterator[None]:
    """A server of ours for the length of the measurement."""
    running = subprocess.Popen([sys.executable, *arguments], env=os.environ | environment, cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        running.terminate()
        running.wait(20)


def main() -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = Path(name)
        place.chmod(0o755)
        server = embedded.start(place / "data")
        stack.callback(server.stop)
        migrate.migrate(server.conninfo)
        port, bare_port = free_port(), free_port()
        api = f"http://localhost:{port}/api/v2"

        async def prepare() -> World:
            async with transaction(server.conninfo) as conn:
                return await populate(conn, api, now)

        world = asyncio.run(prepare())
        environment = {
            "OPENSLOT_DATABASE_URL": server.conninfo,
            "OPENSLOT_DATA_DIR": str(place),
            "OPENSLOT_PUBLIC_URL": f"http://localhost:{port}",
            "OPENSLOT_DATABASE_POOL": "16",
        }
        web = ["-m", "openslot.cli", "web", "--port", str(port)]
        stack.enter_context(process(web, environment, f"http://127.0.0.1:{port}/health/ready"))
        bare = ["-m", "bench.bare", str(bare_port)]
        stack.enter_context(process(bare, {"PYTHONPATH": str(ROOT)}, f"http://127.0.0.1:{bare_port}/"))
        report(world, now, place, port, bare_port)


def report(world: World, now: datetime, place: Path, port: int, bare_port: int) -> None:
    window = f"start_time={(now + timedelta(hours=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}"
    window += f"&end_time={(now + timedelta(days=31)).strftime('%Y-%m-%dT%H:%M:%SZ')}"
    bookings = list(booking_requests(world, now))
    work = {
        "bare handler": (bare_port, [request(world, "GET", "/")]),
        "GET /users/me": (port, [request(world, "GET", "/api/v2/users/me")]),
        "GET /event_types?count=20": (port, [request(world, "GET", f"/api/v2/event_types?user={world.user}&count=20")]),
        "a month of available times": (
            port,
            [request(world, "GET", f"/api/v2/event_type_available_times?event_type={world.listed}&{window}")],
        ),
        "POST /invitees": (port, bookings),
    }
    baseline: dict[int, float] = {}
    print(f"{'work':<28} {'conn':>4} {'per second':>11} {'of bare':>8} {'p50 ms':>8} {'p99 ms':>8}  answers")
    booked = 0
    for label, (where, requests) in work.items():
        for connections in CONNECTIONS:
            result = measure(where, connections, requests, place, skip=booked if len(requests) > 1 else 0)
            if len(requests) > 1:
                booked += sum(result["statuses"].values())
            rate = float(result["per_second"])
            ratio = rate / baseline.setdefault(connections, rate)
            answers = ", ".join(f"{count} x {status}" for status, count in sorted(result["statuses"].items()))
            print(
                f"{label:<28} {connections:>4} {rate:>11,.0f} {ratio:>8.3f} {result['p50_ms']:>8.2f}"
                f" {result['p99_ms']:>8.2f}  {answers}",
                flush=True,
            )


if __name__ == "__main__":
    main()
