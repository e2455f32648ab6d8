"""The ASGI app: from the request that comes in to the answer that goes out."""

import asyncio
import logging
import math
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from openslot.client import CALENDLY, ClientError, Core, NoAnswer, NotFound, Retries
from openslot.client.client import perform
from openslot.client.messages import Request, Response
from openslot.client.messages import base_url as checked_base_url
from openslot.client.steps import Steps, SystemClock
from openslot.connector import asgi
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway import replies, routes
from openslot.connector.gateway.callers import Callers, TooManyCallers
from openslot.connector.gateway.incoming import Call, checked_public_url, headers_of, own_url_of, token_in
from openslot.connector.gateway.readiness import Readiness
from openslot.connector.gateway.registering import register
from openslot.connector.gateway.replies import Declined, Reply
from openslot.connector.gateway.routes import Route
from openslot.connector.gateway.upstream import Upstream, forward
from openslot.connector.membership import Membership

BODY_LIMIT = 1024 * 1024
"""Bytes; the platform sends a few hundred."""

_ARRIVAL_SECONDS = 10.0
"""For a body to arrive."""
_CHECKS = ("/health", "/ready")
_CHECK_METHODS = ("GET", "HEAD")
_PLACE = re.compile(r"\{\w+\}")
_LOOPBACK = re.compile(r"localhost|127\.[\d.]+|::1")
_log = logging.getLogger("openslot.connector")


