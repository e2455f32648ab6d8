"""The child processes of ``openslot up``: started, watched, started again, stopped in order."""

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
"""A child that ran this long may start again at once; one that dies sooner waits longer each time."""
LONGEST_WAIT_SECONDS = 30


class Stop:
    """Whether Ctrl-C was pressed. Unlike ``threading.Event`` it may be set by a signal that interrupts its own wait."""

    def __init__(self) -> None:
        self.is_requested = False
        self._requests: SimpleQueue[None] = SimpleQueue()

    def request(self, *_: object) -> None:
        """To be called by a signal's handler."""
        self.is_requested = True
        self._requests.put(None)

    def wait(self, seconds: float) -> bool:
        """Whether it was requested, at once, or within so many seconds."""
        if not self.is_requested:
            with suppress(Empty):
                self._requests.get(timeout=seconds)
        return self.is_requested


@dataclass
class Postgres:
    """The embedded server that ``up`` keeps running; none where the database is an external one."""

    data_dir: Path
    stop_request: Stop
    server: embedded.EmbeddedPostgres | None = None

    def start(self) -> embedded.EmbeddedPostgres:
        """Start the server, or take over the one that runs.

        Raises:
            embedded.DataDirectoryError, embedded.PostgresError: it does not start.
            embedded.StartCanceled: Ctrl-C was pressed meanwhile.
        """
        self.server = embedded.start(self.data_dir, is_canceled=lambda: self.stop_request.is_requested)
        return self.server

    def watch(self) -> str | None:
        """Start the server again if it has died, or is stopped by somebody else; what to report, or None."""
        if self.server is None:
            return None
        is_stopping = self.server.is_stopping()
        if not is_stopping and not self.server.has_ended():
            return None
        if is_stopping:
            self.server.stop()  # it would wait for our own connections to end, and take no new ones
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
    """Whether what it needs is there again."""

    def start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        pipe = parent.pipe()
        self.process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "openslot.cli", *self.arguments],
            env={**os.environ, **self.environment, parent.VARIABLE: str(pipe)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children in order
            pass_fds=[pipe],
        )

    def watch(self) -> str | None:
        """Start again what has died; what to tell about it, or None."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return None
        now = time.monotonic()
        if self.restart_at is None:
            self._end_group()  # what was started by the one that died may still listen
            self.failures = 0 if now - self.started_at > CALM_SECONDS else self.failures + 1
            self.restart_at = now + min(2**self.failures - 1, LONGEST_WAIT_SECONDS)
            return f"{self.name} ended (code {code}) and will be started again"
        if now >= self.restart_at and self.may_start():
            self.start()
        return None

    def stop(self) -> None:
        """Ask the child to finish, insist after a while; returns when it is gone, and nothing of it is left."""
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
        # ProcessLookupError: nobody is left; PermissionError: macOS says so of a group of zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
