"""The service as a user runs it: ``openslot up`` in a process of its own, and a receiver for what it sends."""

import asyncio
import json
import os
import re
import resource
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from openslot.cli import main

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # the suite may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPENSLOT = [sys.executable, "-m", "openslot.cli"]
IS_LONG = bool(os.environ.get("OPENSLOT_TEST_LONG"))
"""Whether laws are tried on more examples, and storms blow for longer: ``make test-long``."""
PATIENCE_SECONDS = 60
"""How long to wait for what must come; nothing waits this long unless it is broken."""

PATIENT = {
    f"OPENSLOT_DATABASE_{name}_SECONDS": str(PATIENCE_SECONDS) for name in ("WAIT", "LOCK", "STATEMENT")
}  # fmt: skip
"""Settings of a service that many call at once: on a busy machine it is not to answer 503 for that."""


def find_chromium() -> str:
    """The path of the browser that ``make setup`` found or installed."""
    script = Path(__file__).parent.parent / "scripts" / "ensure_browser.py"
    namespace = runpy.run_path(str(script))
    path: str | None = namespace["find"]()
    assert path is not None, "no Chromium: run 'make setup'"
    return path


async def raw_body(
    client: httpx.AsyncClient, path: str, *, method: str = "GET", accepting: str = "gzip", **headers: str
) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it came over the line."""
    async with client.stream(method, path, headers={"accept-encoding": accepting, **headers}) as response:
        body = b"".join([piece async for piece in response.aiter_raw()])
    return response, body


async def raw_answer(port: int, sent: bytes) -> bytes:
    """All that comes back, to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    finally:
        writer.close()


def allow_open_files() -> None:
    """Let this process have as many files open as the system lets it: thousands of connections are files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


OTHER_DATE = {name: os.environ[name] for name in ("LD_PRELOAD", "CLOCK_SHIFT_SECONDS") if name in os.environ}
"""The variables that make it another date for a process, in ``make test-at`` (``scripts/run_at.py``)."""


def examples(number: int) -> int:
    """The number of examples of a law: ``number`` in a long run, half of it in any other."""
    return number if IS_LONG else max(1, number // 2)


def clean_environment(**extra: str) -> dict[str, str]:
    """The process environment without settings of ours, but for ``extra``."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENSLOT_")} | extra


def run_openslot(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command, to its end."""
    return subprocess.run(
        [*OPENSLOT, *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def run_command(*arguments: str, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """The same within this process, which saves the start of another; not for what goes on by itself."""
    settings: dict[str, str | None] = {name: None for name in os.environ if name.startswith("OPENSLOT_")}
    invoke = partial(CliRunner().invoke, main, arguments, input=stdin, env=settings | environment, prog_name="openslot")
    with ThreadPoolExecutor(1) as thread:  # the command runs an event loop, and the test's may be running here
        done = thread.submit(invoke).result()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@dataclass
class Service:
    """A running ``openslot up``."""

    process: "subprocess.Popen[str]"
    port: int
    data_dir: Path
    lines: list[str] = field(default_factory=list)
    printed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/v2"

    @property
    def token(self) -> str:
        """The demo's token, from the greeting."""
        return next(line.split()[-1] for line in self.lines if line.startswith("  Token"))

    @property
    def ready_after_seconds(self) -> float:
        found = re.search(r"ready after ([\d.]+) s", "\n".join(self.lines))
        assert found is not None
        return float(found[1])

    def api(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.api_url, headers=headers, timeout=30)

    def wait_for_line(self, words: str) -> None:
        """Block until the service has printed a line with these words."""
        self.wait_until(lambda lines: any(words in line for line in lines))

    def wait_until(self, holds: Callable[[list[str]], bool]) -> None:
        """Block until the printed lines are as ``holds`` demands."""
        with self.printed:
            came = self.printed.wait_for(lambda: holds(self.lines), PATIENCE_SECONDS)
        assert came, "\n".join(self.lines)

    def children(self) -> dict[str, int]:
        """The process ids of the service's own commands, by name."""
        found: dict[str, int] = {}
        for pid in processes_below(self.process.pid):
            command = command_line(pid)
            if "openslot.cli" in command:
                found.setdefault(command[command.index("openslot.cli") + 1], pid)
        return found

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)


