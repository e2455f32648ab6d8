"""``openslot oauth-app``: adds, lists and deletes applications that members may let act for them."""

from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json, print_table
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.core.ids import parse_id
from openslot.core.scopes import SCOPES
from openslot.db.oauth_applications import OAuthApplication
from openslot.db.pool import Conn
from openslot.presenters import oauth as present
from openslot.presenters.uris import Uris
from openslot.security.vault import Vault, secret_key
from openslot.services import access
from openslot.services.oauth import applications
from openslot.services.oauth.applications import MadeApplication, NewApplication
from openslot.wire.oauth import ServerMetadata


@click.group("oauth-app")
def oauth_app() -> None:
    """Applications that members may let act for them."""


@oauth_app.command()
@click.option("--name", required=True, help="What members are shown.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, required=True, help="Where members are sent back to.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(sorted(SCOPES)), metavar="SCOPE",
    help="What it may ask for, such as scheduled_events:read; may be repeated. Without one, everything.",
)  # fmt: skip
@click.option("--native", "is_native", is_flag=True, help="An app on a device or in a browser: it has no secret.")
@organization_option
@data_dir_option
@json_option
def add(  # noqa: PLR0917 -- one argument per option
    name: str,
    redirect_uris: tuple[str, ...],
    scopes: tuple[str, ...],
    is_native: bool,  # noqa: FBT001 -- click passes it by name
    organization: str | None,
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Add an application; its secret is shown once."""
    new = NewApplication(
        name=name, redirect_uris=redirect_uris, is_native=is_native, has_secret=not is_native, scopes=scopes or None
    )

    async def work(conn: Conn, settings: Settings) -> tuple[MadeApplication, ServerMetadata]:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        vault = Vault(secret_key(settings.secret_key, settings.data_dir))
        made = await applications.create(conn, operator, new, vault=vault, now=datetime.now(UTC))
        return made, present.server_metadata(Uris(settings.base_url, settings.api_url), registers=False)

    made, server = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json({
            "client_id": str(made.application.id), "client_secret": made.secret,
            "webhook_signing_key": made.signing_key,
            "authorization_endpoint": server.authorization_endpoint, "token_endpoint": server.token_endpoint,
        })  # fmt: skip
        return
    click.echo(f"Client id      {made.application.id}")
    if made.secret is not None:
        click.echo(f"Client secret  {made.secret}")
    click.echo(f"Webhook key    {made.signing_key}")
    click.echo(f"Authorize      {server.authorization_endpoint}\nToken          {server.token_endpoint}")
    click.echo("\nKeep the secrets: they are shown only now.")


@oauth_app.command("list")
@organization_option
@data_dir_option
@json_option
def list_applications(organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the applications of an organization, the oldest first."""

    async def work(conn: Conn, _: Settings) -> list[OAuthApplication]:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        return await applications.listing(conn, operator)

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json([
            {
                "client_id": str(one.id), "name": one.name, "redirect_uris": one.redirect_uris,
                "is_native": one.is_native, "scopes": one.scopes,
            }
            for one in found
        ])  # fmt: skip
        return
    print_table([["CLIENT ID", "NAME", "REDIRECT URIS"], *[
        [str(one.id), one.name, " ".join(one.redirect_uris)] for one in found
    ]])  # fmt: skip


@oauth_app.command()
@click.argument("client_id")
@organization_option
@data_dir_option
def delete(client_id: str, organization: str | None, data_dir: Path | None) -> None:
    """Delete an application. Its tokens work no more."""
    known = parse_id(client_id)
    if known is None:
        raise click.UsageError("a client id is a UUID from 'openslot oauth-app list'")

    async def work(conn: Conn, _: Settings) -> None:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        await applications.delete(conn, operator, known, now=datetime.now(UTC))

    in_transaction(load_settings(data_dir=data_dir), work)
    click.echo(f"{client_id} is deleted.")
