"""``openslot connector``: the connector's actions and triggers as commands, for Calendly and for OpenSlot."""

import json
import logging
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from openslot.cli import connector_gateway
from openslot.cli.calling import base_url_option, connection, listening_options, run_flows
from openslot.cli.output import as_json, print_json, print_table, printable, reporting_errors
from openslot.client import answers
from openslot.connector import Connector, Event, Flow
from openslot.connector.triggers import EVENTS
from openslot.wire.common import Page
from openslot.wire.event_types import EventType
from openslot.wire.webhooks import EVENT_SCOPES


@click.group()
def connector() -> None:
    """Act on Calendly or OpenSlot, and listen to what happens there.

    The token comes from OPENSLOT_TOKEN, or is asked for.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")


connector_gateway.register(connector)


@connector.command("event-types")
@base_url_option
@click.option("--active/--inactive", default=None, help="Only those that can, or can't, be booked.")
@click.option("--admin-managed/--not-admin-managed", default=None, help="Only those that an admin manages, or not.")
@click.option("--count", type=click.IntRange(1, 100), help="Rows to a page; 20 by default.")
@click.option("--page-token", help="The page to show, as named at the end of another.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
@as_json
def event_types(
    base_url: str,
    *,
    active: bool | None,
    admin_managed: bool | None,
    count: int | None,
    page_token: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List the organization's event types; your own if you are a plain member of it."""
    if everything and (count or page_token):
        raise click.UsageError("--all lists all pages: it goes with neither --count nor --page-token")
    with connection(base_url) as opened:
        calls = Connector(opened)
        if everything:
            rows = list(calls.each_event_type(active=active, admin_managed=admin_managed))
            _show_event_types(rows, {"collection": rows}, as_json=as_json)
            return
        page = calls.get_event_types(active=active, admin_managed=admin_managed, count=count, page_token=page_token)
        _show_event_types(page.collection, page, as_json=as_json)
        if page.pagination.next_page_token and not as_json:
            click.echo(f"\nMore: --page-token {page.pagination.next_page_token}, or --all", err=True)


@connector.command("event-type")
@base_url_option
@click.argument("uuid", metavar="UUID|URI")
@as_json
def event_type(base_url: str, uuid: str, *, as_json: bool) -> None:
    """Show one event type."""
    with connection(base_url) as opened:
        found = Connector(opened).get_event_type(uuid)
    if as_json:
        print_json(found)
        return
    fields = answers.builtins(found)
    print_table([(name.replace("_", " "), _text(value)) for name, value in fields.items()])


@connector.group("no-show")
def no_show() -> None:
    """Mark invitees as absent, or take that back."""


@no_show.command("create")
@base_url_option
@click.argument("invitee", metavar="INVITEE_URI")
@as_json
def create_no_show(base_url: str, invitee: str, *, as_json: bool) -> None:
    """Mark an invitee as absent."""
    with connection(base_url) as opened:
        mark = Connector(opened).create_invitee_no_show(invitee)
    if as_json:
        print_json(mark)
    else:
        click.echo(printable(mark.uri))


@no_show.command("delete")
@base_url_option
@click.argument("uuid", metavar="UUID|URI")
@as_json
def delete_no_show(base_url: str, uuid: str, *, as_json: bool) -> None:
    """Take a no-show back; UUID|URI is the no-show's own, as 'create' printed it."""
    with connection(base_url) as opened:
        Connector(opened).delete_invitee_no_show(uuid)
    if as_json:
        print_json({"deleted": True})
    else:
        click.echo("No longer a no-show.")


@connector.command("listen")
@base_url_option
@listening_options
@click.option(
    "--events",
    help=f"Comma list of events; all that the scope allows by default. Known: {', '.join(EVENTS)}.",
)
@as_json
def listen(
    base_url: str,
    events: str | None,
    scope: str,
    *,
    as_json: bool,
    **listening: Any,
) -> None:
    """Print a line for every event until Ctrl-C, which also takes the subscription back."""
    allowed = [event for event in EVENTS if scope in EVENT_SCOPES[event]]
    wanted = [event.strip() for event in events.split(",")] if events else allowed

    def show(event: Event, _: Connector) -> None:
        click.echo(answers.encode(event) if as_json else printable(_line(event)))

    with reporting_errors():
        flow = Flow("listen")
        flow.on(*wanted)(show)
    with tempfile.TemporaryDirectory(prefix="openslot-listen-") as folder:  # nothing is owed to the next start
        state = Path(folder) / "state.sqlite3"
        run_flows([flow], base_url, scope=scope, state=state, unsubscribe=True, **listening)


def _show_event_types(rows: list[EventType], answer: Page[EventType] | dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    heading = ("NAME", "MINUTES", "ACTIVE", "KIND", "ID", "PAGE")
    table = [
        (
            row.name,
            _text(row.duration),
            "yes" if row.active else "no",
            row.pooling_type or row.kind,
            (row.uri or "").rpartition("/")[2],
            row.scheduling_url,
        )
        for row in rows
    ]
    print_table([heading, *table])


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(event: Event) -> str:
    """When, what, who, about which meeting or form; as far as the event has it (``client.lenient``)."""
    who = getattr(event.payload, "name", None) or ""
    about = getattr(event.payload, "scheduled_event", None)
    meeting = f"{about.name or ''}  {about.start_time:%Y-%m-%d %H:%M} UTC" if about and about.start_time else ""
    happened: datetime | None = event.created_at
    at = "-" if happened is None else f"{happened:%Y-%m-%d %H:%M:%S}"
    parts = (at, f"{event.event:<31}", who, meeting, event.payload.uri)
    return "  ".join(part for part in parts if part)
