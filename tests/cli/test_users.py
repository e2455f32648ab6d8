"""``openslot user``, ``event-type`` and ``meetings``: a first afternoon without a browser."""

import asyncio
import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from conftest import SECRET_KEY
from factories import Organization, make_booking, make_organization
from openslot.db.pool import connected
from running import run_command

INIT = ["init", "--organization", "Kiln & Co", "--name", "Mario Rossi", "--email", "mario@example.com"]
ANNA = ["--name", "Anna Bianchi", "--email", "anna@example.com", "--timezone", "Europe/Rome"]
Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def run(own_database_url: str) -> Run:
    def call(*arguments: str, stdin: str = "") -> "CompletedProcess[str]":
        return run_command(
            *arguments, stdin=stdin, OPENSLOT_DATABASE_URL=own_database_url, OPENSLOT_SECRET_KEY=SECRET_KEY
        )

    return call


@pytest.fixture
def init(run: Run) -> dict[str, str]:
    made: dict[str, str] = json.loads(run(*INIT, "--json").stdout)
    return made


def read(done: "CompletedProcess[str]") -> Any:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_second_user_is_added_and_listed_with_the_first(run: Run, init: dict[str, str]) -> None:
    made = read(run("user", "add", *ANNA, "--role", "admin", "--json"))
    listed = read(run("user", "list", "--json"))
    table = run("user", "list").stdout.splitlines()
    assert [(one["user"]["uri"], one["user"]["email"], one["role"]) for one in listed] == [
        (init["user"], "mario@example.com", "owner"), (made["user"], "anna@example.com", "admin"),
    ]  # fmt: skip
    assert made["token"].startswith("osl_")
    assert [line.split()[0] for line in table] == ["EMAIL", "mario@example.com", "anna@example.com"]


@pytest.mark.usefixtures("init")
def test_a_user_is_added_once_and_only_with_what_a_user_needs(run: Run) -> None:
    run("user", "add", *ANNA)
    again = run("user", "add", *ANNA)
    bad = run("user", "add", "--name", " ", "--email", "nobody", "--timezone", "Mars/Base")
    assert (again.returncode, again.stderr) == (
        1, "Error: a user with the address anna@example.com exists already\n",
    )  # fmt: skip
    assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)
    assert all(word in bad.stderr for word in ("name", "email", "timezone"))


def test_without_an_organization_the_command_names_init(run: Run) -> None:
    done = run("user", "list")
    assert (done.returncode, done.stderr) == (1, "Error: organization is not there yet: run 'openslot init'\n")


@pytest.mark.usefixtures("init")
def test_where_there_are_several_organizations_one_has_to_be_named(run: Run) -> None:
    other = [*INIT[:2], "Tile & Co", *INIT[3:-1], "luigi@example.com"]
    run(*other)
    unclear = run("user", "list")
    named = read(run("user", "list", "--organization", "Tile & Co", "--json"))
    assert unclear.returncode == 1
    assert "must be named with --organization: Kiln & Co, Tile & Co" in unclear.stderr
    assert [one["user"]["email"] for one in named] == ["luigi@example.com"]


@pytest.mark.usefixtures("init")
def test_a_deactivated_user_is_listed_no_more_and_the_owner_stays(run: Run) -> None:
    run("user", "add", *ANNA)
    ended = run("user", "deactivate", "anna@example.com")
    again = run("user", "deactivate", "anna@example.com")
    owner = run("user", "deactivate", "mario@example.com")
    assert (ended.returncode, ended.stdout) == (0, "anna@example.com is deactivated.\n")
    assert again.returncode == owner.returncode == 1
    assert [one["user"]["email"] for one in read(run("user", "list", "--json"))] == ["mario@example.com"]


def test_somebody_is_invited_also_who_was_deactivated_and_the_link_is_printed(run: Run, init: dict[str, str]) -> None:
    run("user", "add", *ANNA)
    member = run("user", "invite", "anna@example.com")
    run("user", "deactivate", "anna@example.com")
    made = read(run("user", "invite", "anna@example.com", "--role", "admin", "--json"))
    again = run("user", "invite", "Anna@example.com")
    printed = run("user", "invite", "bea@example.com").stdout
    assert (member.returncode, member.stderr) == (1, "Error: anna@example.com is already in the organization\n")
    assert made["invitation"].startswith(f"{init['user'].rpartition('/users/')[0]}/organizations/")
    assert re.fullmatch(r"http\S+/app/invitations/[\w-]{43}", made["link"])
    assert (again.returncode, again.stderr) == (1, "Error: Anna@example.com has already been invited\n")
    assert [line.split()[0] for line in printed.splitlines()[:2]] == ["Invitation", "Link"]


