"""``python -m bench.connector``: the connector compared with bare httpx, and the size of the base install.

Both make the same request to the same server and read its body. They are measured in turns, because the machine's speed
drifts. The limit of calls is in force but never reached: its clock runs fast.
"""

import asyncio
import hashlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.processes import free_port
from openslot.connector import AsyncConnector, Connection, Connector

ROOT = Path(__file__).parent.parent
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = 5
"""How often a pair is measured in turns; the median counts."""
TASKS = 16
TARGET = 0.85
IMPORTS = 9


class Hasty:
    """A clock on which a second passes at every reading: 100 calls take longer than a minute."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"the limit was reached: {seconds} s to wait")

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


def rate(call: Callable[[], object]) -> float:
    """Calls per second, one after the other."""
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS / ROUNDS:
        call()
        count += 1
    return count / passed


async def async_rate(call: Callable[[], Awaitable[object]]) -> float:
    """Calls per second, by ``TASKS`` tasks at once."""
    count, start = 0, time.perf_counter()

    async def worker() -> None:
        nonlocal count
        while time.perf_counter() - start < SECONDS / ROUNDS:
            await call()
            count += 1

    await asyncio.gather(*(worker() for _ in range(TASKS)))
    return count / (time.perf_counter() - start)


def report(base_url: str, token: str) -> None:
    """Measure and print; the token is an owner's or admin's."""
    with Connection(token, base_url) as connection:
        uuid = Connector(connection).get_event_types().collection[0].uri.rpartition("/")[2]
        page: dict[str, str | int] = {"organization": connection.me().current_organization, "count": 20}
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    print(f"\n{'through the connector':<40} {'bare httpx':>11} {'connector':>10} {'of bare':>8}")

    with (
        Connection(token, base_url, clock=Hasty()) as connection,
        httpx.Client(base_url=base_url, headers=headers, limits=limits, timeout=30) as http,
    ):
        actions = Connector(connection)
        compare(
            "Get Event Type",
            lambda: http.get(f"/event_types/{uuid}").raise_for_status().json(),
            lambda: actions.get_event_type(uuid),
        )
        compare(
            "Get Event Types, a page of 20",
            lambda: http.get("/event_types", params=page).raise_for_status().json(),
            lambda: actions.get_event_types(count=20),
        )

    async def under_asyncio() -> None:
        async with (
            Connection(token, base_url, clock=Hasty()) as connection,
            httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits, timeout=30) as http,
        ):
            actions = AsyncConnector(connection)

            async def bare(path: str, params: dict[str, str | int] | None = None) -> object:
                return (await http.get(path, params=params)).raise_for_status().json()

            await async_compare(
                f"Get Event Type, {TASKS} tasks",
                lambda: bare(f"/event_types/{uuid}"),
                lambda: actions.get_event_type(uuid),
            )
            await async_compare(
                f"Get Event Types, a page of 20, {TASKS} tasks",
                lambda: bare("/event_types", page),
                lambda: actions.get_event_types(count=20),
            )

    asyncio.run(under_asyncio())
    base_install()


def compare(label: str, bare: Callable[[], object], ours: Callable[[], object]) -> None:
    bare(), ours()  # opens the connections, and fills the cache of the caller
    show(label, [(rate(bare), rate(ours)) for _ in range(ROUNDS)])


async def async_compare(
    label: str, bare: Callable[[], Awaitable[object]], ours: Callable[[], Awaitable[object]]
) -> None:
    await asyncio.gather(*[call() for call in (bare, ours) for _ in range(TASKS)])
    show(label, [(await async_rate(bare), await async_rate(ours)) for _ in range(ROUNDS)])


def show(label: str, pairs: list[tuple[float, float]]) -> None:
    bare, ours = sorted(pairs, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    print(f"{label:<40} {bare:>11,.0f} {ours:>10,.0f} {ours / bare:>8.3f}  (target: at least {TARGET})", flush=True)


def base_install() -> None:
    """Import time and size in an environment with the base install alone."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        uv, python = Path(sys.executable).with_name("uv"), place / "venv/bin/python"
        build: list[str | Path] = [
            uv,
            "build",
            "--quiet",
            "--wheel",
            "--no-build-isolation",
            "--python",
            sys.executable,
        ]
        subprocess.run([*build, "--out-dir", place, ROOT], check=True)
        (wheel,) = place.glob("*.whl")
        wanted = place / "wanted.txt"
        wanted.write_text(f"openslot @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place / "venv"], check=True)
        install: list[str | Path] = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            python,
            "--require-hashes",
            "--requirement",
            wanted,
        ]
        subprocess.run([*install, "--constraint", ROOT / "requirements/dev.txt"], check=True)
        (packages,) = (place / "venv/lib").glob("python*/site-packages")
        before = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
        for module in ("openslot.client", "openslot.connector", "openslot.connector.actions"):
            times = [import_time(python, module) for _ in range(IMPORTS)]
            print(f"{'import ' + module:<40} {statistics.median(times):>8.0f} ms  (target: below 200)")
        ours = sum(file.stat().st_size for file in (packages / "openslot").rglob("*.py"))
        print(f"{'base install':<40} {before / 1e6:>8.1f} MB, of which {ours / 1e6:.1f} MB are openslot", flush=True)


def import_time(python: Path, module: str) -> float:
    """Milliseconds, by ``-X importtime``."""
    command: list[str | Path] = [python, "-X", "importtime", "-c", f"import {module}"]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    (line,) = [line for line in report.splitlines() if line.endswith(f"| {module}")]
    return int(line.split("|")[1]) / 1000


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """Run ``openslot up --demo``; yields the base URL of its API, and its token."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        command = [
            sys.executable,
            "-m",
            "openslot.cli",
            "up",
            "--demo",
            "--port",
            str(free_port()),
            "--data-dir",
            f"{name}/data",
        ]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert running.stdout is not None
        greeting: dict[str, str] = {}
        try:
            for line in running.stdout:
                words = line.split()
                greeting |= {words[0]: words[-1]} if len(words) > 1 else {}
                if line.startswith("Ctrl-C stops"):
                    break
            # read on: a full pipe would block the server at its next log line
            threading.Thread(target=running.stdout.read, daemon=True).start()
            yield greeting["API"], greeting["Token"]
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def main() -> None:
    with demo() as (base_url, token):
        report(base_url, token)


if __name__ == "__main__":
    main()
