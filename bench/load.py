"""A load generator on a bare asyncio protocol, so cheap that the server has the other core for itself.

Run as a process of its own: ``python bench/load.py HOST PORT CONNECTIONS SECONDS REQUESTS_FILE``. The file has one
request per line (JSON strings). Several are sent once each, in order; a single one is repeated. Prints one JSON line.
"""

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LENGTH = re.compile(rb"content-length: *(\d+)\r\n", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One kept-alive connection: sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, requests: Iterator[bytes], deadline: float, done: "asyncio.Future[None]") -> None:
        self.requests = requests
        self.deadline = deadline
        self.done = done
        self.buffer = b""
        self.missing = 0
        self.status = 0
        self.statuses: dict[int, int] = {}
        self.latencies: list[float] = []
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        assert self.transport is not None
        request = None if time.perf_counter() > self.deadline else next(self.requests, None)
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        # Bodies are only counted, so that large answers cost the server time and not the load generator.
        if not self.missing:
            self.buffer += data
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            found = LENGTH.search(self.buffer, 0, end + 2)
            self.status = int(self.buffer[9:12])
            self.missing = end + 4 + (int(found[1]) if found else 0)
            data, self.buffer = self.buffer, b""
        self.missing -= len(data)
        if self.missing > 0:
            return
        self.statuses[self.status] = self.statuses.get(self.status, 0) + 1
        self.latencies.append(time.perf_counter() - self.sent_at)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the protocol gives it
        if not self.done.done():
            self.done.set_result(None)


async def run(host: str, port: int, connections: int, seconds: float, requests: Iterator[bytes]) -> dict[str, object]:
    """Answers per second, statuses, and the latencies of 50 % and 99 % of the answers (ms)."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    opened: list[Connection] = []
    waits = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        _, protocol = await loop.create_connection(lambda: Connection(requests, began + seconds, done), host, port)  # noqa: B023
        opened.append(protocol)
        waits.append(done)
    await asyncio.gather(*waits)
    elapsed = time.perf_counter() - began
    statuses: dict[int, int] = {}
    for one in opened:
        for status, count in one.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    latencies = sorted(latency for one in opened for latency in one.latencies)
    return {
        "per_second": len(latencies) / elapsed,
        "statuses": statuses,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
    }


def main() -> None:
    host, port, connections, seconds, file = sys.argv[1:]
    lines = [json.loads(line).encode() for line in Path(file).read_text().splitlines()]
    # A single request is repeated; a list is a supply of requests that differ, each good for one answer.
    requests = itertools.repeat(lines[0]) if len(lines) == 1 else iter(lines)
    print(json.dumps(asyncio.run(run(host, int(port), int(connections), float(seconds), requests))))


if __name__ == "__main__":
    main()
