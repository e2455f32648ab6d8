"""``openslot organization``: shows and changes what is set for a whole organization."""

from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.cli.values import read_values
from openslot.config import Settings
from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.presenters import preferences as present
from openslot.presenters.uris import Uris
from openslot.services import access, preferences
from openslot.wire.preferences import ChangeOrganizationPreferences, OrganizationPreferences


@click.group()
def organization() -> None:
    """What is set for a whole organization."""


@organization.command("set")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@organization_option
@data_dir_option
@json_option
def set_values(values: tuple[str, ...], organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Change the time zone, the week, or the sites that may embed the booking pages; without values, show them.

    The names are those of PATCH /openslot/organization: timezone, week_start and frame_ancestors, which is JSON such as
    ["https://shop.example"], [] for none, or null for any.
    """
    wanted = read_values(values, ChangeOrganizationPreferences)

    async def work(conn: Conn, settings: Settings) -> OrganizationPreferences:
        found = await the_organization(conn, organization)
        operator = await access.operator(conn, found.id)
        now = await sandboxes.clock(conn, found.id, datetime.now(UTC))
        if values:
            changed = await preferences.change_organization(conn, operator, wanted, now=now)
        else:
            changed = await preferences.of_organization(conn, found.id)
        return present.organization_preferences(found.id, changed, Uris(settings.base_url, settings.api_url))

    present_now = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(present_now)
        return
    sites = present_now.frame_ancestors
    click.echo(f"Time zone    {present_now.timezone}\nWeek begins  {present_now.week_start}")
    click.echo(f"Embedded by  {'any site' if sites is None else ', '.join(sites) or 'no other site'}")
