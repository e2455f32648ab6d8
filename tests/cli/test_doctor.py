"""``openslot doctor``, as an operator runs it beside a database of the service's own."""

import json
import os
import pwd
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from factories import Organization, make_booking, make_organization, make_subscription
from openslot.core.ids import new_id
from openslot.db import partitions, workers
from openslot.db.pool import Conn, connected
from openslot.queue import NewJob, defer
from openslot.security.vault import Vault
from running import run_command

NOW = datetime.now(UTC)
A_WHILE_AGO = NOW - timedelta(minutes=10)
SOON = (NOW + timedelta(days=14)).replace(hour=12, minute=0, second=0, microsecond=0)
MONDAY = SOON + timedelta(days=-SOON.weekday() % 7)

AHEAD = -1000
"""Seconds ago that are to come: however long the command takes to start, it is not silent by then."""


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn) -> Organization:
    return await make_organization(conn, now=A_WHILE_AGO)


class Doctor:
    """What the command says of the database, of each check in turn."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self._environment = {
            "OPENSLOT_DATABASE_URL": database_url,
            "OPENSLOT_SECRET_KEY": "shared",
            "OPENSLOT_DATA_DIR": str(data_dir),
        }
        self.exit_code = 0

    def examine(self) -> list[tuple[str, str, str, str | None]]:
        done = run_command("doctor", "--json", **self._environment)
        self.exit_code = done.returncode
        found: list[dict[str, Any]] = json.loads(done.stdout)
        every = [(one["check"], one["state"], one["message"], one["remedy"]) for one in found]
        return every[[check for check, *_ in every].index("database") + 1 :]

    def report(self) -> str:
        return run_command("doctor", **self._environment).stdout


@pytest.fixture
def doctor(own_database_url: str, tmp_path: Path) -> Doctor:
    return Doctor(own_database_url, tmp_path)


async def work(conn: Conn, name: str, *, silent: float = 0, idle: float = 0) -> None:
    """A worker that was last heard of, and last went round, so many seconds ago."""
    worker = new_id()
    await workers.beat(conn, worker, name, started_at=NOW, went_round=True, report={})
    await conn.execute(
        "UPDATE workers SET heartbeat_at = heartbeat_at - make_interval(secs => %s),"
        " went_round_at = went_round_at - make_interval(secs => %s) WHERE id = %s",
        (silent, idle, worker),
    )


WELL = [
    ("webhooks", "ok", "no delivery is overdue", None),
    ("webhook receivers", "ok", "all accept", None),
    ("event log", "ok", "this month and the next are there", None),
    ("jobs", "ok", "none has failed", None),
]


async def test_a_service_at_work_is_well(conn: Conn, doctor: Doctor) -> None:
    await partitions.ensure(conn, NOW)
    await work(conn, "kiln/7", silent=AHEAD, idle=AHEAD)
    await work(conn, "dead/8", silent=20)

    [(*worker, message, remedy), *others] = doctor.examine()

    assert (worker, remedy, doctor.exit_code) == (["worker", "ok"], None, 0)
    assert message.startswith("kiln/7 is alive, and looked for deliveries -")
    assert others == WELL


async def test_without_a_worker_deliveries_wait(
    conn: Conn, organization: Organization, doctor: Doctor, vault: Vault
) -> None:
    await partitions.ensure(conn, NOW)
    await make_subscription(conn, organization.owner, vault=vault, now=A_WHILE_AGO)
    await make_booking(conn, organization, MONDAY, now=A_WHILE_AGO)

    found = doctor.examine()

    assert doctor.exit_code == 1
    assert found == [
        ("worker", "problem", "no worker is alive (never seen): webhooks and mail wait", "openslot worker"),
        (
            "webhooks",
            "problem",
            f"overdue: 1 pending, the oldest due since {A_WHILE_AGO:%Y-%m-%d %H:%M:%S} UTC; no worker is alive",
            "openslot worker",
        ),
        *WELL[1:],
    ]


async def test_a_stuck_worker_is_named(conn: Conn, organization: Organization, doctor: Doctor, vault: Vault) -> None:
    await work(conn, "kiln/7", silent=AHEAD, idle=60)
    await make_subscription(conn, organization.owner, vault=vault, now=A_WHILE_AGO)
    await make_booking(conn, organization, MONDAY, now=A_WHILE_AGO)

    alone = doctor.examine()[:2]
    await work(conn, "kiln/8", silent=AHEAD, idle=AHEAD)
    with_another = doctor.examine()[:2]

    assert [(state, remedy) for _, state, _, remedy in alone] == [
        ("problem", "restart kiln/7; its log has the reason"),
        ("problem", "restart the worker"),
    ]
    assert alone[0][2].startswith("kiln/7 is alive but stuck: it has not looked for deliveries for 6")
    assert [(state, remedy) for _, state, _, remedy in with_another] == [
        ("warning", "restart kiln/7; its log has the reason"),
        ("warning", "start another, on any machine: openslot worker"),
    ]


async def test_subscriptions_that_get_nothing_have_the_command_that_helps(
    conn: Conn, organization: Organization, doctor: Doctor, vault: Vault
) -> None:
    await work(conn, "kiln/7", silent=AHEAD, idle=AHEAD)
    made = [
        await make_subscription(
            conn, organization.owner, vault=vault, now=A_WHILE_AGO, url=f"https://hooks{number}.example/secret"
        )
        for number in range(7)
    ]
    await make_booking(conn, organization, MONDAY, now=A_WHILE_AGO)
    for number, one in enumerate(made):
        since = A_WHILE_AGO + timedelta(minutes=number)
        await conn.execute(
            "UPDATE webhook_subscriptions SET state = 'disabled', disabled_at = %s WHERE id = %s"
            if number == 1
            else "UPDATE webhook_subscriptions SET retry_started_at = %s WHERE id = %s",
            (since, one.id),
        )

    found = [one for one in doctor.examine() if one[0].startswith("webhook")]

    times = [f"{A_WHILE_AGO + timedelta(minutes=number):%Y-%m-%d %H:%M:%S} UTC" for number in range(5)]
    assert doctor.exit_code == 0
    assert found[0] == WELL[0]
    assert found[1:3] == [
        (
            "webhook receivers",
            "warning",
            f"https://hooks0.example does not accept since {times[0]}; deliveries that wait: 1",
            f"what it answers: openslot webhook deliveries {made[0].id}",
        ),
        (
            "webhook receivers",
            "warning",
            f"https://hooks1.example is disabled since {times[1]}; deliveries kept for it: 1",
            f"once it accepts again: openslot webhook enable {made[1].id}",
        ),
    ]
    assert [message.partition(" ")[0] for _, _, message, _ in found[3:]] == [
        *[f"https://hooks{number}.example" for number in (2, 3, 4)],
        "2",
    ]
    assert found[6] == ("webhook receivers", "warning", "2 more fail or are disabled", None)


async def test_missing_months_and_failed_jobs_are_reported(conn: Conn, doctor: Doctor) -> None:
    await work(conn, "kiln/7", silent=AHEAD, idle=AHEAD)
    await partitions.ensure(conn, NOW, ahead=0)
    await defer(conn, [NewJob("mail.send", {}), NewJob("mail.send", {})])
    await conn.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = 1")

    found, text = doctor.examine(), doctor.report()

    month = partitions.following(partitions.month_of(NOW))
    names = ", ".join(f"{table}_y{month:%Y}m{month:%m}" for table in ("events", "deliveries", "delivery_attempts"))
    remedies = [
        "a worker makes them within the hour; if not, its log has the reason",
        "the worker's log has the reason (job ... has failed for good)",
    ]
    assert found[3:] == [
        ("event log", "warning", f"without a month of their own: {names}", remedies[0]),
        ("jobs", "warning", "failed for good: 1 of mail", remedies[1]),
    ]
    assert text.splitlines()[-2:] == ["WARNING  jobs: failed for good: 1 of mail", f"          -> {remedies[1]}"]


def examined(*options: str, **environment: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and what is said of each check."""
    done = run_command("doctor", "--json", *options, **environment)
    return done.returncode, {one["check"]: (one["state"], one["message"]) for one in json.loads(done.stdout)}


