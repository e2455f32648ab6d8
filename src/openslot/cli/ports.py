"""The port that HTTP is served on, claimed for as long as the process lives."""

import errno
import socket
import sys
import time
from typing import NamedTuple

import click

CLAIM_SECONDS = 2.0
"""How long to wait for the children of a killed process, which may still listen, to end."""


class Claim(NamedTuple):
    """A port that this process has until ``keeper`` is closed."""

    port: int
    keeper: socket.socket


def claim(host: str, port: int) -> Claim:
    """Claim ``port`` (any free one for 0) for this process and its children, with a socket that accepts nothing.

    Several web workers listen on one port by SO_REUSEPORT, which would let a second service share it, too. Without
    that option a socket can't listen beside any other. So this one first listens without it, which only one process
    can do; then it stops listening and gets the option, so that the sockets of the web workers can listen beside it.

    Raises:
        click.ClickException: the port is taken, or the machine has no such address.
    """
    deadline = time.monotonic() + CLAIM_SECONDS
    while True:
        keeper = socket.socket(_family(host))
        try:
            chosen = port or _any_port(host)
            _take(keeper, host, chosen)
        except OSError as exc:
            keeper.close()
            if exc.errno != errno.EADDRINUSE:
                raise click.ClickException(f"can't listen on {host}:{port}: {exc.strerror or exc}") from exc
            if time.monotonic() > deadline:
                message = f"port {port} is taken on {host}: stop what listens there, or choose another with --port"
                raise click.ClickException(message) from exc
        else:
            return Claim(chosen, keeper)
        time.sleep(0.05)


def _take(keeper: socket.socket, host: str, port: int) -> None:
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # earlier connections may be in TIME_WAIT
    keeper.bind((host, port))
    keeper.listen(1)
    if sys.platform == "linux":
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        keeper.shutdown(socket.SHUT_RDWR)
    else:
        keeper.close()  # elsewhere nothing can listen beside it, so only a free port is checked, not kept


def _any_port(host: str) -> int:
    """A free port. The caller binds it by number: a port that the kernel chose is lost when listening ends."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
