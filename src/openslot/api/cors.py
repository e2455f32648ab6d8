"""Calls from pages of other sites: any may call the API, since only a token that it holds says who calls.

The API reads no cookie, so a browser adds nothing of its user to a call, and ``Access-Control-Allow-Credentials`` is
never sent (ADR 0038). Source: the Fetch standard, section 3.2 (CORS protocol).
"""

import re
from collections.abc import Callable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Receive, Scope, Send

from openslot.api.answering_once import REPLAYED
from openslot.api.idempotency import HEADER

NO_CONTENT = 204
ANYBODY = (b"access-control-allow-origin", b"*")
EXPOSED = [
    "ETag", "Location", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    "WWW-Authenticate", "X-Request-Id", REPLAYED,
]  # fmt: skip
"""Headers of answers that a page may read, besides those that it always may."""
ACCEPTED = ["Authorization", "Content-Type", "If-None-Match", HEADER]
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
KEPT_SECONDS = b"7200"
"""How long a browser may keep the answer to a preflight; none keeps it longer."""
_EXPOSES = (b"access-control-expose-headers", ", ".join(EXPOSED).encode())
_NAMES = re.compile(rb"[\w\s,!#$%&'*+.^`|~-]{1,2000}")


def add_headers(message: HTTPResponseStartEvent, scope: Scope) -> None:
    """Let the page that made the call read its answer; no cost to other callers but a look at the headers."""
    if _value(scope, b"origin") is not None:
        message["headers"] = [*message["headers"], ANYBODY, _EXPOSES]


def answering_preflights(app: ASGIApp, is_callable: Callable[[str], bool]) -> ASGIApp:
    """Wrap ``app`` to answer the question of a browser whether a page may make a call; ``is_callable`` knows the paths.

    It is answered for paths that are not there too: the page is to read the 404.
    """

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS" and _wants_to_call(scope, is_callable):
            await _allow(scope, send)
        else:
            await app(scope, receive, send)

    return answering


def _wants_to_call(scope: HTTPScope, is_callable: Callable[[str], bool]) -> bool:
    needed = (_value(scope, b"origin"), _value(scope, b"access-control-request-method"))
    return None not in needed and is_callable(scope["path"])


async def _allow(scope: HTTPScope, send: Send) -> None:
    wanted = _value(scope, b"access-control-request-headers") or b""
    accepted = wanted if _NAMES.fullmatch(wanted) else ", ".join(ACCEPTED).encode()
    headers = [  # the rest is added as to every answer
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", accepted),
        (b"access-control-max-age", KEPT_SECONDS),
        (b"vary", b"Access-Control-Request-Headers"),
    ]
    await send({"type": "http.response.start", "status": NO_CONTENT, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _value(scope: Scope, name: bytes) -> bytes | None:
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None
