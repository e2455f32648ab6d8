"""``openslot erase``: erases personal data of an organization by e-mail address."""

from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.core.errors import Invalid
from openslot.core.ids import parse_id
from openslot.db import organizations, sandboxes
from openslot.db.organizations import Organization
from openslot.db.pool import Conn
from openslot.presenters import erasures as present
from openslot.presenters.uris import Uris
from openslot.services import erasure
from openslot.wire import codec
from openslot.wire.erasures import Erasure


@click.command("erase")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.option("--organization", help="Its URI or id; needed where there are several.")
@data_dir_option
@json_option
def erase(emails: tuple[str, ...], organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001 -- by name
    """Erase everything that identifies the people with these addresses. It can't be undone.

    Their bookings stay, under the name "Erased"; future ones are canceled. The command prints the receipt.
    """

    async def work(conn: Conn, settings: Settings) -> Erasure:
        uris = Uris(settings.base_url, settings.api_url)
        chosen = await _organization(conn, organization)
        try:
            now = await sandboxes.clock(conn, chosen.id, datetime.now(UTC))
            made = await erasure.erase_invitees(conn, chosen.id, emails, uris=uris, now=now)
        except Invalid as exc:
            wrong = ", ".join(emails[int(one.parameter[len("emails[") : -1])] for one in exc.details)
            raise click.UsageError(f"no e-mail address: {wrong}") from exc
        return present.erasure(made, uris)

    receipt = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        click.echo(codec.encode(receipt).decode())
        return
    _print(receipt)


async def _organization(conn: Conn, named: str | None) -> Organization:
    known = await organizations.list_all(conn)
    if named is None:
        if len(known) == 1:
            return known[0]
        raise click.UsageError(f"there are {len(known)} organizations: name one with --organization")
    wanted = parse_id(named.rstrip("/").rpartition("/")[2])
    for one in known:
        if one.id == wanted:
            return one
    raise click.UsageError(f"no organization {named!r}: give its URI or its id")


def _print(receipt: Erasure) -> None:
    click.echo(f"Erased {receipt.addresses} {'address' if receipt.addresses == 1 else 'addresses'}.")
    for table, number in receipt.erased.items():
        click.echo(f"  {table:<26}{number:>6}")
    if receipt.canceled:
        click.echo(f"  {'canceled, were to come':<26}{receipt.canceled:>6}")
    click.echo(f"Receipt       {receipt.uri}\nTime          {receipt.created_at}")
