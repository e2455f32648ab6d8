"""The sockets on which this process listens: how long those they give rise to may keep an answer waiting.

The server waits without end for a caller who takes no more of an answer. The system need not (ADR 0028).
"""

import os
import socket
import threading
from pathlib import Path

_PAUSE_SECONDS = 0.05
_TRIES = 1200
_OPTION: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Of Linux. Counts while data goes unconfirmed, which is also while the other side takes none."""


def bound_untaken(port: int, seconds: int) -> None:
    """Have connections to ``port`` end of which nothing was taken for ``seconds`` although there is something to take.

    The server opens its socket after it has us, and keeps it to itself: so look for it, in a thread, for a while.
    """
    if _OPTION is not None:
        threading.Thread(target=_bound_once_there, args=(port, seconds, _OPTION), daemon=True).start()


def _bound_once_there(port: int, seconds: int, option: int) -> None:
    pause = threading.Event()
    for _ in range(_TRIES):
        if _bound(port, seconds, option):
            return
        pause.wait(_PAUSE_SECONDS)


def _bound(port: int, seconds: int, option: int) -> bool:
    """Whether there was such a socket. What it accepts takes after it."""
    found = False
    for path in Path("/proc/self/fd").iterdir():
        try:
            one = socket.socket(fileno=os.dup(int(path.name)))
        except OSError:  # closed meanwhile, or no socket
            continue
        with one:
            if _listens(one, port):
                one.setsockopt(socket.IPPROTO_TCP, option, seconds * 1000)
                found = True
    return found


def _listens(one: socket.socket, port: int) -> bool:
    return (
        one.family in (socket.AF_INET, socket.AF_INET6)
        and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        and one.getsockname()[1] == port
    )
