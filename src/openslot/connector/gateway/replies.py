"""The gateway's replies: the API's as they came, its own in the API's envelope, those of the limit in the platform's.

Source: behaviours, sections 3 and 6; for the limit, the answers of the platform's own gateway.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from openslot.client import ClientError, Forbidden, NoAnswer, Refused, Throttled, TimedOut, answers
from openslot.connector.gateway.upstream import Unusable
from openslot.wire import codec
from openslot.wire.common import Error, ErrorDetail

_RATE = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_FORWARDED_HEADERS = ("content-type", "retry-after", "x-request-id", *_RATE)


class Reply(Struct, frozen=True):
    """What goes back to the caller."""

    status: int
    content: bytes = b""
    headers: dict[str, str] = {}
    """Names in lower case."""


class Declined(Exception):
    """The call ends here, and this is the answer."""

    def __init__(self, answer: Reply) -> None:
        self.answer = answer


def forwarded(status: int, content: bytes, headers: Mapping[str, str]) -> Reply:
    """An answer of the API, with those of its headers that the platform can use."""
    kept = {name: headers[name] for name in _FORWARDED_HEADERS if name in headers}
    if status == HTTPStatus.TOO_MANY_REQUESTS and "x-ratelimit-reset" in kept:
        # Calendly sends this header alone, the platform's retries obey the other
        kept.setdefault("retry-after", kept["x-ratelimit-reset"])
    return Reply(status, content, kept)


def failed(exc: ClientError) -> Reply:
    """The answer to a call that came to nothing."""
    match exc:
        case Refused():
            return forwarded(exc.status, exc.body, exc.facts.headers)
        case Throttled():
            return too_many(exc.retry_after_seconds)
        case TimedOut():
            return refusal(504, "The API took too long to answer.")
        case Unusable():
            return refusal(502, exc.message)
        case NoAnswer():
            return refusal(502, "The API can't be reached.")
        case _:
            return refusal(502, "The API's answer can't be read.")


def explained(exc: Forbidden, sentence: str) -> Reply:
    """A 403 of the API, with what it means for who reads it."""
    answer = failed(exc)
    try:
        body = answers.decode(answer.content, dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer
    message = " ".join(f"{part.rstrip('.')}." for part in (str(body.get("message") or ""), sentence) if part)
    return msgspec.structs.replace(answer, content=codec.encode({**body, "message": message}))


def json(status: int, body: object, **headers: str) -> Reply:
    """An answer of ours."""
    return Reply(status, codec.encode(body), {"content-type": "application/json", **headers})


def refusal(status: int, message: str, *details: ErrorDetail, title: str | None = None, **headers: str) -> Reply:
    """An error of ours, in the API's envelope."""
    return json(status, Error(title or HTTPStatus(status).phrase, message, list(details) or msgspec.UNSET), **headers)


def invalid(parameter: str, message: str) -> Reply:
    detail = ErrorDetail(message, parameter)
    return refusal(400, "The supplied parameters are invalid.", detail, title="Invalid Argument")


def unauthenticated() -> Reply:
    return refusal(401, "The access token is invalid", title="Unauthenticated")


def not_found() -> Reply:
    return refusal(404, "The server could not find the requested resource.", title="Resource Not Found")


def not_allowed(methods: str) -> Reply:
    return refusal(405, f"Only {methods} is possible here.", allow=methods)


def too_many(retry_after_seconds: float) -> Reply:
    """In the platform's form, because flows are written against that."""
    seconds = max(math.ceil(retry_after_seconds), 1)
    body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {seconds} seconds."}
    return json(429, body, **{"retry-after": str(seconds)})
