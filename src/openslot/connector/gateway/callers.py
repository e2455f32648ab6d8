"""The connections that call: the limit of each, and what the API has shown of its owner. Never their tokens."""

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from http import HTTPStatus

from openslot.client import ClientError, NoAnswer, Secret
from openslot.client.messages import Response
from openslot.connector import definition
from openslot.connector.membership import Membership
from openslot.connector.throttle import Throttle

REMEMBERED = 10_000
"""The most connections that the API knows, and the most that it left without an answer: no new one is let in beyond."""
CACHE_SECONDS = 3600.0
"""How long the owner and the rights of a token are believed, and how long a connection is remembered."""


class TooManyCallers(ClientError):
    """As many connections as we can count called within the last minute, and this one is none of them."""


class Caller:
    """A connection."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        limit = definition.THROTTLING
        self.throttle = Throttle(limit.calls, limit.period_seconds, monotonic, fail=True)
        self.is_known = False
        """Whether the API ever answered its token with anything else than 401."""
        self.may_be_known = False
        """Whether the API left a call without an answer, and has not shown since that the token is made up."""
        self.calls = 0
        """Under way."""
        self.last_called = monotonic()
        self._monotonic = monotonic
        self._membership = Membership()
        self._believed_until = monotonic() + CACHE_SECONDS

    def note_answer(self, result: Response | NoAnswer) -> None:
        """Note whether the API accepts the token."""
        if isinstance(result, NoAnswer):
            self.may_be_known = True
        elif result.status == HTTPStatus.UNAUTHORIZED:
            self.may_be_known = False
        else:
            self.is_known = True

    @property
    def membership(self) -> Membership:
        if self._believed_until <= self._monotonic():
            self._membership = Membership()
            self._believed_until = self._monotonic() + CACHE_SECONDS
        return self._membership


class Callers:
    """All of them.

    Anybody can call with any token, so nobody may be forgotten whose calls still count: who has called within the
    period of the limit stays, whatever others do. A token is remembered beyond its calls once the API knows it. Where
    the API does not answer, it is remembered while they count, in a room of its own: made-up ones take none from those
    that are known, and none at all once the API shows what they are.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[bytes, Caller] = OrderedDict()
        """By digest of the token; the longest silent comes first."""
        self._unknown: OrderedDict[bytes, Caller] = OrderedDict()
        """The same, for those whose call is under way or was not answered."""

    @contextlib.contextmanager
    def calling(self, token: Secret) -> Iterator[Caller]:
        """The connection of a token, while a call of it is under way.

        Raises:
            Throttled: their limit is used up.
            TooManyCallers: there is no room for somebody new.
        """
        digest = hashlib.sha256(token.reveal().encode()).digest()
        self._forget(self._known, CACHE_SECONDS)
        self._forget(self._unknown, definition.THROTTLING.period_seconds)
        caller = self._known.get(digest) or self._unknown.get(digest) or self._enter(digest)
        caller.calls += 1
        ticket = caller.throttle.enter()
        try:
            caller.throttle.wait_seconds(ticket)
            yield caller
        finally:
            caller.throttle.leave(ticket)
            caller.calls -= 1
            caller.last_called = self._monotonic()
            self._keep(digest, caller)

    def _enter(self, digest: bytes) -> Caller:
        _make_room(self._known)  # it may turn out to be known
        _make_room(self._unknown)
        caller = self._unknown[digest] = Caller(self._monotonic)
        return caller

    def _keep(self, digest: bytes, caller: Caller) -> None:
        self._known.pop(digest, None)
        self._unknown.pop(digest, None)
        if caller.is_known:
            self._known[digest] = caller
        elif caller.may_be_known or caller.calls:
            self._unknown[digest] = caller

    def _forget(self, callers: OrderedDict[bytes, Caller], seconds: float) -> None:
        """Drop those that called so long ago that nothing known of them is of use."""
        too_long_ago = self._monotonic() - seconds
        while callers:
            digest, oldest = next(iter(callers.items()))
            if oldest.calls or oldest.last_called > too_long_ago:
                return
            del callers[digest]


def _make_room(callers: OrderedDict[bytes, Caller]) -> None:
    """Forget those whose calls count no more, the longest silent first, where there are as many as may be.

    Raises:
        TooManyCallers: the calls of all still count.
    """
    if len(callers) < REMEMBERED:
        return
    for digest, caller in callers.items():
        if caller.throttle.is_idle():
            del callers[digest]
            return
        if not caller.calls:  # the others called later, so that theirs count as well
            break
    raise TooManyCallers
