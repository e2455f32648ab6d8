"""The page of an event type with a month of times: server time beside the API's answer, and what goes over the line."""

import gzip
import re
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from bench.world import World

ROUNDS = 3
FIRST_LOAD_BYTES, DAY_BYTES = 60_000, 15_000
_LOADED = re.compile(r'<(?:script|link)[^>]* (?:src|href)="(/[^"]+)"')


class Measured(Protocol):
    """A load of requests."""

    def run(self, connections: int) -> dict[str, Any]: ...


def report(world: World, base: str, now: datetime, make: Callable[[str, bool], Measured]) -> None:
    """Measure in turns; ``make`` builds the load of a path, with the token or as a visitor."""
    first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1)
    window = f"start_time={first:%Y-%m-%dT%H:%M:%SZ}&end_time={last:%Y-%m-%dT%H:%M:%SZ}"
    page = f"/owner/type-0?month={first:%Y-%m}&timezone=Europe/Rome"
    api = f"/api/v2/event_type_available_times?{window}&event_type={base}/api/v2/event_types/{world.listed}"
    print(f"\n{'a page with a month of times':<28} {'conn':>4} {'API ms':>11} {'page ms':>11} {'of API':>8}  against")
    for connections in (1, 16):
        pairs = [
            (_milliseconds(make(api, True), connections), _milliseconds(make(page, False), connections))
            for _ in range(ROUNDS)
        ]
        api_ms, page_ms = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        print(
            f"{'GET /owner/type-0':<28} {connections:>4} {api_ms:>11.2f} {page_ms:>11.2f} {page_ms / api_ms:>8.2f}"
            "  at most 2",
            flush=True,
        )
    body = _packed(base + page)
    files = sorted(set(_LOADED.findall(gzip.decompress(body).decode())))
    total = len(body) + sum(len(_packed(base + path)) for path in files)
    day = len(_packed(f"{base}{page}&date={first:%Y-%m}-15"))
    print(f"first load {total:,} bytes in {len(files) + 1} requests (at most {FIRST_LOAD_BYTES:,})")
    print(f"a day {day:,} bytes (at most {DAY_BYTES:,})", flush=True)


def _milliseconds(load: Measured, connections: int) -> float:
    return float(load.run(connections)["p50_ms"])


def _packed(address: str) -> bytes:
    """What goes over the line, as gzip."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body: bytes = answer.read()
        return body if answer.headers.get("Content-Encoding") == "gzip" else gzip.compress(body)
