"""How log lines look: the same in every process, for people (``text``) or for programs (``json``), on standard error.

Whoever logs adds what programs may want to search for as ``extra={"fields": {...}}``.
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
"""Fields that are never shown. Nobody should log them in the first place; this is the last net."""
HIDDEN = "***"
_LOOKS_SECRET = re.compile(r"(?<=://)[^\s/@\"]+(?=@)|(?<=[Bb]earer )[\w.~+/=-]+")
"""Who logs in at a URL, and a token: libraries put them into their errors."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TALKATIVE = ("procrastinate", "psycopg.pool")
"""These tell at length, job arguments included, what we say in a line of our own."""


def configure(settings: Settings) -> None:
    """Have this process log as ``settings`` say. Whatever was set up before is replaced."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings.log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    jobs = logging.getLogger("procrastinate.worker")
    jobs.setLevel(logging.ERROR)
    jobs.filters[:] = [_reports_a_failed_job]
    for name in ("_granian", "granian.access"):  # the HTTP server has handlers of its own
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


def formatter(log_format: str) -> logging.Formatter:
    """What makes a line of a record: ``text`` or ``json``."""
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
    """What every line has, then what is particular to it."""
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
    # Nobody outside may end a line and begin one that looks like ours.
    message = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], entry["message"])
    line = f"{entry['time']} {entry['level']:<7} {entry['logger']}: {message} [{entry['correlation_id'] or '-'}]"
    return f"{line}\n{entry['exception']}" if "exception" in entry else line


def _json(entry: Entry) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()


def _hidden(line: str) -> str:
    if "://" in line or "earer " in line:  # a look at most lines is enough
        return _LOOKS_SECRET.sub(HIDDEN, line)
    return line


def _reports_a_failed_job(record: logging.LogRecord) -> bool:
    """Let through that a job has failed for good, without its arguments: they are somebody's data."""
    if getattr(record, "action", None) != "job_error":
        return False
    job: dict[str, object] = getattr(record, "job", {})
    record.msg, record.args = "job %s (%s) has failed for good", (job.get("id"), job.get("task_name"))
    return True
