"""The service for a run of tests: ``openslot up`` on a free port, with a PostgreSQL and a data directory of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

from openslot.testing.sandbox import Sandbox

READY_SECONDS = 120.0
"""How long the service may take to start: the first time it makes a database."""
COMMAND_SECONDS = 60.0
_COMMAND = (sys.executable, "-m", "openslot.cli")
_READY = "Ctrl-C stops"
"""The last line that ``openslot up`` prints once it answers."""
_SETTINGS = {
    "OPENSLOT_OUTBOUND_ALLOW": "127.0.0.0/8,::1/128",  # the receivers of tests
    "PYTHONUNBUFFERED": "1",
}


class ServiceFailed(Exception):
    """The service did not start, or a command of it failed; the message has what it printed."""


class Service:
    """A running service. Make sandboxes in it: each is an organization of its own, and knows nothing of the others."""

    def __init__(self, data_dir: Path, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self._environment = environment
        self._numbers = count(1)

    def make_sandbox(self, timezone: str = "UTC") -> Sandbox:
        """A new sandbox with an owner, who is at work on Mondays to Fridays from 9 to 17 in ``timezone``.

        The owner has an active event type of 30 minutes. Close the sandbox, or use it as a context manager.

        Raises:
            ServiceFailed: the zone is unknown, or the service has ended.
        """
        number = next(self._numbers)
        name = f"Sandbox {number}"
        made = json.loads(
            self.run(
                *("init", "--sandbox", "--json", "--organization", name, "--name", f"Owner {number}"),
                *("--email", f"owner-{number}@example.com", "--timezone", timezone),
            )
        )
        return Sandbox(self.run, name, **made)

    def run(self, *arguments: str) -> str:
        """What a command of ``openslot`` prints, such as ``run("user", "list")``.

        Raises:
            ServiceFailed: it failed.
        """
        done = subprocess.run(  # noqa: S603 -- our own command
            [*_COMMAND, *arguments, "--data-dir", str(self.data_dir)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ServiceFailed(f"openslot {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def serving(data_dir: Path, *, ready_seconds: float = READY_SECONDS, **settings: str) -> Iterator[Service]:
    """The service until the block ends; ready when it begins. ``data_dir`` is made if it is not there.

    ``settings`` are those of ``docs/settings.md``, without their prefix: ``webhook_retry_seconds="1,2,3"``. Those of
    the environment do not apply.

    Raises:
        ServiceFailed: it did not start in time.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith("OPENSLOT_")}
    environment = others | _SETTINGS | {f"OPENSLOT_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [*_COMMAND, "up", "--port", "0", "--data-dir", str(data_dir)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = _Output(process.stdout)
    try:
        if not output.wait_until_ready(ready_seconds):
            raise ServiceFailed(f"openslot up is not ready:\n{output.text()}")
        yield Service(data_dir, environment)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.close()


class _Output:
    """What a process prints, read as it comes, so that it never waits for a reader."""

    def __init__(self, lines: IO[str]) -> None:
        self._stream = lines
        self._lines: list[str] = []
        self._is_ready, self._has_ended = False, False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self, seconds: float) -> bool:
        """Whether the service is ready in time; False at once where it has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_ready or self._has_ended, seconds)
            return self._is_ready

    def text(self) -> str:
        with self._changed:
            return "".join(self._lines)

    def close(self) -> None:
        """Call it once the process has ended."""
        self._reader.join()
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            with self._changed:
                self._lines.append(line)
                self._is_ready = self._is_ready or line.startswith(_READY)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
