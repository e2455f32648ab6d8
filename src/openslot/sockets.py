"""A time-out for callers who stop reading their response (ADR 0028).

The HTTP server would wait for them forever, so the kernel's ``TCP_USER_TIMEOUT`` ends such connections.
"""

import os
import socket
import threading
from pathlib import Path

_PAUSE_SECONDS = 0.05
_TRIES = 1200
_OPTION: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Linux only. The time counts while sent data is not acknowledged, or the other side's window is full."""


def set_send_timeout(port: int, seconds: int) -> None:
    """End connections to ``port`` whose caller has read nothing for ``seconds`` although there is data to read.

    The server opens its listening socket after it has started us, and does not expose it. So a thread looks for the
    socket for a while.
    """
    if _OPTION is not None:
        threading.Thread(target=_set_once_listening, args=(port, seconds, _OPTION), daemon=True).start()


def _set_once_listening(port: int, seconds: int, option: int) -> None:
    pause = threading.Event()
    for _ in range(_TRIES):
        if _set_option(port, seconds, option):
            return
        pause.wait(_PAUSE_SECONDS)


def _set_option(port: int, seconds: int, option: int) -> bool:
    """Set the option on the sockets that listen on ``port``, whose connections inherit it; False if there is none."""
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
