"""The connections that call: the limit of each, and what the API told of its owner. Never their tokens."""

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator

from openslot.client import ClientError, Secret
from openslot.connector import definition
from openslot.connector.membership import Membership
from openslot.connector.throttle import Throttle

REMEMBERED = 10_000
"""Connections, at most."""
BELIEVED_SECONDS = 3600.0
"""How long we believe who a token belongs to, and what they may; and how long a connection is remembered."""


class Full(ClientError):
    """As many connections as we can count called within the last minute, and this one is none of them."""


class Caller:
    """A connection."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        limit = definition.THROTTLING
        self.throttle = Throttle(limit.calls, limit.period_seconds, monotonic, fail=True)
        self.is_known = False
        """Whether the API ever answered its token with anything else than 401."""
        self.calls = 0
        """Under way."""
        self.last_called = monotonic()
        self._monotonic = monotonic
        self._membership = Membership()
        self._believed_until = monotonic() + BELIEVED_SECONDS

    @property
    def membership(self) -> Membership:
        if self._believed_until <= self._monotonic():
            self._membership = Membership()
            self._believed_until = self._monotonic() + BELIEVED_SECONDS
        return self._membership


class Callers:
    """All of them.

    Anybody can call with any token, so nobody may be forgotten whose calls still count: who has called within the
    period of the limit stays, whatever others do. A token is remembered beyond its calls once the API knows it, so
    that made-up ones take no room.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._callers: OrderedDict[bytes, Caller] = OrderedDict()
        """By digest of the token; who called longest ago comes first."""

    @contextlib.contextmanager
    def calling(self, token: Secret) -> Iterator[Caller]:
        """Whose token it is, while a call of theirs is under way.

        Raises:
            Throttled: their limit is used up.
            Full: there is no room for somebody new.
        """
        digest = hashlib.sha256(token.reveal().encode()).digest()
        self._forget()
        caller = self._callers.get(digest) or self._enter(digest)
        caller.calls += 1
        ticket = caller.throttle.enter()
        try:
            caller.throttle.wait_seconds(ticket)
            yield caller
        finally:
            caller.throttle.leave(ticket)
            caller.calls -= 1
            caller.last_called = self._monotonic()
            self._callers.move_to_end(digest)
            if not caller.is_known and not caller.calls:
                del self._callers[digest]

    def _enter(self, digest: bytes) -> Caller:
        if len(self._callers) >= REMEMBERED:
            oldest = next(iter(self._callers))
            if not self._callers[oldest].throttle.is_idle():
                raise Full
            del self._callers[oldest]
        caller = self._callers[digest] = Caller(self._monotonic)
        return caller

    def _forget(self) -> None:
        """Those who called so long ago that nothing we know of them is of use."""
        too_long_ago = self._monotonic() - BELIEVED_SECONDS
        while self._callers:
            digest, oldest = next(iter(self._callers.items()))
            if oldest.calls or oldest.last_called > too_long_ago:
                return
            del self._callers[digest]
