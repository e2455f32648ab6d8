"""``openslot init``: the first organization."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import access_tokens, accounts, sandboxes
from openslot.services.accounts import NewMember


@click.command()
@click.option("--organization", required=True, help="Name of the organization.")
@click.option("--name", required=True, help="Name of its owner.")
@click.option("--email", required=True, help="The owner's e-mail address.")
@click.option("--password", help="The owner's password; without one only tokens work.")
@click.option("--timezone", default="UTC", show_default=True, help="The owner's IANA time zone, such as Europe/Rome.")
@click.option("--sandbox", is_flag=True, help="A sandbox: its clock can be moved, and it sends nothing unless it may.")
@data_dir_option
@json_option
def init(  # noqa: PLR0917 -- one argument per option
    organization: str,
    name: str,
    email: str,
    password: str | None,
    timezone: str,
    sandbox: bool,  # noqa: FBT001 -- click passes it by name
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
) -> None:
    """Create an organization with its owner, a schedule, a 30-minute event type and a personal access token."""
    member = NewMember(name=name, email=email, timezone=timezone, role="owner", password=password)

    async def work(conn: Conn, settings: Settings) -> dict[str, str]:
        now = datetime.now(UTC)
        organization_id = await accounts.create_organization(conn, organization, now=now)
        if sandbox:
            await sandboxes.make(conn, organization_id, now=now)
        user = await accounts.add_member(conn, organization_id, member, now=now)
        uris = Uris(settings.base_url, settings.api_url)
        await accounts.add_first_event_type(conn, user, uris=uris, now=now)
        token = await access_tokens.issue(conn, user, name="openslot init", now=now)
        return {
            "organization": uris.organization(organization_id),
            "user": uris.user(user.id),
            "token": token,
            "api_url": settings.api_url,
            "scheduling_url": uris.profile_page(user.slug),
        }

    made = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"Organization  {made['organization']}\nOwner         {made['user']}")
    click.echo(f"Booking page  {made['scheduling_url']}\nAPI           {made['api_url']}")
    click.echo(f"Token         {made['token']}\n\nKeep the token: it is shown only now.")
