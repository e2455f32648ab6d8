"""Whether a call is repeated, and after which wait: pure decisions, no clock."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from openslot.client.messages import Response

_REPEATABLE_METHODS = frozenset({"GET", "PUT", "DELETE"})
"""The methods in use that are idempotent by RFC 9110, 9.2.2."""
_TROUBLE = frozenset({500, 502, 503, 504})
_TOO_MANY = 429
_AWAY = 503


class Retries(Struct, frozen=True):
    """How often a call is repeated, and after which waits."""

    attempts: int = 4
    """Calls in all, the first included; 1 repeats nothing."""
    first_wait_seconds: float = 0.5
    """Doubled with every attempt; the wait is a random part of it (full jitter)."""
    longest_wait_seconds: float = 60.0
    """If a server requests a longer wait than this, the error is raised at once."""

    def wait_seconds(self, attempt: int, retry_after_seconds: float | None, jitter: float) -> float | None:
        """How long to wait after failed ``attempt`` (from 1), or ``None`` to give up.

        ``retry_after_seconds`` is the wait that the server requested, ``jitter`` a random number from 0 to 1.
        """
        if attempt >= self.attempts:
            return None
        if retry_after_seconds is not None:
            return retry_after_seconds if retry_after_seconds <= self.longest_wait_seconds else None
        return min(self.first_wait_seconds * 2.0 ** (attempt - 1), self.longest_wait_seconds) * jitter


def may_repeat(
    method: str, status: int | None, retry_after_seconds: float | None = None, *, left: bool, is_keyed: bool = False
) -> bool:
    """Whether a call can be repeated without harm.

    Three failures may always be repeated: 429, and 503 with ``retry_after_seconds``, which a server answers before
    anything happens, and a request that never ``left`` this process. Others may be repeated only if the method is
    idempotent: a repeated POST /invitees books twice (behaviours, section 6). One that ``is_keyed``, sent with an
    idempotency key, is. ``status`` is ``None`` if no answer came.
    """
    if status == _TOO_MANY or (status == _AWAY and retry_after_seconds is not None) or (status is None and not left):
        return True
    return (is_keyed or method in _REPEATABLE_METHODS) and (status is None or status in _TROUBLE)


_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
"""Whole seconds by the RFC; some proxies write fractions."""


def retry_after_of(response: Response) -> float | None:
    """The wait that the server requests: ``Retry-After`` (seconds or a date), else the reset of a used-up limit.

    Source: RFC 9110, 10.2.3; behaviours, section 5.
    """
    value = response.headers.get("retry-after", "").strip()
    if not value and response.status == _TOO_MANY:
        value = response.headers.get("x-ratelimit-reset", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until, now = _date(value), _date(response.headers.get("date", ""))
    # both dates are the server's, so a wrong clock on our side does not matter
    return max((until - now).total_seconds(), 0.0) if until and now else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
