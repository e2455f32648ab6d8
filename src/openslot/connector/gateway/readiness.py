"""Whether the API is behind the gateway: a call without a token shows it, since the API refuses that in its own way."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec

from openslot.client import NoAnswer, TimedOut, answers
from openslot.client.messages import Request, Response
from openslot.connector import definition
from openslot.connector.gateway.upstream import Barred, Unusable, Upstream

CACHE_SECONDS = 10.0
"""How long an outcome is given before the API is called again: anybody can call us."""
TIMEOUT_SECONDS = 10.0

_A_PROXY_S = {HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}
"""The API answers neither to a call without a token."""
_log = logging.getLogger("openslot.connector")


class Readiness:
    """Checks whether the API answers, one check at a time, and logs each change of the result."""

    def __init__(self, upstream: Upstream, base_url: str, monotonic: Callable[[], float]) -> None:
        self._upstream = upstream
        self._base_url = base_url
        self._monotonic = monotonic
        self._looking = asyncio.Lock()
        self._believed_until = float("-inf")
        self._trouble: str | None = None

    async def trouble(self) -> str | None:
        """What is wrong with the API, as a sentence; ``None`` where it is there."""
        async with self._looking:
            if self._believed_until <= self._monotonic():
                trouble = await self._look()
                self._believed_until = self._monotonic() + CACHE_SECONDS
                if trouble is not None and trouble != self._trouble:
                    _log.warning("%s", trouble)
                self._trouble = trouble
            return self._trouble

    async def _look(self) -> str | None:
        test = definition.CONNECTION.test_operation
        request = Request(test.method, self._base_url + test.path)
        answer = await self._upstream.send(request, None, asyncio.get_running_loop().time() + TIMEOUT_SECONDS)
        match answer:
            case Response():
                return self._objection(answer)
            case TimedOut():
                return f"{self._base_url} does not answer"
            case Barred():
                return self._not_let_through(answer.proxy_reason)
            case Unusable():
                return f"{self._base_url} is not the API: {answer.message}"
            case NoAnswer():
                return f"{self._base_url} can't be reached"

    def _objection(self, answer: Response) -> str | None:
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"{self._base_url} is in trouble: it answers {answer.status}"
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return f"{self._base_url} takes no call now: it, or a proxy on the way to it, answers 429, too many calls"
        if answer.status in _A_PROXY_S:
            return self._not_let_through(str(answer.status))
        if answer.status == HTTPStatus.UNAUTHORIZED and _is_json(answer.content):
            return None
        return (
            f"{self._base_url} is not the API: it answers a call without a token by {answer.status} rather than 401 in "
            "JSON; a backend looks like https://api.calendly.com or http://localhost:8000/api/v2"
        )

    def _not_let_through(self, cause: str) -> str:
        return (
            f"{self._base_url} can't be called: {cause} is the answer of a proxy or firewall on the way to it; let the "
            "gateway through there, and give HTTPS_PROXY the name and password that the proxy wants"
        )


def _is_json(content: bytes) -> bool:
    try:
        answers.decode(content, dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
