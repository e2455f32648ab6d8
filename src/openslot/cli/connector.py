"""``openslot connector``: the connector's actions and triggers as commands, for Calendly and for OpenSlot."""

import asyncio
import contextlib
import json
import logging
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from openslot import client
from openslot.cli import connector_gateway
from openslot.client import answers
from openslot.connector import Connection, Connector, Event, Flow, Running, run_until_stopped
from openslot.connector.store import StateTaken
from openslot.connector.triggers import EVENTS
from openslot.wire.common import Page
from openslot.wire.event_types import EventType
from openslot.wire.webhooks import EVENT_SCOPES

F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES: tuple[tuple[type[client.ClientError], int], ...] = (
    (client.InvalidArgument, 3),
    (client.Unauthenticated, 4),
    (client.Forbidden, 5),
    (client.NotFound, 6),
    (client.Conflict, 7),
    (client.RateLimited, 8),
    (client.Throttled, 8),
    (client.Unavailable, 9),
    (client.NoAnswer, 9),
)
"""By kind of error; 1 is any other, 2 a command that was not understood. ``docs/connector.md`` lists them."""
INTERRUPTED = 130
"""By Ctrl-C, before there was anything to clean up or while that was done: 128 and the number of SIGINT."""


def base_url_option(command: F) -> F:
    """The base URL."""
    return click.option(
        "--base-url",
        envvar="OPENSLOT_BASE_URL",
        default=client.CALENDLY,
        show_default=True,
        help="The API, as https://api.calendly.com or http://localhost:8000/api/v2. [env: OPENSLOT_BASE_URL]",
    )(command)


def listening_options(command: F) -> F:
    """Where deliveries come in."""
    for option in (
        click.option("--public-url", help="How the API reaches us, if not at the host and port below."),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            help="Port to listen on, 0 for a free one; if left out, one between 20000 and 29999 that stays the same.",
        ),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
        click.option(
            "--scope",
            type=click.Choice(["organization", "user", "group"]),
            default="organization",
            show_default=True,
            help="Whose events: 'organization' needs an owner's or admin's token.",
        ),
        click.option("--group", help="URI of the group, with --scope group."),
    ):
        command = option(command)
    return command


as_json = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")


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
    with _connection(base_url) as opened:
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
    with _connection(base_url) as opened:
        found = Connector(opened).get_event_type(uuid)
    if as_json:
        _print_json(found)
        return
    fields = answers.builtins(found)
    _print_table([(name.replace("_", " "), _text(value)) for name, value in fields.items()])


@connector.group("no-show")
def no_show() -> None:
    """Mark invitees as absent, or take that back."""


@no_show.command("create")
@base_url_option
@click.argument("invitee", metavar="INVITEE_URI")
@as_json
def create_no_show(base_url: str, invitee: str, *, as_json: bool) -> None:
    """Mark an invitee as absent."""
    with _connection(base_url) as opened:
        mark = Connector(opened).create_invitee_no_show(invitee)
    if as_json:
        _print_json(mark)
    else:
        click.echo(_printable(mark.uri))


@no_show.command("delete")
@base_url_option
@click.argument("uuid", metavar="UUID|URI")
@as_json
def delete_no_show(base_url: str, uuid: str, *, as_json: bool) -> None:
    """Take a no-show back; UUID|URI is the no-show's own, as 'create' printed it."""
    with _connection(base_url) as opened:
        Connector(opened).delete_invitee_no_show(uuid)
    if as_json:
        _print_json({"deleted": True})
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

    def tell(event: Event, _: Connector) -> None:
        click.echo(answers.encode(event) if as_json else _printable(_line(event)))

    with _errors_told():
        flow = Flow("listen")
        flow.on(*wanted)(tell)
    with tempfile.TemporaryDirectory(prefix="openslot-listen-") as folder:  # nothing is owed to the next start
        state = Path(folder) / "state.sqlite3"
        run_flows([flow], base_url, scope=scope, state=state, unsubscribe=True, **listening)


