"""The port that HTTP is served on, claimed for as long as the process lives."""

import errno
import socket
import sys
import time
from typing import NamedTuple

import click

CLAIM_SECONDS = 2.0
"""What listens on behalf of a process that was just killed is given this long to go."""


class Claim(NamedTuple):
    """A port that is this process's until ``keeper`` is closed."""

    port: int
    keeper: socket.socket


def claim(host: str, port: int) -> Claim:
    """Keep ``port`` (any free one for 0) for this process and its children, with a socket that takes no calls.

    Several web workers listen on one port by SO_REUSEPORT, by which a second service would share it as well. A socket
    without that option is refused beside any other, so this one is bound and listens without, which one process alone
    gets to do; then it stops listening and is opened to ours, whose sockets all have the option.

    Raises:
        click.ClickException: taken, or no such address here.
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
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of before may be in TIME_WAIT
    keeper.bind((host, port))
    keeper.listen(1)
    if sys.platform == "linux":
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        keeper.shutdown(socket.SHUT_RDWR)
    else:
        keeper.close()  # elsewhere nobody listens beside it: all that is known is that the port was free


def _any_port(host: str) -> int:
    """A free one. It is bound by its number afterwards: one of the kernel's choice is lost when listening ends."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
