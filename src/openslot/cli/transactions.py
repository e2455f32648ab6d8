"""Shared by the commands that change an organization: their options, and one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from openslot.cli.database import database, reporting_errors
from openslot.config import Settings
from openslot.core.errors import OpenSlotError
from openslot.db.pool import Conn, transaction
from openslot.services import zone_data

T = TypeVar("T")

data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="The data directory of 'openslot up' (OPENSLOT_DATA_DIR)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def in_transaction(settings: Settings, work: Callable[[Conn, Settings], Awaitable[T]]) -> T:
    """Run ``work`` in one transaction on the command's database.

    Raises:
        click.ClickException: ``work`` refused, or the database does not answer; one line.
    """
    zone_data.use_packaged()
    with database(settings) as ready:

        async def run() -> T:
            async with transaction(ready.database_url) as conn:
                return await work(conn, ready)

        try:
            with reporting_errors():
                return asyncio.run(run())
        except OpenSlotError as exc:
            raise click.ClickException(str(exc)) from exc
