"""``openslot doctor``: what is wrong, and how to fix it."""

import asyncio
import json
import os
import shlex
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from openslot.cli import secret_key
from openslot.cli.database import database_trouble, load_settings, read_service, waited_too_long
from openslot.config import SettingError, Settings
from openslot.db import backlog, embedded, migrate, partitions, write_probe
from openslot.db.backlog import ConditionBacklog, Troubled
from openslot.db.data_directory import DataDirectoryError, other_owner
from openslot.db.jobs import Queue
from openslot.db.pool import Conn, Timeouts, connected, is_undone
from openslot.db.webhook_subscriptions import destination_of
from openslot.db.workers import Worker
from openslot.security.vault import KEY_FILE, Vault, is_open_to_others, kept_key
from openslot.services import monitoring, secret_keys, zone_data
from openslot.services.monitoring import Snapshot

DOCTOR = Timeouts(lock=5, statement=30, idle=60)
"""Short, since somebody waits for the answer, and a database that hangs is a finding, too."""
RECEIVERS = "webhook receivers"
LITTLE_SPACE = 256 * 2**20
"""Bytes. PostgreSQL writes its log in files of 16 MB, and stops if it can't create the next one."""
NAMED = 5
"""How many failing or disabled subscriptions are listed."""


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    check: str
    state: str
    """``ok``, ``warning`` or ``problem``."""
    message: str
    remedy: str | None = None


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The data directory (OPENSLOT_DATA_DIR).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def doctor(data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001 -- by name
    """Report what is wrong, and how to fix it. Exits with 1 if there is a problem."""
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
    """Run all checks; those that need a database only if it answers."""
    conninfo, findings = settings.database_url, list[Finding]()
    if not conninfo:
        try:
            server = embedded.find(settings.data_dir)
        except embedded.PostgresError as exc:
            findings = [Finding("database", "problem", str(exc), f"see {settings.data_dir}/postgres.log")]
        else:
            conninfo = "" if server is None else server.conninfo
            if server is None:
                message = f"the embedded PostgreSQL of {settings.data_dir} is not running"
                findings = [Finding("database", "warning", message, "openslot up")]
    if conninfo:
        findings = _database(conninfo)
    key = _secret_key(settings, conninfo)
    return [_data_directory(settings), key, _service(settings), _zone_data(), _mail(settings), *findings]


def _data_directory(settings: Settings) -> Finding:
    place = settings.data_dir
    existing = next(one for one in (place, *place.parents) if one.exists())
    if not existing.is_dir():
        remedy = "choose another with --data-dir or OPENSLOT_DATA_DIR"
        return Finding("data directory", "problem", f"{existing} is not a directory", remedy)
    if not os.access(existing, os.W_OK):
        remedy = "choose another with --data-dir or OPENSLOT_DATA_DIR, or change its owner"
        return Finding("data directory", "problem", f"{existing} is not writable", remedy)
    if existing == place:
        free = shutil.disk_usage(place).free
        if free < LITTLE_SPACE:
            message = f"{place} has {free // 2**20} MB left on its disk"
            return Finding("data directory", "warning", message, "make room: without any, bookings are refused")
        if (name := other_owner(place)) is not None:
            message = f"{place} belongs to {name}, who can read and change all data"
            remedy = f"if that is not meant: chown root {shlex.quote(str(place))}"
            return Finding("data directory", "warning", message, remedy)
        return Finding("data directory", "ok", str(place))
    remedy = "is that the one? --data-dir or OPENSLOT_DATA_DIR names another; the first 'openslot up' makes it"
    # with an external database, only the key is kept there, and that may be a setting
    state = "warning" if settings.database_url else "problem"
    return Finding("data directory", state, f"{place} does not exist", remedy)


def _secret_key(settings: Settings, conninfo: str) -> Finding:
    path = settings.data_dir / KEY_FILE
    try:
        key = kept_key(settings.secret_key, settings.data_dir)
    except ValueError as exc:
        has_key = not _belongs(settings, conninfo, None)
        return Finding("secret key", "problem", str(exc), secret_key.remedy_of_damage(settings, has_key=has_key))
    except OSError as exc:
        return Finding("secret key", "problem", f"{path} can't be read: {exc.strerror}", "let its user read it")
    if not _belongs(settings, conninfo, None if key is None else Vault(key)):
        return Finding("secret key", "problem", secret_key.what_is_wrong(settings), secret_key.remedy(settings))
    return _right_key(settings, path)


def _right_key(settings: Settings, path: Path) -> Finding:
    if settings.secret_key:
        return Finding("secret key", "ok", "from OPENSLOT_SECRET_KEY")
    if settings.database_url:
        message = "OPENSLOT_SECRET_KEY is not set: every machine makes its own, and only one can be the database's"
        return Finding("secret key", "warning", message, "set the same OPENSLOT_SECRET_KEY for all processes")
    if is_open_to_others(settings.data_dir):
        return Finding("secret key", "warning", f"{path} is readable by others than its owner", f"chmod 600 {path}")
    return Finding("secret key", "ok", f"kept in {path}" if path.exists() else f"the first start makes it, in {path}")


def _belongs(settings: Settings, conninfo: str, vault: Vault | None) -> bool:
    """Whether the key is the database's; starts an embedded database that does not run."""

    async def belongs(conninfo: str) -> bool:
        async with connected(conninfo) as conn:
            return await secret_keys.belongs(conn, vault)

    # A database that does not answer has a finding of its own.
    with suppress(psycopg.Error, SettingError, embedded.PostgresError, DataDirectoryError):
        if conninfo:
            return asyncio.run(belongs(conninfo))
        if (settings.data_dir / "postgres" / "PG_VERSION").exists():
            with embedded.serving(settings.data_dir) as server:
                return asyncio.run(belongs(server.conninfo))
    return True


def _service(settings: Settings) -> Finding:
    url = read_service(settings.data_dir)
    if url is None:
        return Finding("service", "warning", f"no 'openslot up' runs on {settings.data_dir}", "openslot up")
    return Finding("service", "ok", f"answers at {url}")


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url:
        return Finding("mail", "ok", f"from {settings.sender}")
    message = "no server is set: owners of failing webhooks are notified only in the event log"
    return Finding("mail", "warning", message, "set OPENSLOT_SMTP_URL")


def _zone_data() -> Finding:
    return Finding("time zone data", "ok", zone_data.VERSION)


def _database(conninfo: str) -> list[Finding]:
    try:
        migrate.check(conninfo)
    except (psycopg.Error, SettingError) as exc:
        remedy = "is PostgreSQL running, and is OPENSLOT_DATABASE_URL right?"
        return [Finding("database", "problem", f"OPENSLOT_DATABASE_URL: {database_trouble(exc)}", remedy)]
    except migrate.DatabaseTooOld as exc:
        return [Finding("database", "problem", str(exc), "openslot migrate")]
    except migrate.DatabaseTooNew as exc:
        return [Finding("database", "problem", str(exc), "run the newer version of OpenSlot that made them")]
    try:
        return asyncio.run(_examined(conninfo))
    except psycopg.Error as exc:
        if not is_undone(exc):
            raise
        remedy = "end that session, or wait, and look again"
        return [Finding("database", "problem", waited_too_long(exc), remedy)]


async def _examined(conninfo: str) -> list[Finding]:
    now = datetime.now(UTC)
    async with connected(conninfo, DOCTOR) as conn:
        seen = await monitoring.look(conn, now=now)
        return [
            _version(conn, await write_probe.refusal(conn)),
            _worker(seen.workers),
            _backlog(seen, now),
            *_receivers(await backlog.list_troubled(conn, limit=NAMED), seen.backlog),
            _event_log(await partitions.missing(conn, now)),
            _jobs(seen.queues),
        ]


def _version(conn: Conn, refusal: str | None) -> Finding:
    if refusal is not None:
        remedy = "make room on the disk of the database; bookings are refused until then"
        return Finding("database", "problem", f"refuses writes: {refusal}", remedy if "space" in refusal else None)
    major = conn.info.server_version // 10000
    if major < 15:  # noqa: PLR2004 -- the oldest that NULLS NOT DISTINCT works on
        return Finding("database", "problem", f"PostgreSQL {major}", "PostgreSQL 15 or newer is needed")
    return Finding("database", "ok", f"PostgreSQL {major}, schema up to date")


def _worker(found: list[Worker]) -> Finding:
    alive = [one for one in found if one.is_alive]
    if not alive:
        last = min(found, key=lambda one: one.silent_seconds, default=None)
        seen = "never seen" if last is None else f"{last.name} is silent for {last.silent_seconds:.0f} s"
        return Finding("worker", "problem", f"no worker is alive ({seen}): webhooks and mail wait", "openslot worker")
    message = ", ".join(_described(one) for one in alive)
    stuck = [one.name for one in alive if one.is_stuck]
    if stuck:
        state = "problem" if len(stuck) == len(alive) else "warning"
        return Finding("worker", state, message, f"restart {', '.join(stuck)}; its log has the reason")
    return Finding("worker", "ok", message)


def _described(worker: Worker) -> str:
    if worker.is_stuck:
        idle = "yet" if worker.idle_seconds is None else f"for {worker.idle_seconds:.0f} s"
        return f"{worker.name} is alive but stuck: it has not looked for deliveries {idle}"
    return f"{worker.name} is alive, and looked for deliveries {worker.idle_seconds:.1f} s ago"


def _backlog(seen: Snapshot, now: datetime) -> Finding:
    active = next((one for one in seen.backlog if one.condition == "active"), None)
    if active is None or active.due_since is None or now - active.due_since <= monitoring.OVERDUE_AFTER:
        return Finding("webhooks", "ok", "no delivery is overdue")
    message = f"overdue: {active.pending} pending, the oldest due since {_moment(active.due_since)}; "
    match monitoring.worker_trouble(seen.workers):
        case "missing":
            return Finding("webhooks", "problem", message + "no worker is alive", "openslot worker")
        case "stuck":
            return Finding("webhooks", "problem", message + "no worker looks for them", "restart the worker")
        case _:
            remedy = "start another, on any machine: openslot worker"
            return Finding("webhooks", "warning", message + "the workers do not keep up", remedy)


def _receivers(named: list[Troubled], totals: list[ConditionBacklog]) -> list[Finding]:
    """One finding per listed subscription, and one for the rest."""
    if not named:
        return [Finding(RECEIVERS, "ok", "all accept")]
    more = sum(one.subscriptions for one in totals if one.condition != "active") - len(named)
    rest = [Finding(RECEIVERS, "warning", f"{more} more fail or are disabled")] if more > 0 else []
    return [_receiver(one) for one in named] + rest


def _receiver(one: Troubled) -> Finding:
    since = "" if one.since is None else f" since {_moment(one.since)}"
    if one.condition == "disabled":
        message = f"{destination_of(one.callback_url)} is disabled{since}; deliveries kept for it: {one.pending}"
        return Finding(RECEIVERS, "warning", message, f"once it accepts again: openslot webhook enable {one.id}")
    message = f"{destination_of(one.callback_url)} does not accept{since}; deliveries that wait: {one.pending}"
    return Finding(RECEIVERS, "warning", message, f"what it answers: openslot webhook deliveries {one.id}")


def _event_log(missing: list[str]) -> Finding:
    if missing:
        remedy = "a worker makes them within the hour; if not, its log has the reason"
        return Finding("event log", "warning", f"without a month of their own: {', '.join(missing)}", remedy)
    return Finding("event log", "ok", "this month and the next are there")


def _jobs(queues: list[Queue]) -> Finding:
    failed = [f"{one.failed} of {one.name}" for one in queues if one.failed]
    if failed:
        remedy = "the worker's log has the reason (job ... has failed for good)"
        return Finding("jobs", "warning", f"failed for good: {', '.join(failed)}", remedy)
    return Finding("jobs", "ok", "none has failed")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
