"""``openslot mail``: what was mailed, and what became of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from msgspec import structs

from openslot.cli.database import load_settings
from openslot.cli.organization import organization_option, the_organization
from openslot.cli.output import print_json, print_table, printable
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.cli.values import read_values
from openslot.config import Settings
from openslot.core.ids import parse_id
from openslot.db import mails, sandboxes
from openslot.db.mails import Mail
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageRequest
from openslot.presenters import mail_templates as present
from openslot.presenters.uris import Uris
from openslot.services import access, mail_templates
from openslot.wire.mail_templates import MailTemplate, PutMailTemplate

STATES = ("waiting", "sent", "kept", "failed", "missed")
NEWEST_FIRST = (Key("mails.created_at", descending=True), Key("mails.id", descending=True))
MAX_COUNT = 1000
NO_TEXT = "There is no text: it is to be written yet, was erased, or held a secret that is not stored after sending."
NOT_AGAIN = "this mail waits to be sent, or its content is stored no more"


@click.group()
def mail() -> None:
    """Mail that was written, and what became of it."""


@mail.command("list")
@click.option("--state", type=click.Choice(STATES), help="Those in this state alone.")
@click.option("--to", "recipient", help="Those to this address alone.")
@click.option("--count", type=click.IntRange(1, MAX_COUNT), default=50, show_default=True, help="How many at most.")
@organization_option
@data_dir_option
@json_option
def list_mails(
    state: str | None,
    recipient: str | None,
    count: int,
    organization: str | None,
    data_dir: Path | None,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
) -> None:
    """List the mails of an organization, the newest first."""

    async def work(conn: Conn, _: Settings) -> list[Mail]:
        organization_id = (await the_organization(conn, organization)).id
        page = PageRequest(NEWEST_FIRST, count)
        return (await mails.list_page(conn, organization_id, page, state=state, recipient=recipient)).rows

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json([_summary(one) for one in found])
        return
    rows = [[str(one.id), one.state, _written(one.due_at), one.kind, one.recipient] for one in found]
    print_table([["ID", "STATE", "DUE", "KIND", "TO"], *rows])


@mail.command()
@click.argument("mail_id")
@data_dir_option
@json_option
def show(mail_id: str, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show one mail with its text, the entry for calendars, and the reason of a failure."""
    found = _find(mail_id, data_dir)
    if as_json:
        print_json(_summary(found) | {"text": found.text, "html": found.html, "calendar": found.calendar})
        return
    click.echo(f"To       {printable(found.recipient)}")
    click.echo(f"State    {found.state}, {found.attempts} tried{f': {printable(found.error)}' if found.error else ''}")
    click.echo(f"Due      {_written(found.due_at)}")
    click.echo(f"Subject  {printable(found.subject or '')}\n")
    click.echo("\n".join(printable(line) for line in found.text.split("\n")) if found.text is not None else NO_TEXT)


@mail.command()
@click.argument("mail_id")
@data_dir_option
def resend(mail_id: str, data_dir: Path | None) -> None:
    """Have a mail sent once more, as it is: one that failed, or that was kept while there was no mail server."""
    found = _find(mail_id, data_dir)

    async def work(conn: Conn, _: Settings) -> bool:
        return await mails.send_again(conn, found.organization_id, found.id)

    if not in_transaction(load_settings(data_dir=data_dir), work):
        raise click.ClickException(NOT_AGAIN)
    click.echo("The worker sends it now.")


@mail.command()
@organization_option
@data_dir_option
@json_option
def templates(organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the subjects and opening texts that the organization has written itself."""

    async def work(conn: Conn, settings: Settings) -> list[MailTemplate]:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        found = await mail_templates.list_all(conn, operator)
        return [present.mail_template(one, Uris(settings.base_url, settings.api_url)) for one in found]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(found)
        return
    rows = [
        [one.kind, one.recipient, one.language or "any", one.subject or "", "yes" if one.opening else "no"]
        for one in found
    ]
    print_table([["KIND", "TO", "LANGUAGE", "SUBJECT", "OPENING"], *rows])


@mail.command("set-template")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@organization_option
@data_dir_option
@json_option
def set_template(values: tuple[str, ...], organization: str | None, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Write the subject or the opening text of a kind of mail; without both, mails are in OpenSlot's words again.

    The names are those of PUT /openslot/mail_templates: kind, recipient, language, subject and opening.
    """
    wanted = read_values(values, PutMailTemplate)

    async def work(conn: Conn, settings: Settings) -> MailTemplate | None:
        operator = await access.operator(conn, (await the_organization(conn, organization)).id)
        now = await sandboxes.clock(conn, operator.organization_id, datetime.now(UTC))
        if wanted.subject is None and wanted.opening is None:
            await mail_templates.delete_for(conn, operator, wanted)
            return None
        made = await mail_templates.put(conn, operator, wanted, now=now)
        return present.mail_template(made, Uris(settings.base_url, settings.api_url))

    made = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(made)
    else:
        click.echo("These mails are in OpenSlot's words again." if made is None else "These mails have your words now.")


def _find(text: str, data_dir: Path | None) -> Mail:
    known: UUID | None = parse_id(text)

    async def work(conn: Conn, _: Settings) -> Mail | None:
        return None if known is None else await mails.get(conn, known)

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if found is None:
        raise click.ClickException(f"there is no mail {printable(text)}")
    return found


def _summary(one: Mail) -> dict[str, Any]:
    left_out = {"facts", "text", "html", "calendar", "clock_ahead", "calendar_id"}
    return {name: value for name, value in structs.asdict(one).items() if name not in left_out}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
