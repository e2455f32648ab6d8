"""The worker processes of ``openslot web``: restarts those that Granian has lost."""

import threading
import time
from typing import Any

from granian.server.common import AbstractServer

CHECK_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 6
"""How long a worker may take to end before it is killed; less than ``up`` allows for all of ``web``."""


def watch(server: AbstractServer[Any]) -> None:
    """Restart workers whose end Granian missed: it forgets one that ends while it starts another."""
    threading.Thread(target=_watch, args=(server,), name="web workers", daemon=True).start()


def _watch(server: AbstractServer[Any]) -> None:
    earlier: set[int] = set()
    while not server.interrupt_signal:
        dead = {worker.idx for worker in list(server.wrks) if not worker.is_alive()}
        if missed := dead & earlier:  # dead since the last check: Granian restarts all others at once
            server.interrupt_children.extend(sorted(missed))
            server.main_loop_interrupt.set()
            dead = set()
        earlier = dead
        time.sleep(CHECK_SECONDS)
