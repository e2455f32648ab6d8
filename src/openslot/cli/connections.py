"""Of the HTTP server: how many connections there may be, and how long each may stay silent (ADR 0028)."""

import resource
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings

from openslot.config import Settings

HEAD_BYTES = 32 * 1024
"""Of the head of one request; a little more passes, by the pieces in which it comes."""
OTHER_FILES = 256
"""Besides connections a process has open: the database's, the server's own."""


def bounds(settings: Settings) -> dict[str, Any]:
    """Arguments of the server.

    HTTP/1.1 alone: of a connection that may turn out to be HTTP/2 the server waits for the first bytes without an end,
    and proxies speak 1.1 to what is behind them. Nothing of ours is a websocket.
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
    """As many as are wanted, or as the open files allow that the system lets this process and its children have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    files = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(1, files - OTHER_FILES)
