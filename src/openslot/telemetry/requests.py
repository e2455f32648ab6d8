"""A middleware for every request: its correlation id, its line in the log, and its counts for metrics."""

import logging
import re
from asyncio import CancelledError
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from time import perf_counter
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from openslot.core.ids import new_id
from openslot.receiving import HUNG_UP
from openslot.telemetry import correlation
from openslot.telemetry.logs import HIDDEN
from openslot.telemetry.tally import Histogram

log = logging.getLogger(__name__)

HEADER = b"x-request-id"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other method is counted as ``other``, so that callers can't create any number of metrics."""
GONE = 499
"""The caller hung up before the response; the status that HTTP servers log for it."""
_SECRET_SEGMENTS = re.compile(
    r"(?<=/)(d|s|cancellations|reschedulings|reconfirmations|reminders|booking_requests|invitees|invitations"
    r"|guests|calendar_files|requests|sign-in-links|set-up)/[^/]+"
)
"""Path segments that grant access by themselves: secret links, those of invitees, of invitations and for signing in."""


class RequestTally:
    """Counts of requests in one web process since its start."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str]] = Counter()
        """Requests by method and class of status, such as ``2xx``."""
        self.seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        """From the request to the end of its response, by method."""

    def add(self, method: str, status: int, seconds: float) -> None:
        known = method if method in METHODS else "other"
        self.answers[known, f"{status // 100}xx"] += 1
        self.seconds[known].observe(seconds)


def observing(app: ASGIApp, tally: RequestTally, *, is_quiet: Callable[[str], bool]) -> ASGIApp:
    """Wrap ``app`` to give each request a correlation id: its ``X-Request-Id`` if that is a UUID, else a new one.

    Requests to paths for which ``is_quiet`` is true get an id as well, but are neither logged nor counted.
    """

    async def observed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]  # routing changes the path
        correlation_id = _given(scope["headers"]) or new_id()
        header = (HEADER, str(correlation_id).encode())
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        began = perf_counter()
        with correlation.within(correlation_id):
            try:
                await app(scope, receive, answer)
            except CancelledError:
                status = status or GONE
                raise
            finally:
                if not is_quiet(path):
                    seconds = perf_counter() - began
                    # an exception that leaves the application becomes a 500 in the server
                    status = GONE if scope.get("state", {}).get(HUNG_UP) else status or 500
                    tally.add(method, status, seconds)
                    if log.isEnabledFor(logging.INFO):
                        _log(method, path, status, seconds)

    return observed


def without_secrets(path: str) -> str:
    """A path as it may be logged, without the segments that grant access."""
    return _SECRET_SEGMENTS.sub(rf"\1/{HIDDEN}", path)


def _log(method: str, path: str, status: int, seconds: float) -> None:
    shown, milliseconds = without_secrets(path), round(seconds * 1000, 1)
    fields = {"method": method, "path": shown, "status": status, "duration_ms": milliseconds}
    log.info("%s %s %s %s ms", method, shown, status, milliseconds, extra={"fields": fields})


def _given(headers: Iterable[tuple[bytes, bytes]]) -> UUID | None:
    for name, value in headers:
        if name == HEADER:
            try:
                return UUID(value.decode("ascii"))
            except ValueError:
                return None
    return None
