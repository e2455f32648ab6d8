"""Every write of the API is done once for each key of its caller: repeated, it is answered as before (ADR 0037).

Without the header, nothing is stored or read.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from openslot.api.calls import Call
from openslot.api.replies import JsonResponse
from openslot.edges import SAFE_METHODS
from openslot.services import idempotency

REPLAYED = "Idempotency-Replayed"
"""The header of an answer that was given before."""
NO_CONTENT = 204

Handle = Callable[..., Awaitable[Response[Any]]]


class Answer(Struct, frozen=True):
    """An answer, as it is kept."""

    status: int
    headers: dict[str, str]
    body: str


def answering_once(handler: HTTPRouteHandler) -> HTTPRouteHandler:
    """Make a handler that writes do nothing for a write that was done before."""
    return handler if SAFE_METHODS.issuperset(handler.http_methods) else handler(_answering_once(handler.fn))


def _answering_once(handle: Handle) -> Handle:
    @wraps(handle)
    async def handled(*args: Any, **kwargs: Any) -> Response[Any]:
        call: Call = kwargs["call"]
        write = call.keyed_write
        if write is None:
            return await handle(*args, **kwargs)
        kept = await idempotency.claim(call.conn, call.principal, write, vault=call.vault, now=call.real_now)
        if kept is not None:
            return _replayed(msgspec.json.decode(kept, type=Answer))
        response = await handle(*args, **kwargs)
        answer = msgspec.json.encode(_answer(response)).decode()
        await idempotency.keep(call.conn, call.principal, write, answer, vault=call.vault)
        return response

    return handled


def _answer(response: Response[Any]) -> Answer:
    body: bytes = response.content or b""
    return Answer(response.status_code or NO_CONTENT, dict(response.headers), body.decode())


def _replayed(answer: Answer) -> Response[Any]:
    headers = {**answer.headers, REPLAYED: "true"}
    if answer.status == NO_CONTENT:
        return Response(None, status_code=NO_CONTENT, headers=headers)
    return JsonResponse(answer.body.encode(), status_code=answer.status, headers=headers)
