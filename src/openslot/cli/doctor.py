"""``openslot doctor``: what is wrong, and how to mend it."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from openslot.cli.database import database_trouble, load_settings, read_service
from openslot.config import Settings
from openslot.db import embedded, migrate
from openslot.security.vault import KEY_FILE
from openslot.services import zone_data

WORKER_SILENT_SECONDS = 15


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: str
    """``ok``, ``warning`` or ``problem``."""
    message: str
    remedy: str | None = None


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The data directory (OPENSLOT_DATA_DIR).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def doctor(data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001 -- by name
    """Say what is wrong, and how to mend it. Exits with 1 where something is."""
    settings = load_settings(data_dir=data_dir)
    findings = examine(settings)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings]))
    else:
        for one in findings:
            mark = {"ok": "ok      ", "warning": "WARNING ", "problem": "PROBLEM "}[one.state]
            click.echo(f"{mark} {one.check}: {one.message}")
            if one.remedy is not None:
                click.echo(f"          -> {one.remedy}")
    if any(one.state == "problem" for one in findings):
        raise SystemExit(1)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; what depends on a database is looked at where one answers."""
    findings = [_data_directory(settings), _secret_key(settings), _service(settings), _zone_data()]
    conninfo = settings.database_url
    if not conninfo:
        try:
            server = embedded.find(settings.data_dir)
        except embedded.PostgresError as exc:
            return [*findings, Finding("database", "problem", str(exc), f"see {settings.data_dir}/postgres.log")]
        if server is None:
            message = f"the embedded PostgreSQL of {settings.data_dir} is not running"
            return [*findings, Finding("database", "warning", message, "openslot up")]
        conninfo = server.conninfo
    return findings + _database(conninfo)


def _data_directory(settings: Settings) -> Finding:
    place = settings.data_dir
    existing = next(one for one in (place, *place.parents) if one.exists())
    if os.access(existing, os.W_OK):
        return Finding("data directory", "ok", str(place))
    remedy = "choose another with --data-dir or OPENSLOT_DATA_DIR, or change its owner"
    return Finding("data directory", "problem", f"{existing} is not writable", remedy)


def _secret_key(settings: Settings) -> Finding:
    if settings.secret_key:
        return Finding("secret key", "ok", "from OPENSLOT_SECRET_KEY")
    if settings.database_url:
        message = "OPENSLOT_SECRET_KEY is not set: every machine makes its own and can't read the others' signing keys"
        return Finding("secret key", "warning", message, "set the same OPENSLOT_SECRET_KEY for all processes")
    return Finding("secret key", "ok", f"kept in {settings.data_dir / KEY_FILE}")


def _service(settings: Settings) -> Finding:
    url = read_service(settings.data_dir)
    if url is None:
        return Finding("service", "warning", f"no 'openslot up' runs on {settings.data_dir}", "openslot up")
    return Finding("service", "ok", f"answers at {url}")


def _zone_data() -> Finding:
    return Finding("time zone data", "ok", zone_data.VERSION)


def _database(conninfo: str) -> list[Finding]:
    try:
        migrate.check(conninfo)
    except psycopg.Error as exc:
        remedy = "is PostgreSQL running, and is OPENSLOT_DATABASE_URL right?"
        return [Finding("database", "problem", f"OPENSLOT_DATABASE_URL: {database_trouble(exc)}", remedy)]
    except migrate.DatabaseTooOld as exc:
        return [Finding("database", "problem", str(exc), "openslot migrate")]
    except migrate.DatabaseTooNew as exc:
        return [Finding("database", "problem", str(exc), "run the newer version of OpenSlot that made them")]
    with psycopg.connect(conninfo, autocommit=True) as conn:
        return [_version(conn), *(look(conn) for look in _LOOKS)]


def _version(conn: psycopg.Connection) -> Finding:
    major = conn.info.server_version // 10000
    if major < 15:  # noqa: PLR2004 -- the oldest that NULLS NOT DISTINCT works on
        return Finding("database", "problem", f"PostgreSQL {major}", "PostgreSQL 15 or newer is needed")
    return Finding("database", "ok", f"PostgreSQL {major}, schema up to date")


def _worker(conn: psycopg.Connection) -> Finding:
    row = conn.execute("SELECT max(last_heartbeat) FROM procrastinate_workers").fetchone()
    last: datetime | None = None if row is None else row[0]
    if last is None or (datetime.now(UTC) - last).total_seconds() > WORKER_SILENT_SECONDS:
        seen = "never" if last is None else f"last at {last:%Y-%m-%d %H:%M:%S} UTC"
        return Finding("worker", "problem", f"no worker is alive ({seen}): webhooks wait", "openslot worker")
    return Finding("worker", "ok", "alive")


def _backlog(conn: psycopg.Connection) -> Finding:
    row = conn.execute(
        "SELECT count(*), min(created_at) FROM deliveries WHERE state = 'pending' AND next_attempt_at < now()"
    ).fetchone()
    assert row is not None  # an aggregate answers with one row
    count, oldest = row
    if count and (datetime.now(UTC) - oldest).total_seconds() > WORKER_SILENT_SECONDS:
        message = f"{count} deliveries are overdue, the oldest since {oldest:%Y-%m-%d %H:%M:%S} UTC"
        return Finding("webhooks", "problem", message, "is a worker running? openslot worker")
    return Finding("webhooks", "ok", "no delivery is overdue")


def _failing(conn: psycopg.Connection) -> Finding:
    rows = conn.execute(
        "SELECT callback_url, retry_started_at FROM webhook_subscriptions"
        " WHERE deleted_at IS NULL AND retry_started_at IS NOT NULL ORDER BY retry_started_at LIMIT 5"
    ).fetchall()
    if rows:
        urls = ", ".join(f"{url} (since {since:%Y-%m-%d %H:%M} UTC)" for url, since in rows)
        return Finding("webhook receivers", "warning", f"not accepting: {urls}", "see that they answer with 2xx")
    return Finding("webhook receivers", "ok", "all accept")


_LOOKS: list[Callable[[psycopg.Connection], Finding]] = [_worker, _backlog, _failing]
