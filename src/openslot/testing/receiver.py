"""A receiver of webhooks on this machine, for tests that wait for one."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import msgspec
from msgspec import Struct

from openslot.client import Secret
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector.triggers.signatures import SignatureRefused, verify

_PATH = "/webhooks"
WAIT_SECONDS = 30.0


class ReceivedWebhook(Struct, frozen=True):
    """A webhook as it came in."""

    event: str
    payload: dict[str, Any]
    created_at: str
    """On the clock of the sandbox."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    """The bytes that are signed."""


class WebhookReceiver:
    """Takes webhooks that are signed with ``signing_key``, and answers 401 to all others. A context manager."""

    def __init__(self, signing_key: str) -> None:
        self._key = Secret(signing_key)
        self._server = StandIn()
        self._arrived = threading.Condition()
        self._taken: list[ReceivedWebhook] = []
        self._statuses: list[int] = []
        self._server.on("POST", _PATH, self._take)

    @property
    def url(self) -> str:
        """Where it listens, on loopback."""
        return self._server.url + _PATH

    @property
    def received(self) -> list[ReceivedWebhook]:
        """The webhooks that were taken, in the order in which they came."""
        with self._arrived:
            return self._taken.copy()

    @property
    def attempts(self) -> int:
        """How many requests came, refused ones included."""
        return len(self._server.received)

    def answer_next(self, *statuses: int) -> None:
        """Answer the next requests with these statuses, such as 500, and take none of them."""
        with self._arrived:
            self._statuses += statuses

    def wait_for(
        self,
        event: str,
        matches: Callable[[ReceivedWebhook], bool] = lambda _: True,
        *,
        seconds: float = WAIT_SECONDS,
    ) -> ReceivedWebhook:
        """The first webhook of an event that ``matches``, which may have come already.

        Raises:
            AssertionError: none came in time.
        """

        def found() -> ReceivedWebhook | None:
            return next((one for one in self._taken if one.event == event and matches(one)), None)

        with self._arrived:
            self._arrived.wait_for(lambda: found() is not None, seconds)
            arrived = found()
        if arrived is None:
            came = ", ".join(one.event for one in self.received) or "nothing"
            raise AssertionError(f"no {event} within {seconds:g} s; {came} came")
        return arrived

    def wait_for_attempts(self, number: int, *, seconds: float = WAIT_SECONDS) -> None:
        """Wait until so many requests have come, refused ones included.

        Raises:
            AssertionError: fewer came in time.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: self.attempts >= number, seconds):
                raise AssertionError(f"{self.attempts} of {number} attempts within {seconds:g} s")

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, exc, traceback)

    def _take(self, request: Received) -> Reply:
        with self._arrived:
            try:
                return self._answered(request)
            finally:
                self._arrived.notify_all()

    def _answered(self, request: Received) -> Reply:
        if self._statuses:
            return Reply(self._statuses.pop(0))
        try:
            verify(request.body, request.headers, self._key, now=datetime.now(UTC))
        except SignatureRefused:
            return Reply(401)
        body = msgspec.json.decode(request.body)
        self._taken.append(
            ReceivedWebhook(body["event"], body["payload"], body["created_at"], request.headers, request.body)
        )
        return Reply(200)
