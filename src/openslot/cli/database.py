"""The database of a command, and its errors: one line each, and a non-zero exit code."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import psycopg

from openslot import config
from openslot.config import SettingError, Settings
from openslot.db import data_directory, embedded, migrate
from openslot.db.pool import is_undone

CONNECT_TIMEOUT_SECONDS = 5
EXIT_NO = 3
"""The exit code of commands whose answer is no. 1 is any error, 2 a usage error."""
SERVICE_FILE = "service.json"
"""Written by ``up`` while it runs: its base URL, so that other commands print the right URLs."""


def load_settings(**overrides: object) -> Settings:
    """The settings, with the options of a command in place of some (``None``: not given).

    Raises:
        click.ClickException: a setting can't be read.
    """
    try:
        settings = config.load()
    except SettingError as exc:
        raise click.ClickException(str(exc)) from exc
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = replace(settings, **given)  # type: ignore[arg-type] # options are declared with the fields' types
    return replace(settings, data_dir=settings.data_dir.absolute())  # children work in other folders


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn errors of databases and folders into one line each.

    Raises:
        click.ClickException: the block raised such an error.
    """
    try:
        yield
    except (data_directory.DataDirectoryError, embedded.PostgresError) as exc:
        raise click.ClickException(str(exc)) from exc
    except migrate.DatabaseTooNew as exc:
        message = f"{exc}. Run the newer version of OpenSlot that made them."
        raise click.ClickException(message) from exc
    except migrate.DatabaseBusy as exc:
        message = f"{exc}. pg_stat_activity shows who has it; end that session, or wait, and start again."
        raise click.ClickException(message) from exc
    except migrate.DatabaseTooOld as exc:
        message = f"{exc}. Run 'openslot migrate'."
        raise click.ClickException(message) from exc
    except psycopg.Error as exc:
        if not is_undone(exc):
            raise
        raise click.ClickException(f"nothing was done: {waited_too_long(exc)}") from exc


def waited_too_long(error: psycopg.Error) -> str:
    """The message for a command that another session's lock kept from its work."""
    reason = str(error).partition("\n")[0]
    return f"another session has what this needs ({reason}); pg_stat_activity shows who, then try again"


def connect_once(conninfo: str) -> None:
    """Check that an external database answers.

    Raises:
        click.ClickException: it does not answer, or the setting is no connection string.
    """
    try:
        psycopg.connect(conninfo, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.Error as exc:
        raise click.ClickException(f"OPENSLOT_DATABASE_URL: {database_trouble(exc)}") from exc


def database_trouble(error: psycopg.Error | SettingError) -> str:
    """What is wrong with a database URL or its database, in one line and without a password."""
    if isinstance(error, psycopg.ProgrammingError | SettingError):
        # libpq quotes a malformed connection string, with its password.
        return "is no connection string, such as postgresql://user:password@host/database"
    return "no connection to the database: " + " ".join(str(error).split())


@contextmanager
def database(settings: Settings, *, migrated: bool = True) -> Iterator[Settings]:
    """The settings with ``database_url`` set to a database that answers; ``migrated``: it has the present schema.

    If none is configured, it is the embedded PostgreSQL: the one that runs, else one that is started for the command.

    Raises:
        click.ClickException: the database does not start, answer or migrate.
    """
    with reporting_errors():
        if settings.database_url:
            connect_once(settings.database_url)
            ready = settings
            if migrated:
                migrate.migrate(ready.database_url)
            yield ready
            return
        with embedded.serving(settings.data_dir) as server:
            ready = replace(settings, database_url=server.conninfo)
            if migrated:
                migrate.migrate(ready.database_url)
            yield beside_running(ready)


def running_database(settings: Settings) -> Settings:
    """The settings with ``database_url`` set, for commands that need a running database.

    Raises:
        click.ClickException: no database is configured or runs, or its schema is not the present one.
    """
    with reporting_errors():
        if settings.database_url:
            connect_once(settings.database_url)
            ready = settings
        else:
            server = embedded.find(settings.data_dir)
            if server is None:
                message = f"no database: set OPENSLOT_DATABASE_URL, or run 'openslot up' on {settings.data_dir} first"
                raise click.ClickException(message)
            ready = beside_running(replace(settings, database_url=server.conninfo))
        migrate.check(ready.database_url)
        return ready


def beside_running(settings: Settings) -> Settings:
    """The settings with the public URL of the ``up`` that runs on the data directory, unless one is configured."""
    if settings.public_url:
        return settings
    described = read_service(settings.data_dir)
    return settings if described is None else replace(settings, public_url=described)


def read_service(data_dir: Path) -> str | None:
    """The base URL of the ``up`` that runs on a data directory, or None."""
    try:
        described = json.loads((data_dir / SERVICE_FILE).read_text())
        os.kill(int(described["pid"]), 0)
        return str(described["base_url"])
    except (OSError, ValueError, KeyError):
        return None
