"""Lists and small calls, compared with the same statements and encoding behind the same server, without our layers."""

import asyncio
import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bench.processes import free_port, process
from bench.raw import recording
from bench.world import World
from openslot.asgi import create_app
from openslot.config import Settings
from openslot.db.pool import connected, transaction

ROOT = Path(__file__).parent.parent
CONTACTS = 1000
GOAL = "60 % of raw"
ROUNDS = 3


class Measured(Protocol):
    """A load of requests."""

    def run(self, connections: int) -> dict[str, Any]: ...


def paths(api: str, world: World) -> dict[str, tuple[str, str]]:
    """Path and query of each call, by its label."""
    user, organization = f"{api}/users/{world.user}", f"{api}/organizations/{world.organization}"
    span = "min_start_time=2020-01-01T00:00:00Z&max_start_time=2100-01-01T00:00:00Z"
    return {
        "GET /users/me": ("/users/me", ""),
        "GET /event_types?count=20": ("/event_types", f"user={user}&count=20"),
        "GET /event_types?count=100": ("/event_types", f"user={user}&count=100"),
        "GET /scheduled_events, filters": (
            "/scheduled_events", f"organization={organization}&user={user}&status=active&{span}&count=20",
        ),
        "GET /contacts?count=20": ("/contacts", "count=20"),
    }  # fmt: skip


async def add_contacts(conninfo: str, world: World, now: datetime) -> None:
    """Contacts of the owner."""
    params = {"organization": world.organization, "user": world.user, "now": now, "rows": CONTACTS}
    async with transaction(conninfo) as conn:
        await conn.execute(
            """
            INSERT INTO contacts (organization_id, id, user_id, creation_source, name, created_at, updated_at)
            SELECT %(organization)s, gen_random_uuid(), %(user)s, 'api', 'Contact ' || number,
                   %(now)s + number * interval '1 second', %(now)s FROM generate_series(1, %(rows)s) AS number
            """,
            params,
        )
    async with connected(conninfo) as conn:
        await conn.execute("ANALYZE")


async def record(conninfo: str, place: Path, api: str, world: World) -> list[tuple[list[Any], Any]]:
    """The statements and the answer of each call, in the order of ``paths``."""
    settings = Settings(database_url=conninfo, data_dir=place, public_url=api.removesuffix("/api/v2"))
    app: Any = create_app(settings)
    found = []
    async with app.lifespan():
        for path, query in paths(api, world).values():
            address = f"/api/v2{path}"
            await _call(app, address, query, world.token)  # opens a connection, which costs statements of its own
            with recording() as sent:
                body = await _call(app, address, query, world.token)
            found.append(([(str(one.query), one.params) for one in sent], json.loads(body)))
    return found


async def _call(app: Any, path: str, query: str, token: str) -> bytes:
    body = b""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http", "state": {},
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal body
        body += message.get("body", b"")

    await app(scope, receive, send)
    return body


@contextmanager
def raw_server(conninfo: str, place: Path, recorded: list[tuple[list[Any], Any]]) -> Iterator[int]:
    """A server that runs the recorded statements and encodes the recorded answers; its port."""
    file, port = place / "recorded.pickle", free_port()
    file.write_bytes(pickle.dumps(recorded))
    environment = {"PYTHONPATH": str(ROOT), "BENCH_RECORDED": str(file), "BENCH_DATABASE_URL": conninfo}
    with process(["-m", "bench.bare", str(port)], environment, f"http://127.0.0.1:{port}/"):
        yield port


def report(pairs: dict[str, tuple[Measured, Measured]], connections: tuple[int, ...]) -> None:
    """Measure each call and its raw one in turns; the median of the ratios counts."""
    print(f"\n{'without our layers, same server':<32} {'conn':>4} {'raw':>9} {'ours':>9} {'of raw':>8}  against")
    for label, (raw, ours) in pairs.items():
        for number in connections:
            rates = [
                (float(raw.run(number)["per_second"]), float(ours.run(number)["per_second"])) for _ in range(ROUNDS)
            ]
            raw_rate, rate = sorted(rates, key=lambda one: one[1] / one[0])[ROUNDS // 2]
            print(
                f"{label:<32} {number:>4} {raw_rate:>9,.0f} {rate:>9,.0f} {rate / raw_rate:>8.3f}  {GOAL}", flush=True
            )


def prepare(conninfo: str, place: Path, api: str, world: World, now: datetime) -> list[tuple[list[Any], Any]]:
    """Add what the lists show, and record the calls."""
    asyncio.run(add_contacts(conninfo, world, now))
    return asyncio.run(record(conninfo, place, api, world))
