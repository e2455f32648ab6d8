"""The checks of the database, and of the workers, webhooks and jobs that it has a record of."""

import asyncio
from datetime import UTC, datetime

import psycopg

from openslot.cli.database import database_trouble, waited_too_long
from openslot.cli.doctor.finding import Finding
from openslot.config import SettingError
from openslot.db import backlog, migrate, partitions, write_probe
from openslot.db.backlog import ConditionBacklog, Troubled
from openslot.db.jobs import Queue
from openslot.db.pool import Conn, Timeouts, connected, is_undone
from openslot.db.webhook_subscriptions import destination_of
from openslot.db.workers import Worker
from openslot.services import monitoring
from openslot.services.monitoring import Snapshot

DOCTOR = Timeouts(lock=5, statement=30, idle=60)
"""Short, since somebody waits for the answer, and a database that hangs is a finding, too."""
RECEIVERS = "webhook receivers"
NAMED = 5
"""How many failing or disabled subscriptions are listed."""


def check_database(conninfo: str) -> list[Finding]:
    """Run the checks of a database; only one finding where it does not answer or has another schema."""
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
