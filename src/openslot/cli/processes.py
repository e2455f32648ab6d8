"""The child processes of ``openslot up``: starts, watches, restarts and stops them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from openslot import parent
from openslot.db import embedded

STOP_TIMEOUT_SECONDS = 8
CALM_SECONDS = 10
"""A child that ran this long is restarted at once; for one that ends sooner the wait doubles each time."""
MAX_WAIT_SECONDS = 30


class Stop:
    """A request to stop. Unlike ``threading.Event`` it may be set by a signal that interrupts its own wait."""

    def __init__(self) -> None:
        self.is_requested = False
        self._requests: SimpleQueue[None] = SimpleQueue()

    def request(self, *_: object) -> None:
        """Request a stop; a handler of signals."""
        self.is_requested = True
        self._requests.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the request; whether it came."""
        if not self.is_requested:
            with suppress(Empty):
                self._requests.get(timeout=seconds)
        return self.is_requested


@dataclass
class Postgres:
    """The embedded server that ``up`` keeps running; none if the database is external."""

    data_dir: Path
    stop_request: Stop
    server: embedded.EmbeddedPostgres | None = None

    def start(self) -> embedded.EmbeddedPostgres:
        """Start the server, or use the one that runs.

        Raises:
            embedded.DataDirectoryError, embedded.PostgresError: it does not start.
            embedded.StartCanceled: a stop was requested meanwhile.
        """
        self.server = embedded.start(self.data_dir, is_canceled=lambda: self.stop_request.is_requested)
        return self.server

    def watch(self) -> str | None:
        """Restart the server if it has ended or is being stopped; the message to show, or ``None``.

        Raises:
            As ``start``.
        """
        if self.server is None:
            return None
        is_stopping = self.server.is_stopping()
        if not is_stopping and not self.server.has_ended():
            return None
        if is_stopping:
            self.server.stop()  # otherwise it waits for the service's connections to end, and accepts no new ones
        ended, self.server = self.server, None
        self.start()
        code = "" if ended.process is None else f" (code {ended.process.returncode})"
        return f"PostgreSQL ended{code} and was started again"

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()


@dataclass
class Child:
    """One ``openslot`` command as a process of its own, with a group that holds all that it starts itself."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(repr=False)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = None
    may_start: Callable[[], bool] = lambda: True
    """Whether everything that it needs is available."""

    def start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        pipe = parent.pipe()
        self.process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "openslot.cli", *self.arguments],
            env={**os.environ, **self.environment, parent.VARIABLE: str(pipe)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only the parent, which stops its children in order
            pass_fds=[pipe],
        )

    def watch(self) -> str | None:
        """Restart the child after it has ended; the message to show, or ``None``."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return None
        now = time.monotonic()
        if self.restart_at is None:
            self._end_group()  # processes that it started may still listen
            self.failures = 0 if now - self.started_at > CALM_SECONDS else self.failures + 1
            self.restart_at = now + min(2**self.failures - 1, MAX_WAIT_SECONDS)
            return f"{self.name} ended (code {code}) and will be started again"
        if now >= self.restart_at and self.may_start():
            self.start()
        return None

    def stop(self) -> None:
        """Stop the child by SIGTERM, after a while by SIGKILL; return when it and its processes have ended."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT_SECONDS)
        self._end_group()
        self.process.wait()

    def _end_group(self) -> None:
        assert self.process is not None
        # ProcessLookupError: none is left; PermissionError: macOS raises it for a group of zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
