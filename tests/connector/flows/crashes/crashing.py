"""``openslot flow run`` in processes of its own, to be killed, and the service that they listen to.

The sender is one as the service is: it delivers again what was not answered with 2xx.
"""

import copy
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx

from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Run, Store
from openslot.db import embedded
from openslot.flow_store import PostgresStore

from ...conftest import TOKEN, Subscriptions, signed

PATIENCE_SECONDS = 30
_FLOW = """
import os
import threading
from openslot.connector import Connector, Event, Flow

flow = Flow({name!r})
POINTS = os.environ["HANG_AT"].split(",")


def say(word: str, event: Event) -> None:
    line = f"{{word}} {{event.event}} {{event.payload.uri.rpartition('/')[2]}}"
    os.write(1, f"{{line}}\\n".encode())
    if line in POINTS:
        threading.Event().wait()


@flow.on({on})
def handle(event: Event, _: Connector) -> None:
    say("{prefix}begin", event)
    say("{prefix}end", event)
"""
_KILLER = """
import os
import signal
from openslot.connector import Flow
from openslot.connector.flows.sqlite import SqliteStore
from openslot.flow_store import PostgresStore

flow = Flow("killer")
left = int(os.environ["KILL_AT"])


def killing(write):
    async def call(*values, **names):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return await write(*values, **names)

    return call


for store in (SqliteStore, PostgresStore):
    for name in ("accept", "claim", "note", "done", "failed", "keep"):
        setattr(store, name, killing(getattr(store, name)))
"""
LASTING = {"fsync": "off", "full_page_writes": "off"}
"""For a database that is to survive a kill of its own, though no power cut."""
Json = dict[str, Any]


