"""``openslot organization``: shows and changes what is set for a whole organization."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json
from openslot.cli.pictures import file_argument, print_picture, read_upload, remove_option
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.cli.values import read_values
from openslot.config import Settings
from openslot.db import sandboxes
from openslot.db.organizations import Preferences
from openslot.db.pool import Conn
from openslot.presenters import pictures as present_pictures
from openslot.presenters import preferences as present
from openslot.presenters.uris import Uris
from openslot.services import access, pictures, preferences
from openslot.wire.pictures import Picture
from openslot.wire.preferences import ChangeOrganizationPreferences, OrganizationPreferences


@click.group()
def organization() -> None:
    """What is set for a whole organization."""


@organization.command()
@organization_option
@data_dir_option
@json_option
def show(organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show the time zone, the week, the sites that may embed the booking pages, and the logo."""

    async def work(conn: Conn, settings: Settings) -> OrganizationPreferences:
        found = await the_organization(conn, organization)
        return _presented(found.id, await preferences.of_organization(conn, found.id), settings)

    _print(in_transaction(load_settings(data_dir=data_dir), work), as_json=as_json)


@organization.command("set")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@organization_option
@data_dir_option
@json_option
def set_values(values: tuple[str, ...], organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Change the time zone, the week, or the sites that may embed the booking pages.

    The names are those of PATCH /openslot/organization: timezone, week_start and frame_ancestors, which is JSON such as
    ["https://shop.example"], [] for none, or null for any.
    """
    wanted = read_values(values, ChangeOrganizationPreferences)

    async def work(conn: Conn, settings: Settings) -> OrganizationPreferences:
        found = await the_organization(conn, organization)
        operator = await access.operator(conn, found.id)
        now = await sandboxes.clock(conn, found.id, datetime.now(UTC))
        return _presented(found.id, await preferences.change_organization(conn, operator, wanted, now=now), settings)

    _print(in_transaction(load_settings(data_dir=data_dir), work), as_json=as_json)


@organization.command()
@file_argument
@remove_option
@organization_option
@data_dir_option
@json_option
def logo(file: Path | None, remove: bool, organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Set the logo from a PNG, JPEG, WebP or GIF file, or remove it."""
    upload = read_upload(file, remove=remove)

    async def work(conn: Conn, settings: Settings) -> Picture | None:
        found = await the_organization(conn, organization)
        operator = await access.operator(conn, found.id)
        if upload is None:
            await pictures.remove_logo(conn, operator)
            return None
        now = await sandboxes.clock(conn, found.id, datetime.now(UTC))
        made = await pictures.set_logo(conn, operator, upload, now=now)
        return present_pictures.picture(made, Uris(settings.base_url, settings.api_url))

    print_picture(in_transaction(load_settings(data_dir=data_dir), work), of="The logo", as_json=as_json)


def _presented(organization_id: UUID, row: Preferences, settings: Settings) -> OrganizationPreferences:
    return present.organization_preferences(organization_id, row, Uris(settings.base_url, settings.api_url))


def _print(found: OrganizationPreferences, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    sites = found.frame_ancestors
    click.echo(f"Time zone    {found.timezone}\nWeek begins  {found.week_start}")
    click.echo(f"Embedded by  {'any site' if sites is None else ', '.join(sites) or 'no other site'}")
    click.echo(f"Logo         {found.logo_url or 'none'}")
