"""The child processes of ``openslot up``: started, watched, started again, stopped in order."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from openslot.db.embedded import die_with_parent

STOP_TIMEOUT_SECONDS = 8
CALM_SECONDS = 10
"""A child that ran this long may start again at once; one that dies sooner waits longer each time."""
LONGEST_WAIT_SECONDS = 30


@dataclass
class Child:
    """One ``openslot`` command as a process of its own."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(repr=False)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = None

    def start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "openslot.cli", *self.arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children in order
            preexec_fn=die_with_parent,  # noqa: PLW1509 -- one prctl call; no threads run
        )

    def watch(self) -> str | None:
        """Start again what has died; what to tell about it, or None."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return None
        now = time.monotonic()
        if self.restart_at is None:
            self.failures = 0 if now - self.started_at > CALM_SECONDS else self.failures + 1
            self.restart_at = now + min(2**self.failures - 1, LONGEST_WAIT_SECONDS)
            return f"{self.name} ended (code {code}) and will be started again"
        if now >= self.restart_at:
            self.start()
        return None

    def stop(self) -> None:
        """Ask the child to finish, insist after a while; returns when it is gone."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
