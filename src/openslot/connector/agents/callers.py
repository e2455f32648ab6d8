"""Callers who bring tokens of their own: each acts as the user of that token, and of no other.

A token is checked with the API, which alone knows whether it works, and is kept in memory for as long as its caller
comes back. What a caller is answered hangs on a connection of its own, with its own limit of calls.
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from openslot.client import Forbidden, Secret, Unauthenticated, operations
from openslot.client.errors import RateLimited, Throttled
from openslot.connector.connection import Connection

H = TypeVar("H")

CHECKED_SECONDS = 30.0
"""How long a token counts as one that works after the API took it. Calls of tools show at once that it does not."""
IDLE_SECONDS = 300.0
MOST = 1000
_TIMEOUT_SECONDS = 10.0


class Refused(Exception):
    """A token that the API does not take; the text is for whoever sent it."""


@dataclass(eq=False)
class Caller(Generic[H]):
    """A token, and what answers those who have it."""

    connection: Connection
    handlers: H = field(init=False)
    is_refused: bool = False
    """Whether the API has refused the token by now."""
    checked_at: float | None = None
    used_at: float = 0.0
    under_way: int = 0
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def refuse(self) -> None:
        self.is_refused = True


class Callers(Generic[H]):
    """The callers of late."""

    def __init__(
        self,
        template: Connection,
        make_handlers: Callable[[Caller[H]], H],
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        """``template``: a connection to the API, whose options those of callers have."""
        self._template = template
        self._make_handlers = make_handlers
        self._monotonic = monotonic or time.monotonic
        self._callers: dict[bytes, Caller[H]] = {}

    @contextlib.asynccontextmanager
    async def admitted(self, token: Secret) -> AsyncIterator[Caller[H]]:
        """The caller with ``token``, while one of its requests is answered.

        Raises:
            Refused: the API does not take the token.
            ClientError, TimeoutError: the API can't be asked.
        """
        now = self._monotonic()
        key = hashlib.sha256(token.reveal().encode()).digest()
        caller = self._callers.get(key)
        if caller is None:
            caller = self._callers[key] = Caller(self._template.with_token(token))
            caller.handlers = self._make_handlers(caller)
        caller.used_at = now
        caller.under_way += 1
        try:
            await self._close_idle(now)
            async with caller.checking:  # of several requests at once, one asks the API
                await self._check(caller)
            yield caller
        finally:
            caller.under_way -= 1
            if caller.is_refused or caller.checked_at is None:
                await self._close(key, caller)

    async def close(self) -> None:
        """Close the connections of all callers."""
        for key, caller in list(self._callers.items()):
            await self._close(key, caller)

    async def _check(self, caller: Caller[H]) -> None:
        if caller.is_refused:
            raise Refused("the token is not accepted any more")
        if caller.checked_at is not None and self._monotonic() < caller.checked_at + CHECKED_SECONDS:
            return
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await caller.connection.async_client.send(operations.GetCurrentUser())
        except Unauthenticated as exc:
            caller.refuse()
            raise Refused("the token is not accepted") from exc
        except (Forbidden, RateLimited):
            pass  # it works: it lacks the scope of this call, or has made many
        except Throttled:
            if caller.checked_at is None:
                raise
            return
        caller.checked_at = self._monotonic()

    async def _close_idle(self, now: float) -> None:
        """Forget who did not come back, and the longest silent where there are too many."""
        idle = sorted((one for one in self._callers.items() if not one[1].under_way), key=lambda one: one[1].used_at)
        too_many = len(self._callers) - MOST
        for index, (key, caller) in enumerate(idle):
            if index < too_many or caller.used_at + IDLE_SECONDS <= now:
                await self._close(key, caller)

    async def _close(self, key: bytes, caller: Caller[H]) -> None:
        if self._callers.get(key) is caller:
            del self._callers[key]
        if not caller.under_way:
            await caller.connection.aclose()


class _Claims(Struct):
    aud: str | list[str] | None = None


def audience(token: Secret) -> list[str] | None:
    """For whom a token states that it is; ``None``: for nobody in particular, as personal tokens.

    The signature is not looked at: that the token is genuine, the API finds.
    """
    parts = token.reveal().split(".")
    if len(parts) != len(("header", "claims", "signature")):
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError):
        return None
    return [claims.aud] if isinstance(claims.aud, str) else claims.aud
