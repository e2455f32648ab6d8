"""A service for one run: the demo, with a database of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OPENSLOT = [sys.executable, "-m", "openslot.cli"]
MEMBER = "somchai@demo.example"
SANDBOX_OWNER = "noor@sandbox.example"
PATIENCE_SECONDS = 120
UNCOUNTED = {
    "OPENSLOT_BOOKINGS_PER_ADDRESS": "0", "OPENSLOT_BOOKINGS_PER_EMAIL": "0", "OPENSLOT_BOOKINGS_PER_MEMBER": "0",
    "OPENSLOT_FORMS_PER_ADDRESS": "0", "OPENSLOT_HOLDS_PER_ADDRESS": "0", "OPENSLOT_HOLDS_PER_ADMIN": "0",
    "OPENSLOT_HOLDS_PER_EMAIL": "0", "OPENSLOT_HOLDS_PER_USER": "0", "OPENSLOT_WEBHOOKS_PER_USER": "0",
    "OPENSLOT_WEBHOOKS_PER_ORGANIZATION": "0",
}  # fmt: skip
"""Limits that are off: all requests come from one address and few tokens, and would soon be refused."""


@dataclass(frozen=True)
class Service:
    """A running ``openslot up --demo``, and the tokens by caller: an owner, a member, none, and of a sandbox."""

    api_url: str
    folder: Path
    tokens: dict[str, str]


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """A service with its data in ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENSLOT_")} | UNCOUNTED
    command = [*OPENSLOT, "up", "--demo", "--port", str(port), "--data-dir", str(data)]
    log = (folder / "up.log").open("w+")
    running = subprocess.Popen(
        command, env=environment | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        assert running.stdout is not None
        owner = ""
        for line in running.stdout:
            if line.startswith("  Token"):
                owner = line.split()[-1]
            if line.startswith("Ctrl-C stops"):
                break
        assert owner, f"openslot up did not get ready: {log.name}"

        def token(*command: str) -> str:
            done = subprocess.run(
                [*OPENSLOT, *command, "--data-dir", str(data), "--json"],
                env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
            )  # fmt: skip
            made: str = json.loads(done.stdout)["token"]
            return made

        tokens = {
            "owner": owner,
            "member": token("token", "create", "--email", MEMBER),
            "nobody": "",
            "sandbox": token("init", "--sandbox", "--organization", "Kiln", "--name", "Noor", "--email", SANDBOX_OWNER),
        }
        yield Service(f"http://localhost:{port}/api/v2", folder, tokens)
    finally:
        running.terminate()
        running.wait(PATIENCE_SECONDS)
        log.close()
        if running.stdout is not None:
            running.stdout.close()