def rest_of(process: "subprocess.Popen[str]", seconds: float = PATIENCE_SECONDS) -> tuple[str, str]:
    """What a process prints until it ends, to its output and as errors, after some lines were read before.

    ``communicate`` reads past the stream: it loses what ``readline`` has read ahead where the process printed more.
    """
    pipes = [process.stdout, process.stderr]
    with ThreadPoolExecutor(len(pipes)) as pool:
        reads = [None if pipe is None else pool.submit(pipe.read) for pipe in pipes]
        try:
            process.wait(seconds)
        finally:
            process.kill()
        printed, complaints = ["" if read is None else read.result() for read in reads]
    return printed, complaints


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\x00")
    except OSError:
        return []


def processes_below(pid: int) -> list[int]:
    """Every descendant of a process."""
    below: list[int] = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return below
    for child in children:
        below += [int(child), *processes_below(int(child))]
    return below


@contextmanager
def serving(data_dir: Path, *options: str, port: int | None = None, **environment: str) -> Iterator[Service]:
    """``openslot up`` until the block ends, ready when it begins."""
    port = port or free_port()
    command = [*OPENSLOT, "up", "--port", str(port), "--data-dir", str(data_dir), *options]
    process = subprocess.Popen(
        command,
        env=clean_environment(**({"PYTHONUNBUFFERED": "1"} | PATIENT | environment)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    service = Service(process, port, data_dir)
    assert process.stdout is not None
    for line in process.stdout:
        service.lines.append(line.rstrip("\n"))
        if line.startswith("Ctrl-C stops"):
            break
    else:
        process.stdout.close()
        process.wait(PATIENCE_SECONDS)
        pytest.fail("openslot up did not get ready:\n" + "\n".join(service.lines))
    reader = threading.Thread(target=_keep_reading, args=(service,), daemon=True)
    reader.start()
    try:
        yield service
    finally:
        if process.poll() is None:
            service.stop()
        reader.join(PATIENCE_SECONDS)
        process.stdout.close()


def _keep_reading(service: Service) -> None:
    assert service.process.stdout is not None
    for line in service.process.stdout:
        with service.printed:
            service.lines.append(line.rstrip("\n"))
            service.printed.notify_all()


class Inbox:
    """A webhook receiver on a port of its own; it keeps what arrives and answers with the status from ``answer``."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answer: Callable[[], int] = lambda: 200
        self._arrived = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self.url = ""
        self.hanging = False
        self.reached = asyncio.Event()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self.reached.set()
                if self.hanging:
                    await reader.read()  # until the other side gives up
                    return
                status = self.answer()
                if status == 200:
                    async with self._arrived:
                        self.received.append(json.loads(body))
                        self._arrived.notify_all()
                writer.write(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        """What arrived, once it is ``count`` deliveries."""
        return await self.wait_until(lambda received: len(received) >= count)

    async def wait_until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """What arrived, once ``holds`` accepts it."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: holds(self.received))
        return self.received


@dataclass(frozen=True)
class Offer:
    """An event type of the demo, with starts that nobody has taken."""

    uri: str
    path: str
    starts: list[str]


def offer(service: Service, slug: str = "intro-call") -> Offer:
    """An event type by its slug, and its free starts of the next month."""
    with service.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        every = api.get("/event_types", params={"organization": organization, "count": 100}).json()["collection"]
        found = next(one for one in every if one["slug"] == slug)
        window = month_ahead()
        free = api.get("/event_type_available_times", params={"event_type": found["uri"], **window}).json()
        path = found["scheduling_url"].removeprefix(service.base_url)
        return Offer(found["uri"], path, [one["start_time"] for one in free["collection"]])


def month_ahead() -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "start_time": (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_time": (now + timedelta(days=32)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def subscribe(service: Service, url: str, *events: str) -> httpx.Response:
    """A subscription of organization scope."""
    with service.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        body = {"url": url, "events": list(events), "organization": organization, "scope": "organization"}
        return api.post("/webhook_subscriptions", json=body)


def send_routing_form(service: Service, form: dict[str, Any]) -> None:
    """A plain form post."""
    address = f"{service.base_url}/routing_forms/{form['uri'].rsplit('/', 1)[-1]}"
    with httpx.Client(follow_redirects=False) as client:
        shown = client.get(address).text
        token = shown.partition('name="_csrf_token" value="')[2].partition('"')[0]
        names = dict.fromkeys(re.findall(r'name="(?!_csrf_token)([^"]+)"', shown.partition("<form")[2]))
        assert len(names) == len(form["questions"])
        answers = dict(zip(names, ("Ada", "a@example.org", "A job"), strict=True))
        client.post(address, data={"_csrf_token": token, **answers}).raise_for_status()
