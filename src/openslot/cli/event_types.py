"""``openslot event-type``: lists and changes event types."""

from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import load_settings
from openslot.cli.output import print_json, print_table
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.cli.values import read_values
from openslot.config import Settings
from openslot.core.errors import NotFound
from openslot.db import event_types, sandboxes
from openslot.db.pool import Conn
from openslot.presenters import event_type_settings as present
from openslot.presenters.uris import Uris
from openslot.services import access, accounts, event_type_settings, serving
from openslot.wire.event_type_settings import ChangeEventType, EventTypeSettings


@click.group("event-type")
def event_type() -> None:
    """Event types: what can be booked."""


@event_type.command("list")
@click.option("--email", required=True, help="E-mail address of the user who owns or serves them.")
@data_dir_option
@json_option
def list_event_types(email: str, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the event types that a user owns or serves, with every setting in JSON."""

    async def work(conn: Conn, settings: Settings) -> list[EventTypeSettings]:
        user = await accounts.member_by_email(conn, email)
        found = await event_types.list_of_host(conn, user.organization_id, user.id)
        uris = Uris(settings.base_url, settings.api_url)
        return [present.settings(await serving.find(conn, one.organization_id, one.id), uris) for one in found]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(found)
        return
    rows = [[one.scheduling_url, one.name, f"{one.duration} min", "on" if one.active else "off"] for one in found]
    print_table([["PAGE", "NAME", "LENGTH", "STATE"], *rows])


@event_type.command("set")
@click.argument("page", metavar="USER/SLUG")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@data_dir_option
@json_option
def set_values(page: str, values: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Change an event type, named by the end of its page's address, such as ada-lovelace/intro-call.

    The names are those of PATCH /openslot/event_types: duration=45 notice=120 buffer_after=15 active=false ...
    """
    wanted = read_values(values, ChangeEventType)
    if wanted.hosts or wanted.availability_schedule:
        raise click.UsageError("hosts and availability_schedule are changed over the API alone")

    async def work(conn: Conn, settings: Settings) -> EventTypeSettings:
        owner, _, slug = page.strip("/").rpartition("/")
        found = await event_types.get_by_slugs(conn, owner, slug)
        if found is None:
            raise NotFound(f"event type at {page}")
        operator = await access.operator(conn, found.organization_id)
        uris = Uris(settings.base_url, settings.api_url)
        now = await sandboxes.clock(conn, found.organization_id, datetime.now(UTC))
        changed = await event_type_settings.change(conn, operator, found.id, wanted, uris=uris, now=now)
        return present.settings(changed, uris)

    changed = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(changed)
        return
    click.echo(f"{changed.scheduling_url} is changed.")
