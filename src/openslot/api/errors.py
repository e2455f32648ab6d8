"""Error kinds to status and body, once for the whole API. Source: behaviours, section 6."""

import logging

import psycopg
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from openslot.api.replies import reply
from openslot.core.errors import (
    Conflict,
    ErrorKind,
    Forbidden,
    Invalid,
    MissingScope,
    OpenSlotError,
    Unauthenticated,
    WrongState,
)
from openslot.wire.common import Error, ErrorDetail

log = logging.getLogger(__name__)

STATUS = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.UNAVAILABLE: 503,
}
SERVER_ERROR = 500
BAD_REQUEST = 400

NOT_FOUND = Error("Resource Not Found", "The server could not find the requested resource.")
NOT_ALLOWED = Error("Method Not Allowed", "This resource takes other methods; the Allow header names them.")
INTERNAL = Error(
    "Internal Server Error",
    "The server encountered an unexpected condition that prevented it from fulfilling the request.",
)
UNAVAILABLE = Error("Service Unavailable", "The service can't answer at the moment. Try again later.")
TOO_LARGE = Error("Invalid Argument", "The request body is too large.")


def to_response(error: Exception) -> Response[bytes]:
    """The answer to a request that ended in ``error``; what we did not expect is logged and shows nothing."""
    match error:
        case OpenSlotError():
            return reply(_body(error), status=STATUS[error.kind])
        case psycopg.DataError():
            # The last net: a value that passed every check and still can't be stored.
            log.warning("a request held a value that the database refuses: %s", type(error).__name__)
            return reply(Error("Invalid Argument", "The supplied parameters are invalid."), status=BAD_REQUEST)
        case psycopg.OperationalError():  # a pool that has no connection to give is one as well
            log.error("the database does not answer: %s", " ".join(str(error).split()))
            return reply(UNAVAILABLE, status=STATUS[ErrorKind.UNAVAILABLE])
        case HTTPException(status_code=code) if code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            return reply(TOO_LARGE, status=BAD_REQUEST)
        case HTTPException(status_code=code) if code < SERVER_ERROR:
            is_method = isinstance(error, MethodNotAllowedException)  # all else: unknown paths
            return reply(NOT_ALLOWED, status=code) if is_method else reply(NOT_FOUND, status=404)
        case _:
            log.error("unexpected error", exc_info=error)
            return reply(INTERNAL, status=SERVER_ERROR)


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
        case Unauthenticated():
            return Error("Unauthenticated", error.message)
        case Forbidden():
            return Error("Permission Denied", error.message)
        case Conflict():
            return Error("Conflict" if isinstance(error, WrongState) else "Already Exists", error.message)
        case _:
            return NOT_FOUND if error.kind is ErrorKind.NOT_FOUND else Error("Service Unavailable", str(error))
