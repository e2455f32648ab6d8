"""Log lines, as text and for programs."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from openslot.config import Settings
from openslot.telemetry import correlation, logs

ACT = UUID("6f1f7f3e-0c5d-4f57-9d4e-3e0f0a6a2c11")
MOMENT = 1799049600.1234


def line(log_format: str, message: str, *args: object, **parts: object) -> str:
    """What becomes of a record."""
    record = logging.LogRecord("openslot.example", logging.WARNING, "", 0, message, args, None)
    record.created = MOMENT
    vars(record).update(parts)
    return logs.formatter(log_format).format(record)


def test_a_text_line_has_time_level_logger_message_and_correlation_id() -> None:
    with correlation.within(ACT):
        within = line("text", "%s holds have ended", 3)

    assert within == f"2027-01-04T08:00:00.123Z warning openslot.example: 3 holds have ended [{ACT}]"
    assert line("text", "idle") == "2027-01-04T08:00:00.123Z warning openslot.example: idle [-]"


def test_a_line_for_programs_is_an_object_with_the_fields_of_the_record() -> None:
    with correlation.within(ACT):
        within = line("json", "%s holds have ended", 3, fields={"number": 3, "of": ACT})

    assert json.loads(within) == {
        "time": "2027-01-04T08:00:00.123Z",
        "level": "warning",
        "logger": "openslot.example",
        "message": "3 holds have ended",
        "correlation_id": str(ACT),
        "number": 3,
        "of": str(ACT),
    }
    assert json.loads(line("json", "idle"))["correlation_id"] is None


def raised(error: Exception) -> object:
    """The ``exc_info`` of an error, as ``logging.exception`` takes it along."""
    try:
        raise error
    except type(error):
        return sys.exc_info()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_is_logged_with_its_record(log_format: str) -> None:
    shown = line(log_format, "unexpected", exc_info=raised(RuntimeError("no such kiln")))

    logged = json.loads(shown)["exception"] if log_format == "json" else shown.partition("\n")[2]
    assert logged.startswith("Traceback")
    assert logged.endswith("RuntimeError: no such kiln")


def test_no_input_ends_a_line() -> None:
    shown = line("text", "GET %s", "/a\n2027-01-04T08:00:00.123Z info forged\x1b[2J\u2028")

    assert shown.endswith(r": GET /a\n2027-01-04T08:00:00.123Z info forged\x1b[2J\u2028 [-]")


HOLDERS = [
    ("no answer from postgresql://openslot:hunter2@db.example/openslot", "postgresql://***@db.example/openslot"),
    ("smtps://hunter2@mail.example does not answer", "smtps://***@mail.example"),
    ('refused: {"Authorization": "Bearer hunter2"}', "Bearer ***"),
    ("authorization: bearer hunter2", "bearer ***"),
]


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize(("message", "shown"), HOLDERS)
def test_what_libraries_put_into_their_errors_is_hidden(log_format: str, message: str, shown: str) -> None:
    logged = line(log_format, message, exc_info=raised(ValueError(message)))

    assert logged.count(shown) == 2
    assert "hunter2" not in logged
    assert log_format == "text" or json.loads(logged)["level"] == "warning"


def test_fields_that_name_a_secret_are_hidden() -> None:
    logged = json.loads(line("json", "asked", fields={"Token": "hunter2", "signing_key": "hunter2", "path": "/"}))

    assert (logged["Token"], logged["signing_key"], logged["path"]) == ("***", "***", "/")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a process that is set up writes to standard error; the suite's own logging comes back after it."""
    root, kept, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    written, stderr = io.StringIO(), sys.stderr
    sys.stderr = written
    try:
        logs.configure(Settings(log_format="json", log_level="info"))
        yield written
    finally:
        sys.stderr = stderr
        root.handlers[:] = kept
        root.setLevel(level)
        for name in ("procrastinate", "procrastinate.worker", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.NOTSET)
            logging.getLogger(name).filters.clear()


async def test_a_process_logs_a_failed_job_without_its_arguments(written: io.StringIO) -> None:
    connector = InMemoryConnector()
    app = App(connector=connector)

    @app.task(name="mail.send", queue="mail")
    async def send(to: str) -> None:
        raise RuntimeError(f"mailbox {len(to)} is full")

    async with app.open_async():
        await send.defer_async(to="ada@example.org")
        await app.run_worker_async(wait=False, install_signal_handlers=False)
    logging.getLogger("openslot.example").debug("too detailed")
    logging.getLogger("_granian").error("a worker of the server has ended")

    logged = [json.loads(one) for one in written.getvalue().splitlines()]
    assert [(one["level"], one["logger"], one["message"]) for one in logged] == [
        ("error", "procrastinate.worker", "job 1 (mail.send) has failed for good"),
        ("error", "_granian", "a worker of the server has ended"),
    ]
    assert logged[0]["exception"].endswith("RuntimeError: mailbox 15 is full")
    assert "ada@example.org" not in written.getvalue()
