"""The bodies of errors, once for the whole API; their statuses are in ``edges``. Source: behaviours, section 6."""

import logging

import psycopg
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from openslot.api.replies import reply
from openslot.core.errors import (
    AlreadyAccepted,
    AlreadyInvited,
    AlreadyMember,
    Busy,
    Conflict,
    ErrorKind,
    Forbidden,
    Invalid,
    InvalidEmail,
    InvitationRace,
    InvitationRefused,
    KeyReused,
    MissingScope,
    OpenSlotError,
    TooMany,
    Unauthenticated,
    WrongState,
)
from openslot.edges import BAD_REQUEST, SERVER_ERROR, STATUS, UNAVAILABLE, DatabaseFailure, retry_after_seconds
from openslot.receiving import BrokenOff, Crowded, TooSlow
from openslot.wire.common import Error, ErrorDetail

log = logging.getLogger(__name__)

TITLES: dict[type[OpenSlotError], str] = {
    Unauthenticated: "Unauthenticated",
    Forbidden: "Permission Denied",
    TooMany: "Too Many Requests",
    KeyReused: "Unprocessable Content",
    WrongState: "Conflict",
    Conflict: "Already Exists",
    InvalidEmail: "Invalid Email",
    AlreadyMember: "Already Organization Member",
    AlreadyInvited: "Already Invited",
    InvitationRace: "Race Condition",
    AlreadyAccepted: "Invitation Already Accepted",
}
"""Of errors that carry their own message; the first that fits."""
NOT_FOUND = Error("Resource Not Found", "The server could not find the requested resource.")
NOT_ALLOWED = Error("Method Not Allowed", "This resource takes other methods; the Allow header names them.")
INTERNAL = Error(
    "Internal Server Error",
    "The server encountered an unexpected condition that prevented it from fulfilling the request.",
)
NO_ANSWER = Error("Service Unavailable", "The service can't answer at the moment. Try again later.")
BUSY = Error(
    "Service Unavailable",
    "What this call needs stayed locked for too long. Nothing was done. Try again in a few seconds.",
)
UNREAD = {
    BrokenOff.status_code: Error("Invalid Argument", "The request body broke off before its end."),
    TooSlow.status_code: Error("Request Timeout", "The request body did not arrive in time."),
    HTTP_413_REQUEST_ENTITY_TOO_LARGE: Error("Content Too Large", "The request body is too large."),
    Crowded.status_code: NO_ANSWER,
}
"""What keeps a request from being read, by status."""


def to_response(error: Exception) -> Response[bytes]:
    """The answer to a request that ended in ``error``.

    What we did not expect is logged, and its answer shows nothing of it.
    """
    match error:
        case Busy() | psycopg.Error():
            return _of_database(error)
        case OpenSlotError():
            return reply(_body(error), status=STATUS[error.kind], headers=_headers(error))
        case HTTPException(status_code=code) if code in UNREAD:
            return reply(UNREAD[code], status=code, headers=_headers(error))
        case HTTPException(status_code=code) if code < SERVER_ERROR:
            is_method = isinstance(error, MethodNotAllowedException)  # all else: unknown paths
            return reply(NOT_ALLOWED, status=code) if is_method else reply(NOT_FOUND, status=404)
        case _:
            return _unexpected(error)


def too_large(what: str, most_bytes: int) -> Response[bytes]:
    """The answer to a body that is larger than a call takes, which is more than others do."""
    title = UNREAD[HTTP_413_REQUEST_ENTITY_TOO_LARGE].title
    message = f"The {what} is too large: it may have up to {most_bytes // 1024**2} MB."
    return reply(Error(title, message), status=HTTP_413_REQUEST_ENTITY_TOO_LARGE)


def _of_database(error: Exception) -> Response[bytes]:
    """The same for errors of the database."""
    why = " ".join(str(error).split())
    match DatabaseFailure.of(error):
        case DatabaseFailure.UNSTORABLE:
            log.warning("a request held a value that the database refuses: %s", type(error).__name__)
            return reply(Error("Invalid Argument", "The supplied parameters are invalid."), status=BAD_REQUEST)
        case DatabaseFailure.NO_CONNECTION:
            log.error("the database gives no connection: %s", why)
            body = NO_ANSWER
        case DatabaseFailure.BUSY:
            log.warning("a call had to wait too long: %s: %s", type(error).__name__, why)
            body = BUSY
        case None:
            return _unexpected(error)
        case _:
            log.error("the database does not answer: %s", why)
            body = NO_ANSWER
    return reply(body, status=UNAVAILABLE, headers=_headers(error))


def _unexpected(error: Exception) -> Response[bytes]:
    log.error("unexpected error", exc_info=error)
    return reply(INTERNAL, status=SERVER_ERROR)


def _headers(error: Exception) -> dict[str, str] | None:
    seconds = retry_after_seconds(error)
    return None if seconds is None else {"Retry-After": str(seconds)}


def _body(error: OpenSlotError) -> Error:
    match error:
        case Invalid():
            details = [ErrorDetail(one.message, one.parameter, one.code) for one in error.details]
            body = Error("Invalid Argument", error.message)
            if details:
                body.details = details
            return body
        case MissingScope():
            body = Error("Insufficient scope", error.message)
            body.required_scopes = list(error.required_scopes)
            return body
        case Unauthenticated() | Forbidden() | TooMany() | Conflict() | KeyReused() | InvitationRefused():
            return Error(next(title for kind, title in TITLES.items() if isinstance(error, kind)), error.message)
        case _:
            return NOT_FOUND if error.kind is ErrorKind.NOT_FOUND else Error("Service Unavailable", str(error))
