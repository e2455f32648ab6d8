"""Logging to standard error, in one format for all processes: ``text`` to read, or ``json`` for programs.

Values that programs may search for are passed as ``extra={"fields": {...}}``.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from openslot.config import Settings
from openslot.telemetry import correlation

SECRETS = frozenset({
    "authorization", "cookie", "database_url", "metrics_token", "password", "secret_key", "signing_key", "smtp_url",
    "token",
})  # fmt: skip
"""Fields whose values are never shown. No code should log them in the first place; this is the last line of defense."""
HIDDEN = "***"
_LOOKS_SECRET = re.compile(r"(?<=://)[^\s/@\"]+(?=@)|(?<=[Bb]earer )[\w.~+/=-]+")
"""User and password in a URL, and bearer tokens: libraries include them in their errors."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SILENCED = ("procrastinate", "psycopg.pool")
"""Loggers whose long messages, job arguments included, repeat what our own lines report."""


def configure(settings: Settings) -> None:
    """Set up the logging of this process by ``settings``, replacing any earlier set-up."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings.log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    jobs = logging.getLogger("procrastinate.worker")
    jobs.setLevel(logging.ERROR)
    jobs.filters[:] = [_pass_only_failed_jobs]
    for name in ("_granian", "granian.access"):  # the HTTP server has handlers of its own
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


def formatter(log_format: str) -> logging.Formatter:
    """The formatter for ``log_format``, ``text`` or ``json``."""
    return _Lines(_text if log_format == "text" else _json)


Entry = dict[str, Any]


class _Lines(logging.Formatter):
    def __init__(self, render: Callable[[Entry], str]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        entry = _described(record)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return _hidden(self._render(entry))


def _described(record: logging.LogRecord) -> Entry:
    """The fields that every line has, then those of this record."""
    correlation_id = correlation.known()
    fields: dict[str, object] = getattr(record, "fields", {})
    return {
        "time": f"{datetime.fromtimestamp(record.created, UTC).isoformat(timespec='milliseconds')[:-6]}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        "correlation_id": None if correlation_id is None else str(correlation_id),
        **{name: HIDDEN if name.lower() in SECRETS else value for name, value in fields.items()},
    }


def _text(entry: Entry) -> str:
    # Control characters are escaped, so that input can't start a new line that looks like a log line of ours.
    message = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], entry["message"])
    line = f"{entry['time']} {entry['level']:<7} {entry['logger']}: {message} [{entry['correlation_id'] or '-'}]"
    return f"{line}\n{entry['exception']}" if "exception" in entry else line


def _json(entry: Entry) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()


def _hidden(line: str) -> str:
    if "://" in line or "earer " in line:  # a cheap test, which spares most lines the pattern
        return _LOOKS_SECRET.sub(HIDDEN, line)
    return line


def _pass_only_failed_jobs(record: logging.LogRecord) -> bool:
    """A filter that passes only records of jobs that have failed for good, without arguments: these are user data."""
    if getattr(record, "action", None) != "job_error":
        return False
    job: dict[str, object] = getattr(record, "job", {})
    record.msg, record.args = "job %s (%s) has failed for good", (job.get("id"), job.get("task_name"))
    return True
