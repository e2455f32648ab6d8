"""A secret key that is not the database's is noticed before anything is done with it. Source: ADR 0027."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from factories import Organization, make_organization, make_subscription
from openslot.cli import secret_key
from openslot.config import Settings
from openslot.db import secret_key_check
from openslot.db.pool import Conn, connected
from openslot.security.vault import Vault, kept_key
from openslot.services import secret_keys
from running import free_port, run_command, run_openslot

KEY, OTHER = "the key of this database, long enough", "another key that is as long as the first"
NOW = datetime.now(UTC)
REMEDY = "If it is lost for good, 'openslot secret-key accept' goes on without it"


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn) -> Organization:
    return await make_organization(conn, now=NOW)


async def sign(conn: Conn, organization: Organization, key: str) -> None:
    """A subscription whose signing key is sealed with ``key``."""
    await make_subscription(conn, organization.owner, vault=Vault(key), now=NOW, signing_key="of the receiver")


def examined(**environment: str) -> list[dict[str, Any]]:
    """What the doctor finds, check by check."""
    found: list[dict[str, Any]] = json.loads(run_command("doctor", "--json", **environment).stdout)
    return found


@pytest.mark.parametrize("command", ["up", "web", "worker"])
async def test_no_process_starts_with_a_changed_key(
    conn: Conn, own_database_url: str, tmp_path: Path, command: str
) -> None:
    await secret_keys.settle(conn, Vault(KEY), now=NOW)
    wrong = "OPENSLOT_SECRET_KEY is not the secret key that this database was set up with"

    done = run_openslot(
        command,
        OPENSLOT_DATABASE_URL=own_database_url,
        OPENSLOT_DATA_DIR=str(tmp_path),
        OPENSLOT_SECRET_KEY=OTHER,
        OPENSLOT_PORT=str(free_port()),
    )

    assert (done.returncode, done.stderr) == (1, f"Error: {wrong}: set it to what it was. {REMEDY}\n")


async def test_a_lost_key_is_not_replaced_until_its_loss_is_accepted(
    conn: Conn, organization: Organization, own_database_url: str, tmp_path: Path
) -> None:
    await secret_keys.settle(conn, Vault(KEY), now=NOW)
    await sign(conn, organization, KEY)
    settings = Settings(database_url=own_database_url, data_dir=tmp_path)
    there = {"OPENSLOT_DATABASE_URL": own_database_url, "OPENSLOT_DATA_DIR": str(tmp_path)}

    refused = run_openslot("worker", **there)
    doctor = examined(**there)
    kept = (tmp_path / "secret.key").exists()
    accepted = run_command("secret-key", "accept", "--yes", **there)
    again = run_command("secret-key", "accept", "--yes", **there)

    message = f"{tmp_path}/secret.key is missing, and this database was set up with a secret key"
    remedy = f"put it back from a backup, or set OPENSLOT_SECRET_KEY. {REMEDY}"
    assert (refused.returncode, refused.stderr) == (1, f"Error: {message}: {remedy}\n")
    assert {"check": "secret key", "state": "problem", "message": message, "remedy": remedy} in doctor
    assert not kept
    assert "has lost its signing key" in accepted.stdout
    assert again.stdout == "Nothing to do: the secret key is the one of this database.\n"
    assert await secret_key_check.get(conn) is not None
    assert kept_key("", settings.data_dir) is not None


@pytest.mark.parametrize("content", [b"", b"half a key", b"\xff\xfe" * 32])
async def test_what_is_no_key_is_one_clear_line(own_database_url: str, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)

    done = run_openslot("worker", OPENSLOT_DATABASE_URL=own_database_url, OPENSLOT_DATA_DIR=str(tmp_path))

    remedy = "put it back, or delete it: this database has no key yet, and a new one is made"
    assert (done.returncode, done.stderr) == (1, f"Error: {path} holds no key: {remedy}\n")


async def test_no_new_key_is_promised_for_a_damaged_one_of_a_database_that_has_a_key(
    conn: Conn, own_database_url: str, tmp_path: Path
) -> None:
    await secret_keys.settle(conn, Vault(KEY), now=NOW)
    path = tmp_path / "secret.key"
    path.touch()
    there = {"OPENSLOT_DATABASE_URL": own_database_url, "OPENSLOT_DATA_DIR": str(tmp_path)}

    refused = run_openslot("worker", **there)
    doctor = examined(**there)
    not_accepted = run_command("secret-key", "accept", "--yes", **there)
    path.unlink()
    accepted = run_command("secret-key", "accept", "--yes", **there)

    remedy = (
        "put it back from a backup, or set OPENSLOT_SECRET_KEY, since this database was set up with a secret key."
        f" If that is lost for good, delete {path}, and 'openslot secret-key accept' goes on without it"
    )
    message = f"{path} holds no key"
    assert (refused.returncode, refused.stderr) == (1, f"Error: {message}: {remedy}\n")
    assert {"check": "secret key", "state": "problem", "message": message, "remedy": remedy} in doctor
    assert not_accepted.stderr == f"Error: {message}: put it back, or delete it and run this again\n"
    assert accepted.returncode == 0
    assert kept_key("", tmp_path) is not None


async def test_a_key_that_others_may_read_is_closed_to_them_with_a_warning(
    own_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "secret.key"
    path.write_text(KEY)
    path.chmod(0o644)
    settings = Settings(database_url=own_database_url, data_dir=tmp_path)
    there = {"OPENSLOT_DATA_DIR": str(tmp_path)}
    doctor = examined(**there)

    await asyncio.to_thread(secret_key.check, settings)

    warned = {
        "check": "secret key",
        "state": "warning",
        "message": f"{path} is readable by others than its owner",
        "remedy": f"chmod 600 {path}",
    }
    assert warned in doctor
    assert capsys.readouterr().err == f"warning: {path} was readable by others than its owner\n"
    assert path.stat().st_mode & 0o777 == 0o600
