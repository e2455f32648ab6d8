"""``make bench``: the engine alone, then requests per second of the service, each beside its limit in the same run.

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

from bench import engine, raw
from bench.world import POOL, World, add_history, populate
from openslot.core.intervals import Interval
from openslot.db import embedded, migrate
from openslot.db.pool import connected, transaction

ROOT = Path(__file__).parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = (1, 16)
BOOKED_DAYS = 20
HISTORY = 100_000


def request(world: World, method: str, path: str, body: object = None) -> str:
    payload = "" if body is None else json.dumps(body)
    lines = [
        f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {world.token}",
        "Content-Type: application/json", f"Content-Length: {len(payload)}", "", payload,
    ]  # fmt: skip
    return "\r\n".join(lines)


def booking_requests(world: World, api: str, now: datetime) -> Iterator[str]:
    """Each a different slot, neighbours on different hosts."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for slot in range(BOOKED_DAYS * 96):
        start = first + timedelta(minutes=15 * slot)
        for event_type in world.bookable:
            body = {
                "event_type": f"{api}/event_types/{event_type}", "start_time": start.isoformat(),
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


@dataclass(frozen=True)
class Server:
    """What runs."""

    conninfo: str
    port: int
    bare_port: int


def main() -> None:
    """The engine alone, then over HTTP."""
    engine.report()
    print(flush=True)
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = Path(name)
        place.chmod(0o755)
        database = embedded.start(place / "data")
        stack.callback(database.stop)
        migrate.migrate(database.conninfo)
        server = Server(database.conninfo, free_port(), free_port())

        async def prepare() -> World:
            async with transaction(database.conninfo) as conn:
                return await populate(conn, now)

        world = asyncio.run(prepare())
        environment = {
            "OPENSLOT_DATABASE_URL": database.conninfo,
            "OPENSLOT_DATA_DIR": str(place),
            "OPENSLOT_PUBLIC_URL": f"http://localhost:{server.port}",
            "OPENSLOT_DATABASE_POOL": "16",
        }
        web = ["-m", "openslot.cli", "web", "--port", str(server.port)]
        stack.enter_context(process(web, environment, f"http://127.0.0.1:{server.port}/health/ready"))
        bare = ["-m", "bench.bare", str(server.bare_port)]
        stack.enter_context(process(bare, {"PYTHONPATH": str(ROOT)}, f"http://127.0.0.1:{server.bare_port}/"))
        report(world, now, place, server)


def report(world: World, now: datetime, place: Path, server: Server) -> None:
    api = f"http://localhost:{server.port}/api/v2"
    month = Interval(now + timedelta(hours=1), now + timedelta(days=31))
    window = f"start_time={_written(month.start)}&end_time={_written(month.end)}"
    times = "/api/v2/event_type_available_times?event_type={api}/event_types/{id}&{window}"
    listed = times.format(api=api, id=world.listed, window=window)
    pooled = times.format(api=api, id=world.pooled, window=window)
    bookings = list(booking_requests(world, api, now))
    work = {
        "bare handler": (server.bare_port, [request(world, "GET", "/")]),
        "GET /users/me": (server.port, [request(world, "GET", "/api/v2/users/me")]),
        "GET /event_types?count=20": (
            server.port,
            [request(world, "GET", f"/api/v2/event_types?user={api}/users/{world.user}&count=20")],
        ),
        "a month of times": (server.port, [request(world, "GET", listed)]),
        f"the same, round robin of {POOL}": (server.port, [request(world, "GET", pooled)]),
        "POST /invitees": (server.port, bookings),
    }
    baseline: dict[int, float] = {}
    rates: dict[tuple[str, int], float] = {}
    print(f"{'over HTTP':<28} {'conn':>4} {'per second':>11} {'of bare':>8} {'p50 ms':>8} {'p99 ms':>8}  answers")
    booked = 0
    for label, (where, requests) in work.items():
        for connections in CONNECTIONS:
            result = measure(where, connections, requests, place, skip=booked if len(requests) > 1 else 0)
            if len(requests) > 1:
                booked += sum(result["statuses"].values())
            rate = rates[label, connections] = float(result["per_second"])
            ratio = rate / baseline.setdefault(connections, rate)
            answers = ", ".join(f"{count} x {status}" for status, count in sorted(result["statuses"].items()))
            print(
                f"{label:<28} {connections:>4} {rate:>11,.0f} {ratio:>8.3f} {result['p50_ms']:>8.2f}"
                f" {result['p99_ms']:>8.2f}  {answers}",
                flush=True,
            )
    compare(world, now, month, server, rates)
    history(world, now, place, server, request(world, "GET", listed))


def compare(world: World, now: datetime, month: Interval, server: Server, rates: dict[tuple[str, int], float]) -> None:
    """The same statements, function and encoding without our layers, and what a user can pick today."""
    goals = {
        ("a month of times", 1): "60 % of raw; over 320/s (best peer 32/s)",
        ("a month of times", 16): "60 % of raw; over 630/s (best peer 63/s)",
        ("POST /invitees", 1): "best peer 104/s",
        ("POST /invitees", 16): "a third of raw; over 507/s (best peer 169/s)",
    }
    far = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1000)
    print(f"\n{'without our layers':<28} {'conn':>4} {'raw':>11} {'ours':>11} {'of raw':>8}  against")
    for (label, connections), goal in goals.items():
        if label == "POST /invitees":
            start = far + timedelta(days=1000 * (connections > 1))
            raw_rate = asyncio.run(raw.bookings(server.conninfo, world, start, connections, SECONDS, now))
        else:
            raw_rate = asyncio.run(raw.month_of_times(server.conninfo, world, month, connections, SECONDS, now))
        ours = rates[label, connections]
        print(
            f"{label:<28} {connections:>4} {raw_rate:>11,.0f} {ours:>11,.0f} {ours / raw_rate:>8.3f}  {goal}",
            flush=True,
        )


def history(world: World, now: datetime, place: Path, server: Server, asked: str) -> None:
    """A slot request with 100,000 past events of the host, and with twice as many, measured in turns."""
    until = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=1)

    async def add(last: datetime) -> None:
        async with transaction(server.conninfo) as conn:
            await add_history(conn, world, HISTORY, last)
        async with connected(server.conninfo) as conn:
            await conn.execute("VACUUM ANALYZE")

    print(f"\n{'a month of times, one connection':<40} {'p50 ms':>8}")
    medians = []
    for number in (0, 1):
        asyncio.run(add(until - number * HISTORY * timedelta(minutes=15)))
        rounds = [float(measure(server.port, 1, [asked], place)["p50_ms"]) for _ in range(3)]
        medians.append(sorted(rounds)[1])
        print(f"{f'after {HISTORY * (number + 1):,} past events of its host':<40} {medians[-1]:>8.3f}", flush=True)
    print(f"{'twice the history takes':<40} {medians[1] / medians[0]:>8.3f} times as long (target: below 1.1)")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
