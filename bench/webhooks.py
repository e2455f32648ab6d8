"""Deliveries: per second and worker compared with Procrastinate's no-op jobs, and the time from commit to receipt.

One worker process and a receiver in a process of its own, with the database on the same cores.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from procrastinate import App, PsycopgConnector

from bench.processes import free_port, process
from bench.world import World
from openslot.core.ids import new_id, ordered_id
from openslot.db import events
from openslot.db.events import Event
from openslot.db.pool import Conn, connected
from openslot.queue import NewJob, defer

ROOT = Path(__file__).parent.parent
BACKLOG = 10_000
NO_OPS = 3_000
CHAINS = 500
"""Invitees in the backlog: the deliveries about one of them keep their order."""
EVENTS_PER_SECOND = 10
LATENCY_SECONDS = 20
PAYLOAD = json.dumps({"name": "Ada Example", "email": "ada@example.org", "answers": ["x" * 1200]})


async def _subscribe(conn: Conn, world: World, url: str) -> None:
    await conn.execute("UPDATE webhook_subscriptions SET deleted_at = now() WHERE deleted_at IS NULL")
    await conn.execute(
        "INSERT INTO webhook_subscriptions (organization_id, id, callback_url, events, scope, creator_id, created_at,"
        " updated_at, destination) VALUES (%s, %s, %s, '{invitee.created}', 'organization', %s, now(), now(), %s)",
        (world.organization, new_id(), url, world.user, url.rpartition("/")[0]),
    )


async def _record_event(conn: Conn, world: World, chain: Any) -> None:
    now = datetime.now(UTC)
    event = Event(
        id=ordered_id(now), organization_id=world.organization, name="invitee.created", occurred_at=now,
        correlation_id=new_id(), chain_id=chain, user_ids=[world.user], payload=PAYLOAD,
    )  # fmt: skip
    await events.insert(conn, event, users_uri="http://localhost/api/v2/users/")


async def _prepare_backlog(conninfo: str, world: World, url: str) -> None:
    chains = [new_id() for _ in range(CHAINS)]
    async with connected(conninfo) as conn:
        await _subscribe(conn, world, url)
        async with conn.transaction():
            for number in range(BACKLOG):
                await _record_event(conn, world, chains[number % CHAINS])
        await conn.execute("ANALYZE events, deliveries")


async def _pending(conn: Conn) -> int:
    cursor = await conn.execute("SELECT count(*) FROM deliveries WHERE state = 'pending'")
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def _drain(conninfo: str, worker: "subprocess.Popen[bytes]") -> tuple[float, list[float]]:
    """Deliveries per second until none is pending, and the worker's memory (MB) at the quarters."""
    async with connected(conninfo) as conn:
        while (left := await _pending(conn)) == BACKLOG:  # noqa: ASYNC110 -- only the database knows
            await asyncio.sleep(0.02)
        began, first = time.perf_counter(), left
        memory: list[float] = []
        while left:
            left = await _pending(conn)
            if left <= BACKLOG * (4 - len(memory) - 1) / 4:
                memory.append(_memory_mb(worker.pid))
            await asyncio.sleep(0.05)
        return first / (time.perf_counter() - began), memory


async def _no_ops(conninfo: str) -> float:
    """Jobs per second of a Procrastinate worker in a process of its own, where the jobs do nothing."""
    async with connected(conninfo) as conn, conn.transaction():
        await defer(conn, [NewJob("bench.nothing", {})] * NO_OPS)
    command = [sys.executable, "-m", "bench.webhooks", "no-ops", conninfo]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True, cwd=ROOT)
    return NO_OPS / float(done.stdout)


async def _work_no_ops(conninfo: str) -> None:
    app = App(connector=PsycopgConnector(conninfo=conninfo))

    @app.task(name="bench.nothing", queue="bench")
    async def nothing() -> None: ...

    async with app.open_async():
        began = time.perf_counter()
        await app.run_worker_async(
            queues=["bench"], concurrency=16, wait=False, install_signal_handlers=False, delete_jobs="successful"
        )
        print(time.perf_counter() - began)


async def _latencies(conninfo: str, world: World, place: Path) -> list[float]:
    """Milliseconds from commit to receipt, ascending, at ``EVENTS_PER_SECOND``."""
    async with connected(conninfo) as conn:
        for _ in range(EVENTS_PER_SECOND * LATENCY_SECONDS):
            await _record_event(conn, world, new_id())
            (place / "sent").open("a").write(f"{time.time()}\n")
            await asyncio.sleep(1 / EVENTS_PER_SECOND)
        while await _pending(conn):  # noqa: ASYNC110 -- only the database knows
            await asyncio.sleep(0.05)
    sent = [float(line) for line in (place / "sent").read_text().split()]
    received = [float(line) for line in (place / "received").read_text().split()][-len(sent) :]
    return sorted((there - here) * 1000 for here, there in zip(sent, received, strict=True))


def report(conninfo: str, world: World, place: Path) -> None:
    """Measure, and print the figures."""
    port = free_port()
    with ExitStack() as stack:
        receiver = ["-m", "bench.webhooks", "receive", str(port), str(place / "received")]
        stack.enter_context(process(receiver, {"PYTHONPATH": str(ROOT)}, f"http://127.0.0.1:{port}/"))
        print(f"\n{'webhooks, one worker':<44} {'per second':>11}  against")
        no_ops = asyncio.run(_no_ops(conninfo))
        print(f"{'jobs of Procrastinate that do nothing':<44} {no_ops:>11,.0f}  -", flush=True)
        asyncio.run(_prepare_backlog(conninfo, world, f"http://127.0.0.1:{port}/hook"))
        environment = {
            "OPENSLOT_DATABASE_URL": conninfo, "OPENSLOT_DATA_DIR": str(place),
            "OPENSLOT_OUTBOUND_ALLOW": "127.0.0.0/8",
        }  # fmt: skip
        command = [sys.executable, "-m", "openslot.cli", "worker"]
        worker = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
        stack.callback(worker.wait, 30)
        stack.callback(worker.terminate)
        rate, memory = asyncio.run(_drain(conninfo, worker))
        label = f"a backlog of {BACKLOG:,} deliveries"
        print(f"{label:<44} {rate:>11,.0f}  half of the jobs: {rate / no_ops:.2f} of them; best peer 157/s", flush=True)
        shown = ", ".join(f"{one:.0f}" for one in memory)
        print(f"{'its worker takes MB of memory at each quarter':<44} {shown:>11}  flat")
        latencies = asyncio.run(_latencies(conninfo, world, place))
        p50, p99 = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
        print(
            f"from commit to receipt at {EVENTS_PER_SECOND} events/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms (goal: 250 ms)"
        )


def main() -> None:
    match sys.argv[1:]:
        case ["no-ops", conninfo]:
            asyncio.run(_work_no_ops(conninfo))
        case ["receive", port, file]:
            _receive(int(port), Path(file))


def _receive(port: int, file: Path) -> None:
    """Answer everything with 204 as cheaply as possible, and record when each delivery arrived."""

    class Protocol(asyncio.Protocol):
        def __init__(self) -> None:
            self.buffer = b""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
                head = self.buffer[:end].lower()
                found = head.find(b"content-length:")
                length = 0 if found < 0 else int(head[found + 15 :].split(b"\r\n", 1)[0])
                if len(self.buffer) < end + 4 + length:
                    return
                self.buffer = self.buffer[end + 4 + length :]
                if length:
                    log.write(f"{time.time()}\n")
                    log.flush()
                self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", port)
        await server.serve_forever()

    with file.open("w") as log:
        asyncio.run(serve())


if __name__ == "__main__":
    main()