class Process:
    """A command under way, and what it has said so far."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._popen = popen
        self._is_answered = threading.Event()
        # read all the time: who has too much to say would wait for us else
        self._reading = threading.Thread(target=self._read, args=[popen.stderr], daemon=True)
        self._reading.start()

    @property
    def url(self) -> str:
        """Where it listens, once it does; empty if it asks instead, or has ended before."""
        assert self._is_answered.wait(PATIENCE_SECONDS)
        urls = [line.partition("listening on ")[2].split() for line in self.errors if "listening on" in line]
        return urls[0][0] if urls else ""

    def wait_for(self, *lines: str) -> None:
        assert self._popen.stdout is not None
        while not set(lines) <= set(self.lines):
            line = self._popen.stdout.readline()
            assert line, (self.lines, self.errors)
            self.lines.append(line.rstrip("\n"))

    def die(self) -> None:
        self._popen.kill()

    def kill(self) -> list[str]:
        """Kill it at once, if it lives; the lines that it printed."""
        return self._ended(signal.SIGKILL)

    def stop(self) -> list[str]:
        """Have it end what is under way; the lines that it printed."""
        return self._ended(signal.SIGTERM)

    def _ended(self, by: signal.Signals) -> list[str]:
        self._popen.send_signal(by)
        return self.wait()

    def wait(self) -> list[str]:
        """Wait for its end; the lines that it printed."""
        assert self._popen.stdout is not None
        self.lines += self._popen.stdout.read().splitlines()
        self._popen.wait(PATIENCE_SECONDS)
        self._reading.join()
        return self.lines

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.errors.append(line)
            if ". Ctrl-C stops." in line:
                self._is_answered.set()
        self._is_answered.set()


class Crashing:
    """Flows, their state, and the service that they listen to."""

    def __init__(self, there: Subscriptions, samples: Json, folder: Path, database_url: str | None) -> None:
        self.there = there
        self._samples = samples["deliveries"]
        self._folder = folder
        self._state = folder / "state.sqlite3"
        self._database_url = database_url

    def flow(self, name: str, on: str = "'invitee.created', 'invitee.canceled'", prefix: str = "") -> Path:
        """A flow that prints where it is, and hangs there if it is told to."""
        return self.file(f"{name}.py", _FLOW.format(name=name, on=on, prefix=prefix))

    def file(self, name: str, text: str) -> Path:
        file = self._folder / name
        file.write_text(text, "utf-8")
        return file

    def killer(self) -> Path:
        """To be run along: it counts to ``kill_at``. Between two transactions one moment is as good as another."""
        return self.file("killer.py", _KILLER)

    @contextmanager
    def started(
        self,
        *files: Path,
        hang_at: Sequence[str] = (),
        kill_at: int = 0,
        options: Sequence[str] = (),
        is_calm: bool = True,
    ) -> Iterator[Process]:
        """``kill_at``: before so many transactions are made; ``is_calm``: nothing is to go wrong."""
        env = {
            **os.environ,
            "OPENSLOT_TOKEN": TOKEN,
            "OPENSLOT_BASE_URL": self.there.api.url,
            "OPENSLOT_FLOW_STATE": str(self._state),
            "OPENSLOT_FLOW_DATABASE_URL": self._database_url or "",
            "HANG_AT": ",".join(hang_at),
            "KILL_AT": str(kill_at),
        }
        command = [sys.executable, "-m", "openslot.cli", "flow", "run", *map(str, files), *options]
        with subprocess.Popen(
            command, env=env, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as popen:
            # what never comes is waited for in vain, and then for no longer
            guard = threading.Timer(PATIENCE_SECONDS, popen.kill)
            guard.start()
            process = Process(popen)
            try:
                yield process
            finally:
                guard.cancel()
                popen.kill()
        assert not (is_calm and any("Traceback" in line for line in process.errors)), process.errors

    @contextmanager
    def running(self, *files: Path, **how: Any) -> Iterator[Process]:
        """As ``started``, once it listens."""
        with self.started(*files, **how) as process:
            assert process.url, process.errors
            yield process

    def event(self, name: str, number: int | str, **meeting: str) -> bytes:
        """An event of an invitee; ``meeting``: fields of the scheduled event."""
        event = copy.deepcopy(self._samples[name])
        event["payload"]["uri"] = f"https://api.calendly.com/scheduled_events/1/invitees/{number}"
        event["payload"]["scheduled_event"] |= meeting
        return json.dumps(event).encode()

    async def deliver(self, http: httpx.AsyncClient, body: bytes, url: str | None = None) -> int | None:
        """The status of the answer, if there is one; ``url``: where, if not where it is subscribed."""
        ((uri, made),) = self.there.there.items()
        with suppress(httpx.TransportError):
            headers = signed(body, self.there.keys[uri])
            answer = await http.post(
                url or made["callback_url"], content=body, headers=headers, timeout=PATIENCE_SECONDS
            )
            return answer.status_code
        return None

    async def send(self, *bodies: bytes) -> list[int | None]:
        async with httpx.AsyncClient() as http:
            return [await self.deliver(http, body) for body in bodies]

    async def runs(self) -> list[Run]:
        """All that is recorded."""
        store: Store = PostgresStore(self._database_url) if self._database_url else SqliteStore(self._state)
        await store.open([])
        runs = await store.runs(limit=10_000)
        await store.close()
        return runs

    async def states(self) -> dict[str, str]:
        """What is recorded, by event."""
        return {named(run): run.state for run in await self.runs()}


class Database:
    """A PostgreSQL that may be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = embedded.start(folder, options=LASTING)
        self.url = self._server.conninfo

    def kill(self) -> None:
        process = self._server.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait()

    def start(self) -> None:
        self._server = embedded.start(self._folder, options=LASTING)

    def stop(self) -> None:
        self._server.stop()

    @contextmanager
    def away(self) -> Iterator[None]:
        self.kill()
        try:
            yield
        finally:
            self.start()


def named(run: Run) -> str:
    return f"{run.event} {run.about.rpartition('/')[2]}"