class Gateway:
    """ASGI app. ``GET /health`` and ``/ready`` answer any caller; every other call has a token of its own.

    Calls beyond the limit are answered as the platform does: 429, ``Retry-After``, and its error body. Each process
    keeps the limit for itself, so the calls of one connection belong into one process.
    """

    def __init__(
        self,
        base_url: str = CALENDLY,
        *,
        public_url: str | None = None,
        timeout_seconds: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``base_url`` is the API's, ``public_url`` ours; where left out, what each request names.

        ``timeout_seconds`` is what a call may take as a whole once it is here, with all that it needs of the API.

        Raises:
            ValueError: one of the two can't be one.
        """
        self.base_url = checked_base_url(base_url)
        self.public_url = None if public_url is None else checked_public_url(public_url)
        self.grace_seconds = math.ceil(timeout_seconds + _ARRIVAL_SECONDS) + 1
        """After so long, no call is under way that was before."""
        self.under_way = 0
        """Calls."""
        self._timeout_seconds = timeout_seconds
        self._monotonic = monotonic
        self._callers = Callers(monotonic)
        self._upstream = Upstream()
        self._readiness = Readiness(self._upstream, self.base_url, monotonic)
        self._has_doubts = False

    async def trouble(self) -> str | None:
        """What is wrong with the API behind, as a sentence that is logged, too; ``None`` where it is there."""
        return await self._readiness.trouble()

    async def aclose(self) -> None:
        """Close the connections to the API."""
        await self._upstream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "lifespan":
            await asgi.live(receive, send, self.aclose)
        elif scope["type"] == "http":
            self.under_way += 1
            try:
                answer = await self._answer(scope, receive)
            except asgi.Gone:
                return
            except asyncio.CancelledError:  # the server that runs us stops, and waits no longer
                answer = replies.refusal(503, "The gateway is stopping. Try again.")
            finally:
                self.under_way -= 1
            await asgi.respond(send, answer.status, answer.headers, answer.content)

    async def _answer(self, scope: asgi.Scope, receive: asgi.Receive) -> Reply:
        path = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/")
        if path in _CHECKS:
            return await self._check(scope["method"], path)
        operation_id, started = "unknown", self._monotonic()
        try:
            route, tail = routes.find(scope["method"], path)
            operation_id = route.operation_id
            answer = await self._operate(await self._read(scope, receive, route, tail))
        except Declined as exc:
            answer = exc.answer
        _log.info("%s: %d in %.0f ms", operation_id, answer.status, 1000 * (self._monotonic() - started))
        return answer

    async def _check(self, method: str, path: str) -> Reply:
        if method not in _CHECK_METHODS:
            return replies.not_allowed(", ".join(_CHECK_METHODS))
        if path == "/ready" and await self.trouble() is not None:
            return replies.refusal(503, "The API can't be called; the log says why.")
        return replies.json(200, {"status": "ok"})

    async def _read(self, scope: asgi.Scope, receive: asgi.Receive, route: Route, tail: str) -> Call:
        headers = headers_of(scope["headers"])
        token = token_in(headers)
        resource_id = routes.id_in(tail) if tail else ""
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        own_url = self.public_url or own_url_of(scope, headers)
        try:
            async with asyncio.timeout(min(self._timeout_seconds, _ARRIVAL_SECONDS)):
                body = await asgi.read_body(receive, BODY_LIMIT)
        except asgi.TooLarge:
            raise Declined(replies.refusal(413, "No call of the connector is that large.")) from None
        except TimeoutError:
            raise Declined(replies.refusal(408, "The call took too long to arrive.")) from None
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        return Call(route, resource_id, query, body, token, own_url, deadline)

    async def _operate(self, call: Call) -> Reply:
        try:
            with self._callers.calling(call.token) as caller:

                async def send(request: Request) -> Response | NoAnswer:
                    result = await self._upstream.send(request, call.token, call.deadline)
                    caller.note_answer(result)
                    return result

                core = Core(token=call.token, base_url=self.base_url, retries=Retries(attempts=1))
                return await perform(self._steps(call, core, caller.membership), send, SystemClock())
        except TooManyCallers:
            return replies.refusal(503, "Too many connections call at once. Try again.", **{"retry-after": "60"})
        except ClientError as exc:
            return replies.failed(exc)

    def _steps(self, call: Call, core: Core, membership: Membership) -> Steps[Reply]:
        if call.route.trigger is not None:
            return self._register(call, call.route.trigger, core, membership)
        if call.route.lists_an_organization:
            return _list(call, core, membership)
        if call.route.ends_a_trigger:
            return _end(call, core)
        return _forward(call, core, _query(call))

    def _register(self, call: Call, trigger: TriggerDefinition, core: Core, membership: Membership) -> Steps[Reply]:
        """Subscribe, and name ourselves as the place to unsubscribe: the platform sends its DELETE to ``Location``."""
        answer, uuid = yield from register(core, membership, trigger, call.body)
        self._look_at(call.own_url)
        location = call.own_url + _PLACE.sub(uuid, trigger.unsubscribe.path)
        return msgspec.structs.replace(answer, headers={**answer.headers, "location": location})

    def _look_at(self, own_url: str) -> None:
        """Warn, once, where the platform won't be able to unsubscribe."""
        parts = urlsplit(own_url)
        is_reachable = parts.scheme == "https" and not _LOOPBACK.fullmatch(parts.hostname or "")
        if not is_reachable and not self._has_doubts:
            self._has_doubts = True
            _log.warning(
                "a trigger is to be removed at %s, which the platform can't reach: set --public-url, or have the proxy "
                "forward Host and set X-Forwarded-Proto",
                own_url,
            )


def _list(call: Call, core: Core, membership: Membership) -> Steps[Reply]:
    """A page of the organization's; of the caller's own where the token is a plain member's."""
    me = yield from membership.identify(core)
    query = _query(call)
    return (
        yield from membership.whole_or_own(
            lambda: _forward(call, core, {**query, "organization": me.current_organization}),
            lambda: _forward(call, core, {**query, "user": me.uri}),
        )
    )


def _end(call: Call, core: Core) -> Steps[Reply]:
    """Unsubscribe. One that is gone is a success: the platform repeats a call whose answer it did not get."""
    try:
        return (yield from _forward(call, core, {}))
    except NotFound:
        return Reply(asgi.NO_CONTENT)


def _forward(call: Call, core: Core, query: dict[str, str]) -> Steps[Reply]:
    operation = call.route.operation
    url = core.base_url + _PLACE.sub(call.resource_id, operation.path)
    content = call.body if call.route.has_body else None
    answer = yield from forward(Request(operation.method, f"{url}?{urlencode(query)}" if query else url, content))
    return replies.forwarded(answer.status, answer.content, answer.headers)


def _query(call: Call) -> dict[str, str]:
    return {key: call.query[key] for key in call.route.query if key in call.query}
