"""``openslot explain`` and ``openslot zones check``, as an operator runs them."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from factories import URIS, Organization, make_booking
from openslot.db.pool import Conn
from openslot.services.booking import holds
from openslot.services.booking.holds import Reason
from running import run_command

SOON = (datetime.now(UTC) + timedelta(days=14)).replace(minute=0, second=0, microsecond=0)
MONDAY = SOON + timedelta(days=-SOON.weekday() % 7)
NOON = MONDAY.replace(hour=12)
ROME = NOON.astimezone(ZoneInfo("Europe/Rome"))

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["database_url", "data_dir"])
def run(request: pytest.FixtureRequest, database_url: str, postgres_dir: Path) -> Run:
    """A command on the tests' database, which is named by the setting or by the option."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        if request.param == "database_url":
            return run_command(*arguments, OPENSLOT_DATABASE_URL=database_url)
        return run_command(*arguments, "--data-dir", str(postgres_dir))

    return run


@pytest.fixture
def named(organization: Organization) -> str:
    return str(organization.event_type_id)


def test_an_offered_start_is_shown_by_the_exit_code(named: str, run: Run) -> None:
    done = run("explain", named, NOON.isoformat())

    assert (done.returncode, done.stdout) == (0, f"{NOON:%Y-%m-%dT%H:%M:%SZ} is offered.\n"), done.stderr


def test_each_reason_is_a_line(named: str, run: Run, organization: Organization) -> None:
    night = MONDAY.replace(hour=1, minute=5)
    done = run("explain", URIS.event_type(organization.event_type_id), night.isoformat())

    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == [
        f"{night:%Y-%m-%dT%H:%M:%SZ} is not offered:",
        f"  OUTSIDE_HOURS [{organization.owner.id}]: The host's hours do not include it. (day {night:%Y-%m-%d})",
    ]
    assert named in URIS.event_type(organization.event_type_id)


async def test_a_hold_is_shown_with_whose_it_is_and_its_id(
    conn: Conn, organization: Organization, named: str, run: Run
) -> None:
    now = datetime.now(UTC)
    held = await holds.place(
        conn, organization.id, organization.event_type_id, NOON, reason=Reason.FORM, lasts=timedelta(days=1),
        holder_id=organization.member.id, now=now,
    )  # fmt: skip
    done = run("explain", named, NOON.isoformat())
    end = f"{now + timedelta(days=1):%Y-%m-%dT%H:%M:%S.%fZ}"

    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[2:] == [
        f"    held for form by {organization.member.id} until {end} [{held.hold.id}]"
    ]


def test_the_answer_of_the_api_is_printed_as_json(named: str, run: Run) -> None:
    past = "2020-01-06T12:00:00Z"
    done = run("explain", named, past, "--json")

    assert [one["code"] for one in json.loads(done.stdout)["reasons"]] == ["NOTICE"], done.stderr


@pytest.mark.parametrize("arguments", [["nobody/nothing", "2027-01-05T10:00:00Z"], ["nobody/nothing", "soon"]])
def test_what_can_not_be_read_is_a_usage_error(arguments: list[str], run: Run) -> None:
    done = run("explain", *arguments)

    assert done.returncode == 2
    assert "Error:" in done.stderr


async def test_events_that_zone_data_moved_are_listed(conn: Conn, organization: Organization, run: Run) -> None:
    made = await make_booking(conn, organization, NOON, now=datetime.now(UTC))
    await conn.execute(
        "WITH older AS (UPDATE scheduled_events SET tzdata_version = '2020a' WHERE id = %(id)s)"
        " UPDATE scheduled_event_hosts SET wall_start = wall_start - interval '1 hour'"
        " WHERE scheduled_event_id = %(id)s",
        {"id": made.event.id},
    )
    done = run("zones", "check", "--json")
    text = run("zones", "check")

    assert (done.returncode, text.returncode) == (3, 3), done.stderr
    found = [one for one in json.loads(done.stdout) if one["scheduled_event"] == str(made.event.id)]
    assert [one | {"present": ""} for one in found] == [
        {
            "scheduled_event": str(made.event.id), "name": made.event.name, "start_time": NOON.isoformat(),
            "booked_with": "2020a", "present": "",
            "clocks": [
                {
                    "host": organization.owner.user.name, "zone": "Europe/Rome",
                    "booked_for": f"{ROME - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}",
                    "now_shows": f"{ROME:%Y-%m-%dT%H:%M:%S}",
                    "would_be": (NOON - timedelta(hours=1)).isoformat(),
                }
            ],
        }
    ]  # fmt: skip
    assert str(made.event.id) in text.stdout


def test_without_a_moved_event_the_exit_code_is_zero(own_database_url: str) -> None:
    done = run_command("zones", "check", OPENSLOT_DATABASE_URL=own_database_url)

    assert (done.returncode, done.stdout[:34]) == (0, "No event to come is moved by zone "), done.stderr


@pytest.mark.parametrize("command", [["zones", "check"], ["explain", "ada/intro", "2027-01-05T10:00:00Z"]])
def test_trouble_is_no_answer(command: list[str], tmp_path: Path) -> None:
    nowhere = run_command(*command, "--data-dir", str(tmp_path))
    refused = run_command(*command, OPENSLOT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert (nowhere.returncode, refused.returncode) == (1, 1)
    assert nowhere.stderr.startswith("Error: no database: ")
    assert refused.stderr.startswith("Error: OPENSLOT_DATABASE_URL: no connection to the database")
