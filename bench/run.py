"""``make bench``: the engine alone, then requests per second of the service, each with its baseline in the same run.

Absolute figures drift with the machine; quote the ratios. Everything runs on loopback and ends by itself.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import connector, engine, lists, pages, raw, webhooks
from bench.processes import free_port, process
from bench.world import POOL, World, add_history, populate
from openslot.core.intervals import Interval
from openslot.db import embedded, migrate
from openslot.db.pool import connected, transaction

ROOT = Path(__file__).parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = (1, 16)
BOOKED_DAYS = 40
MONTH, BOOKING = "a month of times", "POST /invitees"
ROUNDS = 3
"""How often a pair is measured in turns; the median counts."""
HISTORY = 100_000


def request(world: World, method: str, path: str, body: object = None) -> str:
    payload = "" if body is None else json.dumps(body)
    lines = [
        f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {world.token}",
        "Content-Type: application/json", f"Content-Length: {len(payload)}", "", payload,
    ]  # fmt: skip
    return "\r\n".join(lines)


def booking_requests(world: World, api: str, now: datetime) -> Iterator[str]:
    """Bookings of different slots; neighbouring ones are of different hosts."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for slot in range(BOOKED_DAYS * 96):
        start = first + timedelta(minutes=15 * slot)
        for event_type in world.bookable:
            body = {
                "event_type": f"{api}/event_types/{event_type}", "start_time": start.isoformat(),
                "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
            }  # fmt: skip
            yield request(world, "POST", "/api/v2/invitees", body)


@dataclass(frozen=True)
class Server:
    """The running service, its database, and the bare handler."""

    conninfo: str
    port: int
    bare_port: int


def main() -> None:
    """Measure the engine alone, then the service over HTTP."""
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


@dataclass
class Load:
    """A request to repeat, or requests to send once each, to one port."""

    port: int
    requests: list[str]
    place: Path
    used: int = 0

    def run(self, connections: int) -> dict[str, Any]:
        """Rate, statuses and latencies of ``SECONDS`` of load, from a process of its own."""
        file = self.place / "requests"
        file.write_text("\n".join(json.dumps(one) for one in self.requests[self.used :]))
        command = [sys.executable, str(ROOT / "bench/load.py"), "127.0.0.1", str(self.port), str(connections)]
        done = subprocess.run([*command, str(SECONDS), str(file)], check=True, capture_output=True, text=True)
        result: dict[str, Any] = json.loads(done.stdout)
        if len(self.requests) > 1:
            self.used += sum(result["statuses"].values())
        return result


def report(world: World, now: datetime, place: Path, server: Server) -> None:
    api = f"http://localhost:{server.port}/api/v2"
    month = Interval(now + timedelta(hours=1), now + timedelta(days=31))
    window = f"start_time={_written(month.start)}&end_time={_written(month.end)}"

    def reading(path: str) -> Load:
        return Load(server.port, [request(world, "GET", f"/api/v2{path}")], place)

    times = f"/event_type_available_times?{window}&event_type={api}/event_types"
    loads = {
        "bare handler": Load(server.bare_port, [request(world, "GET", "/")], place),
        "GET /users/me": reading("/users/me"),
        "GET /event_types?count=20": reading(f"/event_types?user={api}/users/{world.user}&count=20"),
        MONTH: reading(f"{times}/{world.listed}"),
        f"the same, round robin of {POOL}": reading(f"{times}/{world.pooled}"),
        BOOKING: Load(server.port, list(booking_requests(world, api, now)), place),
    }
    baseline: dict[int, float] = {}
    print(f"{'over HTTP':<28} {'conn':>4} {'per second':>11} {'of bare':>8} {'p50 ms':>8} {'p99 ms':>8}  answers")
    for label, load in loads.items():
        for connections in CONNECTIONS:
            result = load.run(connections)
            rate = float(result["per_second"])
            ratio = rate / baseline.setdefault(connections, rate)
            answers = ", ".join(f"{count} x {status}" for status, count in sorted(result["statuses"].items()))
            print(
                f"{label:<28} {connections:>4} {rate:>11,.0f} {ratio:>8.3f} {result['p50_ms']:>8.2f}"
                f" {result['p99_ms']:>8.2f}  {answers}",
                flush=True,
            )
    compare(world, now, month, server, loads)
    compare_lists(world, now, place, server)
    compare_pages(world, now, place, server)
    history(world, now, server, loads[MONTH])
    webhooks.report(server.conninfo, world, place)
    connector.report(api, world.token)


def compare(world: World, now: datetime, month: Interval, server: Server, loads: dict[str, Load]) -> None:
    """Compare the service with its bare statements, function and encoding, in turns: the machine's speed drifts."""
    goals = {
        (MONTH, 1): "60 % of raw; over 320/s (best peer 32/s)",
        (MONTH, 16): "60 % of raw; over 630/s (best peer 63/s)",
        (BOOKING, 1): "best peer 104/s",
        (BOOKING, 16): "a third of raw; over 507/s (best peer 169/s)",
    }
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1000)
    print(f"\n{'without our layers':<28} {'conn':>4} {'raw':>11} {'ours':>11} {'of raw':>8}  against")
    for (label, connections), goal in goals.items():
        pairs = []
        for _ in range(ROUNDS):
            if label == BOOKING:
                raw_rate = asyncio.run(raw.bookings(server.conninfo, world, start, connections, SECONDS, now))
                start += timedelta(days=400)
            else:
                raw_rate = asyncio.run(raw.month_of_times(server.conninfo, world, month, connections, SECONDS, now))
            pairs.append((raw_rate, float(loads[label].run(connections)["per_second"])))
        raw_rate, ours = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        print(
            f"{label:<28} {connections:>4} {raw_rate:>11,.0f} {ours:>11,.0f} {ours / raw_rate:>8.3f}  {goal}",
            flush=True,
        )


def compare_lists(world: World, now: datetime, place: Path, server: Server) -> None:
    """Compare lists and small calls with the same statements and encoding behind the same server."""
    api = f"http://localhost:{server.port}/api/v2"
    recorded = lists.prepare(server.conninfo, place, api, world, now)
    with lists.raw_server(server.conninfo, place, recorded) as port:
        pairs: dict[str, tuple[lists.Measured, lists.Measured]] = {}
        for number, (label, (path, query)) in enumerate(lists.paths(api, world).items()):
            address = f"/api/v2{path}" + (f"?{query}" if query else "")
            pairs[label] = (
                Load(port, [request(world, "GET", f"/recorded/{number}")], place),
                Load(server.port, [request(world, "GET", address)], place),
            )
        lists.report(pairs, CONNECTIONS)


def compare_pages(world: World, now: datetime, place: Path, server: Server) -> None:
    """Compare the page of an event type with the API's answer for the same month."""

    def make(path: str, is_api: bool) -> Load:  # noqa: FBT001 -- of two kinds
        visit = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
        return Load(server.port, [request(world, "GET", path) if is_api else visit], place)

    pages.report(world, f"http://localhost:{server.port}", now, make)


def history(world: World, now: datetime, server: Server, load: Load) -> None:
    """Measure a month of times with 100,000 past events of the host, and with twice as many."""
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
        rounds = [float(load.run(1)["p50_ms"]) for _ in range(ROUNDS)]
        medians.append(sorted(rounds)[ROUNDS // 2])
        print(f"{f'after {HISTORY * (number + 1):,} past events of its host':<40} {medians[-1]:>8.3f}", flush=True)
    print(f"{'twice the history takes':<40} {medians[1] / medians[0]:>8.3f} times as long (target: below 1.1)")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
