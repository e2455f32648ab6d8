"""What errors mean at every edge, the API and the pages alike."""

import psycopg
import pytest
from litestar.exceptions import NotFoundException, PermissionDeniedException, TooManyRequestsException
from psycopg.errors import (
    AdminShutdown,
    DataError,
    DeadlockDetected,
    DiskFull,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
)
from psycopg_pool import PoolTimeout

from openslot.core.errors import Busy, Conflict, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable, invalid
from openslot.db.pool import RETRY_AFTER_SECONDS
from openslot.edges import DatabaseFailure, retry_after_seconds, status_of
from openslot.receiving import Crowded


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("page"), 404), (invalid("x"), 400), (Conflict("x"), 409), (Forbidden(), 403),
        (Unauthenticated(), 401), (Unavailable("calendar"), 503), (NotFoundException(), 404),
        (PermissionDeniedException(), 403), (TooManyRequestsException(), 429), (KeyError("secret"), 500),
        (psycopg.OperationalError("gone"), 503), (AdminShutdown("gone"), 503), (PoolTimeout("busy"), 503),
    ],
)  # fmt: skip
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("error", "failure", "status", "seconds"),
    [
        (DataError("x"), DatabaseFailure.UNSTORABLE, 400, None),
        (PoolTimeout("x"), DatabaseFailure.NO_CONNECTION, 503, RETRY_AFTER_SECONDS),
        (Busy("why"), DatabaseFailure.BUSY, 503, RETRY_AFTER_SECONDS),
        (LockNotAvailable("x"), DatabaseFailure.BUSY, 503, RETRY_AFTER_SECONDS),
        (QueryCanceled("x"), DatabaseFailure.BUSY, 503, RETRY_AFTER_SECONDS),
        (DeadlockDetected("x"), DatabaseFailure.BUSY, 503, RETRY_AFTER_SECONDS),
        (DiskFull("x"), DatabaseFailure.REFUSES_WRITES, 503, None),
        (ReadOnlySqlTransaction("x"), DatabaseFailure.REFUSES_WRITES, 503, None),
        (AdminShutdown("x"), DatabaseFailure.LOST, 503, None),
        (psycopg.OperationalError("x"), DatabaseFailure.LOST, 503, None),
        (psycopg.ProgrammingError("x"), None, 500, None),
        (KeyError("x"), None, 500, None),
        (TooMany("x", retry_after_seconds=7), None, 429, 7),
        (Crowded(), None, 503, RETRY_AFTER_SECONDS),
    ],
)
def test_a_time_to_come_back_is_named_only_where_nothing_was_done(
    error: Exception, failure: DatabaseFailure | None, status: int, seconds: int | None
) -> None:
    assert (DatabaseFailure.of(error), status_of(error), retry_after_seconds(error)) == (failure, status, seconds)
