"""The checks of settings and files, and of the service that runs on them."""

import asyncio
import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path

import psycopg

from openslot.cli import secret_key
from openslot.cli.database import read_service
from openslot.cli.doctor.finding import Finding
from openslot.config import SettingError, Settings
from openslot.db import embedded
from openslot.db.data_directory import DataDirectoryError, other_owner
from openslot.db.pool import connected
from openslot.security.vault import KEY_FILE, Vault, is_open_to_others, kept_key
from openslot.services import secret_keys, zone_data

LITTLE_SPACE = 256 * 2**20
"""Bytes. PostgreSQL writes its log in files of 16 MB, and stops if it can't create the next one."""


def check_data_directory(settings: Settings) -> Finding:
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


def check_secret_key(settings: Settings, conninfo: str) -> Finding:
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


def check_service(settings: Settings) -> Finding:
    url = read_service(settings.data_dir)
    if url is None:
        return Finding("service", "warning", f"no 'openslot up' runs on {settings.data_dir}", "openslot up")
    return Finding("service", "ok", f"answers at {url}")


def check_mail(settings: Settings) -> Finding:
    if settings.smtp_url:
        return Finding("mail", "ok", f"from {settings.sender}")
    message = "no server is set: invitations reach nobody, and failing webhooks are reported only in the event log"
    return Finding("mail", "warning", message, "set OPENSLOT_SMTP_URL")


def check_zone_data() -> Finding:
    return Finding("time zone data", "ok", zone_data.VERSION)
