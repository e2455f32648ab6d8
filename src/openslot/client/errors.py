"""The errors of a call, with their facts as attributes. None of them ever holds the token.

ClientError
├── TokenMissing            the connection is a copy or was pickled, which drops the token
├── Throttled               the client's own limit of calls is reached, and calls are to fail rather than wait
├── NoAnswer                no answer was received; the request may not even have been sent
│   └── TimedOut
├── BrokenPages             a page links to a next page that can't be requested
├── UnreadableAnswer        a success whose body is not what the API documents
└── Refused                 any other status; the classes below are the usual ones
    ├── InvalidArgument     400, 422
    ├── Unauthenticated     401
    ├── Forbidden           403
    ├── NotFound            404
    ├── Conflict            409
    ├── RateLimited         429
    └── Unavailable         424 and 5xx
"""

from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from openslot.client.messages import Request, Response
from openslot.client.retries import retry_after_of
from openslot.wire.common import ErrorDetail

_EXCERPT_LENGTH = 200
_SERVER_ERROR = 500
_REQUEST_ID_HEADERS = ("x-request-id", "request-id")


class ClientError(Exception):
    """The base class of all errors of the client."""


class TokenMissing(ClientError):
    """The connection is a copy or was pickled, which drops the token."""

    def __init__(self) -> None:
        super().__init__("this connection has no token: copies and pickles drop it; use with_token()")


class Throttled(ClientError):
    """The client's own limit of calls is reached, and calls are to fail rather than wait."""

    def __init__(self, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(retry_after_seconds)

    def __str__(self) -> str:
        return f"the limit of calls of this connection is used up for another {self.retry_after_seconds:.1f} s"


class NoAnswer(ClientError):
    """No answer was received. The reason is a text and not the cause, whose frames hold the request with the token."""

    def __init__(self, request: Request, reason: str, *, left: bool) -> None:
        self.method = request.method
        self.url = request.url
        self.reason = reason
        self.left = left
        """Whether the request may have reached the server."""
        super().__init__(request, reason)

    def __reduce__(self) -> tuple[Any, ...]:
        return _no_answer, (type(self), Request(self.method, self.url), self.reason, self.left)

    def __str__(self) -> str:
        return f"no answer: {self.reason} [{self.method} {self.url}]"


class TimedOut(NoAnswer):
    """The server took longer than the time-out allows."""


def _no_answer(kind: type[NoAnswer], request: Request, reason: str, left: bool) -> NoAnswer:  # noqa: FBT001 -- pickle's
    return kind(request, reason, left=left)


class BrokenPages(ClientError):
    """A page links to a next page that can't be requested, or the pages never end."""


class Facts(Struct, frozen=True):
    """The content of an error answer."""

    method: str
    url: str
    status: int
    title: str
    message: str
    details: tuple[ErrorDetail, ...] = ()
    required_scopes: tuple[str, ...] = ()
    request_id: str | None = None
    retry_after_seconds: float | None = None
    body: bytes = b""
    """As received: for answers that are no JSON."""
    headers: dict[str, str] = {}
    """As received, with names in lower case."""


class _Answered(ClientError):
    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.facts = facts
        self.method = facts.method
        self.url = facts.url
        self.status = facts.status
        self.title = facts.title
        self.message = facts.message
        self.details = facts.details
        self.required_scopes = facts.required_scopes
        self.request_id = facts.request_id
        self.retry_after_seconds = facts.retry_after_seconds
        self.body = facts.body

    def __str__(self) -> str:
        text = f"{self.status} {self.title}: {self.message}"
        for detail in self.details:
            text += f"; {detail.parameter}: {detail.message}" if detail.parameter else f"; {detail.message}"
        if self.required_scopes:
            text += f"; the token lacks one of: {', '.join(self.required_scopes)}"
        request_id = f", request {self.request_id}" if self.request_id else ""
        return f"{text} [{self.method} {self.url}{request_id}]"


class UnreadableAnswer(_Answered):
    """A success whose body is not what the API documents."""


class Refused(_Answered):
    """A status that is no success."""


class InvalidArgument(Refused):
    """400 or 422: a parameter is missing or wrong; ``details`` name it."""


class Unauthenticated(Refused):
    """401: the token is missing, unknown, expired or revoked."""


class Forbidden(Refused):
    """403: the token is valid and may not make this call; ``required_scopes`` is filled if it lacks a scope."""


class NotFound(Refused):
    """404: no such resource, or none that this token may know of."""


class Conflict(Refused):
    """409: the resource exists already, or its state does not allow the call."""


class RateLimited(Refused):
    """429: too many calls for the server's own limit."""


class Unavailable(Refused):
    """424 or 5xx: the server, or a service behind it, fails."""


_REDIRECTS = range(300, 400)

_BY_STATUS: dict[int, type[Refused]] = {
    400: InvalidArgument,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidArgument,
    424: Unavailable,
    429: RateLimited,
}


def refusal(request: Request, response: Response) -> Refused:
    """The error for an answer that is no success."""
    usual = Unavailable if response.status >= _SERVER_ERROR else Refused
    return _BY_STATUS.get(response.status, usual)(facts(request, response))


def unreadable(request: Request, response: Response, reason: str) -> UnreadableAnswer:
    """The error for a success whose body is not what the API documents."""
    return UnreadableAnswer(msgspec.structs.replace(facts(request, response), title="Unreadable", message=reason))


def facts(request: Request, response: Response) -> Facts:
    """The content of an error answer, whatever its body looks like."""
    body = _json_object(response.content)
    reason = response.reason or _phrase(response.status)
    return Facts(
        method=request.method,
        url=request.url,
        status=response.status,
        title=_first_text(body, "title", "error") or reason,
        message=_first_text(body, "message", "error_description") or _excerpt(response),
        details=_details(body.get("details")),
        required_scopes=_texts(body.get("required_scopes")),
        request_id=next((response.headers[name] for name in _REQUEST_ID_HEADERS if name in response.headers), None),
        retry_after_seconds=retry_after_of(response),
        body=response.content,
        headers={name.lower(): value for name, value in response.headers.items()},
    )


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _first_text(body: dict[str, Any], *keys: str) -> str:
    return next((value for key in keys if isinstance(value := body.get(key), str) and value), "")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()


def _details(value: object) -> tuple[ErrorDetail, ...]:
    """The details, as far as they can be read: one of another shape must not hide the rest."""
    entries = []
    for entry in value if isinstance(value, list) else ():
        try:
            entries.append(msgspec.convert({"message": entry} if isinstance(entry, str) else entry, ErrorDetail))
        except msgspec.ValidationError:
            entries.append(ErrorDetail(message=str(entry)[:_EXCERPT_LENGTH]))
    return tuple(entries)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Status"


def _excerpt(response: Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0] or "of no stated type"
    text = response.content[: 4 * _EXCERPT_LENGTH].decode("utf-8", "replace").strip()
    if response.status in _REDIRECTS and (target := response.headers.get("location", "")):
        return f"the API redirects to {target[:_EXCERPT_LENGTH]}: give the base URL that needs no redirect"
    if not text:
        return "the answer has no body"
    if kind == "text/plain":
        return text.splitlines()[0][:_EXCERPT_LENGTH]
    hint = "; is it the base URL? OpenSlot's ends in /api/v2" if kind == "text/html" else ""
    return f"the answer is not the API's JSON ({kind}, {len(response.content)} bytes){hint}"
