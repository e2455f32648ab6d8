"""``openslot routing-form``: imports a routing form from a file, and lists those there are."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from openslot.api import shapes
from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json, print_table
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.db import routing_forms
from openslot.db.pool import Conn
from openslot.presenters import routing_forms as present
from openslot.presenters.uris import Uris
from openslot.services import routing_form_import
from openslot.wire.routing_form_files import RoutingFormFile
from openslot.wire.routing_forms import RoutingForm

MAX_FILE = 1024 * 1024


@click.group("routing-form")
def routing_form() -> None:
    """Routing forms: questions that lead to an event type."""


@routing_form.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Change the form of the same name; its links and submissions stay.")
@organization_option
@data_dir_option
@json_option
def import_file(
    file: Path,
    replace: bool,  # noqa: FBT001 -- click passes it by name
    organization: str | None,
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Import a routing form from a YAML or JSON file, as docs/routing-forms.md shows it."""
    content = _read(file)

    async def work(conn: Conn, settings: Settings) -> tuple[RoutingForm, str]:
        organization_id = (await the_organization(conn, organization)).id
        form = await routing_form_import.import_form(
            conn, organization_id, content, replace=replace, now=datetime.now(UTC)
        )
        uris = Uris(settings.base_url, settings.api_url)
        return present.routing_form(form, uris), uris.routing_form_page(form.id)

    form, page = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json({"routing_form": form, "page": page})
        return
    click.echo(f"Routing form  {form.uri}\nPage          {page}")


@routing_form.command("list")
@organization_option
@data_dir_option
@json_option
def list_forms(organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the routing forms of an organization, the oldest first."""

    async def work(conn: Conn, settings: Settings) -> list[tuple[RoutingForm, str]]:
        found = await routing_forms.list_all(conn, (await the_organization(conn, organization)).id)
        uris = Uris(settings.base_url, settings.api_url)
        return [(present.routing_form(one, uris), uris.routing_form_page(one.id)) for one in found]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json([form for form, _ in found])
        return
    print_table([["NAME", "STATUS", "PAGE"], *[[form.name, form.status, page] for form, page in found]])


def _read(file: Path) -> RoutingFormFile:
    """The content of a file.

    Raises:
        click.ClickException: it is no YAML, or of another shape; all that is wrong is named in one line.
    """
    if file.stat().st_size > MAX_FILE:
        raise click.ClickException(f"{file} is larger than {MAX_FILE} bytes")
    try:
        value: Any = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as exc:
        raise click.ClickException(f"{file} can't be read: {' '.join(str(exc).split())}") from exc
    if not isinstance(value, dict):
        raise click.ClickException(f"{file} must hold one routing form, with name, questions and otherwise")
    examined = shapes.examine(value, RoutingFormFile, strict=True, closed=True)
    if examined.wrong or examined.value is None:
        raise click.ClickException("; ".join(f"{one.parameter}: {one.message}" for one in examined.wrong))
    return examined.value
