"""Commands that need a table which another session has locked: one clear line after a while, and nothing done."""

import psycopg
import pytest
from click.testing import CliRunner

from openslot.cli import main
from openslot.cli.doctor import database_checks
from openslot.cli.doctor.command import examine
from openslot.config import Settings
from openslot.db import pool
from openslot.db.pool import Timeouts


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch, own_database_url: str) -> None:
    hasty = Timeouts(lock=0.05, statement=60, idle=60)
    monkeypatch.setattr(database_checks, "DOCTOR", hasty)
    monkeypatch.setattr(pool, "COMMAND", hasty)
    monkeypatch.setenv("OPENSLOT_DATABASE_URL", own_database_url)


def test_a_command_that_waits_too_long_reports_it_and_does_nothing(own_database_url: str) -> None:
    with psycopg.connect(own_database_url) as other:
        other.execute("LOCK TABLE organizations")
        ended = CliRunner().invoke(
            main, ["init", "--organization", "Kiln", "--name", "Ada", "--email", "a@example.org"]
        )
    message = (
        "Error: nothing was done: another session has what this needs (canceling statement due to lock timeout); "
        "pg_stat_activity shows who, then try again\n"
    )
    assert (ended.exit_code, ended.output) == (1, message)


def test_the_doctor_reports_that_a_session_has_what_all_others_need(own_database_url: str) -> None:
    with psycopg.connect(own_database_url) as other:
        other.execute("LOCK TABLE deliveries")
        found = {one.check: one for one in examine(Settings(database_url=own_database_url))}
    assert (found["database"].state, found["database"].remedy) == (
        "problem",
        "end that session, or wait, and look again",
    )
    assert "lock timeout" in found["database"].message