@pytest.mark.usefixtures("init")
def test_a_password_is_set_from_standard_input_and_has_to_be_good_enough(run: Run) -> None:
    done = run("user", "password", "mario@example.com", "--stdin", stdin="correct horse\n")
    short = run("user", "password", "mario@example.com", "--stdin", stdin="horse\n")
    typed = run("user", "password", "mario@example.com", stdin="correct horse\ncorrect horse\n")
    nobody = run("user", "password", "nobody@example.com", "--stdin", stdin="correct horse\n")
    assert (done.returncode, done.stdout) == (0, "mario@example.com has a new password.\n")
    assert (short.returncode, short.stderr) == (1, "Error: password must have at least 8 characters\n")
    assert typed.returncode == 0
    assert "horse" not in typed.stdout
    assert nobody.returncode == 1


@pytest.mark.usefixtures("init")
def test_hours_are_set_as_the_api_has_them(run: Run) -> None:
    hours = {"timezone": "Europe/Rome", "rules": [
        {"type": "wday", "wday": "monday", "intervals": [{"from": "10:00", "to": "12:00"}]}
    ]}  # fmt: skip
    changed = read(run("user", "set", "mario@example.com", f"availability={json.dumps(hours)}", "--json"))
    wrong = run("user", "set", "mario@example.com", "timezone=Mars/Base", "color=red")
    assert changed["availability"] == hours
    assert wrong.returncode == 1
    assert all(word in wrong.stderr for word in ("color: is not a known key",))


@pytest.mark.usefixtures("init")
def test_an_event_type_is_changed_by_the_end_of_its_address(run: Run) -> None:
    (before,) = read(run("event-type", "list", "--email", "mario@example.com", "--json"))
    page = before["scheduling_url"].split("/", 3)[3]
    changed = read(run("event-type", "set", page, "duration=45", "name=Tour", "active=false", "--json"))
    (after,) = read(run("event-type", "list", "--email", "mario@example.com", "--json"))
    assert changed == before | {"duration": 45, "name": "Tour", "active": False, "updated_at": changed["updated_at"]}
    assert after == changed
    assert run("event-type", "list", "--email", "mario@example.com").stdout.splitlines()[1].endswith("45 min  off")


@pytest.mark.usefixtures("init")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["duration=0"], "duration"),
        (["duration"], "'duration' is not NAME=VALUE"),
        (["colour=#ff0000"], "colour: is not a known key"),
        (['hosts=[{"user": "x"}]'], "hosts"),
    ],
)
def test_a_wrong_setting_of_an_event_type_is_one_clear_message(run: Run, values: list[str], message: str) -> None:
    (before,) = read(run("event-type", "list", "--email", "mario@example.com", "--json"))
    done = run("event-type", "set", before["scheduling_url"].split("/", 3)[3], *values)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert read(run("event-type", "list", "--email", "mario@example.com", "--json")) == [before]


@pytest.mark.usefixtures("init")
def test_an_event_type_that_is_not_there_is_one_clear_line(run: Run) -> None:
    done = run("event-type", "set", "mario-rossi/nothing", "duration=45")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "mario-rossi/nothing" in done.stderr


@pytest.fixture
def booked(own_database_url: str) -> Organization:
    """An organization whose owner has a meeting in two days."""

    async def make() -> Organization:
        now = datetime.now(UTC)
        async with connected(own_database_url) as conn:
            organization = await make_organization(conn, now=now)
            start = (now + timedelta(days=9 - now.weekday())).replace(hour=10, minute=0, second=0, microsecond=0)
            await make_booking(conn, organization, start, now=now)
            return organization

    return asyncio.run(make())


def test_a_host_sees_who_has_booked(run: Run, booked: Organization) -> None:
    email = booked.owner.user.email
    (meeting,) = read(run("meetings", "list", "--email", email, "--json"))
    table = run("meetings", "list", "--email", email).stdout.splitlines()
    assert [(one["name"], one["email"]) for one in meeting["invitees"]] == [("Ada Example", "ada@example.org")]
    assert meeting["event"]["status"] == "active"
    assert table[1].endswith("active  Ada Example <ada@example.org>")
    assert read(run("meetings", "list", "--email", booked.member.user.email, "--json")) == []
    assert read(run("meetings", "list", "--email", email, "--days", "1", "--json")) == []


def test_each_line_of_the_documentation_works_in_its_order(run: Run) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    done = [(line, run_line(run, line)) for line in lines]
    assert [(line, one.stderr) for line, one in done if one.returncode != 0] == []
    assert len(done) == 19


def run_line(run: Run, line: str) -> "CompletedProcess[str]":
    """A line of a shell: the command, which may be given a text by ``echo``."""
    before, _, command = line.rpartition(" | ")
    text = f"{shlex.split(before)[1]}\n" if before else ""
    return run(*shlex.split(command)[1:], stdin=text)