def run_flows(flows: Sequence[Flow], base_url: str, **how: Any) -> None:
    """Run flows until Ctrl-C."""

    def started(running: Running) -> None:
        events = ", ".join(event for trigger in running.triggers for event in trigger.events)
        names = ", ".join(flow.name for flow in flows)
        where = f"listening on {running.url}" if running.url else "asking"
        click.echo(f"{names}: {where} for {events}. Ctrl-C stops.", err=True)

    with _errors_told():
        to = Connection(_token(), base_url)
        try:
            asyncio.run(run_until_stopped(flows, to, started, **how))
        except StateTaken as exc:
            _exit(str(exc), 1)
        except OSError as exc:
            if exc.filename is not None:  # of the state
                _exit(f"{exc.filename}: {exc.strerror}", 1)
            port = "" if how["port"] is None else f" port {how['port']}"
            _exit(f"can't listen on {how['host']}{port}: {os.strerror(exc.errno or 0)}", 1)


def _show_event_types(rows: list[EventType], answer: Page[EventType] | dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print_json(answer)
        return
    heading = ("NAME", "MINUTES", "ACTIVE", "KIND", "ID", "PAGE")
    table = [
        (
            row.name or "-",
            str(row.duration),
            "yes" if row.active else "no",
            row.pooling_type or row.kind,
            row.uri.rpartition("/")[2],
            row.scheduling_url,
        )
        for row in rows
    ]
    _print_table([heading, *table])


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(event: Event) -> str:
    """When, what, who, about which meeting or form."""
    who = getattr(event.payload, "name", None) or ""
    about = getattr(event.payload, "scheduled_event", None)
    meeting = f"{about.name or ''}  {about.start_time:%Y-%m-%d %H:%M} UTC" if about else ""
    parts = (f"{event.created_at:%Y-%m-%d %H:%M:%S}", f"{event.event:<31}", who, meeting, event.payload.uri)
    return "  ".join(part for part in parts if part)


@contextlib.contextmanager
def _connection(base_url: str) -> Iterator[Connection]:
    """A connection with the caller's token, its errors told."""
    with _errors_told(), Connection(_token(), base_url) as opened:
        yield opened


@contextlib.contextmanager
def _errors_told() -> Iterator[None]:
    """Say what went wrong in one line, and exit with a code that tells its kind; a Ctrl-C needs no words."""
    try:
        with quiet_interrupt():
            yield
    except client.ClientError as exc:
        _exit("; ".join([str(exc), *getattr(exc, "__notes__", [])]), _exit_code(exc))
    except ValueError as exc:
        _exit(str(exc), 2)


@contextlib.contextmanager
def quiet_interrupt() -> Iterator[None]:
    """Exit at a Ctrl-C without a word."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _print_json(value: Any) -> None:
    """One document on one line."""
    click.echo(answers.encode(value))


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows in columns as wide as what is in them, whatever the script."""
    shown = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def _printable(text: str) -> str:
    """``text`` on one line and without what a terminal would obey: names are chosen by strangers."""
    return "".join(
        " " if unicodedata.category(character).startswith(("C", "Zl", "Zp")) else character for character in text
    )


def _width(text: str) -> int:
    """Columns on a terminal: marks take none, wide letters two."""
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def _token() -> str:
    """From the environment or the keyboard, never from the command line, which everybody on the machine can read."""
    token = os.environ.get("OPENSLOT_TOKEN", "").strip()
    if token:
        return token
    try:
        answer: str = click.prompt("Personal access token", hide_input=True, err=True)
    except click.Abort as exc:
        if isinstance(exc.__context__, KeyboardInterrupt):
            raise exc.__context__ from None
        raise click.UsageError("no token: set OPENSLOT_TOKEN") from exc
    return answer


def _exit_code(error: client.ClientError) -> int:
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def _exit(message: str, code: int) -> NoReturn:
    click.echo(f"Error: {_printable(message)}", err=True)
    raise SystemExit(code)
