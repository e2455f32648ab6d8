"""``openslot explain`` and ``openslot zones check``, as an operator runs them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from factories import LINKS, Organization, make_booking
from openslot.db.pool import Conn
from running import run_openslot

SOON = (datetime.now(UTC) + timedelta(days=14)).replace(minute=0, second=0, microsecond=0)
MONDAY = SOON + timedelta(days=-SOON.weekday() % 7)
NOON = MONDAY.replace(hour=12)


@pytest.fixture
def named(organization: Organization) -> str:
    return str(organization.event_type_id)


def test_an_offered_start_is_told_by_the_exit_code(named: str, database_url: str) -> None:
    done = run_openslot("explain", named, NOON.isoformat(), OPENSLOT_DATABASE_URL=database_url)

    assert (done.returncode, done.stdout) == (0, f"{NOON:%Y-%m-%dT%H:%M:%SZ} is offered.\n"), done.stderr


def test_each_reason_is_a_line(named: str, database_url: str, organization: Organization) -> None:
    night = MONDAY.replace(hour=1, minute=5)
    done = run_openslot(
        "explain", LINKS.event_type(organization.event_type_id), night.isoformat(), OPENSLOT_DATABASE_URL=database_url
    )

    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        f"{night:%Y-%m-%dT%H:%M:%SZ} is not offered:",
        f"  OUTSIDE_HOURS [{organization.owner.id}]: The host's hours do not include it. (day {night:%Y-%m-%d})",
    ]
    assert named in LINKS.event_type(organization.event_type_id)


def test_the_answer_of_the_api_is_printed_as_json(named: str, database_url: str) -> None:
    past = "2020-01-06T12:00:00Z"
    done = run_openslot("explain", named, past, "--json", OPENSLOT_DATABASE_URL=database_url)

    assert [one["code"] for one in json.loads(done.stdout)["reasons"]] == ["NOTICE"], done.stderr


@pytest.mark.parametrize("arguments", [["nobody/nothing", "2027-01-05T10:00:00Z"], ["nobody/nothing", "soon"]])
def test_what_can_not_be_read_is_a_usage_error(arguments: list[str], database_url: str) -> None:
    done = run_openslot("explain", *arguments, OPENSLOT_DATABASE_URL=database_url)

    assert done.returncode == 2
    assert "Error:" in done.stderr


async def test_events_that_zone_data_moved_are_listed(
    conn: Conn, organization: Organization, database_url: str
) -> None:
    made = await make_booking(conn, organization, NOON, now=datetime.now(UTC))
    await conn.execute(
        "UPDATE scheduled_events SET tzdata_version = '2020a', wall_start = wall_start - interval '1 hour'"
        " WHERE id = %s",
        (made.event.id,),
    )
    done = run_openslot("zones", "check", "--json", OPENSLOT_DATABASE_URL=database_url)
    text = run_openslot("zones", "check", OPENSLOT_DATABASE_URL=database_url)

    assert (done.returncode, text.returncode) == (1, 1), done.stderr
    found = [one for one in json.loads(done.stdout) if one["scheduled_event"] == str(made.event.id)]
    assert [(one["zone"], one["booked_with"]) for one in found] == [("Europe/Rome", "2020a")]
    assert str(made.event.id) in text.stdout
