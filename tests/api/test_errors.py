"""What an error becomes, where a request can't easily bring it about."""

import json
import logging

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from contract.schemas import check_schema
from openslot.api.errors import to_response


@pytest.mark.parametrize("error", [psycopg.OperationalError("the server\n\tclosed"), PoolTimeout("no connection")])
def test_a_database_that_is_away_is_one_line_in_the_log_and_503(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    answer = to_response(error)

    body = json.loads(answer.content)
    check_schema("Error", body)
    assert (answer.status_code, body) == (
        503,
        {"title": "Service Unavailable", "message": "The service can't answer at the moment. Try again later."},
    )
    [record] = caplog.records
    assert (record.levelno, record.exc_info, "\n" in record.getMessage()) == (logging.ERROR, None, False)


def test_what_nobody_expected_shows_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    answer = to_response(RuntimeError("the password is hunter2"))

    assert answer.status_code == 500
    assert json.loads(answer.content) == {
        "title": "Internal Server Error",
        "message": "The server encountered an unexpected condition that prevented it from fulfilling the request.",
    }
    assert [record.exc_info is not None for record in caplog.records] == [True]