def test_a_data_directory_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "such"

    named = examined("--data-dir", str(nowhere))
    set_ = examined(OPENSLOT_DATA_DIR=str(nowhere))

    assert named == set_
    assert named[0] == 1
    assert named[1] == {
        "data directory": ("problem", f"{nowhere} does not exist"),
        "secret key": ("ok", f"the first start makes it, in {nowhere / 'secret.key'}"),
        "service": ("warning", f"no 'openslot up' runs on {nowhere}"),
        "time zone data": named[1]["time zone data"],
        "mail": named[1]["mail"],
        "database": ("warning", f"the embedded PostgreSQL of {nowhere} is not running"),
    }
    assert not nowhere.exists()


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        code, found = examined("--data-dir", str(place))
        assert (code, found["data directory"]) == (1, ("problem", f"{tmp_path / 'file'} is not a directory"))


@pytest.mark.skipif(os.geteuid() != 0, reason="others can't change owners")
def test_root_is_warned_of_a_data_directory_that_belongs_to_another_user(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)

    _, found = examined("--data-dir", str(tmp_path))

    assert found["data directory"] == ("warning", f"{tmp_path} belongs to nobody, who can read and change all data")


def test_a_service_on_another_database_needs_no_data_directory(own_database_url: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "such"

    _, found = examined("--data-dir", str(nowhere), OPENSLOT_DATABASE_URL=own_database_url, OPENSLOT_SECRET_KEY="x")

    assert found["data directory"] == ("warning", f"{nowhere} does not exist")
    assert found["secret key"] == ("ok", "from OPENSLOT_SECRET_KEY")
