"""The connector as an HTTP service, in front of Calendly or OpenSlot: the operations of the Power Platform definition.

A call goes on to the API with the token of whoever makes it, and what the API says goes back as it is. The gateway adds
what the public connector adds, the organization, and keeps the platform's limit of calls. What it remembers of a token
is kept under a digest of it; nothing else is kept, so that several gateways may share an address.
"""

import asyncio
import hashlib
import logging
import math
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec
from msgspec import Struct

from openslot.client import CALENDLY, Secret, Throttled
from openslot.client.messages import base_url as checked_base_url
from openslot.client.messages import resource_id
from openslot.client.operation import Operation
from openslot.connector import definition
from openslot.connector.definition import TriggerDefinition
from openslot.connector.throttle import Throttle
from openslot.wire import codec
from openslot.wire.common import Error, ErrorDetail, Resource

BODY_LIMIT = 1024 * 1024
"""Bytes; the platform sends a few hundred."""
ME_SECONDS = 3600.0
"""How long we believe who a token belongs to, and what it may list."""
REMEMBERED = 10_000
"""Connections; beyond them, those that called longest ago are forgotten."""

_CONNECT_SECONDS = 10.0
_OK, _CREATED, _NO_CONTENT = 200, 201, 204
_FORBIDDEN, _TOO_MANY = 403, 429
_PLACE = re.compile(r"\{\w+\}")
_RATE = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_PASSED_ON = ("content-type", "retry-after", "x-request-id", *_RATE)
_log = logging.getLogger("openslot.connector")

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Answer(Struct, frozen=True):
    status: int
    content: bytes = b""
    headers: dict[str, str] = {}
    """Names in lower case."""


class _Declined(Exception):
    """The call ends here, and this is the answer."""

    def __init__(self, answer: _Answer) -> None:
        self.answer = answer


class _Gone(Exception):
    """The caller hung up."""


class _Route(Struct, frozen=True):
    """An operation of the definition and where it is called."""

    operation_id: str
    path: str
    operation: type[Operation[Any]]
    trigger: TriggerDefinition | None = None
    query: tuple[str, ...] = ()
    """The parameters that go on; the others are not the definition's."""

    def match(self, method: str, path: str) -> str | None:
        """The id in ``path``, empty where there is none to be; ``None`` for a call of something else."""
        before, place, _ = self.path.partition("{")
        if method != self.operation.method or not path.startswith(before):
            return None
        tail = path[len(before) :]
        return tail if bool(tail) == bool(place) else None

    @property
    def lists_an_organization(self) -> bool:
        return "organization" in self.operation.__struct_fields__


def _routes() -> Iterator[_Route]:
    test = definition.CONNECTION
    yield _Route(test.test_operation_id, test.test_operation.path, test.test_operation)
    for action in definition.ACTIONS:
        keys = tuple(one.key for one in action.parameters if one.key in action.operation.__struct_fields__)
        query = tuple(key for key in keys if f"{{{key}}}" not in action.operation.path)
        yield _Route(action.operation_id, action.operation.path, action.operation, query=query)
    for trigger in definition.TRIGGERS:
        yield _Route(trigger.operation_id, trigger.platform_path, trigger.operation, trigger)
    leave = definition.INVITEE_TRIGGER.unsubscribe
    yield _Route(definition.DELETE_TRIGGER.operation_id, leave.path, leave)


_ROUTES = tuple(_routes())


class _Me(Struct):
    uri: str
    current_organization: str


class _Made(Struct):
    uri: str


