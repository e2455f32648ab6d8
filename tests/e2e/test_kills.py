"""Whichever process of ``openslot up`` is killed, the service works again or ends, and nothing is left of it.

``make test-long`` kills each ten times over. Source: ADR 0027.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from running import (
    IS_LONG,
    OPENSLOT,
    PATIENCE_SECONDS,
    Offer,
    Service,
    clean_environment,
    command_line,
    free_port,
    offer,
    processes_below,
    serving,
)

ROUNDS = 10 if IS_LONG else 1
WEB_WORKERS = 2
FLOW = Path(__file__).parents[2] / "examples" / "watch_bookings.py"


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Block until ``holds``; for what must come, however slow the machine is."""
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS  # it may wait for 30 s by itself before it starts something
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def of_data_dir(data_dir: Path) -> dict[int, str]:
    """Every process that works on a data directory, wherever it hangs in the tree, but for PostgreSQL's initdb."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            found_in = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            inside = (process / "cwd").readlink().is_relative_to(data_dir)
        except OSError:  # gone meanwhile, or gone and not taken note of by its parent yet
            continue
        if inside or os.fsencode(data_dir) in found_in:
            found[int(process.name)] = " ".join(command_line(int(process.name)))
    return found


@dataclass(frozen=True)
class Tree:
    """The processes of an ``up``, by the part they play; 0 for one that is not there."""

    web: int
    web_workers: list[int]
    worker: int
    flow: int
    postmaster: int
    backends: list[int]

    @classmethod
    def of(cls, service: Service) -> "Tree":
        commands = service.children()
        web = commands.get("web", 0)
        below = processes_below(service.process.pid)
        postmaster = next((pid for pid in below if "".join(command_line(pid)[:1]).endswith("/postgres")), 0)
        return cls(
            web=web,
            web_workers=processes_below(web),
            worker=commands.get("worker", 0),
            flow=commands.get("flow", 0),
            postmaster=postmaster,
            backends=processes_below(postmaster),
        )

    def is_whole(self) -> bool:
        return all((self.web, self.worker, self.flow, self.postmaster)) and len(self.web_workers) == WEB_WORKERS


@dataclass
class Bookings:
    """Proof that the service works: a booking over HTTP, each on a start of its own."""

    service: Service
    offered: Offer

    @classmethod
    def on(cls, service: Service) -> "Bookings":
        return cls(service, offer(service))

    def works(self) -> bool:
        """Whether one is taken; where no answer came it may have been, and the start is used up."""
        body = {
            "event_type": self.offered.uri,
            "start_time": self.offered.starts[0],
            "invitee": {"name": "Mario Rossi", "email": "mario@example.org", "timezone": "Europe/Rome"},
        }
        try:
            with self.service.api() as api:
                status = api.post("/invitees", json=body).status_code
        except httpx.TransportError:
            return False
        if status in {201, 400}:
            del self.offered.starts[0]
        return status == 201


def orphans(service: Service) -> set[int]:
    """What works on the data directory and does not hang below its ``up``."""
    below = {service.process.pid, *processes_below(service.process.pid)}
    return {*of_data_dir(service.data_dir)} - below


@dataclass(frozen=True)
class Victims:
    """Processes that get a signal at the same time."""

    of: Callable[[Tree], list[int]]
    signal_number: signal.Signals = signal.SIGKILL


VICTIMS = {
    "web": Victims(lambda tree: [tree.web]),
    "a web worker": Victims(lambda tree: tree.web_workers[:1]),
    "worker": Victims(lambda tree: [tree.worker]),
    "flow": Victims(lambda tree: [tree.flow]),
    "PostgreSQL": Victims(lambda tree: [tree.postmaster]),
    "a PostgreSQL that waits for its sessions to end": Victims(lambda tree: [tree.postmaster], signal.SIGTERM),
    "a process of PostgreSQL": Victims(lambda tree: tree.backends[:1]),
}
TOGETHER = {
    "both web workers": Victims(lambda tree: tree.web_workers),
    "web and PostgreSQL": Victims(lambda tree: [tree.web, tree.postmaster]),
}
"""Killed where there is more than one round."""


def test_whatever_is_killed_comes_back_and_of_a_killed_up_nothing_is_left(new_data_dir: Callable[[str], Path]) -> None:
    data_dir = new_data_dir("kills")
    for _ in range(ROUNDS):
        with serving(data_dir, "--demo", "--flow", str(FLOW), OPENSLOT_WEB_WORKERS=str(WEB_WORKERS)) as service:
            kill_in_turn(service)
            service.process.kill()
            service.process.wait(PATIENCE_SECONDS)
            wait_until(lambda: not of_data_dir(data_dir), "of a killed up something is left")


def kill_in_turn(service: Service) -> None:
    """Kill each process below ``up``, and see that it works again each time."""
    wait_until(lambda: Tree.of(service).is_whole(), "it never was whole")
    bookings = Bookings.on(service)
    for name, victims in [*VICTIMS.items(), *(TOGETHER.items() if ROUNDS > 1 else ())]:
        killed = victims.of(Tree.of(service))
        for pid in killed:
            os.kill(pid, victims.signal_number)
        wait_until(lambda: not {*killed} & {*of_data_dir(service.data_dir)}, f"{name} does not die")  # noqa: B023 -- at once
        wait_until(lambda: Tree.of(service).is_whole(), f"{name} does not come back")
        wait_until(bookings.works, f"after {name} was killed, nothing works any more")
        wait_until(lambda: not orphans(service), f"{name} left orphans")


def test_web_workers_end_with_a_killed_web_that_nobody_watches_over(own_database_url: str, open_tmp: Path) -> None:
    data_dir, port = open_tmp / "alone", free_port()
    command = [*OPENSLOT, "web", "--port", str(port), "--data-dir", str(data_dir)]
    environment = clean_environment(
        OPENSLOT_DATABASE_URL=own_database_url, OPENSLOT_SECRET_KEY="shared", OPENSLOT_WEB_WORKERS=str(WEB_WORKERS)
    )
    with subprocess.Popen(command, env=environment) as web:
        wait_until(lambda: len(processes_below(web.pid)) == WEB_WORKERS and answers(port), "it does not start")
        web.kill()
    # not whether the port is free: another test that runs beside may have it by now
    wait_until(lambda: not of_data_dir(data_dir), "its workers are left")


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
