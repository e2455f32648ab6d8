"""What every edge of the service has in common: statuses of errors, the transaction of a request, its type.

The API and the pages stand on it; neither needs the other.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from enum import Enum, auto
from typing import Any, Final

import psycopg
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import SkipValidation
from psycopg_pool import PoolTimeout

from openslot.core.errors import ErrorKind, OpenSlotError, TooMany
from openslot.db.pool import RETRY_AFTER_SECONDS, Conn, is_undone
from openslot.receiving import Crowded

AnyRequest = SkipValidation[Request[Any, Any, State]]
"""A request as the framework hands it over. Unmarked, its type would be checked again at each call."""

SAFE_METHODS = frozenset({"GET", "HEAD"})
"""Methods that change nothing. Source: RFC 9110, section 9.2.1; the framework answers OPTIONS by itself."""

STATUS: Final[Mapping[ErrorKind, int]] = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.MISMATCH: 422,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
BAD_REQUEST = 400
SERVER_ERROR = 500
UNAVAILABLE = 503


class DatabaseFailure(Enum):
    """Why the database did not do what a request needed."""

    UNSTORABLE = auto()
    """A value that passed every check, and that PostgreSQL still can't store."""
    NO_CONNECTION = auto()
    """The pool had no connection in time. Nothing was done."""
    BUSY = auto()
    """Another session holds what the request needs. Nothing was done."""
    REFUSES_WRITES = auto()
    """Its disk is full, or it is a standby. Nothing was done."""
    LOST = auto()
    """The connection broke. What was sent last may have been done."""

    @classmethod
    def of(cls, error: BaseException) -> "DatabaseFailure | None":
        """The failure behind ``error``; None where the database is not the cause, or the statement is at fault."""
        match error:
            case psycopg.DataError():
                return cls.UNSTORABLE
            case PoolTimeout():
                return cls.NO_CONNECTION
            case _ if is_undone(error):
                return cls.BUSY
            case psycopg.errors.DiskFull() | psycopg.errors.ReadOnlySqlTransaction():
                return cls.REFUSES_WRITES
            case psycopg.OperationalError():
                return cls.LOST
            case _:
                return None


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case OpenSlotError():
            return STATUS[error.kind]
        case HTTPException():
            return error.status_code
    match DatabaseFailure.of(error):
        case None:
            return SERVER_ERROR
        case DatabaseFailure.UNSTORABLE:
            return BAD_REQUEST
        case _:
            return UNAVAILABLE


def retry_after_seconds(error: Exception) -> int | None:
    """When to come back, where it is certain that nothing was done; else None.

    A client that repeats by itself what may have been done would book twice.
    """
    if isinstance(error, TooMany):
        return error.retry_after_seconds
    nothing_done = DatabaseFailure.of(error) in {DatabaseFailure.NO_CONNECTION, DatabaseFailure.BUSY}
    return RETRY_AFTER_SECONDS if nothing_done or isinstance(error, Crowded) else None


_NONE: AbstractAsyncContextManager[None] = nullcontext()


def transaction_of(method: str, conn: Conn) -> AbstractAsyncContextManager[object]:
    """The transaction of a request: one for all that it changes, and none where the method only reads."""
    return _NONE if method in SAFE_METHODS else conn.transaction()