class _Caller:
    """What is remembered of a connection: not its token."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        limit = definition.THROTTLING
        self.throttle = Throttle(limit.calls, limit.period_seconds, monotonic, fail=True)
        self.looking_up = asyncio.Lock()
        self.me: _Me | None = None
        self.me_until = 0.0
        self.may_list_organization = True
        """Turns false when the API tells us that the caller is a plain member."""


class _Call(Struct, frozen=True):
    """A call that came in."""

    route: _Route
    resource_id: str
    query: dict[str, str]
    body: bytes
    token: Secret
    caller: _Caller
    own_url: str


class Gateway:
    """ASGI app. ``GET /health`` answers whoever asks; every other call has a token of its own.

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
        """``base_url`` is the API's, ``public_url`` ours; what a request says about it where left out.

        Raises:
            ValueError: one of the two can't be one.
        """
        import httpx  # noqa: PLC0415 -- slow import

        self.base_url = checked_base_url(base_url)
        self.public_url = None if public_url is None else checked_base_url(public_url)
        self._monotonic = monotonic
        self._callers: OrderedDict[bytes, _Caller] = OrderedDict()
        self._http = httpx.AsyncClient(
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "openslot",
                **definition.CONNECTION.request_headers,
            },
            # as many connections as there are calls: each caller has a limit of its own
            timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close the connections to the API."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope, receive)
            except _Gone:
                return
            await _respond(send, answer)

    async def _answer(self, scope: _Scope, receive: _Receive) -> _Answer:
        path = scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/")
        if (scope["method"], path) == ("GET", "/health"):
            return _json(_OK, {"status": "ok"})
        operation_id, started = "unknown", self._monotonic()
        try:
            route, tail = _route(scope["method"], path)
            operation_id = route.operation_id
            headers = _headers(scope["headers"])
            token = _token(headers)
            caller = self._caller(token)
            own_url = self.public_url or _own_url(scope, headers)
            query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
            call = _Call(route, _id(tail) if tail else "", query, await _body(receive), token, caller, own_url)
            answer = await self._in_turn(call)
        except _Declined as exc:
            answer = exc.answer
        _log.info("%s: %d in %.0f ms", operation_id, answer.status, 1000 * (self._monotonic() - started))
        return answer

    async def _in_turn(self, call: _Call) -> _Answer:
        throttle = call.caller.throttle
        ticket = throttle.enter()
        try:
            throttle.wait_seconds(ticket)
            return await self._operate(call)
        except Throttled as exc:
            return _too_many(exc.retry_after_seconds)
        finally:
            throttle.leave(ticket)

    async def _operate(self, call: _Call) -> _Answer:
        route = call.route
        if route.trigger is not None:
            return await self._register(call, route.trigger)
        if route.lists_an_organization:
            return await self._list(call)
        path = _PLACE.sub(call.resource_id, route.operation.path)
        query = {key: call.query[key] for key in route.query if key in call.query}
        content = call.body if "body" in route.operation.__struct_fields__ else None
        return await self._transmit(call.token, route.operation.method, path, query, content)

    async def _list(self, call: _Call) -> _Answer:
        """A page of the organization's; of the caller's own where the token is a plain member's.

        As the library's ``event_types_page``: only owners and admins may list an organization (behaviours, section 7).
        """
        me = await self._me(call)
        operation = call.route.operation
        query = {key: call.query[key] for key in call.route.query if key in call.query}
        if call.caller.may_list_organization:
            mine = {**query, "organization": me.current_organization}
            answer = await self._transmit(call.token, operation.method, operation.path, mine)
            if answer.status != _FORBIDDEN or _lacks_scope(answer):
                return answer
            call.caller.may_list_organization = False
        return await self._transmit(call.token, operation.method, operation.path, {**query, "user": me.uri})

    async def _register(self, call: _Call, trigger: TriggerDefinition) -> _Answer:
        """Subscribe, and name ourselves as the place to unsubscribe: the platform sends its DELETE to ``Location``."""
        asked = _subscription(call.body, trigger)
        me = await self._me(call)
        asked |= {"organization": me.current_organization}
        if asked["scope"] == "user":
            asked.setdefault("user", me.uri)
        operation = trigger.operation
        answer = await self._transmit(call.token, operation.method, operation.path, content=codec.encode(asked))
        if answer.status != _CREATED:
            return answer
        made = _read(answer, Resource[_Made]).resource
        location = call.own_url + _PLACE.sub(_id(made.uri), trigger.unsubscribe.path)
        return msgspec.structs.replace(answer, headers={**answer.headers, "location": location})

    async def _me(self, call: _Call) -> _Me:
        caller = call.caller
        async with caller.looking_up:
            if caller.me is None or caller.me_until <= self._monotonic():
                operation = definition.CONNECTION.test_operation
                answer = await self._transmit(call.token, operation.method, operation.path)
                if answer.status != _OK:
                    raise _Declined(answer)
                caller.me = _read(answer, Resource[_Me]).resource
                caller.me_until = self._monotonic() + ME_SECONDS
                caller.may_list_organization = True
            return caller.me

    async def _transmit(
        self, token: Secret, method: str, path: str, query: dict[str, str] | None = None, content: bytes | None = None
    ) -> _Answer:
        import httpx  # noqa: PLC0415 -- slow import

        url = f"{self.base_url}{path}?{urlencode(query)}" if query else self.base_url + path
        try:
            answer = await self._http.request(
                method, url, content=content, headers={"Authorization": f"Bearer {token.reveal()}"}
            )
        except httpx.TimeoutException:
            return _refusal(504, "Gateway Timeout", "The API took too long to answer.")
        except httpx.RequestError as exc:
            _log.warning("no answer from %s: %s", self.base_url, type(exc).__name__)
            return _refusal(502, "Bad Gateway", "The API can't be reached.")
        passed_on = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        if answer.status_code == _TOO_MANY and "x-ratelimit-reset" in passed_on:
            # Calendly says it this way alone, the platform's retries obey the other
            passed_on.setdefault("retry-after", passed_on["x-ratelimit-reset"])
        return _Answer(answer.status_code, answer.content, passed_on)

    def _caller(self, token: Secret) -> _Caller:
        digest = _digest(token.reveal())
        caller = self._callers.pop(digest, None) or _Caller(self._monotonic)
        self._callers[digest] = caller
        if len(self._callers) > REMEMBERED:
            self._callers.popitem(last=False)
        return caller

    async def _live(self, receive: _Receive, send: _Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def _route(method: str, path: str) -> tuple[_Route, str]:
    for route in _ROUTES:
        tail = route.match(method, path)
        if tail is not None:
            return route, tail
    raise _Declined(_not_found())


def _id(tail: str) -> str:
    """The id in the last part of a path, which may be a whole URI, and encoded twice: see ``x-ms-url-encoding``."""
    try:
        return resource_id(unquote(tail))
    except ValueError:
        raise _Declined(_not_found()) from None


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def _token(headers: dict[str, str]) -> Secret:
    """The caller's token, with ``Bearer`` before it or alone, as hosts send it that know no policies."""
    words = headers.get("authorization", "").split()
    if words and words[0].lower() == "bearer":
        words = words[1:]
    try:
        return Secret(" ".join(words))
    except ValueError:
        raise _Declined(_refusal(401, "Unauthenticated", "The access token is invalid")) from None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _own_url(scope: _Scope, headers: dict[str, str]) -> str:
    host, port = scope.get("server") or ("localhost", None)
    address = headers.get("host") or (f"{host}:{port}" if port else host)
    return f"{scope['scheme']}://{address}{scope.get('root_path', '')}"


async def _body(receive: _Receive) -> bytes:
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunks += message.get("body", b"")
        if len(chunks) > BODY_LIMIT:
            raise _Declined(_refusal(413, "Content Too Large", "No call of the connector is that large."))
        if not message.get("more_body", False):
            return bytes(chunks)


def _subscription(body: bytes, trigger: TriggerDefinition) -> dict[str, Any]:
    """The body of a subscription as far as the definition knows it, its events checked."""
    try:
        sent = codec.decode(body, dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Declined(_invalid("body", "is not a JSON object")) from None
    keys = (*trigger.hidden, *(parameter.key for parameter in trigger.parameters))
    asked = {key: sent[key] for key in keys if sent.get(key) is not None}
    asked.setdefault("scope", trigger.default_scope)
    events = asked.setdefault("events", [trigger.default_event])
    if not isinstance(events, list) or not events or not all(event in trigger.events for event in events):
        raise _Declined(_invalid("events", f"must be among {', '.join(trigger.events)}"))
    return asked


def _lacks_scope(answer: _Answer) -> bool:
    """Whether a 403 is about the token's scopes rather than its owner's role."""
    try:
        return bool(codec.decode(answer.content, Error).required_scopes)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _read(answer: _Answer, kind: Any) -> Any:
    try:
        return codec.decode(answer.content, kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Declined(_refusal(502, "Bad Gateway", "The API's answer can't be read.")) from None


def _json(status: int, body: object, **headers: str) -> _Answer:
    return _Answer(status, codec.encode(body), {"content-type": "application/json", **headers})


def _refusal(status: int, title: str, message: str, *details: ErrorDetail) -> _Answer:
    """An error of ours, in the API's envelope."""
    return _json(status, Error(title, message, list(details) or msgspec.UNSET))


def _invalid(parameter: str, message: str) -> _Answer:
    said = ErrorDetail(message, parameter)
    return _refusal(400, "Invalid Argument", "The supplied parameters are invalid.", said)


def _not_found() -> _Answer:
    return _refusal(404, "Resource Not Found", "The server could not find the requested resource.")


def _too_many(retry_after_seconds: float) -> _Answer:
    """As the platform says it, because flows are written against that."""
    seconds = max(math.ceil(retry_after_seconds), 1)
    body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {seconds} seconds."}
    return _json(429, body, **{"retry-after": str(seconds)})


async def _respond(send: _Send, answer: _Answer) -> None:
    length = {} if answer.status == _NO_CONTENT else {"content-length": str(len(answer.content))}
    headers = {**answer.headers, **length}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.content})
