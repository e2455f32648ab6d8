"""The check of the secret key at the start of a process, and ``openslot secret-key accept`` for a lost key."""

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli import database as databases
from openslot.cli.transactions import data_dir_option, in_transaction
from openslot.config import Settings
from openslot.db.data_directory import DataDirectoryError, open_regular_file
from openslot.db.pool import Conn, connected, transaction
from openslot.db.secret_key_check import Sealed
from openslot.db.webhook_subscriptions import destination_of
from openslot.security.vault import KEY_FILE, Vault, is_open_to_others, kept_key, secret_key
from openslot.services import secret_keys

ACCEPT = "openslot secret-key accept"


def check(settings: Settings) -> None:
    """Check that the secret key is the database's; a database without a key gets this one.

    Raises:
        click.ClickException: the key is another one, missing, damaged or unreadable.
    """

    async def settle(vault: Vault | None) -> bool:
        if vault is None:  # no new key for a database whose key is lost
            async with connected(settings.database_url) as conn:
                if not await secret_keys.belongs(conn, None):
                    return False
            vault = Vault(secret_key(settings.secret_key, settings.data_dir))
        async with transaction(settings.database_url) as conn:
            return await secret_keys.settle(conn, vault, now=datetime.now(UTC))

    async def has_key() -> bool:
        async with connected(settings.database_url) as conn:
            return not await secret_keys.belongs(conn, None)

    try:
        kept = kept_key(settings.secret_key, settings.data_dir)
        belongs = asyncio.run(settle(None if kept is None else Vault(kept)))
    except ValueError as exc:
        raise click.ClickException(f"{exc}: {remedy_of_damage(settings, has_key=asyncio.run(has_key()))}") from exc
    except OSError as exc:
        raise click.ClickException(
            f"the secret key can't be used: {exc.filename or settings.data_dir}: {exc.strerror}"
        ) from exc
    if not belongs:
        raise click.ClickException(f"{what_is_wrong(settings)}: {remedy(settings)}")
    if not settings.secret_key and is_open_to_others(settings.data_dir):
        _close(settings.data_dir / KEY_FILE)


def what_is_wrong(settings: Settings) -> str:
    """The message about a key that is not the database's."""
    path = settings.data_dir / KEY_FILE
    if settings.secret_key:
        return "OPENSLOT_SECRET_KEY is not the secret key that this database was set up with"
    if path.exists():
        return f"{path} is not the secret key that this database was set up with"
    return f"{path} is missing, and this database was set up with a secret key"


def remedy(settings: Settings) -> str:
    """The remedy for a key that is not the database's."""
    back = "set it to what it was" if settings.secret_key else "put it back from a backup, or set OPENSLOT_SECRET_KEY"
    return f"{back}. If it is lost for good, '{ACCEPT}' goes on without it"


def remedy_of_damage(settings: Settings, *, has_key: bool) -> str:
    """The remedy for a damaged key file, by whether the database was set up with a key."""
    if not has_key:
        return "put it back, or delete it: this database has no key yet, and a new one is made"
    return (
        "put it back from a backup, or set OPENSLOT_SECRET_KEY, since this database was set up with a secret key."
        f" If that is lost for good, delete {settings.data_dir / KEY_FILE}, and '{ACCEPT}' goes on without it"
    )


def _close(path: Path) -> None:
    """Remove the rights of others, with a warning: whoever has read the key can read what it protects."""
    with suppress(OSError, DataDirectoryError):  # such as a link to a secret that the system mounts
        descriptor = open_regular_file(path, os.O_RDONLY)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    rights = "still is" if is_open_to_others(path.parent) else "was"
    click.echo(f"warning: {path} {rights} readable by others than its owner", err=True)


@click.group("secret-key")
def secret_key_group() -> None:
    """The key that signs forms and encrypts stored credentials."""


@secret_key_group.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def accept(data_dir: Path | None, *, yes: bool) -> None:
    """Accept the present secret key, or create one, although the database was set up with another.

    What only the former key can decrypt is lost: webhook subscriptions with a signing key are disabled, and keep their
    backlog, until each gets a new signing key.
    """
    settings = databases.load_settings(data_dir=data_dir)
    if not yes:
        click.confirm("Is the former secret key lost for good? What it has encrypted can't be read again", abort=True)

    async def work(conn: Conn, ready: Settings) -> list[Sealed] | None:
        kept = kept_key(ready.secret_key, ready.data_dir)
        if kept is not None and await secret_keys.settle(conn, Vault(kept), now=datetime.now(UTC)):
            return None
        vault = Vault(secret_key(ready.secret_key, ready.data_dir))
        return await secret_keys.accept(conn, vault, now=datetime.now(UTC))

    try:
        lost = in_transaction(settings, work)
    except ValueError as exc:
        raise click.ClickException(f"{exc}: put it back, or delete it and run this again") from exc
    except OSError as exc:
        raise click.ClickException(str(exc)) from exc
    if lost is None:
        click.echo("Nothing to do: the secret key is the one of this database.")
        return
    click.echo("The present secret key is the one of this database from now on. Restart what runs on it.")
    click.echo("Forms that are open in browsers are shown once more before they are taken.")
    for one in lost:
        click.echo(f"Disabled: {destination_of(one.callback_url)} ({one.id}) has lost its signing key.")
    if lost:
        click.echo(
            "Agree on a new signing key with each receiver: PATCH /openslot/webhook_subscriptions/{uuid} with it, then"
            " 'openslot webhook enable {uuid}', which sends what has waited."
        )
