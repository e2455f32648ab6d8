"""Limits of the HTTP server: how many connections it accepts, and how long each may stay silent (ADR 0028)."""

import resource
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings

from openslot.config import Settings

HEAD_BYTES = 32 * 1024
"""The size of a request's head. A little more is accepted, since the head is read in pieces."""
OTHER_FILES = 256
"""Files that a process has open besides its connections: those of the database, and the server's own."""


def bounds(settings: Settings) -> dict[str, Any]:
    """Arguments of Granian.

    Only HTTP/1.1: on a connection that may become HTTP/2, Granian waits for the first bytes without a time-out, and
    proxies use 1.1 to the server behind them. There are no websockets.
    """
    return {
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(
            header_read_timeout=settings.head_timeout_seconds * 1000, max_buffer_size=HEAD_BYTES
        ),
        "websockets": False,
        "backpressure": _connections(settings.web_connections),
    }


def _connections(wanted: int) -> int:
    """The wanted number of connections, or as many as the hard limit of open files allows.

    Raises the soft limit of this process, which its children inherit, as far as that needs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    files = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(1, files - OTHER_FILES)
