"""The logic of a call, without input or output: build, throttle, send, repeat, read. See ``steps``."""

import logging
import secrets
from typing import Protocol, TypeVar
from uuid import uuid4

import msgspec
from msgspec import Struct

from openslot.client import errors
from openslot.client.errors import ClientError, NoAnswer, NotFound, Refused, TokenMissing, Unavailable
from openslot.client.messages import Request, Response
from openslot.client.operation import Operation
from openslot.client.retries import Retries, may_repeat
from openslot.client.secret import KeepsSecret, Secret
from openslot.client.steps import Clock, Steps, SystemClock, Transmit, Wait

R = TypeVar("R")

CALENDLY = "https://api.calendly.com"

_KEY = "Idempotency-Key"
_READS = frozenset({"GET", "HEAD"})
_SUCCESS = range(200, 300)
_log = logging.getLogger("openslot.client")
_random = secrets.SystemRandom()


class Gate(Protocol):
    """A limit of calls, as the core uses it. Safe to use from several threads."""

    def enter(self) -> object:
        """Queue for one call, and return its ticket."""

    def wait_seconds(self, ticket: object) -> float:
        """0 if the call may be made now, else how long to wait before the next check.

        Raises:
            Throttled: the limit is reached, and calls are to fail rather than wait.
        """

    def leave(self, ticket: object) -> None:
        """Give the ticket back: the call is over, or was never made."""


class Core(KeepsSecret, Struct, kw_only=True):
    """What all calls of a client share: token, base URL and options."""

    token: Secret | None
    base_url: str
    headers: dict[str, str] = {}
    """Sent with every request, besides the usual ones."""
    timeout_seconds: float = 30.0
    """For each of connecting (at most 10), sending and every read."""
    retries: Retries = Retries()
    keyed_writes: bool = False
    """Send every write with an ``Idempotency-Key``, and repeat it in trouble as if it only read. For OpenSlot: Calendly
    ignores the key, and would book twice."""
    gate: Gate | None = None
    clock: Clock = msgspec.field(default_factory=SystemClock)

    def exchange(self, operation: Operation[R]) -> Steps[R]:
        """Make a call, repeating it where that is safe.

        Raises:
            ClientError: the call failed; the subclass names the reason, see ``errors``.
        """
        request = operation.request(self.base_url)
        if self.keyed_writes and request.method not in _READS:
            request = msgspec.structs.replace(request, headers={**request.headers, _KEY: str(uuid4())})
        may_be_done = False
        attempt = 0
        while True:
            attempt += 1
            result = yield from self._transmit(request)
            if isinstance(result, Response) and result.status in _SUCCESS:
                return _read(operation, request, result)
            failure = result if isinstance(result, NoAnswer) else errors.refusal(request, result)
            # A repeated DELETE is answered with 404 if the first one has deleted the resource.
            if may_be_done and isinstance(failure, NotFound):
                return operation.read(b"")
            wait = self._wait_seconds(request, failure, attempt)
            if wait is None:
                raise failure
            may_be_done = may_be_done or _may_be_done(request, failure)
            _log.info("%s: attempt %d failed, next one in %.1f s", type(failure).__name__, attempt, wait)
            yield Wait(wait)

    def _transmit(self, request: Request) -> Steps[Response | NoAnswer]:
        if self.token is None:
            raise TokenMissing
        if self.gate is None:
            return (yield from _send(request))
        ticket = self.gate.enter()
        try:
            while (seconds := self.gate.wait_seconds(ticket)) > 0:
                yield Wait(seconds)
            return (yield from _send(request))
        finally:
            self.gate.leave(ticket)

    def _wait_seconds(self, request: Request, failure: ClientError, attempt: int) -> float | None:
        """How long to wait before the next attempt; ``None``: the failure is final."""
        status = failure.status if isinstance(failure, Refused) else None
        retry_after = failure.retry_after_seconds if isinstance(failure, Refused) else None
        left = getattr(failure, "left", True)
        if not may_repeat(request.method, status, retry_after, left=left, is_keyed=_KEY in request.headers):
            return None
        return self.retries.wait_seconds(attempt, retry_after, _random.random())


def _send(request: Request) -> Steps[Response | NoAnswer]:
    result = yield Transmit(request)
    if result is None:
        raise TypeError("a request gives a response or the reason why there is none")
    return result


def _may_be_done(request: Request, failure: ClientError) -> bool:
    """Whether a deletion may have happened although no success was received."""
    if isinstance(failure, NoAnswer):
        return request.method == "DELETE" and failure.left
    return request.method == "DELETE" and isinstance(failure, Unavailable)


def _read(operation: Operation[R], request: Request, response: Response) -> R:
    try:
        return operation.read(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise errors.unreadable(request, response, str(exc)) from exc
